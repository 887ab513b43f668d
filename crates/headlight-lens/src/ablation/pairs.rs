use headlight_model::Traceable;
use headlight_record::findings::{Ablation, Estimate, Replacement};

use super::experiment::Experiment;
use super::part::Part;
use crate::outcome::Outcome;

/// What two heads do together that they do not do one by one: the pair's effect less the sum of the two single effects. Below 0 in exact
/// match, and above 0 in loss, each makes up for the loss of the other: they back each other up. The other way round they are two steps
/// of one thing, which fails as soon as either is missing.
pub(super) struct Pair {
    /// Numbers of the heads among the parts.
    pub(super) heads: [usize; 2],
    pub(super) name: String,
    pub(super) with: Replacement,
    /// Sum of the two single changes in exact match, and in loss.
    pub(super) sums: [Estimate; 2],
    /// The pair's change less that.
    pub(super) excess: [Estimate; 2],
}

/// All pairs of heads, and what replacing each pair changes. `singles` are the parts by themselves.
pub(super) fn of_heads<M: Traceable + ?Sized>(
    experiment: &Experiment<'_, M>,
    with: Replacement,
    singles: &[(Part, Vec<Outcome>)],
) -> Vec<(Pair, Ablation)> {
    let heads: Vec<usize> = (0..singles.len()).filter(|at| singles[*at].0.head().is_some()).collect();
    let changes: Vec<[Vec<f64>; 2]> = singles.iter().map(|(_, outcomes)| experiment.changes(outcomes)).collect();
    let pairs =
        heads.iter().flat_map(|one| heads.iter().filter(move |other| one < other).map(move |other| [*one, *other]));
    let of_pair = |heads: [usize; 2]| {
        let parts = heads.map(|at| singles[at].0);
        let outcomes = experiment.outcomes(&parts, with);
        let together = experiment.changes(&outcomes);
        let estimate = |values: Vec<f64>| experiment.bootstrap.estimate(&values);
        let sum = |of: usize| -> Vec<f64> {
            let [one, other] = heads.map(|at| &changes[at][of]);
            one.iter().zip(other).map(|(one, other)| one + other).collect()
        };
        let excess = |of: usize| together[of].iter().zip(sum(of)).map(|(both, sum)| both - sum).collect();
        let pair = Pair {
            heads,
            name: experiment.parts.name(&parts),
            with,
            sums: [0, 1].map(|of| estimate(sum(of))),
            excess: [0, 1].map(|of| estimate(excess(of))),
        };
        (pair, experiment.ablation(&parts, with, &outcomes))
    };
    pairs.map(of_pair).collect()
}
