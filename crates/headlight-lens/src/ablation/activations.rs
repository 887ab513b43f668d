use burn::tensor::{Device, Tensor};
use headlight_model::{At, Intervention, Trace, Traceable};
use headlight_record::findings::Replacement;

use super::part::{Part, Parts};
use crate::examples::ExampleBatch;
use crate::outcome::{Outcome, outcomes_of};
use crate::partners::Partners;
use crate::sites::value;

/// What each part gives in the unchanged model: what replaces it is made of this.
pub(super) struct Activations {
    partners: Partners,
    /// The outputs of each part in the order of the parts, for each shape of the examples: `[examples, positions, width]`.
    outputs: Vec<Vec<Tensor<3>>>,
    device: Device,
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
        let partners = Partners::draw(batches, seed);
        let traces: Vec<Trace> = batches.iter().map(|batch| model.trace(&batch.input, &[])).collect();
        let outputs =
            parts.all.iter().map(|part| partners.by_shape(|batch| value(&traces[batch], part.site()))).collect();
        let device = traces[0].logits.device();
        let outcomes =
            traces.into_iter().zip(batches).flat_map(|(trace, batch)| outcomes_of(trace.logits, &batch.examples));
        let outcomes = outcomes.collect();
        (Self { partners, outputs, device }, outcomes)
    }

    /// The intervention that replaces a part's output in a batch, given by its number, of so many rows.
    pub(super) fn replace(
        &self,
        parts: &Parts,
        part: Part,
        with: Replacement,
        batch: usize,
        rows: usize,
    ) -> Intervention {
        let outputs = &self.outputs[parts.index(part)];
        let value = match with {
            Replacement::Zero => Tensor::zeros([1, 1, 1], &self.device),
            Replacement::Mean => self.partners.mean(outputs, batch), // [1, positions, width]
            Replacement::Resample => self.partners.of_partners(outputs, batch, rows), // [batch_size, positions, width]
        };
        Intervention::Replace { site: part.site(), at: At::Everywhere, value }
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }
}
