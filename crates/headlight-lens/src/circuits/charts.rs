//! Circuits as heatmaps.

use headlight_model::{AttentionKind, Head, Traceable};
use headlight_record::findings::{Axis, Chart, Grid, Scale};

use super::composition::Composition;
use super::matrices::{output_value, query_key};
use crate::examples::Examples;
use crate::names::{head_label, heads};

/// The token → token matrices of the heads of one kind, a panel each.
pub(super) fn of_kind<M: Traceable + ?Sized>(
    model: &M,
    kind: AttentionKind,
    tokens: &[usize],
    examples: &Examples<M::Input>,
) -> Vec<Chart> {
    let heads: Vec<Head> = heads(model).into_iter().filter(|head| head.kind == kind).collect();
    let names: Vec<String> = tokens.iter().map(|token| examples.vocabulary[*token].clone()).collect();
    // Answers have names of their own in some models; then all are drawn.
    let answers: Vec<usize> = match examples.vocabulary == examples.answers {
        true => tokens.to_vec(),
        false => (0..examples.answers.len()).collect(),
    };
    let answer_names = answers.iter().map(|answer| examples.answers[*answer].clone()).collect();
    let axis = |title: &str, labels: Vec<String>| Axis { title: title.to_string(), labels };
    let attends = Grid {
        name: format!("{}_qk", kind.name()),
        title: format!("{}: which token's query attends to which token's key", kind.title()),
        quantity: "score, without positions and biases".to_string(),
        scale: Scale::Signed,
        down: axis("query", names.clone()),
        across: axis("key", names.clone()),
        panels: heads.iter().map(|head| (head.short(), query_key(model, *head, tokens).concat())).collect(),
    };
    let written = heads.iter().filter_map(|head| {
        let logits = output_value(model, *head, tokens, &answers)?;
        Some((head.short(), logits.concat()))
    });
    let writes = Grid {
        name: format!("{}_ov", kind.name()),
        title: format!("{}: what attending to a token adds to each token's logit", kind.title()),
        quantity: "logit, without biases".to_string(),
        scale: Scale::Signed,
        down: axis("attended to", names),
        across: axis("predicted", answer_names),
        panels: written.collect(),
    };
    [attends, writes].into_iter().filter(|grid| !grid.panels.is_empty()).map(Chart::Grid).collect()
}

/// How much each head reads of each earlier one, a panel for queries, keys and values each.
pub(super) fn of_pairs(compositions: &[Composition], kinds: &[AttentionKind]) -> Option<Chart> {
    let sorted = |mut heads: Vec<Head>| {
        heads.sort();
        heads.dedup();
        heads
    };
    let from = sorted(compositions.iter().map(|pair| pair.from).collect());
    let to = sorted(compositions.iter().map(|pair| pair.to).collect());
    type Part = fn(&Composition) -> Option<f64>;
    let parts: [(&str, Part); 3] =
        [("queries", |pair| pair.query), ("keys", |pair| pair.key), ("values", |pair| pair.value)];
    let panel = |(name, part): (&str, Part)| {
        let cell = |from: &Head, to: &Head| {
            let pair = compositions.iter().find(|pair| (pair.from, pair.to) == (*from, *to));
            pair.and_then(part).unwrap_or(0.0)
        };
        let cells = from.iter().flat_map(|from| to.iter().map(move |to| cell(from, to)));
        (name.to_string(), cells.collect())
    };
    let names = |heads: &[Head]| heads.iter().map(|head| head_label(*head, kinds)).collect();
    let grid = Grid {
        name: "composition".to_string(),
        title: "how much a head reads of what another writes, less what random matrices would".to_string(),
        quantity: "composition minus baseline".to_string(),
        scale: Scale::Signed,
        down: Axis { title: "head that writes".to_string(), labels: names(&from) },
        across: Axis { title: "head that reads".to_string(), labels: names(&to) },
        panels: parts.into_iter().map(panel).collect(),
    };
    (!compositions.is_empty()).then_some(Chart::Grid(grid))
}
