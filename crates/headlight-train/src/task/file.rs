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

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::{MAX_LENGTH, MAX_SYMBOLS};
use crate::TrainError;

/// How tokens are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spelling {
    /// With white space between them.
    Words,
    /// One character each; a space is a token too, shown as `␣`.
    Characters,
}

/// The pairs of a file, with what a model of them must know: their tokens and greatest lengths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairFile {
    path: PathBuf,
    spelling: Spelling,
    /// Of the bytes, in hexadecimal: says whether the file is still the one that the run began with.
    fingerprint: String,
    longest_source: usize,
    longest_answer: usize,
    tokens: Vec<String>,
    /// Not part of a run's configuration; [`load`](Self::load) reads them again.
    #[serde(skip)]
    pairs: Arc<Pairs>,
}

/// The pairs in the file's order, and the place of each source among them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Pairs {
    pairs: Vec<(Vec<usize>, Vec<usize>)>,
    by_source: HashMap<Vec<usize>, usize>,
}

/// A larger file is a mistake, or work for another program.
const MAX_BYTES: u64 = 64 << 20;
/// How Headlight writes a space where tokens are characters.
pub(crate) const SPACE: &str = "␣";
const MARKS: [&str; 3] = ["BOS", "SEP", "END"];

impl PairFile {
    /// Reads the pairs.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or a line of it is not what it should be; says which.
    pub fn read(path: &Path, spelling: Spelling) -> Result<Self, TrainError> {
        let wrong = |reason: String| TrainError::PairFile { path: path.to_owned(), reason };
        let metadata = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?;
        if !metadata.is_file() {
            return Err(wrong("is no file".to_string()));
        }
        if metadata.len() > MAX_BYTES {
            return Err(wrong(format!("is larger than {} MiB", MAX_BYTES >> 20)));
        }
        let bytes = std::fs::read(path).map_err(TrainError::io(path))?;
        let fingerprint = fingerprint(&bytes);
        let text = String::from_utf8(bytes).map_err(|_| wrong("is not text in UTF-8".to_string()))?;
        Self::parse(path, spelling, fingerprint, &text).map_err(wrong)
    }

    /// Reads the pairs of a configuration again.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), and when the file has changed.
    pub fn load(&mut self) -> Result<(), TrainError> {
        let read = Self::read(&self.path, self.spelling)?;
        if read.fingerprint != self.fingerprint || read.tokens != self.tokens {
            let reason = "has changed since the run began".to_string();
            return Err(TrainError::PairFile { path: self.path.clone(), reason });
        }
        *self = Self { path: std::mem::take(&mut self.path), ..read };
        Ok(())
    }

    /// Whether the pairs are there, and not only what is known of them.
    pub fn is_loaded(&self) -> bool {
        !self.pairs.pairs.is_empty()
    }

    /// Whether the two hold the same text, read the same way, wherever it lies.
    pub fn is_same_text(&self, other: &Self) -> bool {
        (self.spelling, &self.fingerprint) == (other.spelling, &other.fingerprint)
    }

    /// The file, from the root on.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How its tokens are written.
    pub fn spelling(&self) -> Spelling {
        self.spelling
    }

    /// Its tokens, in the order of their code points.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// Tokens of the longest source.
    pub fn longest_source(&self) -> usize {
        self.longest_source
    }

    /// Tokens of the longest target.
    pub fn longest_answer(&self) -> usize {
        self.longest_answer
    }

    pub(super) fn answer(&self, source: &[usize]) -> Option<Vec<usize>> {
        self.pairs.by_source.get(source).map(|at| self.pairs.pairs[*at].1.clone())
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = Vec<usize>> + '_ {
        self.pairs.pairs.iter().map(|(source, _)| source.clone())
    }

    pub(super) fn draw(&self, generator: &mut impl Rng) -> Vec<usize> {
        self.pairs.pairs[generator.random_range(0..self.pairs.pairs.len())].0.clone()
    }

