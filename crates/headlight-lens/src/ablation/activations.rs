use burn::tensor::{Device, Tensor};
use headlight_model::{At, Intervention, Traceable};
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
    /// One pass over each batch: also how the unchanged model does on each example. Without parts nothing is kept: zeros take nothing.
    ///
    /// # Panics
    ///
    /// When there is no batch, or one is empty.
    pub(super) fn of<M: Traceable + ?Sized>(
        model: &M,
        batches: &[&ExampleBatch<M::Input>],
        parts: Option<&Parts>,
        seed: u64,
    ) -> (Self, Vec<Outcome>) {
        let partners = Partners::draw(batches, seed);
        let parts = parts.map_or(&[][..], |parts| &parts.all);
        // Of a pass, only the parts' outputs are kept.
        let (mut device, mut outcomes, mut of_batches) = (Device::default(), Vec::new(), Vec::new());
        for batch in batches {
            let trace = model.trace(&batch.input, &[]);
            device = trace.logits.device();
            of_batches.push(parts.iter().map(|part| value(&trace, part.site())).collect::<Vec<_>>());
            outcomes.extend(outcomes_of(trace.logits, &batch.examples));
        }
        let outputs = (0..parts.len()).map(|part| partners.by_shape(|batch| of_batches[batch][part].clone())).collect();
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
        let outputs = || &self.outputs[parts.index(part)];
        let value = match with {
            Replacement::Zero => Tensor::zeros([1, 1, 1], &self.device),
            Replacement::Mean => self.partners.mean(outputs(), batch), // [1, positions, width]
            Replacement::Resample => self.partners.of_partners(outputs(), batch, rows), // [batch_size, positions, width]
        };
        Intervention::Replace { site: part.site(), at: At::Everywhere, value }
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }
}
