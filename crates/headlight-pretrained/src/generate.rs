//! Greedy generation: always the likeliest of the next tokens that are allowed, as transformers' `generate` has it without beams and
//! without sampling.

mod rules;

use std::collections::BTreeSet;

use burn::tensor::{Device, Int, Tensor, TensorData};
use headlight_model::{DecoderCache, Sequences, Tokens};

use crate::checkpoint::Checkpoint;
use crate::error::PretrainedError;
use crate::family::Attends;
use crate::model::Speech;
use rules::Rules;

/// How long a text may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Longest {
    /// Tokens that are added at most.
    pub new_tokens: usize,
    /// Tokens that the decoder has positions for; `None` where its positions have no end.
    pub positions: Option<usize>,
}

/// A text, and why it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// Its tokens.
    pub ids: Vec<usize>,
    /// Why it ends there.
    pub ending: Ending,
}

/// Why a text ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By a token that ends it, or because no other is allowed.
    Itself,
    /// It has as many tokens as the model allows, by its files or its positions.
    OfModel,
    /// No more were asked for.
    Cut,
}

/// How a model's text begins, what it may not contain, and where it ends.
#[derive(Clone, Debug)]
pub struct Generation(Rules);

impl Generation {
    /// By `generation_config.json`; where there is none, by `config.json`.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, or has an option that is not built and changes what is likeliest.
    pub fn of(checkpoint: &Checkpoint) -> Result<Self, PretrainedError> {
        let own = checkpoint.json("generation_config.json")?;
        let rules = Rules::new(own.as_ref().unwrap_or(checkpoint.config()), checkpoint.config())?;
        Ok(Self(rules))
    }

    /// What a decoder's text begins with; empty where there is no encoder.
    pub fn start(&self) -> Vec<usize> {
        self.0.start.into_iter().collect()
    }

    /// The tokens that end a text.
    pub fn end(&self) -> &[usize] {
        &self.0.end
    }

    /// The text of a decoder, with its beginning: what the target already says.
    ///
    /// # Panics
    ///
    /// When the model has no decoder, or the input does not fit it, is empty, or is a batch of several.
    pub fn text(&self, model: &dyn Attends<Input = Sequences>, input: &Sequences, longest: Longest) -> Generated {
        let mut cache = start(model, input);
        let (ids, device) = (ids(&input.target), input.target.ids.device());
        self.0.continued(ids, longest, |ids| {
            let input = Sequences { source: input.source.clone(), target: tokens(ids, &device) };
            numbers(model.decode_next(&input, &mut cache))
        })
    }

    /// What is said, with its beginning: the target, and the tokens that tell the model its language and its task.
    ///
    /// # Panics
    ///
    /// As [`text`](Self::text).
    pub fn speech(&self, model: &dyn Attends<Input = Speech>, input: &Speech, longest: Longest) -> Generated {
        let mut cache = start(model, input);
        let (ids, device) = (ids(&input.target), input.target.ids.device());
        let mut logits = |ids: &[usize]| {
            let input = Speech { features: input.features.clone(), target: tokens(ids, &device) };
            numbers(model.decode_next(&input, &mut cache))
        };
        let prompt = self.0.prompt(ids, &mut logits);
        self.0.continued(prompt, longest, logits)
    }
}

/// # Panics
///
/// When the model has no decoder.
fn start<I>(model: &dyn Attends<Input = I>, input: &I) -> DecoderCache {
    model.start_decoding(input).expect("a text is continued by a decoder")
}

/// # Panics
///
/// When they are those of several texts, or none.
fn ids(tokens: &Tokens) -> Vec<usize> {
    let [batch_size, seq_length] = tokens.ids.dims();
    assert!(batch_size == 1 && seq_length > 0, "one text is continued, which has begun");
    tokens.ids.clone().into_data().iter::<i64>().map(|id| id as usize).collect()
}

fn tokens(ids: &[usize], device: &Device) -> Tokens {
    let numbers: Vec<i64> = ids.iter().map(|id| *id as i64).collect();
    Tensor::<2, Int>::from_data(TensorData::new(numbers, [1, ids.len()]), device).into()
}

/// The logits of what comes next, of `[1, 1, vocab_size]`.
fn numbers(logits: Tensor<3>) -> Vec<f32> {
    logits.into_data().iter::<f32>().collect()
}

