use headlight_model::{Intervention, Traceable};
use headlight_record::findings::{Ablation, Counted, Replacement};

use super::activations::Activations;
use super::failures::failures;
use super::part::{Part, Parts};
use crate::LensError;
use crate::bootstrap::Bootstrap;
use crate::examples::{Example, ExampleBatch, Examples};
use crate::outcome::{Outcome, outcomes};
use crate::partners::with_partners;

/// A model and its examples, with what the unchanged model computes on them.
pub(super) struct Experiment<'a, M: Traceable + ?Sized> {
    model: &'a M,
    examples: &'a Examples<M::Input>,
    pub(super) parts: Parts,
    /// Without the examples that are left out.
    pub(super) batches: Vec<&'a ExampleBatch<M::Input>>,
    pub(super) activations: Activations,
    /// How the unchanged model does on each example.
    pub(super) unchanged: Vec<Outcome>,
    pub(super) bootstrap: Bootstrap,
    /// How many examples are left out, since no other has their shape.
    pub(super) left_out: usize,
}

impl<'a, M: Traceable + ?Sized> Experiment<'a, M> {
    pub(super) fn new(model: &'a M, examples: &'a Examples<M::Input>, with: &[Replacement]) -> Result<Self, LensError> {
        let takes_two = with.iter().any(|with| *with != Replacement::Zero);
        let batches = if takes_two { with_partners(examples) } else { examples.batches.iter().collect() };
        let count: usize = batches.iter().map(|batch| batch.examples.len()).sum();
        if takes_two && count == 0 {
            return Err(LensError::NoPartner);
        }
        let parts = Parts::of(model);
        let (activations, unchanged) = Activations::of(model, &batches, takes_two.then_some(&parts), examples.seed);
        let bootstrap = Bootstrap::new(count, examples.seed);
        let left_out = examples.count() - count;
        Ok(Self { model, examples, parts, batches, activations, unchanged, bootstrap, left_out })
    }

    /// How the model does on each example with these parts replaced.
    pub(super) fn outcomes(&self, parts: &[Part], with: Replacement) -> Vec<Outcome> {
        let of_batch = |(at, batch): (usize, &&ExampleBatch<M::Input>)| {
            let replace = |part: &Part| self.activations.replace(&self.parts, *part, with, at, batch.examples.len());
            outcomes(self.model, batch, &parts.iter().map(replace).collect::<Vec<Intervention>>())
        };
        self.batches.iter().enumerate().flat_map(of_batch).collect()
    }

    /// What that changes.
    pub(super) fn ablation(&self, parts: &[Part], with: Replacement, outcomes: &[Outcome]) -> Ablation {
        let [exact_match, loss] = self.changes(outcomes).map(|changes| self.bootstrap.estimate(&changes));
        Ablation {
            what: self.parts.name(parts),
            with,
            exact_match: outcomes.iter().map(|outcome| outcome.right(self.examples.counted)).sum::<f64>()
                / outcomes.len() as f64,
            exact_match_change: exact_match.mean,
            loss_change: loss.mean,
            low: exact_match.low,
            high: exact_match.high,
            loss_low: loss.low,
            loss_high: loss.high,
            examples: outcomes.len(),
            gradient: None,
            heads: parts.iter().filter_map(|part| part.head()).collect(),
            feed_forward: parts.iter().filter_map(|part| part.feed_forward()).collect(),
            failures: failures(
                self.model.output_stack(),
                self.examples,
                self.asked().zip(&self.unchanged).zip(outcomes),
            ),
        }
    }

    /// For each example, the change in the share of right answers and in loss.
    pub(super) fn changes(&self, outcomes: &[Outcome]) -> [Vec<f64>; 2] {
        let (pairs, counted) = (|| self.unchanged.iter().zip(outcomes), self.examples.counted);
        let exact_match = pairs().map(|(before, after)| after.right(counted) - before.right(counted));
        let loss = pairs().map(|(before, after)| after.loss - before.loss);
        [exact_match.collect(), loss.collect()]
    }

    /// What a share of right answers counts.
    pub(super) fn counted(&self) -> Counted {
        self.examples.counted
    }

    fn asked(&self) -> impl Iterator<Item = &Example> {
        self.batches.iter().flat_map(|batch| &batch.examples)
    }
}
