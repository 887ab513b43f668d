//! Scores as tables, charts and notes.

use std::collections::BTreeMap;

use headlight_model::AttentionKind;
use headlight_record::findings::{
    Axis, Cell, Chart, Column, Estimate, Findings, Grid, HeadFinding, Scale, Score, Table,
};

use super::HeadScores;
use super::roles::{REPEATED, Thresholds};
use crate::names::head_name;

/// The scores of every head that a terminal has room for; the others stand in files.
const SHOWN: [&str; 3] = ["needed", "previous", "induction"];

impl HeadScores {
    /// The scores as plain data.
    pub fn findings(&self) -> Findings {
        Findings {
            lens: "heads".to_string(),
            origin: self.origin.clone(),
            examples: self.examples,
            seed: self.seed,
            scores: self.scores.clone(),
            heads: self.heads.clone(),
            tables: tables(self),
            charts: charts(&self.heads, &self.scores, self.examples),
            notes: notes(self.repeated, &self.thresholds, &self.scores),
            ..Findings::default()
        }
    }
}

/// What each head is called, and by which score; then scores that are asked for most, of each head and of uniform attention.
fn tables(found: &HeadScores) -> Vec<Table> {
    let every = &found.scores;
    let shown = || SHOWN.iter().filter_map(|name| every.iter().find(|score| score.name == *name));
    let shown_of = |scores: &BTreeMap<String, Estimate>| -> Vec<Cell> {
        shown().map(|score| scores.get(&score.name).copied().into()).collect()
    };
    let titled = |title: &str, first: Column, rows: Vec<Vec<Cell>>| {
        let columns = shown().map(|score| Column::new(&score.name, &score.title));
        Table { title: title.to_string(), columns: [first].into_iter().chain(columns).collect(), rows }
    };
    let row = |first: String, scores| [first.into()].into_iter().chain(shown_of(scores)).collect();
    let of_heads = found.heads.iter().map(|head| row(head_name(head.head, &found.kinds()), &head.scores));
    let of_uniform = found.uniform.iter().map(|(kind, scores)| row(kind.name().to_string(), scores));
    vec![
        table_of_roles(found),
        titled("Share of the attention weight", Column::new("head", "head"), of_heads.collect()),
        titled(
            "Scores of uniform attention (the same weight on every visible key)",
            Column::new("kind", "kind"),
            of_uniform.collect(),
        ),
    ]
}

/// A row for each head: its first role with that score and uniform attention's, and in files all roles and scores.
fn table_of_roles(found: &HeadScores) -> Table {
    let HeadScores { heads, uniform, scores: every, .. } = found;
    let columns = [
        Column::new("head", "head"),
        Column::new("role", "role"),
        Column::new("score", "score"),
        Column::new("uniform", "uniform"),
        Column::detail("roles", "all roles"),
        Column::detail("kind", "kind"),
        Column::detail("layer", "layer"),
        Column::detail("index", "head in the layer"),
    ];
    let row = |HeadFinding { head, roles, scores }: &HeadFinding| {
        let role = roles.first();
        let by = role.and_then(|role| every.iter().find(|score| score.title == *role));
        let of_kind = uniform.iter().find(|(kind, _)| *kind == head.kind);
        let evenly = by.zip(of_kind).and_then(|(score, (_, scores))| scores.get(&score.name));
        let cells = [
            head_name(*head, &found.kinds()).into(),
            role.cloned().into(),
            by.map(|score| scores[&score.name]).into(),
            evenly.map(|evenly| evenly.mean).into(),
            roles.join(", ").into(),
            head.kind.name().into(),
            head.layer.into(),
            head.head.into(),
        ];
        cells.into_iter().chain(every.iter().map(|score| scores.get(&score.name).copied().into())).collect()
    };
    let details = every.iter().map(|score| Column::detail(&score.name, &score.title));
    Table {
        title: String::new(),
        columns: columns.into_iter().chain(details).collect(),
        rows: heads.iter().map(row).collect(),
    }
}

/// Heads × scores, a grid for each kind of attention.
fn charts(heads: &[HeadFinding], scores: &[Score], examples: usize) -> Vec<Chart> {
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
fn notes(repeated: Option<[usize; 2]>, thresholds: &Thresholds, scores: &[Score]) -> Vec<String> {
    let mut notes = vec![
        format!(
            "A role is named where a score is at least {}, and its interval above what uniform attention scores. Of several roles, that \
             furthest above uniform attention is shown: a head that attends to itself attends to an equal token, too.",
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
