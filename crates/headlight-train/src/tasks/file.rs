//! File: whatever pairs of question and answer a text file of the user's own holds.
//!
//! # By hand
//!
//! Each line has a source, a tab and a target. Tokens are separated by white space, or are the single characters:
//!
//! ```text
//! der Hund<TAB>the dog
//! die Katze<TAB>the cat
//! ```
//!
//! ```text
//! source     der Hund
//! reads      BOS  the  dog
//! predicts   the  dog  END
//! ```
//!
//! One line in eight is held out, by the hash of its source. Nobody knows where the model must look, so there is no alignment;
//! what it looks at is for the user to see. With an encoder, or as one sequence for the decoder alone.

use std::ops::RangeInclusive;

use super::draw::ENCODER_FIRST;
use crate::task::{MAX_LENGTH, MAX_SYMBOLS};
use crate::{PairFile, Questions, TaskDefaults, TaskSpec};

/// File.
pub static SPEC: TaskSpec = TaskSpec {
    about: "learn the pairs in your own file",
    example: "",
    question: "tokens of the file",
    lesson: "A text file has a source, a tab and a target on each line; tokens are words, or with --characters single \
             characters. One line in eight is held out. The default is an encoder–decoder.",
    looks_at: "what it needs",
    length_counts: "tokens of the longest question",
    architectures: ENCODER_FIRST,
    lengths: |task| exactly(task.file.as_ref().map_or(1, PairFile::longest_source), MAX_LENGTH),
    symbols: |task| exactly(task.file.as_ref().map_or(1, |pairs| pairs.tokens().len()), MAX_SYMBOLS),
    tokens: |task| task.file.as_ref().map(|pairs| pairs.tokens().to_vec()).unwrap_or_default(),
    has_end: true,
    answer_length: |task, _| task.file.as_ref().map_or(1, PairFile::longest_answer),
    questions: Questions::Pairs,
    defaults: |_| TaskDefaults { length: 1, symbols: 1, ..TaskDefaults::default() },
    ..TaskSpec::sequence("file", |task, source| task.file.as_ref()?.answer(source), |_, _| None)
};

/// This size and no other, unless it is 0 or more than is possible: then none.
fn exactly(size: usize, max: usize) -> RangeInclusive<usize> {
    size.max(1)..=size.min(max)
}
