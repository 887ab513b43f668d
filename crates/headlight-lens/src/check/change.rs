use burn::tensor::{Bool, Int, Tensor, TensorData};
use headlight_model::{Sequences, Stack, Tokens, Traceable};

use crate::examples::Examples;

impl Examples<Sequences> {
    /// Up to four examples of one shape, for [`check`](super::check()); one that is alone stands there twice.
    ///
    /// # Panics
    ///
    /// When there is no example.
    pub fn side_by_side(&self) -> Sequences {
        let batch = self.batches.iter().max_by_key(|batch| batch.examples.len()).expect("examples to look at");
        let rows = |tokens: &Tokens| {
            let [batch_size, _] = tokens.ids.dims();
            let of = |ids: &Tensor<2, Int>| match batch_size {
                1 => ids.clone().repeat_dim(0, 2),
                _ => ids.clone().narrow(0, 0, batch_size.min(4)),
            };
            Tokens { segments: tokens.segments.as_ref().map(of), ..of(&tokens.ids).into() }
        };
        let Sequences { source, target } = &batch.input;
        Sequences { source: source.as_ref().map(rows), target: rows(target) }
    }
}

/// What the check changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Changed {
    /// The target's tokens from some position on: no position before may notice.
    FutureTokens,
    /// The source's tokens that are padding: no other position may notice, nor any of the target. Of an encoder alone, its input's.
    SourcePadding,
    /// The target's tokens that are padding, which stands before the others here: behind them, the causal mask alone would do.
    TargetPadding,
    /// All sequences of the batch but one, which may not notice.
    OtherSequences,
}

/// A pass, and changes to what it reads.
pub(super) struct Question {
    pub(super) input: Sequences,
    pub(super) changes: Vec<Change>,
}

/// A changed input, and where nothing may come of it.
pub(super) struct Change {
    pub(super) input: Sequences,
    pub(super) kept: Kept,
}

/// For each position of each sequence, whether it must not notice a change: `[batch_size][seq_length]`.
pub(super) struct Kept {
    source: Vec<Vec<bool>>,
    target: Vec<Vec<bool>>,
}

impl Kept {
    pub(super) fn of(&self, stack: Stack) -> &[Vec<bool>] {
        match stack {
            Stack::Encoder => &self.source,
            Stack::Decoder => &self.target,
        }
    }
}

impl Changed {
    const ALL: [Self; 4] = [Self::FutureTokens, Self::SourcePadding, Self::TargetPadding, Self::OtherSequences];
}

/// What to ask a model, or why a question does not apply.
pub(super) fn questions<M>(model: &M, input: &Sequences) -> Vec<(Changed, Result<Question, &'static str>)>
where
    M: Traceable<Input = Sequences> + ?Sized,
{
    let drawing = Drawing::new(model, input);
    Changed::ALL.into_iter().map(|changed| (changed, drawing.question(changed))).collect()
}

/// An input without its padding, and how many tokens there are to choose from.
struct Drawing<'a> {
    input: &'a Sequences,
    batch_size: usize,
    source: Option<Side>,
    target: Option<Side>,
}

/// One of the two inputs.
struct Side {
    ids: Vec<Vec<usize>>,
    length: usize,
    vocab_size: usize,
}

