//! A model that others trained, asked on a text.

mod ids;
mod input;
mod labels;
mod layers;
mod media;
mod vocabulary;

use anyhow::{anyhow, bail};
use headlight_device::DeviceName;
use headlight_pretrained::{Answer, CheckpointError, Ending, Generated, Keep, Opened, Predicts, PretrainedError};
use headlight_record::{AttentionKind, AttentionRecord, Origin};

use super::device::announce;
use super::numbers::Numbers;
use super::place::Place;
use crate::output::note;

pub(crate) use input::{Input, InputArguments};

/// More numbers of Q, K and V than this make a page that browsers mind, so that they are left out.
const MOST_PROJECTED: usize = 1 << 22;
/// A text is at most so long in a title.
const LONGEST_WORDS: usize = 60;
/// As many tokens a decoder continues with at most, where nobody says otherwise.
const MOST_NEW: usize = 64;

/// A model, what it was asked, and its answer.
pub(crate) struct Asked {
    pub(crate) model: Opened,
    pub(crate) input: Input,
    pub(crate) answer: Answer,
    /// What the model's decoder continued with, where nobody said what it reads.
    pub(crate) continued: Option<Vec<usize>>,
    pub(crate) name: String,
}

impl Asked {
    /// Opens a model and asks it.
    pub(crate) fn of(
        place: &Place,
        input: &InputArguments,
        layer: Option<&Numbers>,
        device: Option<DeviceName>,
    ) -> anyhow::Result<Self> {
        let device = device.unwrap_or_default();
        let opened = headlight_pretrained::open(&place.path, &device.open()?);
        let model = opened.map_err(|error| not_opened(place, error))?;
        announce(&device);
        let mut input = input.read(&model, &place.path)?;
        model.check(&input.prompt)?;
        let layers = layers::chosen(layer, &model)?;
        let continued = if input.target_is_given { None } else { Some(continued(&model, &mut input)?) };
        let keep = kept(&model, &input, &layers);
        let answer = model.attend(&input.prompt, &layers, keep, &predicted(&model, &input))?;
        Ok(Self { model, input, answer, continued, name: place.name.clone() })
    }

    /// What it attended to. The model, which may take more memory than all that, is let go first.
    pub(crate) fn records(self) -> anyhow::Result<Vec<AttentionRecord>> {
        let origin = Origin { task: self.words(), model: self.name.clone(), step: None };
        let positions = self.model.positions(&self.input.prompt);
        let labels = labels::labels(&self.model, &self.input, positions);
        let Self { model, input, answer, .. } = self;
        drop(model);
        let records = answer.records(&labels, &origin)?;
        let ([all, decoder], sound) = (positions, labels::with_sound(&input, positions[0]));
        if sound < all {
            note(format_args!(
                "note: what follows the sound is left out: {sound} of the encoder's {all} positions are kept"
            ));
            return Ok(records.iter().map(|record| without_silence(record, [sound, decoder])).collect());
        }
        Ok(records)
    }

    /// The beginning of what it was asked.
    fn words(&self) -> String {
        let words = &self.input.words;
        match words.char_indices().nth(LONGEST_WORDS) {
            Some((end, _)) => format!("{}…", words[..end].trim_end()),
            None => words.clone(),
        }
    }
}

/// Whether Q, K and V are few enough to be kept.
fn kept(model: &Opened, input: &Input, layers: &[usize]) -> Keep {
    let [all, _] = model.positions(&input.prompt);
    let (projected, sound) = (model.projected(&input.prompt, layers), labels::with_sound(input, all));
    let kept = if sound < all { projected / all * sound } else { projected };
    if kept <= MOST_PROJECTED {
        return Keep::Projections;
    }
    note("note: queries, keys and values are left out, because they are many: choose layers with --layer");
    Keep::Weights
}

/// The positions at which it is shown what the model predicts.
fn predicted(model: &Opened, input: &Input) -> Vec<usize> {
    match &model.facts.predicts {
        Predicts::NextToken => vec![input.prompt.last_position()],
        Predicts::MaskedToken => match input.masks() {
            masks if masks.is_empty() => (0..input.prompt.target().len()).collect(),
            masks => masks,
        },
        _ => vec![0], // of a label, or of nothing
    }
}

/// Of a record, the positions that hold sound, and those of the decoder; there are so many.
fn without_silence(record: &AttentionRecord, positions: [usize; 2]) -> AttentionRecord {
    let [encoder, decoder] = positions.map(|count| (0..count).collect::<Vec<usize>>());
    match record.kind() {
        AttentionKind::EncoderSelf => record.chosen_positions(&encoder, &encoder),
        AttentionKind::DecoderSelf => record.clone(),
        AttentionKind::Cross => record.chosen_positions(&decoder, &encoder),
    }
}

/// What the model's decoder continues with: it then reads this. The token that ends it, if it came, is not read any more.
fn continued(model: &Opened, input: &mut Input) -> anyhow::Result<Vec<usize>> {
    let generation = match &model.generation {
        Ok(generation) => generation,
        Err(error) => bail!("{error}: say what the decoder reads with --target or --target-ids"),
    };
    let most = input.most_new.unwrap_or(MOST_NEW);
    let Generated { ids: mut new, ending } = model.continued(&input.prompt, generation, most)?;
    match ending {
        Ending::Itself => {}
        Ending::OfModel => note(format_args!("note: it ends after {} tokens, as many as the model allows", new.len())),
        Ending::Cut => note(format_args!("note: cut after {most} tokens: it goes on with --max-tokens {}", 2 * most)),
    }
    if new.last().is_some_and(|last| model.end.contains(last)) {
        new.pop();
    }
    input.prompt.extend(&new);
    Ok(new)
}

/// Why a model cannot be opened, with its name.
fn not_opened(place: &Place, error: PretrainedError) -> anyhow::Error {
    match error {
        // These name the file that they are about.
        PretrainedError::Checkpoint(error) if !matches!(error, CheckpointError::Quantised(_)) => error.into(),
        error => anyhow!("{}: {error}", place.path.display()),
    }
}
