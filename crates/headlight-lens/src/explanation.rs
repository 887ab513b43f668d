//! Whether attention explains what a model does.

mod changed;
mod divergence;
mod findings;
mod matching;
mod spread;

use headlight_model::Traceable;
use headlight_record::findings::Findings;

use self::changed::{Aim, Change, Changer};
pub use self::spread::OtherRun;
use crate::bootstrap::Bootstrap;
use crate::outcome::{Outcome, outcomes_of};
use crate::partners::{Partners, with_partners};
use crate::visible::Visible;
use crate::{Examples, LensError};

/// Is attention an explanation here? Two tests.
///
/// First, what becomes of the answers when attention weights are not those that the model computes: uniform over the visible keys,
/// permuted among them row by row, or frozen to those that it computes on another example of the same shape. Where nothing changes, the
/// weights did not matter (Jain and Wallace, [2019](https://arxiv.org/abs/1902.10186); the uniform model is Wiegreffe and Pinter's,
/// [2019](https://arxiv.org/abs/1908.04626), though they train it anew, and here the trained model gets weights that it never saw).
///
/// Frozen weights take two examples of one shape: where there are none, as of one example alone, that change is left out; elsewhere,
/// examples without another of their shape are.
///
/// Second, how far the weights of equally good models are apart: for each head, the Jensen–Shannon divergence between its rows and those
/// of the head that matches it best in each other run, one head for one, in the same layer (heads have no order). Where equally good
/// models attend otherwise, a row of weights is one explanation among others.
///
/// # Errors
///
/// When an example has no answer, or another model has other layers or heads.
///
/// # Panics
///
/// When there is no example.
pub fn explanation<M: Traceable + ?Sized>(
    model: &M,
    examples: &Examples<M::Input>,
    others: &[OtherRun<'_, M>],
) -> Result<Findings, LensError> {
    let mut batches = with_partners(examples.asking()?);
    let mut made = Change::ALL.to_vec();
    if batches.is_empty() {
        batches = examples.batches.iter().collect();
        made.retain(|change| *change != Change::Frozen);
    }
    let count = batches.iter().map(|batch| batch.examples.len()).sum();
    let bootstrap = Bootstrap::new(count, examples.seed);
    let partners = Partners::draw(&batches, examples.seed);
    let traces: Vec<_> = batches.iter().map(|batch| model.trace(&batch.input, &[])).collect();
    let unchanged = traces.iter().zip(&batches);
    let unchanged: Vec<Outcome> =
        unchanged.flat_map(|(trace, batch)| outcomes_of(trace.logits.clone(), &batch.examples)).collect();
    let visible: Vec<Visible> = batches.iter().map(|batch| Visible::of(model, &batch.input)).collect();

    let changer = Changer::new(model, &batches, &traces, &partners, &visible, examples.counted, examples.seed);
    let mut changes = Vec::new();
    for aim in Aim::all(model) {
        for change in &made {
            changes.push((aim.clone(), *change, changer.effect(&aim, *change, &unchanged)));
        }
    }
    let spread = spread::between(model, others, &batches, &traces, &visible, &bootstrap)?;
    let left_out = examples.count() - count;
    Ok(findings::of(examples, &unchanged, &bootstrap, &changes, &spread, left_out))
}
