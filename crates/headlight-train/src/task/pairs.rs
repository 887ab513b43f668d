//! Pairs of question and answer that a user gives: lines of a text, read whole or refused.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::hash::hash;
use super::limits::{MAX_LENGTH, MAX_SYMBOLS};
use super::pair_error::{Half, LineError, PairError, PairFileError};
use super::spelling::{Spelling, split_tokens};

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

const MARKS: [&str; 3] = ["BOS", "SEP", "END"];

impl PairFile {
    /// A larger file is a mistake, or work for another program.
    pub const MAX_BYTES: u64 = 64 << 20;

    /// The pairs in a file's bytes. `path` is where they were read: it is kept, and names the file in errors.
    ///
    /// # Errors
    ///
    /// When the bytes are not text, or a line of it is not what it should be; says which.
    pub fn from_bytes(path: &Path, spelling: Spelling, bytes: &[u8]) -> Result<Self, PairFileError> {
        Self::parse(path, spelling, bytes).map_err(|source| PairFileError { path: path.to_owned(), source })
    }

    /// The pairs of a configuration, from the bytes that its file has now.
    ///
    /// # Errors
    ///
    /// As [`from_bytes`](Self::from_bytes), and when the file has changed.
    pub fn load(&mut self, bytes: &[u8]) -> Result<(), PairFileError> {
        let read = Self::from_bytes(&self.path, self.spelling, bytes)?;
        if read.fingerprint != self.fingerprint || read.tokens != self.tokens {
            return Err(PairFileError { path: self.path.clone(), source: PairError::Changed });
        }
        *self = read;
        Ok(())
    }

    fn parse(path: &Path, spelling: Spelling, bytes: &[u8]) -> Result<Self, PairError> {
        if bytes.len() as u64 > Self::MAX_BYTES {
            return Err(PairError::TooLarge { max: Self::MAX_BYTES });
        }
        let fingerprint = fingerprint(bytes);
        let text = str::from_utf8(bytes).map_err(|_| PairError::NotText)?;
        let lines = lines(text, spelling)?;
        let mut tokens: Vec<String> = lines.iter().flatten().flatten().cloned().collect();
        tokens.sort_unstable();
        tokens.dedup();
        if tokens.len() > MAX_SYMBOLS {
            return Err(PairError::TooManyTokens { count: tokens.len(), max: MAX_SYMBOLS });
        }
        let id = |token: &String| tokens.binary_search(token).expect("every token is among them");
        let ids = |tokens: &[String]| tokens.iter().map(id).collect::<Vec<_>>();
        let pairs: Vec<_> = lines.iter().map(|[source, target]| (ids(source), ids(target))).collect();
        let by_source = pairs.iter().enumerate().map(|(at, (source, _))| (source.clone(), at)).collect();
        Ok(Self {
            path: path.to_owned(),
            spelling,
            fingerprint,
            longest_source: pairs.iter().map(|(source, _)| source.len()).max().unwrap_or(0),
            longest_answer: pairs.iter().map(|(_, target)| target.len()).max().unwrap_or(0),
            pairs: Arc::new(Pairs { pairs, by_source }),
            tokens,
        })
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

    /// The same pairs, in a file that lies somewhere else.
    pub fn at(self, path: &Path) -> Self {
        Self { path: path.to_owned(), ..self }
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

    pub(crate) fn answer(&self, source: &[usize]) -> Option<Vec<usize>> {
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
}

/// The pairs in tokens, each source once.
fn lines(text: &str, spelling: Spelling) -> Result<Vec<[Vec<String>; 2]>, PairError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines: Vec<[Vec<String>; 2]> = Vec::new();
    let mut first_line: HashMap<Vec<String>, usize> = HashMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.is_empty() {
            continue;
        }
        let wrong = |source| PairError::Line { number, source };
        let pair = split(line, spelling).map_err(wrong)?;
        match first_line.get(&pair[0]) {
            Some(first) if lines[*first][1] != pair[1] => return Err(wrong(LineError::OtherTarget)),
            Some(_) => continue,
            None => {
                first_line.insert(pair[0].clone(), lines.len());
                lines.push(pair);
            }
        }
    }
    if lines.is_empty() { Err(PairError::NoPair) } else { Ok(lines) }
}

/// Source and target of a line, in tokens.
fn split(line: &str, spelling: Spelling) -> Result<[Vec<String>; 2], LineError> {
    let (source, target) = line.split_once('\t').ok_or(LineError::NoTab)?;
    let pair = [source, target].map(|text| split_tokens(text, spelling));
    if target.contains('\t') {
        return Err(LineError::Tabs);
    }
    if line.chars().any(|character| character.is_control() && character != '\t') {
        return Err(LineError::Control);
    }
    for (half, tokens) in [Half::Source, Half::Target].into_iter().zip(&pair) {
        if tokens.is_empty() {
            return Err(LineError::Empty { half });
        }
        if tokens.len() > MAX_LENGTH {
            return Err(LineError::TooLong { half, tokens: tokens.len(), max: MAX_LENGTH });
        }
        if let Some(mark) = MARKS.into_iter().find(|mark| tokens.iter().any(|token| token == mark)) {
            return Err(LineError::Mark { mark });
        }
    }
    Ok(pair)
}

/// Not against malice: it tells a changed file from an unchanged one.
fn fingerprint(bytes: &[u8]) -> String {
    format!("{:016x}", hash(bytes.iter().map(|byte| usize::from(*byte))))
}
