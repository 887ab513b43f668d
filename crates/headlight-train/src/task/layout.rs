//! How an example looks to a model: what its halves read, what is predicted where, where it must look for that, and how long all
//! of that is.

use headlight_model::Architecture;
use headlight_record::{AttentionKind, MaskCell};

use super::{Example, Layout, Task};

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
        let begin = self.n_tokens();
        let (question, asked) = match self.spec.layout {
            Layout::Separated | Layout::Continued => (source, &[][..]),
            Layout::Asked(split) => source.split_at(split(self, source)),
            Layout::ReadAgain => (source, source),
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
        // For each token of the answer, positions in the source.
        let answer = (self.spec.align)(self, source)?;
        // The decoder reads BOS before the question; the encoder reads the question alone.
        let first_key = match (self.architecture, kind) {
            (Architecture::Decoder, AttentionKind::DecoderSelf) => 1,
            (Architecture::EncoderDecoder, AttentionKind::Cross) => 0,
            _ => return None,
        };
        let before = std::iter::repeat_n(Vec::new(), self.prompt(source).target.len() - 1);
        let answer = answer.into_iter().map(|positions| positions.into_iter().map(|at| first_key + at).collect());
        let end = self.end().map(|_| Vec::new());
        let mut rows: Vec<Vec<usize>> = before.chain(answer).chain(end).collect();
        // A model's own answer may end too early or too late.
        rows.resize(self.target(example).len(), Vec::new());
        Some(rows)
    }

    /// What each query may see, `[queries, keys]` row-major.
    pub fn mask(&self, kind: AttentionKind, queries: usize, keys: usize) -> Vec<MaskCell> {
        let is_masked = |query: usize, key: usize| kind == AttentionKind::DecoderSelf && key > query;
        let cell = |query, key| if is_masked(query, key) { MaskCell::Causal } else { MaskCell::Visible };
        (0..queries).flat_map(|query| (0..keys).map(move |key| cell(query, key))).collect()
    }

    /// The longest sequence that a model of this task reads.
    pub fn max_length(&self) -> usize {
        let question = self.max_source();
        let answer = self.longest_answer_to(question);
        // Where the model reads what it said, nobody reads the last token of the answer.
        let (question, read) = match self.spec.layout {
            Layout::Separated | Layout::Continued => (question, answer.saturating_sub(1)),
            Layout::Asked(_) => (question - answer, answer),
            Layout::ReadAgain => (question, answer),
        };
        match self.architecture {
            Architecture::Decoder => 1 + question + usize::from(self.has_separator()) + read,
            Architecture::EncoderDecoder => question.max(1 + read),
        }
    }

    /// Tokens of the longest question.
    pub fn max_source(&self) -> usize {
        (self.spec.question_length)(self.length)
    }

    /// How many tokens a question may have that is as long as those trained on.
    pub fn source_lengths(&self) -> std::ops::RangeInclusive<usize> {
        let shortest = if self.spec.has_sizes() { (self.spec.question_length)(self.shortest()) } else { 1 };
        shortest..=self.max_source()
    }

    /// How many tokens a model may say to this question: as many as the answer has, or, where answers have an `END`, as many as
    /// the longest has.
    pub fn says_at_most(&self, source: &[usize]) -> usize {
        if self.spec.has_end {
            self.longest_answer_to(source.len())
        } else {
            self.answer(source).map_or(0, |answer| answer.len())
        }
    }

    /// How many positions the longer of the sequences has that a model reads while it answers this question;
    /// [`max_length`](Self::max_length) is the most of them that training shows.
    pub fn positions(&self, source: &[usize]) -> usize {
        let Prompt { source: read, target, .. } = self.prompt(source);
        // Nobody reads the last token that is said.
        let target = target.len() + self.says_at_most(source).max(1) - 1;
        target.max(read.map_or(0, |read| read.len()))
    }

    /// The longest answer to a question of so many tokens, `END` included.
    fn longest_answer_to(&self, question: usize) -> usize {
        (self.spec.answer_length)(self, question) + usize::from(self.spec.has_end)
    }

    /// Whether one sequence holds question and answer, and does not go on from one to the other by itself.
    pub(super) fn has_separator(&self) -> bool {
        self.architecture == Architecture::Decoder && !matches!(self.spec.layout, Layout::Continued)
    }
}
