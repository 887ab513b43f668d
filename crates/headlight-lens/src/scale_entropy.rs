use burn::tensor::{Device, Tensor, TensorData};
use headlight_model::{attention_weights, keyed_generator};
use rand_distr::{Distribution, StandardNormal};

/// Tells these random numbers from those of other purposes that have the same seed.
const PURPOSE: u64 = 0x5ca1e;

/// How undecided the rows of softmax(Q Kᵀ / √d_head) and of softmax(Q Kᵀ) are, in nats: ln(keys) where a row attends to all
/// keys alike, 0 where it attends to one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaleEntropy {
    /// The mean over the queries, with the scale.
    pub scaled: f64,
    /// The same without it.
    pub unscaled: f64,
}

/// What the scale is for, measured: the [entropy](ScaleEntropy) of `queries` random rows over `keys` keys of their own, of
/// independent normal numbers of mean 0 and variance 1, `d_head` in each query and key.
///
/// Section 3.2.1 of Vaswani et al., [Attention Is All You Need](https://arxiv.org/abs/1706.03762), footnote 4. Equal seeds and
/// draws give equal numbers; another draw gives others of the same kind.
///
/// # Panics
///
/// When a count is 0.
pub fn scale_entropy(
    d_head: usize,
    queries: usize,
    keys: usize,
    seed: u64,
    draw: u64,
    device: &Device,
) -> ScaleEntropy {
    assert!(d_head > 0 && queries > 0 && keys > 0, "nothing has no entropy");
    let mut generator = keyed_generator([seed, PURPOSE, draw, d_head as u64]);
    let mut noise = |rows: usize| {
        let shape = [queries, 1, rows, d_head];
        let numbers: Vec<f32> = (0..shape.iter().product()).map(|_| StandardNormal.sample(&mut generator)).collect();
        Tensor::<4>::from_data(TensorData::new(numbers, shape), device)
    };
    let (query, key) = (noise(1), noise(keys)); // [queries, 1, 1, d_head], [queries, 1, keys, d_head]
    let scaled = attention_weights(query.clone(), key.clone(), None);
    // Headlight always scales; a query that is √d_head times as long undoes it.
    let unscaled = attention_weights(query * (d_head as f64).sqrt(), key, None);
    ScaleEntropy { scaled: mean_entropy(scaled), unscaled: mean_entropy(unscaled) }
}

/// Mean over all rows of −Σ w ln w.
fn mean_entropy(weights: Tensor<4>) -> f64 {
    let [queries, ..] = weights.dims();
    let weights = weights.into_data();
    let terms = weights.iter::<f64>().filter(|weight| *weight > 0.0).map(|weight| -weight * weight.ln());
    terms.sum::<f64>() / queries as f64
}

#[cfg(test)]
mod tests {
    use headlight_device::DeviceName;

    use super::*;

    #[test]
    fn entropies_are_those_that_the_book_has_from_numpy() {
        // docs/mask-and-scale.md, 2000 rows of 10 keys each: d_head, unscaled, scaled.
        let table = [(1, 1.99, 1.99), (4, 1.43, 1.95), (16, 0.76, 1.94), (64, 0.34, 1.92), (256, 0.17, 1.92)];
        let device = DeviceName::default().open().expect("the default device");
        for (d_head, unscaled, scaled) in table {
            let found = scale_entropy(d_head, 2000, 10, 0, 0, &device);
            assert!((found.unscaled - unscaled).abs() < 0.05, "d_head {d_head}: {found:?}");
            assert!((found.scaled - scaled).abs() < 0.05, "d_head {d_head}: {found:?}");
        }
    }

    #[test]
    fn draws_differ_and_repeat() {
        let device = DeviceName::default().open().expect("the default device");
        let draw = |draw| scale_entropy(16, 64, 10, 3, draw, &device);
        assert_eq!(draw(0), draw(0));
        assert_ne!(draw(0), draw(1));
        let one = scale_entropy(8, 4, 1, 0, 0, &device);
        assert_eq!(one, ScaleEntropy { scaled: 0.0, unscaled: 0.0 }); // a single key is no choice
    }
}