    /// What a source's hash is made of: its text, since a token's number changes with every new token.
    pub(super) fn bytes<'a>(&'a self, source: &'a [usize]) -> impl Iterator<Item = usize> + 'a {
        source.iter().flat_map(|id| self.tokens[*id].bytes().chain([0])).map(usize::from)
    }

    fn parse(path: &Path, spelling: Spelling, fingerprint: String, text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines: Vec<[Vec<String>; 2]> = Vec::new();
        let mut first_line: HashMap<Vec<String>, usize> = HashMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            if line.is_empty() {
                continue;
            }
            let pair = split(line, spelling).map_err(|reason| format!("line {number} {reason}"))?;
            match first_line.get(&pair[0]) {
                Some(first) if lines[*first][1] != pair[1] => {
                    return Err(format!("line {number} gives a source of an earlier line another target"));
                }
                Some(_) => continue,
                None => {
                    first_line.insert(pair[0].clone(), lines.len());
                    lines.push(pair);
                }
            }
        }
        if lines.is_empty() {
            return Err("holds no pair: each line needs a source, a tab and a target".to_string());
        }
        let mut tokens: Vec<String> = lines.iter().flatten().flatten().cloned().collect();
        tokens.sort_unstable();
        tokens.dedup();
        if tokens.len() > MAX_SYMBOLS {
            return Err(format!("has {} different tokens, and at most {MAX_SYMBOLS} are possible", tokens.len()));
        }
        let id = |token: &String| tokens.binary_search(token).expect("every token is among them");
        let ids = |tokens: &[String]| tokens.iter().map(id).collect::<Vec<_>>();
        let pairs: Vec<_> = lines.iter().map(|[source, target]| (ids(source), ids(target))).collect();
        let by_source = pairs.iter().enumerate().map(|(at, (source, _))| (source.clone(), at)).collect();
        // So that the run finds it from any folder; JSON has no place for a path that is no text.
        let absolute = std::path::absolute(path).ok().filter(|path| path.to_str().is_some());
        Ok(Self {
            path: absolute.unwrap_or_else(|| path.to_owned()),
            spelling,
            fingerprint,
            longest_source: pairs.iter().map(|(source, _)| source.len()).max().unwrap_or(0),
            longest_answer: pairs.iter().map(|(_, target)| target.len()).max().unwrap_or(0),
            pairs: Arc::new(Pairs { pairs, by_source }),
            tokens,
        })
    }
}

/// Source and target of a line, in tokens.
fn split(line: &str, spelling: Spelling) -> Result<[Vec<String>; 2], String> {
    let Some((source, target)) = line.split_once('\t') else {
        return Err("has no tab between a source and a target".to_string());
    };
    let pair = [source, target].map(|text| split_tokens(text, spelling));
    if target.contains('\t') {
        return Err("has more than one tab".to_string());
    }
    if line.chars().any(|character| character.is_control() && character != '\t') {
        return Err("holds a control character".to_string());
    }
    for (name, tokens) in ["source", "target"].into_iter().zip(&pair) {
        if tokens.is_empty() {
            return Err(format!("has no {name}"));
        }
        if tokens.len() > MAX_LENGTH {
            return Err(format!("has a {name} of {} tokens, and at most {MAX_LENGTH} are possible", tokens.len()));
        }
        if let Some(mark) = MARKS.into_iter().find(|mark| tokens.iter().any(|token| token == mark)) {
            return Err(format!("holds {mark}, which is a mark of Headlight's own: write another word"));
        }
    }
    Ok(pair)
}

/// The tokens of a text.
pub(crate) fn split_tokens(text: &str, spelling: Spelling) -> Vec<String> {
    let character = |character: char| if character == ' ' { SPACE.to_string() } else { character.to_string() };
    match spelling {
        Spelling::Words => text.split_whitespace().map(ToString::to_string).collect(),
        Spelling::Characters => text.chars().map(character).collect(),
    }
}

/// Not against malice: it tells a changed file from an unchanged one.
fn fingerprint(bytes: &[u8]) -> String {
    format!("{:016x}", super::held_out::hash(bytes.iter().map(|byte| usize::from(*byte))))
}
