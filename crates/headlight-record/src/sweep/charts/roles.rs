//! Where each role of heads is across seeds.

use std::collections::{BTreeMap, BTreeSet};

use super::some::some;
use crate::findings::{Axis, Chart, Grid, Scale};
use crate::sweep::words::title;
use crate::sweep::{CollectedRun, SweepCell, SweepResults};
use crate::{AttentionKind, Head};

/// A picture has at most so many panels.
const MOST_PANELS: usize = 12;

/// Heads of one kind in a model: how many layers, and how many heads in each.
type Shape = (AttentionKind, usize, usize);

/// For each shape of models, with a panel for each cell, over roles and layers: how many of the layer's heads have the role, and in how
/// many runs the head with the highest score for it is in that layer. Neither asks which head of a layer it is: heads of different seeds
/// have no common order.
pub(super) fn roles(results: &SweepResults, cells: &[&SweepCell], left_out: &mut Vec<String>) -> Vec<Chart> {
    let mut by_shape: BTreeMap<Shape, Vec<(&SweepCell, Vec<&CollectedRun>)>> = BTreeMap::new();
    for cell in cells {
        let mut of_cell: BTreeMap<Shape, Vec<&CollectedRun>> = BTreeMap::new();
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
    let mut charts = Vec::new();
    for (shape, cells) in by_shape {
        let all = cells.len();
        let cells = some(cells, MOST_PANELS);
        let (kind, layers, heads) = shape;
        let of = format!("{}, {layers} × {heads} heads", kind.title());
        if cells.len() < all {
            left_out.push(format!("roles are drawn of {} of {all} cells with {of}", cells.len()));
        }
        charts.extend(of_shape(results, shape, &of, &cells));
    }
    charts
}

fn of_shape(
    results: &SweepResults,
    (kind, layers, heads): Shape,
    of: &str,
    cells: &[(&SweepCell, Vec<&CollectedRun>)],
) -> Vec<Chart> {
    let runs = cells.iter().flat_map(|(_, runs)| runs);
    let roles: BTreeSet<&str> = runs.flat_map(|run| of_kind(run, kind)).map(|(_, role, _)| role).collect();
    if roles.is_empty() {
        return Vec::new();
    }
    let have = |run: &CollectedRun, role: &str, layer: usize| {
        let count = of_kind(run, kind).filter(|(head, of, _)| head.layer == layer && *of == role).count();
        count as f64 / heads as f64
    };
    let is_best = |run: &CollectedRun, role: &str, layer: usize| {
        f64::from(u8::from(best(run, kind, role).is_some_and(|head| head.layer == layer)))
    };
    let grid = |name: &str, what: &str, quantity: &str, number: &dyn Fn(&CollectedRun, &str, usize) -> f64| {
        let mean = |runs: &[&CollectedRun], role: &str, layer: usize| {
            runs.iter().map(|run| number(run, role, layer)).sum::<f64>() / runs.len() as f64
        };
        let numbers = |runs: &[&CollectedRun]| -> Vec<f64> {
            roles.iter().flat_map(|role| (0..layers).map(move |layer| mean(runs, role, layer))).collect()
        };
        let panel = |(cell, runs): &(&SweepCell, Vec<&CollectedRun>)| {
            (format!("{} (n {})", cell.title(&results.axes), runs.len()), numbers(runs))
        };
        Chart::Grid(Grid {
            name: format!("{name}_{}_{layers}x{heads}", kind.name()),
            title: title(results, &format!("{of}: {what}")),
            quantity: quantity.to_string(),
            scale: Scale::Share,
            down: Axis { title: "role".to_string(), labels: roles.iter().map(|role| role.to_string()).collect() },
            across: Axis { title: "layer".to_string(), labels: (0..layers).map(|layer| layer.to_string()).collect() },
            panels: cells.iter().map(panel).collect(),
        })
    };
    let (share, layer) = (
        "share of a layer's heads that have a role, mean of the runs",
        "layer of the head with the highest score for a role",
    );
    vec![
        grid("roles_by_share", share, "share of heads", &have),
        grid("roles_by_layer", layer, "share of runs", &is_best),
    ]
}

fn shape(run: &CollectedRun, kind: AttentionKind) -> Shape {
    let heads = || run.heads.iter().map(|of| of.head).filter(|head| head.kind == kind);
    let layers = heads().map(|head| head.layer + 1).max().unwrap_or(0);
    (kind, layers, heads().map(|head| head.head + 1).max().unwrap_or(0))
}

/// Every role of every head of a kind, with its score.
fn of_kind(run: &CollectedRun, kind: AttentionKind) -> impl Iterator<Item = (Head, &str, f64)> {
    let heads = run.heads.iter().filter(move |of| of.head.kind == kind);
    heads.flat_map(|of| of.roles.iter().map(move |(role, score)| (of.head, role.as_str(), *score)))
}

/// The head with the highest score for a role; the first of equals.
fn best(run: &CollectedRun, kind: AttentionKind, role: &str) -> Option<Head> {
    let with = of_kind(run, kind).filter(|of| of.1 == role);
    with.reduce(|best, next| if next.2 > best.2 { next } else { best }).map(|of| of.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::{HeadRoles, SweepAxis};

    /// A run of 2 × 2 heads, of which these have a role.
    fn run(number: usize, with: &[(usize, usize, &str, f64)]) -> CollectedRun {
        let kind = AttentionKind::DecoderSelf;
        let heads = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(layer, head)| {
            let of = with.iter().filter(|of| (of.0, of.1) == (layer, head));
            HeadRoles { head: Head { kind, layer, head }, roles: of.map(|of| (of.2.to_string(), of.3)).collect() }
        });
        CollectedRun { heads: heads.into(), ..CollectedRun::example(number) }
    }

    #[test]
    fn roles_are_counted_by_layer_and_not_by_head() {
        let runs = vec![
            run(0, &[(1, 0, "induction", 0.9), (0, 1, "previous token", 0.5)]),
            run(1, &[(1, 0, "induction", 0.6), (1, 1, "induction", 0.7), (0, 0, "induction", 0.5)]),
        ];
        let seed = SweepAxis { name: "seed".to_string(), values: vec!["0".to_string(), "1".to_string()] };
        let results = SweepResults { axes: vec![seed], runs, ..SweepResults::default() };
        let grid = results.grid(None, None).expect("one cell");
        let cells: Vec<&SweepCell> = grid.cells.iter().collect();
        let charts = roles(&results, &cells, &mut Vec::new());
        let [Chart::Grid(share), Chart::Grid(layer)] = &charts[..] else { panic!("{charts:?}") };
        assert_eq!(share.down.labels, ["induction", "previous token"]);
        // Row by row, layer 0 and layer 1.
        assert_eq!(share.panels[0].1, [0.25, 0.75, 0.25, 0.0]);
        assert_eq!(layer.panels[0].1, [0.0, 1.0, 0.5, 0.0]);

        let mut left_out = Vec::new();
        let many = vec![cells[0]; 30];
        let charts = roles(&results, &many, &mut left_out);
        let [Chart::Grid(share), _] = &charts[..] else { panic!("{charts:?}") };
        assert_eq!(share.panels.len(), MOST_PANELS);
        assert_eq!(left_out, ["roles are drawn of 12 of 30 cells with decoder self-attention, 2 × 2 heads"]);
    }
}
