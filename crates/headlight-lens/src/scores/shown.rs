//! Scores as tables, charts and notes.

use std::collections::BTreeMap;

use headlight_model::AttentionKind;
use headlight_record::findings::{Axis, Cell, Chart, Column, Estimate, Grid, HeadFinding, Scale, Score, Table};

use super::roles::{REPEATED, Thresholds};

/// What a terminal has room for; the other scores stand in files.
const SHOWN: [&str; 3] = ["needed", "previous", "induction"];

/// A row for each head, and a row for each kind of what uniform attention scores.
pub(super) fn tables(
    heads: &[HeadFinding],
    uniform: &[(AttentionKind, BTreeMap<String, Estimate>)],
    every: &[Score],
) -> Vec<Table> {
    let shown = || SHOWN.iter().filter_map(|name| every.iter().find(|score| score.name == *name));
    let rest = || every.iter().filter(|score| !SHOWN.contains(&score.name.as_str()));
    let columns = |of: &[Column], more: &[Column]| {
        let shown = shown().map(|score| Column::new(&score.name, &score.title));
        let rest = rest().map(|score| Column::detail(&score.name, &score.title));
        of.iter().cloned().chain(shown).chain(more.iter().cloned()).chain(rest).collect()
    };
    let cell = |scores: &BTreeMap<String, Estimate>, score: &Score| Cell::from(scores.get(&score.name).copied());
    let head = |found: &HeadFinding| {
        let HeadFinding { head, roles, scores } = found;
        let name = if uniform.len() > 1 { head.to_string() } else { head.short() };
        let more = [
            Cell::from(main_role(found, every)),
            roles.join(", ").into(),
            head.kind.name().into(),
            head.layer.into(),
            head.head.into(),
        ];
        let shown = shown().map(|score| cell(scores, score));
        [name.into()].into_iter().chain(shown).chain(more).chain(rest().map(|score| cell(scores, score))).collect()
    };
    let more = [
        Column::new("role", "role"),
        Column::detail("roles", "all roles"),
        Column::detail("kind", "kind"),
        Column::detail("layer", "layer"),
        Column::detail("index", "head in the layer"),
    ];
    let nobody = |(kind, scores): &(AttentionKind, BTreeMap<String, Estimate>)| {
        let shown = shown().map(|score| cell(scores, score));
        [kind.name().into()].into_iter().chain(shown).chain(rest().map(|score| cell(scores, score))).collect()
    };
    vec![
        Table {
            title: String::new(),
            columns: columns(&[Column::new("head", "head")], &more),
            rows: heads.iter().map(head).collect(),
        },
        Table {
            title: "what a head would score that attends evenly to all that it sees".to_string(),
            columns: columns(&[Column::new("kind", "kind")], &[]),
            rows: uniform.iter().map(nobody).collect(),
        },
    ]
}

/// The role whose score on the examples is highest, or, where only random tokens showed one, on those.
fn main_role(found: &HeadFinding, scores: &[Score]) -> Option<String> {
    let mut roles: Vec<&Score> = scores.iter().filter(|score| found.roles.contains(&score.title)).collect();
    let mean = |score: &Score| found.scores[&score.name].mean;
    // Stable: where two score the same, as on a task that needs previous tokens, what is said of the keys themselves stays first.
    roles.sort_by(|one, other| mean(other).total_cmp(&mean(one)));
    roles.sort_by_key(|score| score.name.starts_with(REPEATED));
    roles.first().map(|score| score.title.clone())
}

/// Heads × scores, a grid for each kind of attention.
pub(super) fn charts(heads: &[HeadFinding], scores: &[Score], examples: usize) -> Vec<Chart> {
    let of_kind =
        |kind: AttentionKind| -> Vec<&HeadFinding> { heads.iter().filter(|found| found.head.kind == kind).collect() };
    let kinds: Vec<AttentionKind> = AttentionKind::ALL.into_iter().filter(|kind| !of_kind(*kind).is_empty()).collect();
    let grid = |kind: &AttentionKind| {
        let heads = of_kind(*kind);
        let has = |score: &&Score| heads.iter().all(|found| found.scores.contains_key(&score.name));
        let scores: Vec<&Score> = scores.iter().filter(|score| Thresholds::is_role(&score.name)).filter(has).collect();
        let numbers = heads.iter().flat_map(|found| scores.iter().map(|score| found.scores[&score.name].mean));
        Chart::Grid(Grid {
            name: if kinds.len() > 1 { format!("heads_{}", kind.name()) } else { "heads".to_string() },
            title: format!("{}: what the heads look at, mean over {examples} examples", kind.title()),
            quantity: "share of the attention weight".to_string(),
            scale: Scale::Share,
            down: Axis { title: "head".to_string(), labels: heads.iter().map(|found| found.head.short()).collect() },
            across: Axis {
                title: "what is looked at".to_string(),
                labels: scores.iter().map(|score| label(score)).collect(),
            },
            panels: vec![(String::new(), numbers.collect())],
        })
    };
    kinds.iter().map(grid).collect()
}

/// In few letters, for a chart.
fn label(score: &Score) -> String {
    if score.name.starts_with(REPEATED) { score.name.replace('_', " ") } else { score.title.clone() }
}

/// What a reader must know of the figures.
pub(super) fn notes(repeated: Option<[usize; 2]>, thresholds: &Thresholds, scores: &[Score]) -> Vec<String> {
    let mut notes = vec![
        format!(
            "A role is named where a score is at least {}, and its interval above what uniform attention scores.",
            thresholds.in_words(scores)
        ),
        "A score is the share of a head's attention weight, over the queries that see such a key and another one; means over examples \
         with 95 % bootstrap intervals."
            .to_string(),
    ];
    if let Some([sequences, length]) = repeated {
        notes.push(format!("Repeated tokens: {sequences} sequences of {length} random tokens that come twice."));
    }
    notes
}
