use std::collections::BTreeMap;

use burn::tensor::{Int, Tensor, TensorData};
use headlight_model::keyed_generator;
use rand::{Rng, RngExt};

use crate::examples::{Example, ExampleBatch, Examples};

/// Tells these random numbers from those of other purposes that have the same seed.
const PURPOSE: u64 = 0xab1a;

/// For each example another one of its shape: equally many tokens, and the answer at the same positions, so that positions mean the
/// same in both. In each shape it is a permutation without fixed points, drawn from the seed.
pub(crate) struct Partners {
    /// The batches of each shape, by their numbers.
    shapes: Vec<Vec<usize>>,
    /// The shape of each batch, and the batch's first row among the examples of that shape.
    places: Vec<(usize, usize)>,
    /// For each example of each shape, its partner's row.
    partners: Vec<Vec<usize>>,
}

/// The batches without those examples that have no other of their shape.
pub(crate) fn with_partners<I>(examples: &Examples<I>) -> Vec<&ExampleBatch<I>> {
    let counts = counts(examples);
    examples.batches.iter().filter(|batch| counts[&shape(&batch.examples[0])] > 1).collect()
}

impl Partners {
    /// Draws them. Equal seeds give equal ones.
    ///
    /// # Panics
    ///
    /// When a batch is empty.
    pub(crate) fn draw<I>(batches: &[&ExampleBatch<I>], seed: u64) -> Self {
        let mut by_shape: BTreeMap<[usize; 4], Vec<usize>> = BTreeMap::new();
        for (at, batch) in batches.iter().enumerate() {
            by_shape.entry(shape(&batch.examples[0])).or_default().push(at);
        }
        let mut places = vec![(0, 0); batches.len()];
        let mut partners = Vec::new();
        for (shape, members) in by_shape.values().enumerate() {
            let mut examples = 0;
            for member in members {
                places[*member] = (shape, examples);
                examples += batches[*member].examples.len();
            }
            let mut generator = keyed_generator([seed, PURPOSE, shape as u64, examples as u64]);
            partners.push(cycle(examples, &mut generator));
        }
        Self { shapes: by_shape.into_values().collect(), places, partners }
    }

    /// A tensor of each batch, put together for each shape: `[examples of the shape, …]`.
    pub(crate) fn by_shape<const D: usize>(&self, of_batch: impl Fn(usize) -> Tensor<D>) -> Vec<Tensor<D>> {
        let together = |members: &Vec<usize>| Tensor::cat(members.iter().map(|member| of_batch(*member)).collect(), 0);
        self.shapes.iter().map(together).collect()
    }

    /// What a batch's partners have, of a tensor for each shape.
    pub(crate) fn of_partners<const D: usize>(&self, by_shape: &[Tensor<D>], batch: usize, rows: usize) -> Tensor<D> {
        let (shape, first) = self.places[batch];
        let partners: Vec<i64> = self.partners[shape][first..first + rows].iter().map(|row| *row as i64).collect();
        let tensor = by_shape[shape].clone();
        let partners = Tensor::<1, Int>::from_data(TensorData::new(partners, [rows]), &tensor.device());
        tensor.select(0, partners)
    }

    /// The mean over all examples of a batch's shape, `[1, …]`.
    pub(crate) fn mean<const D: usize>(&self, by_shape: &[Tensor<D>], batch: usize) -> Tensor<D> {
        by_shape[self.places[batch].0].clone().mean_dim(0)
    }
}

/// Says how many examples were left out for want of a partner.
pub(crate) fn left_out(examples: usize) -> Option<String> {
    let what = if examples == 1 { "example is" } else { "examples are" };
    (examples > 0).then(|| format!("{examples} {what} left out: no other has its shape"))
}

/// The shape that most examples have; of equally common ones the smallest.
///
/// # Panics
///
/// When there is no example.
pub(crate) fn commonest_shape<I>(examples: &Examples<I>) -> [usize; 4] {
    let shapes = counts(examples).into_iter().rev();
    shapes.max_by_key(|(_, count)| *count).expect("examples to look at").0
}

fn counts<I>(examples: &Examples<I>) -> BTreeMap<[usize; 4], usize> {
    let mut counts = BTreeMap::new();
    for example in examples.iter() {
        *counts.entry(shape(example)).or_default() += 1;
    }
    counts
}

/// How many tokens, and where the answer is.
pub(crate) fn shape(example: &Example) -> [usize; 4] {
    let first = example.answer.first().map_or(0, |asked| asked.position);
    [example.source.len(), example.target.len(), first, example.answer.len()]
}

/// A random cycle through all of them, so that none stays where it was unless it is alone (Sattolo's algorithm,
/// [1986](https://doi.org/10.1016/0020-0190(86)90073-6)).
fn cycle(examples: usize, generator: &mut impl Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..examples).collect();
    for last in (1..examples).rev() {
        order.swap(last, generator.random_range(0..last));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_gets_another_one() {
        for examples in 2..40 {
            let order = cycle(examples, &mut keyed_generator([1, PURPOSE, 0, examples as u64]));
            assert!(order.iter().enumerate().all(|(at, partner)| at != *partner), "{order:?}");
            let mut sorted = order;
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..examples));
        }
    }
}
