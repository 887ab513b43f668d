//! The leak detector: whether an output depends on what it must not see.
//!
//! The commonest silent mistakes in attention leave every shape right and the loss falling: a mask the wrong way round, a mask that is
//! only a large negative number, padding that is attended to, axes that mix sequences. So the check asks the model itself. It changes
//! tokens that an output must not depend on, runs the pass again, and compares every number that both passes computed beside them.

mod change;
mod compare;
mod report;

use headlight_model::{Sequences, Trace, Traceable};

pub use self::change::Changed;
pub use self::compare::{AttentionPart, Place};
pub use self::report::{Leak, LeakCheck, LeakReport, Verdict, Weight};

use self::change::{Question, questions};
use self::compare::{Difference, Numbers, numbers};

/// Changes, one after the other, future tokens, padded tokens, and the other sequences of the batch, and asserts that no number of the
/// trace that must not depend on them changes: none of the stack's positions before, beside and outside, from the embedding to the
/// logits.
///
/// Equal shapes take the same sums in the same order on the processor, so `bound` is 0 there: the numbers are equal bit by bit. On a
/// device that chooses its kernels as it runs, it is the largest change that rounding may explain. A number that is not finite is a leak
/// wherever it must not depend on the change: NaN is equal to nothing, and hides what it was made of.
///
/// # Shapes
///
/// - input: `[batch_size, source_length]` and `[batch_size, target_length]`, at least two sequences. Its padding is not looked at: the
///   check pads by itself, a different number of tokens in each sequence.
///
/// # Panics
///
/// When there are fewer than two sequences, or the input does not fit the model.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use headlight_lens::check;
/// use headlight_model::{Sequences, TransformerConfig};
///
/// let device = Device::default();
/// let model = TransformerConfig::decoder(10).init(&device);
/// let target = Tensor::from_data([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]], &device);
/// let report = check(&model, &Sequences { source: None, target: target.into() }, 0.0);
/// assert!(report.is_tight(), "{report}");
/// ```
pub fn check<M>(model: &M, input: &Sequences, bound: f64) -> LeakReport
where
    M: Traceable<Input = Sequences> + ?Sized,
{
    let checks = questions(model, input).into_iter().map(|(changed, question)| {
        let verdict = match question {
            Err(reason) => Verdict::NotApplicable(reason),
            Ok(question) => ask(model, &question, bound),
        };
        LeakCheck { changed, verdict }
    });
    LeakReport { checks: checks.collect(), bound }
}

/// Runs the pass before and after each change.
fn ask<M>(model: &M, question: &Question, bound: f64) -> Verdict
where
    M: Traceable<Input = Sequences> + ?Sized,
{
    let trace = |input: &Sequences| -> Trace { model.trace(input, &[]) };
    let before: Vec<Numbers> = numbers(&trace(&question.input));
    let (mut compared, mut logits_change) = (0, 0.0f64);
    let mut first: Option<(usize, Leak)> = None;
    for change in &question.changes {
        let after = numbers(&trace(&change.input));
        let differences = before.iter().zip(&after).map(|(before, after)| before.difference(after, &change.kept));
        let differences: Vec<Difference> = differences.collect();
        compared += differences.iter().map(|difference| difference.compared).sum::<usize>();
        logits_change = logits_change.max(differences.last().map_or(0.0, |logits| logits.largest));
        let leak = differences.iter().position(|difference| difference.largest > bound);
        if let Some(nth) = leak
            && first.as_ref().is_none_or(|(earliest, _)| nth < *earliest)
        {
            first = Some((nth, Leak::new(&before, &differences, nth, &change.kept)));
        }
    }
    match first {
        None => Verdict::Tight { changes: question.changes.len(), compared },
        Some((_, leak)) => Verdict::Leaks(Leak { logits_change, ..leak }),
    }
}
