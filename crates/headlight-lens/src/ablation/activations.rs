use std::collections::BTreeMap;

use burn::tensor::{Device, Int, Tensor, TensorData};
use headlight_model::{At, Intervention, Stack, Trace, Traceable, keyed_generator};
use headlight_record::findings::Replacement;
use rand::{Rng, RngExt};

use super::part::{Part, Parts};
use crate::examples::{Example, ExampleBatch};
use crate::outcome::{Outcome, outcomes_of};

/// Tells these random numbers from those of other purposes that have the same seed.
const PURPOSE: u64 = 0xab1a;

/// What each part gives in the unchanged model: what replaces it is made of this.
pub(super) struct Activations {
    groups: Vec<Group>,
    /// The group of each batch, and the batch's first row in it.
    places: Vec<(usize, usize)>,
    device: Device,
}

/// The examples of one shape.
struct Group {
    /// Each part's output, in the order of the parts: `[examples, positions, width]`.
    outputs: Vec<Tensor<3>>,
    /// For each example the one whose output it is given: a permutation without fixed points, drawn from the seed.
    partners: Vec<usize>,
}

/// Examples whose positions mean the same: equally many tokens, and the answer at the same positions.
pub(super) fn shape(example: &Example) -> [usize; 4] {
    let first = example.answer.first().map_or(0, |asked| asked.position);
    [example.source.len(), example.target.len(), first, example.answer.len()]
}

impl Activations {
    /// One pass over each batch: also how the unchanged model does on each example.
    ///
    /// # Panics
    ///
    /// When there is no batch, or one is empty.
    pub(super) fn of<M: Traceable + ?Sized>(
        model: &M,
        batches: &[&ExampleBatch<M::Input>],
        parts: &Parts,
        seed: u64,
    ) -> (Self, Vec<Outcome>) {
        let mut by_shape: BTreeMap<[usize; 4], Vec<usize>> = BTreeMap::new();
        for (at, batch) in batches.iter().enumerate() {
            by_shape.entry(shape(&batch.examples[0])).or_default().push(at);
        }
        let traces: Vec<Trace> = batches.iter().map(|batch| model.trace(&batch.input, &[])).collect();
        let device = traces[0].logits.device();

        let mut places = vec![(0, 0); batches.len()];
        let groups = by_shape.values().enumerate().map(|(group, members)| {
            let mut examples = 0;
            for member in members {
                places[*member] = (group, examples);
                examples += batches[*member].examples.len();
            }
            let output =
                |part: &Part| Tensor::cat(members.iter().map(|member| output(&traces[*member], *part)).collect(), 0);
            let mut generator = keyed_generator([seed, PURPOSE, group as u64, examples as u64]);
            Group { outputs: parts.all.iter().map(output).collect(), partners: cycle(examples, &mut generator) }
        });
        let groups = groups.collect();
        let outcomes =
            traces.into_iter().zip(batches).flat_map(|(trace, batch)| outcomes_of(trace.logits, &batch.examples));
        let outcomes = outcomes.collect();
        (Self { groups, places, device }, outcomes)
    }

    /// The intervention that replaces a part's output in a batch, given by its number.
    pub(super) fn replace(
        &self,
        parts: &Parts,
        part: Part,
        with: Replacement,
        batch: usize,
        rows: usize,
    ) -> Intervention {
        let (group, first) = self.places[batch];
        let Group { outputs, partners } = &self.groups[group];
        let value = match with {
            Replacement::Zero => Tensor::zeros([1, 1, 1], &self.device),
            Replacement::Mean => outputs[parts.index(part)].clone().mean_dim(0), // [1, positions, width]
            Replacement::Resample => {
                let partners: Vec<i64> = partners[first..first + rows].iter().map(|partner| *partner as i64).collect();
                let partners = Tensor::<1, Int>::from_data(TensorData::new(partners, [rows]), &self.device);
                outputs[parts.index(part)].clone().select(0, partners) // [batch_size, positions, width]
            }
        };
        Intervention::Replace { site: part.site(), at: At::Everywhere, value }
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }
}

/// What a part computed in a pass, `[batch_size, positions, width]`.
fn output(trace: &Trace, part: Part) -> Tensor<3> {
    match part {
        Part::Head(head) => {
            trace.attention(head.kind)[head.layer].context.clone().narrow(1, head.head, 1).squeeze_dim(1)
        }
        Part::FeedForward(stack, layer) => {
            let stack = match stack {
                Stack::Encoder => &trace.encoder,
                Stack::Decoder => &trace.decoder,
            };
            stack.as_ref().expect("a stack that has layers").layers[layer].feed_forward.clone()
        }
    }
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
