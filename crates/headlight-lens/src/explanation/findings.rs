use std::collections::BTreeMap;

use headlight_record::Head;
use headlight_record::findings::{
    Bar, Bars, Cell, Chart, Column, Counted, Estimate, Findings, HeadFinding, Score, Table,
};

use super::changed::{Aim, Change, Effect, PERMUTATIONS};
use super::spread::{HeadSpread, Spread};
use crate::Examples;
use crate::bootstrap::Bootstrap;
use crate::outcome::{Outcome, baseline};
use crate::partners::left_out as said_of_left_out;

/// Exact matches that are further apart are not equal.
const EQUAL: f64 = 0.01;

/// Both tests, as tables, charts and notes.
pub(super) fn of<I>(
    examples: &Examples<I>,
    unchanged: &[Outcome],
    bootstrap: &Bootstrap,
    changes: &[(Aim, Change, Effect)],
    spread: &Spread,
    left_out: usize,
) -> Findings {
    let counted = examples.counted;
    let before = baseline(unchanged, counted, bootstrap);
    let changes: Vec<(&Aim, Change, [Estimate; 2])> = changes
        .iter()
        .map(|(aim, change, effect)| (aim, *change, effect.each_ref().map(|values| bootstrap.estimate(values))))
        .collect();
    let mut tables = vec![table_of_changes(&changes, counted, before.exact_match.mean)];
    let mut charts = charts_of_changes(&changes, counted, unchanged.len());
    let mut notes = vec![
        "uniform: the same weight for every visible key".to_string(),
        format!(
            "permuted: each row's weights on other visible keys, mean over {PERMUTATIONS} permutations drawn from the seed, which the up to \
             64 examples of a batch share"
        ),
        if changes.iter().any(|(_, change, _)| *change == Change::Frozen) {
            "frozen: the weights that the unchanged model computes on another example of the same shape; no change means that the weights \
         hardly depend on the example (they follow positions), not that attention is unused: compare with uniform"
            .to_string()
        } else {
            "frozen is left out: it takes two examples of one shape".to_string()
        },
    ];
    notes.extend(said_of_left_out(left_out));
    if !spread.heads.is_empty() {
        tables.push(table_of_spread(spread));
        charts.push(chart_of_spread(spread, unchanged.len()));
        notes.extend(notes_on_spread(spread, before.exact_match.mean));
    }
    Findings {
        lens: "explanation".to_string(),
        origin: examples.origin.clone(),
        examples: unchanged.len(),
        seed: examples.seed,
        counted,
        baseline: Some(before),
        scores: if spread.heads.is_empty() {
            Vec::new()
        } else {
            SCORES.map(|(name, title)| score(name, title)).to_vec()
        },
        heads: spread
            .heads
            .iter()
            .map(|(head, of_head)| HeadFinding { head: *head, roles: Vec::new(), scores: scores(of_head) })
            .collect(),
        tables,
        charts,
        notes,
        ..Findings::default()
    }
}

/// What the divergences of a head are called.
const SCORES: [(&str, &str); 3] = [
    ("seed_spread", "from the best match"),
    ("seed_spread_at_answer", "where the answer is predicted"),
    ("from_uniform", "from uniform"),
];

fn score(name: &str, title: &str) -> Score {
    Score { name: name.to_string(), title: title.to_string() }
}

fn divergences(of_head: &HeadSpread) -> [Option<Estimate>; 3] {
    [of_head.matched, of_head.matched_at_answer, of_head.from_uniform]
}

fn scores(of_head: &HeadSpread) -> BTreeMap<String, Estimate> {
    SCORES.iter().zip(divergences(of_head)).filter_map(|((name, _), found)| Some((name.to_string(), found?))).collect()
}

