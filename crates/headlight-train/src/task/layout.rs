//! How an example looks to a model: what its halves read, what is predicted where, and where it must look for that.

use headlight_model::Architecture;
use headlight_record::{AttentionKind, MaskCell};

use super::{Example, Task, TaskName};
use super::{addition, brackets, copy, dates, induction, recall, repeat, reverse, sort};

/// What a model reads before it says its first token, and what it reads afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// The encoder's sequence; `None` where there is no encoder.
    pub source: Option<Vec<usize>>,
    /// The beginning of the decoder's sequence.
    pub target: Vec<usize>,
    /// The tokens that the model reads next, one after each token that it says; `None` where it reads what it said.
    pub asked: Option<Vec<usize>>,
}

impl Task {
    /// What stands before the answer, in training and in generation alike.
    pub fn prompt(&self, source: &[usize]) -> Prompt {
        let begin = self.symbol_tokens();
        let (question, asked) = match self.name {
            TaskName::Recall => recall::split(self.symbols, source),
            _ => (source, &[][..]),
        };
        // What is asked first belongs to the prompt.
        let (first, then) = (&asked[..asked.len().min(1)], asked.get(1..));
        let (source, target) = match self.architecture {
            Architecture::Decoder => {
                let separator = [begin + 1];
                let separator = if self.has_separator() { &separator[..] } else { &[] };
                (None, [&[begin], question, separator, first].concat())
            }
            Architecture::EncoderDecoder => (Some(question.to_vec()), [&[begin], first].concat()),
        };
        Prompt { source, target, asked: then.map(<[_]>::to_vec) }
    }

    /// All that the decoder reads, teacher-forced: the prompt, then the right answer but its last token, or what is asked.
    pub fn target(&self, example: &Example) -> Vec<usize> {
        let Prompt { target, asked, .. } = self.prompt(&example.source);
        let read = asked.as_deref().unwrap_or(&example.answer[..example.answer.len() - 1]);
        [&target[..], read].concat()
    }

    /// Tokens that a model reads for one example, source and target together.
    pub fn tokens_read(&self, example: &Example) -> usize {
        let source = self.prompt(&example.source).source.map_or(0, |source| source.len());
        source + self.target(example).len()
    }

    /// For each query the keys that it needs to answer rightly; empty where it answers nothing, or needs nothing. `None` for a
    /// kind of attention of which the task says nothing.
    pub fn alignment(&self, kind: AttentionKind, example: &Example) -> Option<Vec<Vec<usize>>> {
        let source = &example.source;
        // For each token of the answer, places of the source.
        let answer = match self.name {
            TaskName::Copy => copy::aligned(source.len()),
            TaskName::Reverse => reverse::aligned(source.len()),
            TaskName::Repeat => repeat::aligned(self.symbols, source)?,
            TaskName::Sort => sort::aligned(source),
            TaskName::Recall => recall::aligned(self.symbols, source)?,
            TaskName::Induction => induction::aligned(source)?,
            TaskName::Brackets => brackets::aligned(source)?,
            TaskName::Addition => addition::aligned(source),
            TaskName::Dates => dates::aligned(source)?,
            TaskName::File => return None,
        };
        // The decoder reads BOS before the question; the encoder reads the question alone.
        let first_key = match (self.architecture, kind) {
            (Architecture::Decoder, AttentionKind::DecoderSelf) => 1,
            (Architecture::EncoderDecoder, AttentionKind::Cross) => 0,
            _ => return None,
        };
        let before = std::iter::repeat_n(Vec::new(), self.prompt(source).target.len() - 1);
        let answer = answer.into_iter().map(|places| places.into_iter().map(|place| first_key + place).collect());
        let end = self.end().map(|_| Vec::new());
        Some(before.chain(answer).chain(end).collect())
    }

    /// What each query may see, `[queries, keys]` row-major.
    pub fn mask(&self, kind: AttentionKind, queries: usize, keys: usize) -> Vec<MaskCell> {
        let hidden = |query: usize, key: usize| kind == AttentionKind::DecoderSelf && key > query;
        let cell = |query, key| if hidden(query, key) { MaskCell::Causal } else { MaskCell::Visible };
        (0..queries).flat_map(|query| (0..keys).map(move |key| cell(query, key))).collect()
    }
}
