//! What a tokenizer is made of, whichever files say so: the parts of a `tokenizer.json`.

use super::components::{self, Step};
use super::model::ModelJson;
use super::readable::Spelling;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokenizers::{ModelWrapper, Tokenizer};

/// The steps from a text to tokens and back. Truncation and padding are not among them: a text is encoded as it is.
pub(super) struct Description {
    pub(super) model: ModelWrapper,
    pub(super) added_tokens: Vec<AddedToken>,
    pub(super) normalizer: Value,
    pub(super) pre_tokenizer: Value,
    pub(super) post_processor: Value,
    pub(super) decoder: Value,
}

/// A token that is found in a text before the model sees it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct AddedToken {
    /// Where it is known from the file.
    pub(super) id: Option<u32>,
    pub(super) content: String,
    #[serde(default)]
    pub(super) single_word: bool,
    #[serde(default)]
    pub(super) lstrip: bool,
    #[serde(default)]
    pub(super) rstrip: bool,
    #[serde(default)]
    pub(super) normalized: bool,
    #[serde(default)]
    pub(super) special: bool,
}

impl AddedToken {
    /// A special token, found wherever it is written.
    pub(super) fn special(content: &str) -> Self {
        let content = content.to_string();
        Self { id: None, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }
    }

    pub(super) fn from_json(value: &Value) -> Option<Self> {
        Self::deserialize(value).ok()
    }
}

/// A `tokenizer.json`.
#[derive(Deserialize)]
struct TokenizerJson {
    version: Option<String>,
    model: ModelJson,
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
    #[serde(default)]
    normalizer: Value,
    #[serde(default)]
    pre_tokenizer: Value,
    #[serde(default)]
    post_processor: Value,
    #[serde(default)]
    decoder: Value,
}

impl Description {
    /// What a `tokenizer.json` says.
    pub(super) fn from_json(bytes: &[u8]) -> Result<Self, String> {
        let json: TokenizerJson = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if let Some(version) = json.version.filter(|version| version != "1.0") {
            return Err(format!("it has the version {version}, and only 1.0 is known"));
        }
        Ok(Self {
            model: json.model.build()?,
            added_tokens: json.added_tokens,
            normalizer: json.normalizer,
            pre_tokenizer: json.pre_tokenizer,
            post_processor: json.post_processor,
            decoder: json.decoder,
        })
    }

    /// The tokenizer, and how its vocabulary spells tokens.
    pub(super) fn build(self) -> Result<(Tokenizer, Spelling), String> {
        let spelling = self.spelling();
        let mut tokenizer = Tokenizer::new(self.model);
        let failed = |error: tokenizers::Error| error.to_string();
        tokenizer
            .with_normalizer(read::<tokenizers::NormalizerWrapper>(Step::Normalizer, self.normalizer)?)
            .map_err(failed)?;
        tokenizer.with_pre_tokenizer(read::<tokenizers::PreTokenizerWrapper>(Step::PreTokenizer, self.pre_tokenizer)?);
        tokenizer
            .with_post_processor(read::<tokenizers::PostProcessorWrapper>(Step::PostProcessor, self.post_processor)?);
        tokenizer.with_decoder(read::<tokenizers::DecoderWrapper>(Step::Decoder, self.decoder)?);
        let tokens = self.added_tokens.iter().map(|token| {
            tokenizers::AddedToken::from(token.content.clone(), token.special)
                .single_word(token.single_word)
                .lstrip(token.lstrip)
                .rstrip(token.rstrip)
                .normalized(token.normalized)
        });
        tokenizer.add_tokens(tokens).map_err(failed)?;
        for token in self.added_tokens.iter().filter(|token| !token.content.is_empty()) {
            let is = tokenizer.token_to_id(&token.content);
            if let Some(id) = token.id.filter(|id| is != Some(*id)) {
                let is = is.map_or("no".to_string(), |is| format!("the number {is}"));
                return Err(format!(
                    "the added token '{}' should have the number {id}, but the vocabulary gives it {is}",
                    token.content
                ));
            }
        }
        Ok((tokenizer, spelling))
    }

    fn spelling(&self) -> Spelling {
        let decoders = components::leaves(Step::Decoder, &self.decoder);
        let pre_tokenizers = components::leaves(Step::PreTokenizer, &self.pre_tokenizer);
        let normalizers = components::leaves(Step::Normalizer, &self.normalizer);
        let all = || decoders.iter().chain(&pre_tokenizers).chain(&normalizers);
        let has = |kind: &str| all().any(|part| components::kind(part) == Some(kind));
        let (continuing, ending) = match &self.model {
            ModelWrapper::WordPiece(model) => (Some(model.continuing_subword_prefix.clone()), None),
            ModelWrapper::BPE(model) => (model.continuing_subword_prefix.clone(), model.end_of_word_suffix.clone()),
            ModelWrapper::WordLevel(_) | ModelWrapper::Unigram(_) => (None, None),
        };
        // A SentencePiece model has `▁` from a Metaspace, or, in Llama's files, from a Replace on both ways.
        let metaspace = all().find(|part| components::kind(part) == Some("Metaspace"));
        let replaced = decoders.iter().find(|part| {
            components::kind(part) == Some("Replace") && part.get("content").and_then(Value::as_str) == Some(" ")
        });
        let space = match (metaspace, replaced) {
            (Some(part), _) => part.get("replacement").and_then(Value::as_str),
            (None, Some(part)) => part.get("pattern").and_then(|pattern| pattern.get("String")).and_then(Value::as_str),
            (None, None) => None,
        };
        Spelling {
            byte_level: has("ByteLevel"),
            byte_tokens: has("ByteFallback"),
            space: space.and_then(|space| space.chars().next()),
            continuing: continuing.filter(|prefix| !prefix.is_empty()),
            ending: ending.filter(|suffix| !suffix.is_empty()),
        }
    }
}

/// A step in the crate's own type; no step is `null`.
fn read<T: DeserializeOwned>(step: Step, component: Value) -> Result<Option<T>, String> {
    if component.is_null() {
        return Ok(None);
    }
    components::check(step, &component)?;
    serde_json::from_value(component).map(Some).map_err(|error| format!("{}: {error}", step.name()))
}
