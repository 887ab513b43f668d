//! A model that others trained, and the texts that it is looked at on.

mod words;

use anyhow::{anyhow, bail};
use headlight_device::DeviceName;
use headlight_lens::{Example, ExampleBatch, Examples, Reads, Text};
use headlight_model::{Sequences, Traceable};
use headlight_pretrained::{Model, Opened, Predicts, open as open_model};
use headlight_record::Origin;
use headlight_record::findings::Counted;

use self::words::Words;
use super::opened::{Answers, Subject};
use super::texts::Texts;
use crate::commands::device::announce;
use crate::commands::place::Place;
use crate::output::note;

/// What a pass over so many tokens computes has room in memory: with GPT-2, half a gigabyte.
const MOST_TOKENS: usize = 512;
/// So many tokens has a sequence of random ones.
const RANDOM: usize = 50;

/// What was asked of a model.
pub(super) struct Asked<'a> {
    pub(super) texts: Option<Texts<'a>>,
    /// At most so many texts.
    pub(super) count: usize,
    /// Whether random tokens do, whatever the model.
    pub(super) by_command: bool,
    pub(super) seed: u64,
    pub(super) device: DeviceName,
}

/// Opens a model, and reads the texts that were given. Where none were, a decoder alone is looked at on random tokens, and any model by a
/// command that needs no texts.
pub(super) fn open(place: &Place, asked: Asked<'_>, answers: Answers) -> anyhow::Result<Subject> {
    let device = asked.device.open()?;
    let opened = open_model(&place.path, &device).map_err(|error| anyhow!("{}: {error}", place.path.display()))?;
    announce(&asked.device);
    let Opened { model, facts, start, padding, .. } = opened;
    let model: Box<dyn Traceable<Input = Sequences>> = match model {
        Model::Text(model) => model,
        Model::Speech(_) | Model::Image(_) => bail!(
            "{}: the lenses look at models of text; 'headlight attend' shows what this one attends to",
            place.path.display()
        ),
    };
    let reads = Reads::of(model.as_ref());
    let words = Words::of(&place.path, &facts, start)?;
    let begin = words.beginning();
    let drawn = || {
        let length = RANDOM.min(facts.max_length.unwrap_or(RANDOM + 1).saturating_sub(1)).max(1);
        Text::random(&words.of_text(padding), begin, length, reads, asked.seed)
    };
    let unasked = |texts: Vec<Text>| texts.into_iter().map(|text| text.unasked(reads)).collect::<Vec<_>>();
    let (task, examples) = match asked.texts {
        Some(texts) => {
            let read = words.read(&texts, reads, asked.count)?;
            (texts.title(), questions(read, &facts.predicts, answers, reads, &words, asked.seed)?)
        }
        None if asked.by_command => ("random tokens".to_string(), unasked(drawn())),
        None if reads == Reads::Decoder => {
            note("note: on random tokens, because no texts were given (--texts FILE)");
            match answers {
                Answers::None => ("random tokens".to_string(), unasked(drawn())),
                Answers::EveryToken | Answers::LastToken => {
                    let twice = drawn().iter().map(|text| text.twice(begin, reads)).collect();
                    ("random tokens that come twice".to_string(), twice)
                }
            }
        }
        None => bail!(
            "{}: a model has no examples of its own: give texts with --texts FILE, a line each, or one with --input TEXT",
            place.path.display()
        ),
    };
    let (names, answers) = (words.names(), words.answers());
    let examples_of = |task: String, examples: Vec<Example>| Examples {
        batches: ExampleBatch::of_sequences(examples, MOST_TOKENS, &device),
        vocabulary: names.clone(),
        answers: match &facts.predicts {
            Predicts::Label { names, .. } => names.clone(),
            _ => answers.clone(),
        },
        counted: Counted::Tokens,
        origin: Origin { task, model: place.name.clone(), step: None },
        seed: asked.seed,
    };
    let held_out = (reads == Reads::Decoder).then(|| examples_of("random tokens".to_string(), unasked(drawn())));
    Ok(Subject {
        examples: examples_of(task, examples),
        held_out,
        model,
        positions: facts.max_length,
        trained_with: None,
        most_tokens: Some(MOST_TOKENS),
    })
}

/// The examples that texts make.
///
/// # Errors
///
/// When the answers that are wanted are none that this model gives.
fn questions(
    texts: Vec<Text>,
    predicts: &Predicts,
    answers: Answers,
    reads: Reads,
    words: &Words,
    seed: u64,
) -> anyhow::Result<Vec<Example>> {
    let texts = texts.into_iter();
    match (predicts, answers) {
        // Every text has two tokens at least.
        (Predicts::NextToken, Answers::LastToken) => Ok(texts.filter_map(|text| text.last_token(reads)).collect()),
        (_, Answers::LastToken) => {
            bail!("patching asks for the last token of each text, and this model does not predict the next token")
        }
        (Predicts::NextToken, _) => Ok(texts.map(|text| text.next_tokens(reads)).collect()),
        (Predicts::MaskedToken, Answers::EveryToken) => {
            let Some(mask) = words.mask() else {
                bail!("the model fills masks, and which token is the mask only its tokenizer says: it has none")
            };
            let marks = words.marks();
            let masked = texts.enumerate().flat_map(|(nth, text)| text.masked(reads, mask, &marks, seed, nth));
            Ok(masked.collect())
        }
        _ => Ok(texts.map(|text| text.unasked(reads)).collect()),
    }
}