impl Rules {
    /// What tells a model of speech its language and its task, after `ids`.
    fn prompt(&self, mut ids: Vec<usize>, mut logits: impl FnMut(&[usize]) -> Vec<f32>) -> Vec<usize> {
        let mut forced = self.forced.iter().copied();
        let named = forced.next().flatten();
        match named {
            Some(id) => ids.push(id),
            // The language that is likeliest.
            None if !self.languages.is_empty() => {
                let logits = logits(&ids);
                let of = |id: &usize| logits.get(*id).copied().unwrap_or(f32::NEG_INFINITY);
                let likeliest =
                    self.languages.iter().copied().reduce(|best, id| if of(&id) > of(&best) { id } else { best });
                ids.extend(likeliest);
            }
            None => {}
        }
        ids.extend(forced.flatten());
        match self.no_times {
            Some(id) if ids.last() != Some(&id) => ids.push(id),
            _ => {}
        }
        ids
    }

    /// `ids` and what follows.
    fn continued(
        &self,
        mut ids: Vec<usize>,
        Longest { new_tokens, positions }: Longest,
        mut logits: impl FnMut(&[usize]) -> Vec<f32>,
    ) -> Generated {
        let prompt = ids.len();
        let max_length = self.max_new_tokens.map(|most| prompt.saturating_add(most)).or(self.max_length);
        let of_model = max_length.into_iter().chain(positions).min().unwrap_or(usize::MAX);
        let asked = prompt.saturating_add(new_tokens);
        while ids.len() < of_model.min(asked) {
            let next = match self.forced(ids.len(), max_length) {
                Some(forced) => Some(forced),
                None => likeliest(&self.scores(logits(&ids), &ids, prompt)),
            };
            let Some(next) = next else { return Generated { ids, ending: Ending::Itself } }; // nothing is allowed
            ids.push(next);
            if self.end.contains(&next) {
                return Generated { ids, ending: Ending::Itself };
            }
        }
        Generated { ids, ending: if of_model <= asked { Ending::OfModel } else { Ending::Cut } }
    }

    /// The token that stands at a position whatever the model says; the last one in a text as long as its files allow.
    fn forced(&self, position: usize, max_length: Option<usize>) -> Option<usize> {
        let first = if position == 1 { self.forced_first } else { None };
        // Of several, which are as likely as each other then, the first.
        let last = if Some(position + 1) == max_length { self.forced_last.iter().min().copied() } else { None };
        last.or(first)
    }

    /// The logits after `ids`, −∞ for what may not come.
    fn scores(&self, mut logits: Vec<f32>, ids: &[usize], prompt: usize) -> Vec<f32> {
        if self.repetition_penalty != 1.0 {
            for id in ids.iter().collect::<BTreeSet<_>>() {
                if let Some(logit) = logits.get_mut(*id) {
                    *logit =
                        if *logit < 0.0 { *logit * self.repetition_penalty } else { *logit / self.repetition_penalty };
                }
            }
        }
        let mut forbid = |id: usize| {
            if let Some(logit) = logits.get_mut(id) {
                *logit = f32::NEG_INFINITY;
            }
        };
        // A phrase that is there already.
        if let Some(size) = self.no_repeat_ngram_size
            && ids.len() >= size
        {
            let begun = &ids[ids.len() + 1 - size..];
            ids.windows(size).filter_map(|phrase| phrase.strip_prefix(begun)).flatten().for_each(|id| forbid(*id));
        }
        for word in &self.bad_words {
            if let Some((end, begin)) = word.split_last()
                && ids.ends_with(begin)
            {
                forbid(*end);
            }
        }
        if ids.len() < self.min_length || ids.len() < prompt + self.min_new_tokens {
            self.end.iter().for_each(|id| forbid(*id));
        }
        self.suppressed.iter().for_each(|id| forbid(*id));
        let first = if prompt == 1 && self.forced_first.is_some() { 2 } else { prompt };
        if ids.len() == first {
            self.suppressed_first.iter().for_each(|id| forbid(*id));
        }
        logits
    }
}

/// The first of the largest; `None` where all are −∞.
fn likeliest(logits: &[f32]) -> Option<usize> {
    let start = (None, f32::NEG_INFINITY);
    logits.iter().enumerate().fold(start, |best, (id, logit)| if *logit > best.1 { (Some(id), *logit) } else { best }).0
}
