//! Where each role of heads is across seeds.

use std::collections::{BTreeMap, BTreeSet};

use super::some::some;
use super::words::title;
use crate::findings::{Axis, Chart, Grid, Scale};
use crate::sweep::{SweepCell, SweepResults, SweepRun};
use crate::{AttentionKind, Head};

/// A picture has at most so many panels.
const MOST_PANELS: usize = 12;

/// Heads of one kind in a model: how many layers, and how many heads in each.
type Shape = (AttentionKind, usize, usize);

/// For each shape of models, with a panel for each cell: the share of its runs in which a head has a role, and the share in which the head
/// that has it most is in a layer.
pub(super) fn roles(results: &SweepResults, cells: &[&SweepCell]) -> Vec<Chart> {
    let mut by_shape: BTreeMap<Shape, Vec<(&SweepCell, Vec<&SweepRun>)>> = BTreeMap::new();
    for cell in cells {
        let mut of_cell: BTreeMap<Shape, Vec<&SweepRun>> = BTreeMap::new();
        for run in cell.runs.iter().map(|at| &results.runs[*at]).filter(|run| run.solved.is_some()) {
            for kind in AttentionKind::ALL {
                of_cell.entry(shape(run, kind)).or_default().push(run);
            }
        }
        of_cell.retain(|(_, layers, _), _| *layers > 0);
        for (shape, runs) in of_cell {
            by_shape.entry(shape).or_default().push((cell, runs));
        }
    }
    by_shape.into_iter().flat_map(|(shape, cells)| of_shape(results, shape, some(cells, MOST_PANELS))).collect()
}

fn of_shape(results: &SweepResults, shape: Shape, cells: Vec<(&SweepCell, Vec<&SweepRun>)>) -> Vec<Chart> {
    let (kind, layers, heads) = shape;
    let named = |runs: &[&SweepRun]| -> BTreeSet<String> {
        runs.iter().flat_map(|run| of_kind(run, kind)).map(|(_, role, _)| role.to_string()).collect()
    };
    let roles: Vec<String> =
        cells.iter().flat_map(|(_, runs)| named(runs)).collect::<BTreeSet<_>>().into_iter().collect();
    if roles.is_empty() {
        return Vec::new();
    }
    let panels = |of: &dyn Fn(&[&SweepRun]) -> Vec<f64>| -> Vec<(String, Vec<f64>)> {
        let name = |cell: &SweepCell, count| format!("{} (n {count})", cell.title(&results.axes));
        cells.iter().map(|(cell, runs)| (name(cell, runs.len()), of(runs))).collect()
    };
    let all_heads = || (0..layers).flat_map(|layer| (0..heads).map(move |head| Head { kind, layer, head }));
    let by_head = |runs: &[&SweepRun]| -> Vec<f64> {
        let share =
            |head: Head, role: &str| share(runs, |run| of_kind(run, kind).any(|of| (of.0, of.1) == (head, role)));
        all_heads().flat_map(|head| roles.iter().map(move |role| share(head, role))).collect()
    };
    let by_layer = |runs: &[&SweepRun]| -> Vec<f64> {
        let is_there =
            |run: &SweepRun, role: &str, layer| best(run, kind, role).is_some_and(|head| head.layer == layer);
        let share = |role: &str, layer| share(runs, |run| is_there(run, role, layer));
        roles.iter().flat_map(|role| (0..layers).map(move |layer| share(role, layer))).collect()
    };
    let shape_name = format!("{}_{layers}x{heads}", kind.name());
    let of = format!("{}, {layers} × {heads} heads", kind.title());
    let axis = |title: &str, labels: Vec<String>| Axis { title: title.to_string(), labels };
    let grid = |name: &str, what: &str, down: Axis, across: Axis, panels| {
        Chart::Grid(Grid {
            name: format!("{name}_{shape_name}"),
            title: title(results, &format!("{of}: {what}")),
            quantity: "share of runs".to_string(),
            scale: Scale::Share,
            down,
            across,
            panels,
        })
    };
    vec![
        grid(
            "roles_by_head",
            "which heads have a role (numbers of heads mean nothing across seeds)",
            axis("head", all_heads().map(Head::short).collect()),
            axis("role", roles.clone()),
            panels(&by_head),
        ),
        grid(
            "roles_by_layer",
            "the layer of the head that has a role most",
            axis("role", roles.clone()),
            axis("layer", (0..layers).map(|layer| layer.to_string()).collect()),
            panels(&by_layer),
        ),
    ]
}

fn shape(run: &SweepRun, kind: AttentionKind) -> Shape {
    let heads = || run.heads.iter().map(|of| of.head).filter(|head| head.kind == kind);
    let layers = heads().map(|head| head.layer + 1).max().unwrap_or(0);
    (kind, layers, heads().map(|head| head.head + 1).max().unwrap_or(0))
}

/// Every role of every head of a kind, with its score.
fn of_kind(run: &SweepRun, kind: AttentionKind) -> impl Iterator<Item = (Head, &str, f64)> {
    let heads = run.heads.iter().filter(move |of| of.head.kind == kind);
    heads.flat_map(|of| of.roles.iter().map(move |(role, score)| (of.head, role.as_str(), *score)))
}

/// The head with the highest score for a role; the first of equals.
fn best(run: &SweepRun, kind: AttentionKind, role: &str) -> Option<Head> {
    let with = of_kind(run, kind).filter(|of| of.1 == role);
    with.reduce(|best, next| if next.2 > best.2 { next } else { best }).map(|of| of.0)
}

fn share(runs: &[&SweepRun], is_so: impl Fn(&SweepRun) -> bool) -> f64 {
    runs.iter().filter(|run| is_so(run)).count() as f64 / runs.len().max(1) as f64
}
