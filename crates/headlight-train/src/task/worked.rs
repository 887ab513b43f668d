use headlight_model::Architecture;
use headlight_record::AttentionKind;

use super::{Example, Task};

/// An example position by position, as columns to print: what the model reads, what it predicts, where it must look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worked {
    /// What the encoder reads, where there is an encoder.
    pub source: Option<Vec<String>>,
    /// What the decoder reads at each position.
    pub reads: Vec<String>,
    /// What it must predict there; empty where nothing is asked.
    pub predicts: Vec<String>,
    /// The keys that it needs for that, of the source where there is one, otherwise of its own positions; empty where it needs
    /// none, or the task does not say.
    pub looks_at: Vec<Vec<usize>>,
}

impl Task {
    /// Works an example position by position.
    pub fn worked(&self, example: &Example) -> Worked {
        let vocabulary = self.vocabulary();
        let target = self.target(example);
        let silent = target.len() - example.answer.len();
        let kind = match self.architecture {
            Architecture::Decoder => AttentionKind::DecoderSelf,
            Architecture::EncoderDecoder => AttentionKind::Cross,
        };
        Worked {
            source: self.prompt(&example.source).source.map(|source| vocabulary.tokens(&source)),
            reads: vocabulary.tokens(&target),
            predicts: [vec![String::new(); silent], vocabulary.tokens(&example.answer)].concat(),
            looks_at: self.alignment(kind, example).unwrap_or_else(|| vec![Vec::new(); target.len()]),
        }
    }
}
