//! What the heads of a model attend to, in numbers.

mod estimates;
mod numbers;
mod pattern;
mod recorded;
mod roles;
mod shown;

use std::collections::BTreeMap;

use headlight_model::{AttentionKind, Head, Traceable};
use headlight_record::Origin;
use headlight_record::findings::{Estimate, HeadFinding, Score};

use self::estimates::{every_score, on_examples, on_repeated_tokens};
use self::numbers::{Numbers, Rows};
pub use self::recorded::recorded_roles;
pub use self::roles::Thresholds;
use self::roles::by_excess;
use crate::{Bootstrap, Examples};

/// How much each head of a model attends to what heads are known to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadScores {
    /// The task, the model, and the step at which the model was.
    pub origin: Origin,
    /// Over how many examples the scores are means.
    pub examples: usize,
    /// Seed of the resamples, and of the random tokens.
    pub seed: u64,
    /// How many sequences of random tokens that come twice were looked at as well, and how many tokens come twice in each.
    pub repeated: Option<[usize; 2]>,
    /// The scores that any head has, in the order in which they are shown.
    pub scores: Vec<Score>,
    /// The scores of each head, with its roles.
    pub heads: Vec<HeadFinding>,
    /// What a head of each kind would score that attends evenly to all that it sees.
    pub uniform: Vec<(AttentionKind, BTreeMap<String, Estimate>)>,
    /// How high a score must be for a role.
    pub thresholds: Thresholds,
}

/// Scores every head of a model: the share of its weight on the previous, the same, the next and the first token, on equal tokens, on
/// what came after an equal token (induction; Olsson et al., [2022](https://arxiv.org/abs/2209.11895)), on the mirrored position and
/// on the keys that the task needs; the entropy of its rows; the fixed offset that has most of its weight; and the scores by which
/// TransformerLens (`head_detector.detect_head`) detects heads.
///
/// A score is the mean of its examples' scores. In an example, a query counts where it sees at least two keys and one of them is of the
/// pattern; an example without such a query is left out.
///
/// `repeated` is what [`Examples::of_repeated_tokens`] gives, for models that are a decoder: nothing but a look at what came before
/// can tell what comes next there.
///
/// # Panics
///
/// When there is no example.
pub fn head_scores<M: Traceable + ?Sized>(
    model: &M,
    examples: &Examples<M::Input>,
    repeated: Option<&Examples<M::Input>>,
    thresholds: &Thresholds,
) -> HeadScores {
    let is_causal = |kind| kind == AttentionKind::DecoderSelf;
    let bootstrap = Bootstrap::new(examples.count(), examples.seed);
    let score = |(of, numbers): (Whose, Vec<Numbers>)| (of, on_examples(&numbers, is_causal(of.kind()), &bootstrap));
    let mut scored: BTreeMap<Whose, BTreeMap<String, Estimate>> =
        measured(model, examples).into_iter().map(score).collect();
    if let Some(repeated) = repeated {
        let bootstrap = Bootstrap::new(repeated.count(), repeated.seed);
        for (of, numbers) in measured(model, repeated) {
            scored.entry(of).or_default().extend(on_repeated_tokens(&numbers, &bootstrap));
        }
    }

    let uniform: BTreeMap<AttentionKind, _> = scored
        .iter()
        .filter_map(|(of, scores)| if let Whose::Nobody(kind) = of { Some((*kind, scores.clone())) } else { None })
        .collect();
    let mut scores = every_score();
    scores.retain(|score| scored.values().any(|scored| scored.contains_key(&score.name)));
    let heads = scored.into_iter().filter_map(|(of, found)| {
        let Whose::Head(head) = of else { return None };
        let uniform = &uniform[&head.kind];
        let is_passed = |score: &&Score| {
            let name = score.name.as_str();
            Thresholds::is_role(name)
                && found.get(name).is_some_and(|found| thresholds.is_passed(name, *found, uniform.get(name).copied()))
        };
        let roles = by_excess(scores.iter().filter(is_passed).collect(), &found, uniform);
        let roles = roles.into_iter().map(|role| role.title.clone()).collect();
        Some(HeadFinding { head, roles, scores: found })
    });
    HeadScores {
        origin: examples.origin.clone(),
        examples: examples.count(),
        seed: examples.seed,
        repeated: repeated
            .map(|repeated| [repeated.count(), repeated.iter().next().map_or(0, |one| one.target.len() / 2)]),
        heads: heads.collect(),
        uniform: uniform.into_iter().collect(),
        thresholds: thresholds.clone(),
        scores,
    }
}

/// Whose numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    /// A head's that attends evenly to all that it sees.
    Nobody(AttentionKind),
    Head(Head),
}

impl Whose {
    fn kind(self) -> AttentionKind {
        match self {
            Self::Nobody(kind) => kind,
            Self::Head(head) => head.kind,
        }
    }
}

/// The numbers of each head, an entry for each example.
fn measured<M: Traceable + ?Sized>(model: &M, examples: &Examples<M::Input>) -> BTreeMap<Whose, Vec<Numbers>> {
    let mut measured: BTreeMap<Whose, Vec<Numbers>> = BTreeMap::new();
    for batch in &examples.batches {
        let trace = model.trace(&batch.input, &[]);
        for kind in AttentionKind::ALL {
            let attention = trace.attention(kind);
            if attention.is_empty() {
                continue;
            }
            let rows: Vec<Rows> =
                batch.examples.iter().map(|example| Rows::new(example, kind, &examples.vocabulary)).collect();
            let evenly = rows.iter().map(|rows| rows.numbers(&rows.uniform()));
            measured.entry(Whose::Nobody(kind)).or_default().extend(evenly);
            for (layer, attention) in attention.into_iter().enumerate() {
                let [_, n_heads, queries, keys] = attention.weights.dims();
                let weights: Vec<f32> = attention.weights.clone().into_data().iter().collect();
                for (rows, of_example) in rows.iter().zip(weights.chunks_exact(n_heads * queries * keys)) {
                    for (head, weights) in of_example.chunks_exact(queries * keys).enumerate() {
                        let of = Whose::Head(Head { kind, layer, head });
                        measured.entry(of).or_default().push(rows.numbers(weights));
                    }
                }
            }
        }
    }
    measured
}

impl HeadScores {
    /// The kinds of attention that the model has.
    pub(crate) fn kinds(&self) -> Vec<AttentionKind> {
        self.uniform.iter().map(|(kind, _)| *kind).collect()
    }
}
