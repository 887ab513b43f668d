//! What a stream already says of the answer, layer by layer, and which parts of the model say it.

mod attribution;
mod by_layer;
mod findings;
mod top;

use headlight_model::{AttentionKind, Stack, Traceable};
use headlight_record::Origin;
use headlight_record::findings::{Baseline, Counted};

use self::by_layer::streams;
pub use attribution::{Attribution, attribution};
pub use by_layer::{Standing, logits_by_layer, standings};
pub use top::{TopTokens, top_tokens};

use crate::examples::Example;
use crate::names::kinds;
use crate::outcome::baseline;
use crate::{Bootstrap, Examples, LensError, Outcome, outcomes_of};

/// How many of the most likely tokens are kept at each position.
const TOP: usize = 3;

/// The logit lens (nostalgebraist, [2020](https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru)) and direct logit attribution (Elhage et
/// al., [2021](https://transformer-circuits.pub/2021/framework/index.html)) of a model on examples.
#[derive(Clone, Debug)]
pub struct Logits {
    /// How the right answer stands at each depth, as [`logits_by_layer`] counts them, of each example: a standing for each of its tokens.
    pub by_layer: Vec<Vec<Vec<Standing>>>,
    /// What each part adds to the right answer's logit.
    pub attribution: Attribution,
    /// The most likely tokens at every depth and position, where there is one example only.
    pub top: Option<TopTokens>,
    counted: Counted,
    baseline: Baseline,
    examples: Vec<Example>,
    names: Names,
    seed: u64,
    origin: Origin,
}

/// What tokens and parts are called.
#[derive(Clone, Debug)]
struct Names {
    vocabulary: Vec<String>,
    answers: Vec<String>,
    kinds: Vec<AttentionKind>,
    stack: Stack,
}

/// Reads every layer's stream as if it were the last, and splits the right answer's logits into what each part adds to them.
///
/// # Errors
///
/// When an example has no answer, the output layer is not linear, or the parts do not add up to the logits that the model gave, within 1e-4 of the largest: then the model computes something else
/// than its parameters, as it hands them out, say.
pub fn logits<M: Traceable + ?Sized>(model: &M, examples: &Examples<M::Input>) -> Result<Logits, LensError> {
    examples.asking()?;
    let stack = model.output_stack();
    let mut by_layer: Vec<Vec<Vec<Standing>>> = vec![Vec::new(); model.n_layers(stack.self_attention()) + 1];
    let mut found = Attribution::default();
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut top = None;
    for batch in &examples.batches {
        let trace = model.trace(&batch.input, &[]);
        let mut likeliest = TopTokens::new();
        // One depth after the other: of a large vocabulary, the logits of one are large.
        for (of_depth, stream) in by_layer.iter_mut().zip(streams(model, &trace)) {
            let logits = model.unembed(stream.clone());
            if examples.count() == 1 {
                likeliest.extend(top_tokens(std::slice::from_ref(&logits), TOP));
            }
            of_depth.extend(standings(logits, &batch.examples));
        }
        if examples.count() == 1 {
            top = Some(likeliest);
        }
        found.append(attribution(model, &trace, &batch.examples)?);
        outcomes.extend(outcomes_of(trace.logits, &batch.examples));
    }
    let bootstrap = Bootstrap::new(examples.count(), examples.seed);
    let (counted, baseline) = (examples.counted, baseline(&outcomes, examples.counted, &bootstrap));
    let names = Names {
        vocabulary: examples.vocabulary.clone(),
        answers: examples.answers.clone(),
        kinds: kinds(model),
        stack,
    };
    let (seed, origin) = (examples.seed, examples.origin.clone());
    let examples = examples.iter().cloned().collect();
    Ok(Logits { by_layer, attribution: found, top, counted, baseline, examples, names, seed, origin })
}
