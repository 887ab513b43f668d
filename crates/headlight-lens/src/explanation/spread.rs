use std::collections::BTreeMap;

use headlight_model::{AttentionKind, Head, Stack, Trace, Traceable};
use headlight_record::findings::{Counted, Estimate};

use super::divergence::{divergence, entropies};
use super::matching::cheapest;
use crate::LensError;
use crate::bootstrap::Bootstrap;
use crate::examples::{Example, ExampleBatch};
use crate::names::{head_name, heads, kinds};
use crate::outcome::outcomes_of;
use crate::visible::Visible;

/// A model of the same task and sizes as the one looked at, trained from other initial parameters.
pub struct OtherRun<'a, M: ?Sized> {
    /// What it is called.
    pub name: String,
    /// The model.
    pub model: &'a M,
}

/// How far the weights of equally trained models are apart.
pub(super) struct Spread {
    /// Each other run's name, and its exact match.
    pub(super) others: Vec<(String, Estimate)>,
    /// Head by head; empty where there is no other run.
    pub(super) heads: Vec<(Head, HeadSpread)>,
}

/// Of one head: divergences in nats, means over the other runs.
pub(super) struct HeadSpread {
    /// What the head is called.
    pub(super) name: String,
    /// From the head that matches it best, over all rows of two or more visible keys.
    pub(super) matched: Option<Estimate>,
    /// The same over the rows that predict the answer; `None` in attention that has none.
    pub(super) matched_at_answer: Option<Estimate>,
    /// From uniform weights, over all rows: by what the others can be measured.
    pub(super) from_uniform: Option<Estimate>,
}

/// A mean over rows of each example, where it has such rows.
type PerExample = Vec<Option<f64>>;

/// The weights of one attention on all examples, batch by batch.
struct Weights {
    batches: Vec<BatchWeights>,
}

/// `[batch_size, n_heads, queries, keys]`, and the entropy of each row.
struct BatchWeights {
    numbers: Vec<f32>,
    entropies: Vec<f64>,
    shape: [usize; 4],
}

/// Which rows are compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rows {
    All,
    Answer,
}

/// # Errors
///
/// When another model has other layers or heads.
pub(super) fn between<M: Traceable + ?Sized>(
    model: &M,
    others: &[OtherRun<'_, M>],
    batches: &[&ExampleBatch<M::Input>],
    traces: &[Trace],
    visible: &[Visible],
    bootstrap: &Bootstrap,
) -> Result<Spread, LensError> {
    let mut spread = Spread { others: Vec::new(), heads: Vec::new() };
    let attentions = attentions(model);
    let own: BTreeMap<_, _> =
        attentions.iter().map(|attention| (*attention, Weights::of(traces, *attention))).collect();
    let compared = Compared { batches, visible, output: model.output_stack() };
    let mut found: BTreeMap<(Head, Rows), Vec<PerExample>> = BTreeMap::new();
    for OtherRun { name, model: other } in others {
        if kinds(*other) != kinds(model) || attentions_and_heads(*other) != attentions_and_heads(model) {
            return Err(LensError::OtherSizes { name: name.clone() });
        }
        let traces: Vec<Trace> = batches.iter().map(|batch| other.trace(&batch.input, &[])).collect();
        let outcomes =
            traces.iter().zip(batches).flat_map(|(trace, batch)| outcomes_of(trace.logits.clone(), &batch.examples));
        let right: Vec<f64> = outcomes.map(|outcome| outcome.right(Counted::Answers)).collect();
        spread.others.push((name.clone(), bootstrap.estimate(&right)));
        for attention in &attentions {
            let theirs = Weights::of(&traces, *attention);
            let n_heads = model.n_heads(attention.0);
            let pairs: Vec<Vec<PerExample>> = (0..n_heads)
                .map(|head| {
                    (0..n_heads)
                        .map(|to| compared.pair(*attention, (&own[attention], head), (&theirs, to), Rows::All))
                        .collect()
                })
                .collect();
            let costs: Vec<Vec<f64>> =
                pairs.iter().map(|row| row.iter().map(|values| mean(values)).collect()).collect();
            for (number, to) in cheapest(&costs).into_iter().enumerate() {
                let head = Head { kind: attention.0, layer: attention.1, head: number };
                let at_answer = compared.pair(*attention, (&own[attention], number), (&theirs, to), Rows::Answer);
                found.entry((head, Rows::All)).or_default().push(pairs[number][to].clone());
                found.entry((head, Rows::Answer)).or_default().push(at_answer);
            }
        }
    }
    if !others.is_empty() {
        spread.heads = heads(model)
            .into_iter()
            .map(|head| {
                let estimate = |rows| bootstrap.estimate_known(&over_runs(&found[&(head, rows)]));
                let from_uniform = compared.distance_from_uniform(&own[&(head.kind, head.layer)], head);
                let of_head = HeadSpread {
                    name: head_name(head, &kinds(model)),
                    matched: estimate(Rows::All),
                    matched_at_answer: estimate(Rows::Answer),
                    from_uniform: bootstrap.estimate_known(&from_uniform),
                };
                (head, of_head)
            })
            .collect();
    }
    Ok(spread)
}

fn attentions<M: Traceable + ?Sized>(model: &M) -> Vec<(AttentionKind, usize)> {
    kinds(model).into_iter().flat_map(|kind| (0..model.n_layers(kind)).map(move |layer| (kind, layer))).collect()
}

fn attentions_and_heads<M: Traceable + ?Sized>(model: &M) -> Vec<(AttentionKind, usize, usize)> {
    attentions(model).into_iter().map(|(kind, layer)| (kind, layer, model.n_heads(kind))).collect()
}

impl Weights {
    fn of(traces: &[Trace], (kind, layer): (AttentionKind, usize)) -> Self {
        let of_trace = |trace: &Trace| {
            let weights = trace.attention(kind)[layer].weights.clone();
            let shape = weights.dims();
            let numbers: Vec<f32> = weights.into_data().iter().collect();
            BatchWeights { entropies: entropies(&numbers, shape[3]), numbers, shape }
        };
        Self { batches: traces.iter().map(of_trace).collect() }
    }
}

impl BatchWeights {
    /// One row and its entropy.
    fn row(&self, example: usize, head: usize, query: usize) -> (&[f32], f64) {
        let [_, n_heads, queries, keys] = self.shape;
        let at = (example * n_heads + head) * queries + query;
        (&self.numbers[at * keys..(at + 1) * keys], self.entropies[at])
    }
}

/// What is compared.
struct Compared<'a, I> {
    batches: &'a [&'a ExampleBatch<I>],
    visible: &'a [Visible],
    /// The stack that predicts the answer.
    output: Stack,
}

