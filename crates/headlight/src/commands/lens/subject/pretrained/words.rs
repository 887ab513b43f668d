//! Texts as token numbers.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{anyhow, bail};
use headlight_lens::{Reads, Text};
use headlight_model::Stack;
use headlight_pretrained::{Encoding, Facts, Tokenizer};

use super::super::texts::Texts;
use crate::output::{counted, note};

/// The tokens of a model: their names, and how a text is made of them.
pub(super) struct Words {
    tokenizer: Option<Tokenizer>,
    sizes: Sizes,
    /// The longest sequence that the model can read.
    max_length: Option<usize>,
    /// What the decoder of an encoder–decoder model begins with.
    start: Vec<usize>,
}

/// How many tokens there are of a source and of a target. Some models that translate have a vocabulary for each language.
#[derive(Clone, Copy)]
struct Sizes {
    source: usize,
    target: usize,
}

impl Words {
    pub(super) fn of(directory: &Path, facts: &Facts, start: Vec<usize>) -> anyhow::Result<Self> {
        let tokenizer = Tokenizer::open(directory).map_err(|error| anyhow!("{}: {error}", directory.display()))?;
        let [source, target] = [Stack::Encoder, Stack::Decoder].map(|stack| facts.vocab_size_of(stack));
        Ok(Self { tokenizer, sizes: Sizes { source, target }, max_length: facts.max_length, start })
    }

    /// What each token of a source or a target is called.
    pub(super) fn names(&self) -> Vec<String> {
        self.called(self.sizes.source.max(self.sizes.target))
    }

    /// What each token of an answer is called, which is one of a target.
    pub(super) fn answers(&self) -> Vec<String> {
        self.called(self.sizes.target)
    }

    /// Each token's text, or without a tokenizer its number.
    fn called(&self, size: usize) -> Vec<String> {
        let ids: Vec<usize> = (0..size).collect();
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
        (0..self.sizes.source.max(self.sizes.target)).filter(is_mark).collect()
    }

    /// Those that stand for some, as far as it is known, in a source as in a target; `padding` stands for none.
    pub(super) fn of_text(&self, padding: Option<usize>) -> Vec<usize> {
        let marks = self.marks();
        let is_text = |id: &usize| !marks.contains(id) && padding != Some(*id) && !self.start.contains(id);
        let tokens: Vec<usize> = (0..self.sizes.source.min(self.sizes.target)).filter(is_text).collect();
        if tokens.is_empty() { vec![0] } else { tokens }
    }

    /// What a text begins with that says nothing else: the tokenizer's own first token, or the end of the text before.
    pub(super) fn beginning(&self) -> Option<usize> {
        let tokenizer = self.tokenizer.as_ref()?;
        let empty = tokenizer.encode("", None).map(|encoding| encoding.ids).unwrap_or_default();
        let first = empty.first().copied().or_else(|| tokenizer.id("<|endoftext|>"));
        first.filter(|id| tokenizer.is_special(*id) && *id < self.sizes.source.min(self.sizes.target))
    }

    /// At most so many texts, each as long as the model can read.
    pub(super) fn read(&self, texts: &Texts<'_>, reads: Reads, most: usize) -> anyhow::Result<Vec<Text>> {
        let lines = texts.lines()?;
        if lines.len() > most {
            note(format_args!("note: only the first {most} of {} texts (--examples)", lines.len()));
        }
        let (mut all, mut too_long, mut left_out) = (Vec::new(), 0, 0);
        for (number, line) in lines.into_iter().take(most) {
            let in_line = |error: anyhow::Error| anyhow!("{}: {error}", texts.place(number));
            let (text, of_text) = self.text(texts, reads, &line).map_err(in_line)?;
            all.push(self.checked(text, reads).map_err(in_line)?);
            too_long += usize::from(of_text > 0);
            left_out += of_text;
        }
        if let Some(most) = self.max_length.filter(|_| too_long > 0) {
            let (texts, tokens) = (counted(too_long, "text"), counted(left_out, "token"));
            note(format_args!("note: {texts} cut to the model's {most} positions: {tokens} left out"));
        }
        Ok(all)
    }

    /// # Errors
    ///
    /// When there are too few tokens, or one is not the model's.
    fn checked(&self, text: Text, reads: Reads) -> anyhow::Result<Text> {
        let Sizes { source, target } = self.sizes;
        let whose = |side: &'static str| if source == target { "the model's tokens" } else { side };
        for (ids, size, side) in
            [(&text.source, source, "those of a source"), (&text.target, target, "those of a target")]
        {
            if let Some(id) = ids.iter().find(|id| **id >= size) {
                bail!("unknown token {id}; {} are 0 … {}", whose(side), size - 1);
            }
        }
        if text.target.len() < 2 || (reads == Reads::Both && text.source.is_empty()) {
            bail!("too short: a text has at least two tokens, and so has a target; a source has one");
        }
        Ok(text)
    }

    /// Source and target of a line, neither of more tokens than the model has positions, and how many tokens that left out.
    fn text(&self, texts: &Texts<'_>, reads: Reads, line: &str) -> anyhow::Result<(Text, usize)> {
        let (source, target) = match (reads, line.split_once('\t')) {
            (Reads::Both, Some((source, target))) => (Some(source), target),
            (Reads::Encoder | Reads::Decoder, _) => (None, line),
            (Reads::Both, None) => bail!("the model has an encoder and a decoder: write SOURCE, a tab, TARGET"),
        };
        let most = self.max_length.unwrap_or(usize::MAX);
        if let Texts::Ids(_) = texts {
            let cut = |mut ids: Vec<usize>| {
                let length = ids.len();
                ids.truncate(most);
                (length - ids.len(), ids)
            };
            let (of_source, source) = cut(source.map(numbers).transpose()?.unwrap_or_default());
            let (of_target, target) = cut(numbers(target)?);
            return Ok((Text { source, target }, of_source + of_target));
        }
        let Some(tokenizer) = &self.tokenizer else {
            bail!("the model has no tokenizer: give token numbers with --ids FILE")
        };
        let cut = |encoding: Encoding, most: usize| {
            let length = encoding.ids.len();
            let Encoding { ids, .. } = tokenizer.cut(encoding, most);
            (length - ids.len(), ids)
        };
        let (of_source, source) = match source {
            Some(source) => cut(tokenizer.encode(source, None)?, most),
            None => (0, Vec::new()),
        };
        let (of_target, target) = match reads {
            Reads::Both => cut(tokenizer.encode_target(target)?, most.saturating_sub(self.start.len())),
            Reads::Encoder | Reads::Decoder => cut(tokenizer.encode(target, None)?, most),
        };
        let begin = if reads == Reads::Both { &self.start[..] } else { &[] };
        Ok((Text { source, target: [begin, &target].concat() }, of_source + of_target))
    }
}

fn numbers(line: &str) -> anyhow::Result<Vec<usize>> {
    let numbers = line.split([' ', ',', '\t']).filter(|number| !number.is_empty());
    let number = |text: &str| text.parse().map_err(|_| anyhow!("'{text}' is not a token number"));
    numbers.map(number).collect()
}