impl<'a> Drawing<'a> {
    fn new<M>(model: &M, input: &'a Sequences) -> Self
    where
        M: Traceable<Input = Sequences> + ?Sized,
    {
        let side = |tokens: &Tokens, stack: Stack| {
            let [_, length] = tokens.ids.dims();
            let ids: Vec<usize> = tokens.ids.to_data().iter::<i64>().map(|id| id as usize).collect();
            let [vocab_size, _] = model.token_embedding(stack).dims();
            Side { ids: ids.chunks(length).map(<[usize]>::to_vec).collect(), length, vocab_size }
        };
        let [source, target] = match (&input.source, model.output_stack()) {
            // An encoder alone has one input, which it is given as the target.
            (None, Stack::Encoder) => [Some(side(&input.target, Stack::Encoder)), None],
            (source, _) => {
                let source = source.as_ref().map(|source| side(source, Stack::Encoder));
                [source, Some(side(&input.target, Stack::Decoder))]
            }
        };
        let [batch_size, _] = input.source.as_ref().unwrap_or(&input.target).ids.dims();
        assert!(batch_size >= 2, "the check needs two sequences, and there is {batch_size}");
        Self { input, batch_size, source, target }
    }

    fn question(&self, changed: Changed) -> Result<Question, &'static str> {
        if self.source.iter().chain(&self.target).any(|side| side.vocab_size < 2) {
            return Err("there is only one token, and nothing to change it to");
        }
        let last_row = self.batch_size - 1;
        match changed {
            Changed::FutureTokens => {
                let target = self.target.as_ref().ok_or("the model has no decoder, and may look ahead")?;
                let from = |first: usize| {
                    self.change(&move |stack, _, position| stack == Stack::Decoder && position >= first, &nowhere)
                };
                let changes: Vec<Change> = (1..target.length).map(from).collect();
                if changes.is_empty() { Err("the target is one token long") } else { Ok(self.asked(&nowhere, changes)) }
            }
            Changed::SourcePadding => {
                let length = self.source.as_ref().ok_or("the model has no encoder")?.length;
                // At the end, and from none in the first sequence to nothing else in the last.
                let is_padding: Cells<'_> =
                    &|stack, row, position| stack == Stack::Encoder && position >= length - row * length / last_row;
                Ok(self.asked(is_padding, vec![self.change(is_padding, is_padding)]))
            }
            Changed::TargetPadding => {
                let length = self.target.as_ref().ok_or("the model has no decoder")?.length;
                if length < 2 {
                    return Err("the target is one token long");
                }
                // At the beginning, and from none in the first sequence to all but one token in the last.
                let is_padding: Cells<'_> =
                    &|stack, row, position| stack == Stack::Decoder && position < row * (length - 1) / last_row;
                Ok(self.asked(is_padding, vec![self.change(is_padding, is_padding)]))
            }
            Changed::OtherSequences => {
                let all_but = |kept: usize| self.change(&move |_, row, _| row != kept, &nowhere);
                Ok(self.asked(&nowhere, (0..self.batch_size).map(all_but).collect()))
            }
        }
    }

    fn asked(&self, is_padding: Cells<'_>, changes: Vec<Change>) -> Question {
        Question { input: self.sequences(&nowhere, is_padding), changes }
    }

    fn change(&self, is_changed: Cells<'_>, is_padding: Cells<'_>) -> Change {
        let kept = |side: &Option<Side>, stack: Stack| {
            let length = side.as_ref().map_or(0, |side| side.length);
            let of_row = |row: usize| (0..length).map(|position| !is_changed(stack, row, position)).collect();
            (0..self.batch_size).map(of_row).collect()
        };
        let kept = Kept { source: kept(&self.source, Stack::Encoder), target: kept(&self.target, Stack::Decoder) };
        Change { input: self.sequences(is_changed, is_padding), kept }
    }

    fn sequences(&self, is_changed: Cells<'_>, is_padding: Cells<'_>) -> Sequences {
        let tokens = |side: &Side, stack: Stack, like: &Tokens| {
            let cells = |row: usize| (0..side.length).map(move |position| (row, position));
            let cells: Vec<(usize, usize)> = (0..self.batch_size).flat_map(cells).collect();
            let ids = cells.iter().map(|(row, position)| {
                let id = side.ids[*row][*position];
                // Between 1 and vocab_size − 1 tokens further, so always another one, and not the same step everywhere.
                let step = 1 + (3 * row + position) % (side.vocab_size - 1);
                let id = if is_changed(stack, *row, *position) { (id + step) % side.vocab_size } else { id };
                id as i64
            });
            let (ids, shape, device) = (ids.collect::<Vec<_>>(), [self.batch_size, side.length], like.ids.device());
            let padding: Vec<bool> = cells.iter().map(|(row, position)| is_padding(stack, *row, *position)).collect();
            let is_padded = padding.contains(&true);
            Tokens {
                ids: Tensor::<2, Int>::from_data(TensorData::new(ids, shape), &device),
                padding: is_padded.then(|| Tensor::<2, Bool>::from_data(TensorData::new(padding, shape), &device)),
                segments: like.segments.clone(),
            }
        };
        let Sequences { source, target } = self.input;
        let of_encoder = |like: &Tokens| self.source.as_ref().map(|side| tokens(side, Stack::Encoder, like));
        let of_decoder = |like: &Tokens| self.target.as_ref().map(|side| tokens(side, Stack::Decoder, like));
        match of_decoder(target) {
            Some(target) => Sequences { source: source.as_ref().and_then(of_encoder), target },
            None => Sequences { source: None, target: of_encoder(target).expect("an encoder alone has an input") },
        }
    }
}

/// Whether something is so at a position of a sequence of one of the inputs.
type Cells<'a> = &'a dyn Fn(Stack, usize, usize) -> bool;

fn nowhere(_: Stack, _: usize, _: usize) -> bool {
    false
}
