//! Texts as token numbers.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{anyhow, bail};
use headlight_lens::{Reads, Text};
use headlight_pretrained::Tokenizer;

use super::super::texts::Texts;
use crate::output::{counted, note};

/// The tokens of a model: their names, and how a text is made of them.
pub(super) struct Words {
    tokenizer: Option<Tokenizer>,
    vocab_size: usize,
    /// The longest sequence that the model can read.
    max_length: Option<usize>,
    /// What the decoder of an encoder–decoder model begins with.
    start: Vec<usize>,
}

impl Words {
    pub(super) fn of(
        directory: &Path,
        vocab_size: usize,
        max_length: Option<usize>,
        start: Vec<usize>,
    ) -> anyhow::Result<Self> {
        let tokenizer = Tokenizer::open(directory).map_err(|error| anyhow!("{}: {error}", directory.display()))?;
        Ok(Self { tokenizer, vocab_size, max_length, start })
    }

    /// What each token is called: its text, or without a tokenizer its number.
    pub(super) fn names(&self) -> Vec<String> {
        let ids: Vec<usize> = (0..self.vocab_size).collect();
        match &self.tokenizer {
            Some(tokenizer) => tokenizer.readable(&ids),
            None => ids.iter().map(usize::to_string).collect(),
        }
    }

    pub(super) fn mask(&self) -> Option<usize> {
        self.tokenizer.as_ref()?.mask_token()
    }

    /// The tokens that stand for no text.
    pub(super) fn marks(&self) -> BTreeSet<usize> {
        let is_mark = |id: &usize| self.tokenizer.as_ref().is_some_and(|tokenizer| tokenizer.is_special(*id));
        (0..self.vocab_size).filter(is_mark).collect()
    }

    /// Those that stand for some, as far as it is known; `padding` stands for none.
    pub(super) fn of_text(&self, padding: Option<usize>) -> Vec<usize> {
        let marks = self.marks();
        let is_text = |id: &usize| !marks.contains(id) && padding != Some(*id) && !self.start.contains(id);
        let tokens: Vec<usize> = (0..self.vocab_size).filter(is_text).collect();
        if tokens.is_empty() { vec![0] } else { tokens }
    }

    /// What a text begins with that says nothing else: the tokenizer's own first token, or the end of the text before.
    pub(super) fn beginning(&self) -> Option<usize> {
        let tokenizer = self.tokenizer.as_ref()?;
        let empty = tokenizer.encode("", None).map(|encoding| encoding.ids).unwrap_or_default();
        let first = empty.first().copied().or_else(|| tokenizer.id("<|endoftext|>"));
        first.filter(|id| tokenizer.is_special(*id) && *id < self.vocab_size)
    }

    /// At most so many texts, each as long as the model can read.
    pub(super) fn read(&self, texts: &Texts<'_>, reads: Reads, most: usize) -> anyhow::Result<Vec<Text>> {
        let lines = texts.lines()?;
        if lines.len() > most {
            note(format_args!("note: only the first {most} of {} texts (--examples)", lines.len()));
        }
        let (mut all, mut too_long) = (Vec::new(), 0);
        for (number, line) in lines.into_iter().take(most) {
            let in_line = |error: anyhow::Error| anyhow!("{}: {error}", texts.place(number));
            let text = self.text(texts, reads, &line).and_then(|text| self.checked(text, reads)).map_err(in_line)?;
            let cut = self.cut(text.clone());
            too_long += usize::from(cut != text);
            all.push(cut);
        }
        if let Some(most) = self.max_length.filter(|_| too_long > 0) {
            note(format_args!("note: {} cut to the model's {most} positions", counted(too_long, "text")));
        }
        Ok(all)
    }

    /// # Errors
    ///
    /// When there are too few tokens, or one is not the model's.
    fn checked(&self, text: Text, reads: Reads) -> anyhow::Result<Text> {
        if let Some(id) = text.source.iter().chain(&text.target).find(|id| **id >= self.vocab_size) {
            bail!("unknown token {id}; the model's tokens are 0 … {}", self.vocab_size - 1);
        }
        if text.target.len() < 2 || (reads == Reads::Both && text.source.is_empty()) {
            bail!("too short: a text has at least two tokens, and so has a target; a source has one");
        }
        Ok(text)
    }

    /// A text of no more tokens than the model has positions. Of a target, the last token is not read.
    fn cut(&self, mut text: Text) -> Text {
        let most = self.max_length.unwrap_or(usize::MAX);
        text.source.truncate(most);
        text.target.truncate(most);
        text
    }

    /// Source and target of a line.
    fn text(&self, texts: &Texts<'_>, reads: Reads, line: &str) -> anyhow::Result<Text> {
        let (source, target) = match (reads, line.split_once('\t')) {
            (Reads::Both, Some((source, target))) => (Some(source), target),
            (Reads::Encoder | Reads::Decoder, _) => (None, line),
            (Reads::Both, None) => bail!("the model has an encoder and a decoder: write SOURCE, a tab, TARGET"),
        };
        if let Texts::Ids(_) = texts {
            let source = source.map(numbers).transpose()?.unwrap_or_default();
            return Ok(Text { source, target: numbers(target)? });
        }
        let Some(tokenizer) = &self.tokenizer else {
            bail!("the model has no tokenizer: give token numbers with --ids FILE")
        };
        match source {
            None => Ok(Text { source: Vec::new(), target: tokenizer.encode(target, None)?.ids }),
            Some(source) => {
                let target = [&self.start[..], &tokenizer.encode_target(target)?.ids].concat();
                Ok(Text { source: tokenizer.encode(source, None)?.ids, target })
            }
        }
    }
}

fn numbers(line: &str) -> anyhow::Result<Vec<usize>> {
    let numbers = line.split([' ', ',', '\t']).filter(|number| !number.is_empty());
    let number = |text: &str| text.parse().map_err(|_| anyhow!("'{text}' is not a token number"));
    numbers.map(number).collect()
}