fn table_of_changes(changes: &[(&Aim, Change, [Estimate; 2])], counted: Counted, before: f64) -> Table {
    let row = |(aim, change, [exact_match, loss]): &(&Aim, Change, [Estimate; 2])| -> Vec<Cell> {
        vec![
            Cell::from(&aim.name[..]),
            change.name().into(),
            (before + exact_match.mean).into(),
            (*exact_match).into(),
            (*loss).into(),
        ]
    };
    let columns = vec![
        Column::new("attention", "changed"),
        Column::new("made", "replaced by"),
        Column::detail(counted.name(), counted.title()),
        Column::new(&format!("{}_change", counted.name()), &format!("{} change", counted.title())),
        Column::new("loss_change", "loss change"),
    ];
    Table { title: String::new(), columns, rows: changes.iter().map(row).collect() }
}

fn charts_of_changes(changes: &[(&Aim, Change, [Estimate; 2])], counted: Counted, examples: usize) -> Vec<Chart> {
    let bars = |name: &str, what: &str, unit: &str, of: usize| {
        let bar = |(aim, change, effect): &(&Aim, Change, [Estimate; 2])| Bar {
            label: format!("{}, {}", aim.name, change.name()),
            value: effect[of].mean,
            interval: Some([effect[of].low, effect[of].high]),
        };
        Chart::Bars(Bars {
            name: format!("explanation_{name}"),
            title: format!("Change in {what} where attention weights are others, {examples} examples"),
            quantity: format!("change in {what}{unit}"),
            bars: changes.iter().map(bar).collect(),
        })
    };
    vec![bars(counted.name(), counted.title(), "", 0), bars("loss", "loss", ", nats per token", 1)]
}

fn table_of_spread(spread: &Spread) -> Table {
    let row = |(_, of_head): &(Head, HeadSpread)| -> Vec<Cell> {
        [Cell::from(&of_head.name[..])].into_iter().chain(divergences(of_head).map(Cell::from)).collect()
    };
    let columns = [Column::new("head", "head")].into_iter();
    let columns = columns.chain(SCORES.map(|(name, title)| Column::new(name, title))).collect();
    Table {
        title: "Jensen–Shannon divergence of each head's rows, in nats".to_string(),
        columns,
        rows: spread.heads.iter().map(row).collect(),
    }
}

fn chart_of_spread(spread: &Spread, examples: usize) -> Chart {
    let bar = |(_, of_head): &(Head, HeadSpread)| {
        let Estimate { mean, low, high, .. } = of_head.matched?;
        Some(Bar { label: of_head.name.clone(), value: mean, interval: Some([low, high]) })
    };
    let runs = spread.others.len();
    Chart::Bars(Bars {
        name: "explanation_spread".to_string(),
        title: format!(
            "How far each head is from its best match in {}, {examples} examples",
            counted(runs, "other run")
        ),
        quantity: "Jensen–Shannon divergence, nats".to_string(),
        bars: spread.heads.iter().filter_map(bar).collect(),
    })
}

fn notes_on_spread(spread: &Spread, before: f64) -> Vec<String> {
    let each = spread.others.iter().map(|(name, exact_match)| format!("{name} {:.2}", exact_match.mean));
    let compared = format!("exact match of the other runs: {}", each.collect::<Vec<_>>().join(", "));
    let means = || spread.others.iter().map(|(_, exact_match)| exact_match.mean).chain([before]);
    let apart = means().fold(f64::MIN, f64::max) - means().fold(f64::MAX, f64::min);
    let unequal = (apart > EQUAL).then(|| {
        format!(
            "the runs are not equally good, but {:.1} points of exact match apart: so may be what they attend to",
            100.0 * apart
        )
    });
    let scale = "divergence: 0 where rows are equal, ln 2 = 0.69 where they have no key in common; rows of one visible key are left out";
    let matched = "best match: one head for one, in the same layer, so that the sum of the divergences is least";
    [Some(compared), unequal, Some(scale.to_string()), Some(matched.to_string())].into_iter().flatten().collect()
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
