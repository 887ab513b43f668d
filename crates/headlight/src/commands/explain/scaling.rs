use headlight_device::DeviceName;
use headlight_lens::{ScaleEntropy, scale_entropy};
use headlight_plot::Scaling;

/// d_head from 1 to 512, and how many rows of how many keys each draw has.
const WIDTHS: [usize; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const QUERIES: usize = 64;
const KEYS: usize = 10;
const DRAWS: u64 = 8;

/// Entropies of random rows for each width, with and without the scale.
pub(super) fn scaling(seed: u64) -> anyhow::Result<Scaling> {
    let device = DeviceName::default().open()?;
    let draws = (0..DRAWS).map(|draw| WIDTHS.map(|width| scale_entropy(width, QUERIES, KEYS, seed, draw, &device)));
    let draws: Vec<_> = draws.collect();
    let of = |part: fn(&ScaleEntropy) -> f64| draws.iter().map(|draw| draw.iter().map(part).collect()).collect();
    Ok(Scaling {
        keys: KEYS,
        queries: QUERIES,
        widths: WIDTHS.to_vec(),
        scaled: of(|entropy| entropy.scaled),
        unscaled: of(|entropy| entropy.unscaled),
    })
}
