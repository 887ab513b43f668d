//! What stands at each position of a model.

use headlight_pretrained::{Labels, Opened, Patches, Prompt};

use super::input::Input;

/// What stands at the positions of the encoder and of the decoder, of which there are so many.
pub(super) fn labels(model: &Opened, input: &Input, [encoder, decoder]: [usize; 2]) -> Labels {
    let tokens = |ids: &[usize]| input.vocabulary.tokens(ids);
    match &input.prompt {
        Prompt::Text { source: Some(source), target } => {
            Labels { encoder: tokens(&source.ids), decoder: tokens(&target.ids) }
        }
        Prompt::Text { source: None, target } if decoder > 0 => {
            Labels { encoder: Vec::new(), decoder: tokens(&target.ids) }
        }
        Prompt::Text { source: None, target } => Labels { encoder: tokens(&target.ids), decoder: Vec::new() },
        Prompt::Speech { target, .. } => {
            Labels { encoder: times(encoder, input.seconds), decoder: tokens(&target.ids) }
        }
        Prompt::Image(_) => Labels { encoder: patches(encoder, model.facts.patches.as_ref()), decoder: Vec::new() },
    }
}

/// When each position of a sound begins.
fn times(count: usize, seconds: Option<[f64; 2]>) -> Vec<String> {
    match seconds {
        Some([whole, _]) => (0..count).map(|at| format!("{:.2} s", at as f64 * whole / count as f64)).collect(),
        None => (0..count).map(|at| at.to_string()).collect(),
    }
}

/// The row and the column of each patch, and before them the model's own tokens.
fn patches(count: usize, patches: Option<&Patches>) -> Vec<String> {
    let (first, columns) = patches.map_or((0, count), |patches| (patches.first, patches.grid[1]));
    let own = |at: usize| if at == 0 { "[CLS]".to_owned() } else { format!("[{at}]") };
    let patch = |at: usize| format!("{},{}", (at - first) / columns, (at - first) % columns);
    (0..count).map(|at| if at < first { own(at) } else { patch(at) }).collect()
}

/// How many of the encoder's positions hold sound; all of them where that is not known.
pub(super) fn with_sound(input: &Input, count: usize) -> usize {
    match input.seconds {
        Some([whole, sound]) => ((sound / whole * count as f64).ceil() as usize).clamp(1, count),
        None => count,
    }
}
