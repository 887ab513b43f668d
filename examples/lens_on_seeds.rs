//! What heads look at beside what fails without them, seed by seed: the tables of docs/lens-ablate.md.
//!
//! ```text
//! headlight train induction --seeds 0..10 --out runs/induction
//! cargo run -p headlight-examples --example lens_on_seeds -- runs/induction
//! ```
//!
//! No seed is left out. Every figure is over 256 held-out examples of the seed's own run.

use std::error::Error;
use std::path::Path;

use headlight_flex::allocator;
use headlight_lens::{AblationConfig, Examples, Thresholds, ablate, head_scores, rank_correlation};
use headlight_record::findings::{Ablation, Findings, HeadFinding, Replacement};
use headlight_record::{Head, Origin};
use headlight_runs::{SavedRun, SeedDirectory};

const EXAMPLES: usize = 256;
/// The layer and the score by which heads are chosen.
const SCORES: [(usize, &str); 3] = [(0, "previous"), (1, "induction"), (0, "needed")];
const WITH: [Replacement; 3] = [Replacement::Mean, Replacement::Zero, Replacement::Resample];

#[global_allocator]
static ALLOCATOR: allocator::MiMalloc = allocator::MiMalloc;

/// What both lenses find of one seed's run.
struct Found {
    seed: u64,
    heads: Vec<HeadFinding>,
    ablated: Findings,
}

fn main() -> Result<(), Box<dyn Error>> {
    allocator::keep_freed_memory();
    let path = std::env::args().nth(1).ok_or("give the directory of a training with --seeds")?;
    let directory = SeedDirectory::open(Path::new(&path))?;
    let found = directory.seeds().map(|seed| look(&directory.path_of(seed), seed)).collect::<Result<Vec<_>, _>>()?;
    println!(
        "Exact match in percent, unchanged; then its change in points, replaced by mean, zeros, another example's.\n"
    );
    for (layer, score) in SCORES {
        of_heads(&found, layer, score);
    }
    of_correlations(&found);
    Ok(())
}

fn look(path: &Path, seed: u64) -> Result<Found, Box<dyn Error>> {
    let run = SavedRun::open(path)?;
    let held_out = run.held_out(EXAMPLES)?;
    let examples = Examples::of_task(&run.config.task, &held_out, Origin::default(), 0, &run.device);
    let heads = head_scores(&run.model, &examples, None, &Thresholds::default()).heads;
    let sets = SCORES.map(|(layer, score)| alike(&heads, layer, score)).to_vec();
    let config = AblationConfig { with: WITH.to_vec(), sets, ..AblationConfig::default() };
    let ablated = ablate(&run.model, &examples, &config)?;
    Ok(Found { seed, heads, ablated })
}

/// The heads of a layer whose score is at least half as high as the highest.
fn alike(heads: &[HeadFinding], layer: usize, score: &str) -> Vec<Head> {
    let Some((_, highest)) = best(heads, layer, score) else { return Vec::new() };
    let of_layer = heads.iter().filter(|finding| finding.head.layer == layer);
    let is_alike = |finding: &&HeadFinding| finding.scores.get(score).is_some_and(|found| found.mean >= highest / 2.0);
    of_layer.filter(is_alike).map(|finding| finding.head).collect()
}

/// The head of a layer with the highest score, and that score.
fn best<'f>(heads: &'f [HeadFinding], layer: usize, score: &str) -> Option<(&'f HeadFinding, f64)> {
    let of_layer = heads.iter().filter(|finding| finding.head.layer == layer);
    let scored = of_layer.filter_map(|finding| Some((finding, finding.scores.get(score)?.mean)));
    scored.max_by(|one, other| one.1.total_cmp(&other.1))
}

/// What fails without these heads, by each replacement.
fn effects<'f>(found: &'f Found, heads: &[Head]) -> Vec<&'f Ablation> {
    let of_heads = |ablation: &&Ablation| ablation.heads == heads;
    let ablations: Vec<&Ablation> = found.ablated.ablations.iter().filter(of_heads).collect();
    WITH.iter().filter_map(|with| ablations.iter().copied().find(|ablation| ablation.with == *with)).collect()
}

/// What fails without the head of a layer that scores highest, and without all that score at least half as high, seed by seed.
fn of_heads(all: &[Found], layer: usize, score: &str) {
    println!(
        "| seed | exact match | layer {layer}, highest '{score}' | mean | zeros | resample | all alike | mean | zeros | resample |"
    );
    println!("|---:|---:|---|---:|---:|---:|---|---:|---:|---:|");
    let cells = |found: &Found, heads: &[Head]| {
        effects(found, heads).into_iter().map(points).collect::<Vec<String>>().join(" | ")
    };
    for found in all {
        let Some((head, number)) = best(&found.heads, layer, score) else { continue };
        let unchanged = found.ablated.baseline.map_or(0.0, |baseline| 100.0 * baseline.exact_match.mean);
        let together = alike(&found.heads, layer, score);
        let names: Vec<String> = together.iter().map(|head| head.short()).collect();
        println!(
            "| {} | {unchanged:.1} | {} {number:.2} | {} | {} | {} |",
            found.seed,
            head.head.short(),
            cells(found, &[head.head]),
            names.join(" "),
            cells(found, &together)
        );
    }
    println!();
}

fn points(ablation: &Ablation) -> String {
    format!("{:+.1}", 100.0 * ablation.exact_match_change)
}

/// How the weight on the needed keys, and the gradient, order the heads as the effect of replacing them by their mean does.
fn of_correlations(all: &[Found]) {
    println!("Rank correlations over the heads: with the rise of the loss, and with the fall of exact match.\n");
    println!("| seed | heads | needed, loss | needed, exact match | gradient, loss | gradient, exact match |");
    println!("|---:|---:|---:|---:|---:|---:|");
    let mut columns: [Vec<f64>; 4] = Default::default();
    for found in all {
        let scored: Vec<(f64, &Ablation)> = found
            .heads
            .iter()
            .filter_map(|head| Some((head.scores.get("needed")?.mean, effects(found, &[head.head])[0])))
            .collect();
        let list = |of: &dyn Fn(&(f64, &Ablation)) -> f64| scored.iter().map(of).collect::<Vec<f64>>();
        let (needed, gradient) =
            (list(&|one| one.0), list(&|one| one.1.gradient.map_or(0.0, |gradient| gradient.mean)));
        let (loss, fall) = (list(&|one| one.1.loss_change), list(&|one| -one.1.exact_match_change));
        let pairs = [(&needed, &loss), (&needed, &fall), (&gradient, &loss), (&gradient, &fall)];
        let found_here = pairs.map(|(one, other)| rank_correlation(one, other));
        for (column, value) in columns.iter_mut().zip(found_here) {
            column.extend(value);
        }
        let cells = found_here.map(|value| value.map_or("–".to_string(), |value| format!("{value:.2}")));
        println!("| {} | {} | {} |", found.seed, scored.len(), cells.join(" | "));
    }
    let mean = |column: Vec<f64>| column.iter().sum::<f64>() / column.len() as f64;
    let means = columns.map(|column| if column.is_empty() { "–".to_string() } else { format!("{:.2}", mean(column)) });
    println!("| mean | | {} |", means.join(" | "));
}
