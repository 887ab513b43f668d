//! What fails when parts of a model are replaced.

mod activations;
mod experiment;
mod failures;
mod findings;
mod gradient;
mod pairs;
mod part;

use headlight_model::{Head, Traceable};
use headlight_record::findings::{Ablation, Findings, Replacement};

use self::experiment::Experiment;
use self::gradient::gradient_importance;
use self::part::Part;
use crate::{Examples, LensError, find_head};

/// What is replaced besides each head and each feed-forward layer by itself, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AblationConfig {
    /// By what outputs are replaced, one after the other.
    pub with: Vec<Replacement>,
    /// Heads that are replaced together.
    pub sets: Vec<Vec<Head>>,
    /// Whether all pairs of heads are replaced, too.
    pub pairs: bool,
}

/// Each part by itself, replaced by its mean.
impl Default for AblationConfig {
    fn default() -> Self {
        Self { with: vec![Replacement::Mean], sets: Vec::new(), pairs: false }
    }
}

/// What fails when the output of each head and of each feed-forward layer is replaced, by how much, and what a gradient says of it
/// (Michel, Levy and Neubig, [2019](https://arxiv.org/abs/1905.10650)).
///
/// - [zeros](Replacement::Zero): the head's context, or the feed-forward layer's output, is 0 at every position;
/// - its [mean](Replacement::Mean) over the examples of one shape, position by position: what it gives whatever the input is stays;
/// - [another example's](Replacement::Resample): that of another example of the same shape, by a permutation without fixed points that is
///   drawn from the examples' seed. Parts that are replaced together get those of one example.
///
/// Examples of one shape have equally many tokens, and their answers at the same positions. An example that has no other of its shape is
/// left out where a mean or another's output is asked for. Changes are means of paired differences; exact match is that of answers
/// generated under the ablation (see [`Outcome::is_right`](crate::Outcome::is_right)).
///
/// # Errors
///
/// When an example has no answer, a set names a head that the model does not have, or no two examples have one shape and it takes two.
///
/// # Panics
///
/// When there is no example.
pub fn ablate<M: Traceable + ?Sized>(
    model: &M,
    examples: &Examples<M::Input>,
    config: &AblationConfig,
) -> Result<Findings, LensError> {
    examples.asking()?;
    for head in config.sets.iter().flatten() {
        find_head(model, (*head).into())?;
    }
    let experiment = Experiment::new(model, examples, &config.with)?;
    let (mut sets, mut twice) = (Vec::new(), Vec::new());
    for set in config.sets.iter().map(|heads| experiment.parts.chosen(heads)) {
        // Measured anyhow, and under the same name.
        let is_twice = set.len() == 1 || (set.len() == 2 && config.pairs) || sets.contains(&set);
        if is_twice { twice.push(experiment.parts.name(&set)) } else { sets.push(set) }
    }
    let importance = gradient_importance(model, &experiment.batches, experiment.activations.device());

    let mut ablations = Vec::new();
    let mut pairs = Vec::new();
    for with in &config.with {
        let singles: Vec<_> =
            experiment.parts.all.iter().map(|part| (*part, experiment.outcomes(&[*part], *with))).collect();
        for (part, outcomes) in &singles {
            let importance = part.head().map(|head| experiment.bootstrap.estimate(&importance[&head]));
            ablations.push(Ablation { gradient: importance, ..experiment.ablation(&[*part], *with, outcomes) });
        }
        for set in &sets {
            ablations.push(experiment.ablation(set, *with, &experiment.outcomes(set, *with)));
        }
        if config.pairs {
            for (pair, ablation) in pairs::of_heads(&experiment, *with, &singles) {
                pairs.push(pair);
                ablations.push(ablation);
            }
        }
    }
    Ok(findings::of(&experiment, examples, ablations, &pairs, &twice))
}

/// What fails when each head by itself is replaced: the heads of [`ablate`] alone, without gradients.
///
/// # Errors
///
/// When an example has no answer, or no two examples have one shape and it takes two.
///
/// # Panics
///
/// When there is no example.
pub fn ablate_heads<M: Traceable + ?Sized>(
    model: &M,
    examples: &Examples<M::Input>,
    with: Replacement,
) -> Result<Vec<Ablation>, LensError> {
    let experiment = Experiment::new(model, examples.asking()?, &[with])?;
    let heads = experiment.parts.heads().map(|head| [Part::Head(head)]);
    Ok(heads.map(|head| experiment.ablation(&head, with, &experiment.outcomes(&head, with))).collect())
}
