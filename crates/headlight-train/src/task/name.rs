use headlight_model::Architecture;
use serde::{Deserialize, Serialize};

/// What is to be learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskName {
    /// Say the sequence again.
    Copy,
    /// Say it backwards.
    Reverse,
    /// Say it once, twice or three times, as told.
    Repeat,
    /// Say it in order.
    Sort,
    /// Say the value that stood with each key.
    Recall,
    /// Go on as it went on before.
    Induction,
    /// Close the brackets that are open.
    Brackets,
    /// Add two numbers.
    Addition,
    /// Write a date as ISO 8601 does.
    Dates,
    /// Whatever pairs a file holds.
    File,
}

impl TaskName {
    /// All of them, from the plainest on.
    pub const ALL: [Self; 10] = [
        Self::Copy,
        Self::Reverse,
        Self::Repeat,
        Self::Sort,
        Self::Recall,
        Self::Induction,
        Self::Brackets,
        Self::Addition,
        Self::Dates,
        Self::File,
    ];

    /// As it is typed, and as files have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Reverse => "reverse",
            Self::Repeat => "repeat",
            Self::Sort => "sort",
            Self::Recall => "recall",
            Self::Induction => "induction",
            Self::Brackets => "brackets",
            Self::Addition => "addition",
            Self::Dates => "dates",
            Self::File => "file",
        }
    }

    /// What the model does, in a few words.
    pub fn about(self) -> &'static str {
        match self {
            Self::Copy => "say the sequence again",
            Self::Reverse => "say the sequence backwards",
            Self::Repeat => "say the sequence once, twice or three times, as told",
            Self::Sort => "say the sequence in order, smallest first",
            Self::Recall => "say the value that stood with each key",
            Self::Induction => "go on as the sequence went on before",
            Self::Brackets => "close the brackets that are open",
            Self::Addition => "add two numbers, last digit first",
            Self::Dates => "write a date, English or Chinese, as 2026-11-22",
            Self::File => "answer as the pairs of your own file do",
        }
    }

    /// The models that it can be trained with, the default first; docs/tasks.md says how the others did.
    pub fn architectures(self) -> &'static [Architecture] {
        match self {
            Self::Induction => &[Architecture::Decoder],
            Self::Copy | Self::Reverse | Self::Recall => &[Architecture::Decoder, Architecture::EncoderDecoder],
            Self::Repeat | Self::Sort | Self::Brackets | Self::Addition | Self::Dates | Self::File => {
                &[Architecture::EncoderDecoder, Architecture::Decoder]
            }
        }
    }

    /// A question, as `headlight generate --input` takes it; empty for `file`, whose questions are the user's.
    pub fn example(self) -> &'static str {
        match self {
            Self::Copy | Self::Reverse => "3 1 4",
            Self::Repeat => "x2 3 1 4",
            Self::Sort => "3 1 4 1",
            Self::Recall => "a 7 b 2 c 9 b a c",
            Self::Induction => "3 1 4 9 2 7 1",
            Self::Brackets => "( [ ( )",
            Self::Addition => "4 8 7 + 1 3 5",
            Self::Dates => "22 Nov 2026",
            Self::File => "",
        }
    }

    /// What the model's attention has to do, and which model does it and why.
    pub fn lesson(self) -> &'static str {
        match self {
            Self::Copy => {
                "To say each token, one head must look at the same place of the source: a fixed distance back for the decoder \
                 alone, the plainest cross attention there is with an encoder."
            }
            Self::Reverse => {
                "The places of query and key add up to the same number everywhere, so the diagonal runs the other way. \
                 Measured, both models learn it in about as few steps as copying."
            }
            Self::Repeat => {
                "The diagonal begins anew at each round, and the answer must end by itself. With an encoder, which reads the \
                 whole source before the answer begins; measured, the decoder alone took twice the steps."
            }
            Self::Sort => {
                "Where to look depends on how many symbols are smaller. In an encoder each token can count them and know its \
                 place in the answer; the decoder alone learns it too."
            }
            Self::Recall => {
                "A head of the first layer writes each key beside its value, and one of the second looks for the value with the \
                 asked key: two layers. What is read after SEP is asked, not said."
            }
            Self::Induction => {
                "The model must look for the token after the earlier occurrence of the one it reads: an induction head, made of \
                 two heads in two layers. Question and answer are one sequence, so it is for the decoder alone."
            }
            Self::Brackets => {
                "Which bracket is still open depends on all that come after it, so the model must count depth before it looks. \
                 With an encoder each bracket can see whether it is closed later."
            }
            Self::Addition => {
                "Where to look is the same every time: two digits, and the two of the place below for the carry. The sum itself \
                 is the feed-forward layers' work. With an encoder; measured, the decoder alone learned it with one seed of two, and slowly."
            }
            Self::Dates => {
                "Year, month and day stand in another order in each way of writing, so the encoder must find out what is what, \
                 and the decoder look for the part that it writes: a small translation."
            }
            Self::File => {
                "A text file has a source, a tab and a target on each line; tokens are words, or with --characters single \
                 characters. One line in eight is held out. With an encoder, unless you ask for the decoder alone."
            }
        }
    }

    /// What a question must look like.
    pub fn question(self) -> &'static str {
        match self {
            Self::Copy | Self::Reverse | Self::Sort => "symbols",
            Self::Repeat => "x1, x2 or x3, then the symbols",
            Self::Recall => "keys, each with its value behind it and all different, then some of these keys again",
            Self::Induction => "symbols that are all different, then one of them again, but not the last one",
            Self::Brackets => "brackets, of which one to four are still open and none is closed before it was opened",
            Self::Addition => "two numbers of the same count of digits, with + between them",
            Self::Dates => {
                "a date such as 22 Nov 2026, 22 November 2026, Nov 22, 2026, November 22, 2026 or 2026年11月22日"
            }
            Self::File => "tokens of the file",
        }
    }

    /// What `length` counts.
    pub fn length_counts(self) -> &'static str {
        match self {
            Self::Copy | Self::Reverse | Self::Sort => "symbols in a sequence",
            Self::Repeat => "symbols in the sequence to repeat",
            Self::Recall => "pairs of key and value",
            Self::Induction => "symbols before one comes again",
            Self::Brackets => "brackets to read",
            Self::Addition => "digits of each number",
            Self::Dates | Self::File => "tokens of the longest question",
        }
    }

    /// What `symbols` counts.
    pub fn symbols_are(self) -> &'static str {
        match self {
            Self::Recall => "different keys, and as many different values",
            Self::Brackets => "kinds of brackets",
            Self::Addition => "different digits",
            _ => "different symbols",
        }
    }

    /// Where a query must look, in words: "looks at …".
    pub fn looks_at(self) -> &'static str {
        match self {
            Self::Copy | Self::Repeat => "the token to copy",
            Self::Reverse => "the token to say",
            Self::Sort => "the places of the symbol to say",
            Self::Recall => "the asked key's pair",
            Self::Induction => "the token after the earlier occurrence",
            Self::Brackets => "the bracket to close",
            Self::Addition => "the digits of this place and the one below",
            Self::Dates => "the part of the date to write",
            Self::File => "what it needs",
        }
    }

    /// Whether `length`, `min_length` and `symbols` may be chosen.
    pub fn has_sizes(self) -> bool {
        !matches!(self, Self::Dates | Self::File)
    }

    /// Whether answers end with `END`, because the question does not say at a glance how long they are.
    pub(crate) fn has_end(self) -> bool {
        matches!(self, Self::Repeat | Self::Brackets | Self::File)
    }
}

impl std::fmt::Display for TaskName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}
