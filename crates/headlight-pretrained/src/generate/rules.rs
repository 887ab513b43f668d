use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::error::PretrainedError;

/// What a model's text is bound by.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// What a decoder's text begins with.
    pub(super) start: Option<usize>,
    /// What ends it.
    pub(super) end: Vec<usize>,
    /// What a text of speech goes on with; `None` where the model chooses among the languages.
    pub(super) forced: Vec<Option<usize>>,
    /// The tokens of languages.
    pub(super) languages: Vec<usize>,
    /// Says that no times are written.
    pub(super) no_times: Option<usize>,
    /// What comes second.
    pub(super) forced_first: Option<usize>,
    /// What comes last where a text becomes as long as it may be.
    pub(super) forced_last: Vec<usize>,
    /// No text is longer, its beginning included.
    pub(super) max_length: Option<usize>,
    /// No more are added, whatever `max_length` says.
    pub(super) max_new_tokens: Option<usize>,
    /// What never comes.
    pub(super) suppressed: Vec<usize>,
    /// What does not come first.
    pub(super) suppressed_first: Vec<usize>,
    /// Tokens that do not follow each other.
    pub(super) bad_words: Vec<Vec<usize>>,
    /// No end before there are so many tokens.
    pub(super) min_length: usize,
    /// No end before so many have been added.
    pub(super) min_new_tokens: usize,
    /// Phrases of this length come once.
    pub(super) no_repeat_ngram_size: Option<usize>,
    /// What is there already is less likely by it.
    pub(super) repetition_penalty: f32,
}

/// As `generation_config.json` has them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Options {
    decoder_start_token_id: Option<usize>,
    eos_token_id: Option<Ids>,
    forced_decoder_ids: Option<Vec<(usize, Option<usize>)>>,
    lang_to_id: Option<Map<String, Value>>,
    no_timestamps_token_id: Option<usize>,
    forced_bos_token_id: Option<usize>,
    forced_eos_token_id: Option<Ids>,
    suppress_tokens: Option<Vec<i64>>,
    begin_suppress_tokens: Option<Vec<i64>>,
    bad_words_ids: Option<Vec<Vec<usize>>>,
    max_length: Option<usize>,
    max_new_tokens: Option<usize>,
    min_length: Option<usize>,
    min_new_tokens: Option<usize>,
    no_repeat_ngram_size: Option<usize>,
    repetition_penalty: Option<f32>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Ids {
    One(usize),
    Several(Vec<usize>),
}

/// Options that change what is likeliest and are not built, and at which value each does nothing.
const NOT_BUILT: [&str; 8] = [
    "encoder_no_repeat_ngram_size",
    "encoder_repetition_penalty",
    "exponential_decay_length_penalty",
    "force_words_ids",
    "guidance_scale",
    "language",
    "sequence_bias",
    "task",
];

impl Rules {
    /// By these options, and where they do not say how a text begins and ends, by the model's.
    ///
    /// # Errors
    ///
    /// When an option is of another kind, or not built.
    pub(super) fn new(options: &Map<String, Value>, model: &Map<String, Value>) -> Result<Self, PretrainedError> {
        for name in NOT_BUILT {
            let does_nothing = [Value::Null, json!(0), json!(1), json!(1.0)];
            if let Some(value) = options.get(name).filter(|value| !does_nothing.contains(value)) {
                return Err(PretrainedError::Generation(format!("{name} {value} is not supported")));
            }
        }
        let read = |options: &Map<String, Value>| {
            Options::deserialize(options).map_err(|error| PretrainedError::Generation(error.to_string()))
        };
        let options = read(options)?;
        let model = read(model)?;
        let end = options.eos_token_id.or(model.eos_token_id).map_or(Vec::new(), Ids::all);
        let mut bad_words = options.bad_words_ids.unwrap_or_default();
        bad_words.retain(|word| !end.iter().any(|id| word[..] == [*id]));
        Ok(Self {
            start: options.decoder_start_token_id.or(model.decoder_start_token_id),
            forced: forced(options.forced_decoder_ids.or(model.forced_decoder_ids).unwrap_or_default())?,
            languages: languages(options.lang_to_id),
            no_times: options.no_timestamps_token_id,
            forced_first: options.forced_bos_token_id,
            forced_last: options.forced_eos_token_id.map_or(Vec::new(), Ids::all),
            suppressed: tokens(options.suppress_tokens),
            suppressed_first: tokens(options.begin_suppress_tokens),
            max_length: options.max_length,
            max_new_tokens: options.max_new_tokens,
            min_length: options.min_length.unwrap_or(0),
            min_new_tokens: options.min_new_tokens.unwrap_or(0),
            no_repeat_ngram_size: options.no_repeat_ngram_size.filter(|size| *size > 0),
            repetition_penalty: options.repetition_penalty.unwrap_or(1.0),
            bad_words,
            end,
        })
    }
}

impl Ids {
    fn all(self) -> Vec<usize> {
        match self {
            Self::One(id) => vec![id],
            Self::Several(ids) => ids,
        }
    }
}

/// Those of the positions 1, 2, ….
fn forced(ids: Vec<(usize, Option<usize>)>) -> Result<Vec<Option<usize>>, PretrainedError> {
    if ids.iter().zip(1..).any(|((position, _), expected)| *position != expected) {
        let message = "forced_decoder_ids are those of the positions 1, 2, …, without a gap".to_owned();
        return Err(PretrainedError::Generation(message));
    }
    Ok(ids.into_iter().map(|(_, id)| id).collect())
}

fn languages(ids: Option<Map<String, Value>>) -> Vec<usize> {
    let id = |id: Value| id.as_u64().and_then(|id| usize::try_from(id).ok());
    let mut languages: Vec<usize> = ids.unwrap_or_default().into_iter().filter_map(|(_, value)| id(value)).collect();
    languages.sort_unstable();
    languages
}

/// −1, which some files have for "none", is no token.
fn tokens(ids: Option<Vec<i64>>) -> Vec<usize> {
    ids.unwrap_or_default().into_iter().filter_map(|id| usize::try_from(id).ok()).collect()
}