impl<I> Compared<'_, I> {
    /// The divergence of two heads' rows.
    fn pair(
        &self,
        attention: (AttentionKind, usize),
        (one, head): (&Weights, usize),
        (other, to): (&Weights, usize),
        rows: Rows,
    ) -> PerExample {
        self.mean_over_rows(attention, rows, |batch, example, query| {
            let (one, other) = (&one.batches[batch], &other.batches[batch]);
            divergence(one.row(example, head, query), other.row(example, to, query))
        })
    }

    /// The divergence of a head's rows from the same weight for each visible key.
    fn distance_from_uniform(&self, weights: &Weights, head: Head) -> PerExample {
        self.mean_over_rows((head.kind, head.layer), Rows::All, |batch, example, query| {
            let (row, entropy) = weights.batches[batch].row(example, head.head, query);
            let seen = &self.visible[batch].rows(head.kind, head.layer)[query];
            let mut uniform = vec![0.0; row.len()];
            seen.iter().for_each(|key| uniform[*key] = 1.0 / seen.len() as f32);
            divergence((row, entropy), (&uniform, (seen.len() as f64).ln()))
        })
    }

    /// The mean over the rows of two or more visible keys: with one, every head attends alike.
    fn mean_over_rows(
        &self,
        (kind, layer): (AttentionKind, usize),
        rows: Rows,
        of_row: impl Fn(usize, usize, usize) -> f64,
    ) -> PerExample {
        let mut means = Vec::new();
        for (at, batch) in self.batches.iter().enumerate() {
            let seen = self.visible[at].rows(kind, layer);
            for (row, example) in batch.examples.iter().enumerate() {
                let queries = match rows {
                    Rows::All => (0..seen.len()).collect(),
                    Rows::Answer => self.answering(kind, example),
                };
                let values: Vec<Option<f64>> = queries
                    .into_iter()
                    .filter(|query| seen[*query].len() > 1)
                    .map(|query| Some(of_row(at, row, query)))
                    .collect();
                means.push((!values.is_empty()).then(|| mean(&values)));
            }
        }
        means
    }

    /// The queries at which the answer is predicted.
    fn answering(&self, kind: AttentionKind, example: &Example) -> Vec<usize> {
        let is_of_output = (kind == AttentionKind::EncoderSelf) == (self.output == Stack::Encoder);
        if is_of_output { example.answer.iter().map(|asked| asked.position).collect() } else { Vec::new() }
    }
}

/// For each example the mean over the runs.
fn over_runs(runs: &[PerExample]) -> PerExample {
    let examples = runs.first().map_or(0, Vec::len);
    let of_example = |example: usize| {
        let values: Option<Vec<f64>> = runs.iter().map(|run| run[example]).collect();
        values.map(|values| values.iter().sum::<f64>() / values.len() as f64)
    };
    (0..examples).map(of_example).collect()
}

/// 0 where there is nothing.
fn mean(values: &[Option<f64>]) -> f64 {
    let known = values.iter().flatten();
    known.clone().sum::<f64>() / known.count().max(1) as f64
}
