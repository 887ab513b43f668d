//! ALiBi against its paper: the slopes of the heads, what they take from the scores, and the weights that come of it.

mod closeness;
mod device;
mod numbers;

use burn::tensor::Tensor;
use closeness::assert_close;
use device::device;
use headlight_model::{Mask, alibi_biases, alibi_slopes, attention_weights};
use numbers::numbers;

#[test]
fn powers_of_two_have_the_papers_slopes() {
    // Section 3 of the paper, for 8 heads: 1/2¹, 1/2², …, 1/2⁸.
    assert_slopes(8, &[1, 2, 3, 4, 5, 6, 7, 8].map(|power| 0.5f64.powi(power)));
    // And for 16: 1/2^0.5, 1/2^1, 1/2^1.5, …, 1/2^8.
    let sixteen: Vec<f64> = (1..=16).map(|half| 2f64.powf(-0.5 * f64::from(half))).collect();
    assert_slopes(16, &sixteen);
    assert_slopes(1, &[1.0 / 256.0]);
    assert_slopes(2, &[1.0 / 16.0, 1.0 / 256.0]);
}

#[test]
fn other_numbers_of_heads_have_the_slopes_of_the_authors_code() {
    // Their get_slopes: those of the power of two below, then every other one of the next power.
    assert_slopes(3, &[0.0625, 0.003_906_25, 0.25]);
    assert_slopes(6, &[0.25, 0.0625, 0.015_625, 0.003_906_25, 0.5, 0.125]);
    let twelve = [0.5, 0.25, 0.125, 0.0625, 0.031_25, 0.015_625, 0.007_812_5, 0.003_906_25];
    let root = std::f64::consts::FRAC_1_SQRT_2; // 2^−½
    let more = [root, root / 2.0, root / 4.0, root / 8.0];
    assert_slopes(12, &[&twelve[..], &more].concat());
}

#[test]
fn every_head_has_a_slope_of_its_own() {
    for n_heads in 1..=64 {
        let mut slopes = alibi_slopes(n_heads);
        slopes.sort_by(f64::total_cmp);
        assert_eq!(slopes.len(), n_heads);
        assert!(slopes.windows(2).all(|pair| pair[1] > 1.01 * pair[0]), "{n_heads} heads: {slopes:?}");
        assert!(slopes[0] > 0.0 && slopes[n_heads - 1] < 1.0);
    }
}

#[test]
#[should_panic(expected = "no heads have no slopes")]
fn no_heads_have_no_slopes() {
    alibi_slopes(0);
}

#[test]
fn a_score_loses_its_slope_with_every_place() {
    let biases = alibi_biases(2, 3, &device()); // slopes 1/16 and 1/256
    assert_eq!(biases.dims(), [2, 3, 3]);
    let (a, b) = (1.0 / 16.0, 1.0 / 256.0);
    let expected = [
        [[0.0, -a, -2.0 * a], [-a, 0.0, -a], [-2.0 * a, -a, 0.0]],
        [[0.0, -b, -2.0 * b], [-b, 0.0, -b], [-2.0 * b, -b, 0.0]],
    ];
    assert_eq!(numbers(biases), expected.concat().concat());
}

#[test]
fn where_all_fit_alike_weights_fall_by_the_same_factor_at_every_place() {
    // Queries of zeros: all scores are 0, and what is left is ALiBi's.
    let (n_heads, length, device) = (3, 6, device());
    let mask = Mask::causal(length, &device).and(Mask::alibi(n_heads, length, &device));
    let zeros = Tensor::zeros([1, n_heads, length, 4], &device);
    let weights = numbers(attention_weights(zeros.clone(), zeros, Some(&mask)));
    for (head, slope) in alibi_slopes(n_heads).into_iter().enumerate() {
        for query in 0..length {
            let row = &weights[(head * length + query) * length..][..length];
            let factors = (0..=query).map(|key| (-slope * (query - key) as f64).exp());
            let sum: f64 = factors.clone().sum();
            let expected: Vec<f32> = factors.map(|factor| (factor / sum) as f32).collect();
            assert_close(&row[..=query], &expected);
            assert!(row[query + 1..].iter().all(|weight| *weight == 0.0), "hidden keys stay hidden");
        }
    }
}

#[test]
fn alone_it_hides_nothing() {
    let mask = Mask::alibi(2, 3, &device());
    assert!(!mask.masked().any().into_scalar::<bool>());
    let zeros = Tensor::zeros([1, 2, 3, 4], &device());
    assert!(numbers(attention_weights(zeros.clone(), zeros, Some(&mask))).iter().all(|weight| *weight > 0.0));
}

fn assert_slopes(n_heads: usize, expected: &[f64]) {
    let slopes = alibi_slopes(n_heads);
    let close = slopes.iter().zip(expected).all(|(slope, expected)| (slope - expected).abs() < 1e-9);
    assert!(close && slopes.len() == expected.len(), "{n_heads} heads: {slopes:?} is not {expected:?}");
}
