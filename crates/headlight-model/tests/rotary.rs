//! Rotary positions against the paper's formulas, Burn's own, and what they are for: only distances count.

mod closeness;
mod device;
mod numbers;

use burn::nn::RotaryEncodingConfig;
use burn::tensor::{Tensor, TensorData};
use closeness::assert_close;
use device::device;
use headlight_device::DeviceName;
use headlight_model::{
    Mask, MultiHeadAttentionConfig, Pairing, Rotary, attention_weights, rotary_angles, rotate, sinusoidal_positions,
};
use numbers::numbers;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[test]
fn the_angles_are_the_papers() {
    // d_head = 4: θ₁ = 10000^0 = 1 and θ₂ = 10000^(−2/4) = 0.01 radians a place.
    let angles = rotary_angles(4, 4, &device());
    assert_close(&numbers(angles), &[0.0, 0.0, 1.0, 0.01, 2.0, 0.02, 3.0, 0.03]);
    // d_head = 6: 1, 10000^(−1/3) = 0.046416 and 10000^(−2/3) = 0.002154.
    assert_close(&numbers(rotary_angles(2, 6, &device()))[3..], &[1.0, 0.046_416, 0.002_154]);
}

#[test]
fn sinusoidal_positions_hold_their_sines_and_cosines() {
    let angles = numbers(rotary_angles(30, 8, &device()));
    let expected: Vec<f32> = angles.iter().flat_map(|angle| [angle.sin(), angle.cos()]).collect();
    assert_close(&numbers(sinusoidal_positions(30, 8, &device())), &expected);
}

#[test]
fn each_pair_is_turned_like_a_number_of_the_plane() {
    // (1, 0) and (0, 1), turned by 3 radians at place 3: (cos 3, sin 3) and (−sin 3, cos 3). The second pair by 0.03.
    let heads = Tensor::from_data([[[[1.0, 0.0, 1.0, 0.0]], [[0.0, 1.0, 0.0, 1.0]]]], &device());
    let turned = numbers(rotate(heads, 3));
    let expected = [-0.989_992, 0.141_120, 0.999_550, 0.029_996, -0.141_120, -0.989_992, -0.029_996, 0.999_550];
    assert_close(&turned, &expected);

    // At random: multiplication by e^{iθ}, written out in f64.
    let [batch_size, n_heads, seq_length, d_head, first] = [2, 3, 7, 10, 40];
    let heads = random([batch_size, n_heads, seq_length, d_head], 1);
    let before = numbers(heads.clone());
    let after = numbers(rotate(heads, first));
    for (at, (pair, turned)) in before.chunks(2).zip(after.chunks(2)).enumerate() {
        let (place, pair_index) = (first + at / (d_head / 2) % seq_length, at % (d_head / 2));
        let theta = 10_000f64.powf(-2.0 * pair_index as f64 / d_head as f64);
        let (sin, cos) = (place as f64 * theta).sin_cos();
        let [x, y] = [pair[0], pair[1]].map(f64::from);
        assert_close(turned, &[(x * cos - y * sin) as f32, (x * sin + y * cos) as f32]);
    }
}

#[test]
fn burn_turns_them_the_same_way() {
    // Burn's on a processor: it takes its sines on the device, and Vulkan asks no more than 2⁻¹¹ of a card's. Ours come from the
    // processor always.
    let processor = DeviceName::default().open().expect("the default device");
    let burns = RotaryEncodingConfig::new(64, 8).init(&processor);
    for first in [0, 1, 50] {
        let heads = random([2, 3, 6, 8], first as u64);
        let turned = burns.apply(Tensor::<4>::from_data(heads.to_data(), &processor), first);
        assert_close(&numbers(rotate(heads, first)), &numbers(turned));
    }
}

#[test]
fn scores_depend_on_the_distance_only() {
    let (query, key) = (random([2, 3, 5, 8], 1), random([2, 3, 9, 8], 2));
    let scores = |first_query: usize, first_key: usize| {
        numbers(rotate(query.clone(), first_query).matmul(rotate(key.clone(), first_key).transpose()))
    };
    let here = scores(4, 0);
    for shift in [1, 7, 300] {
        assert_close(&scores(4 + shift, shift), &here);
    }
    // And on the distance they do depend.
    let apart = scores(5, 0);
    assert!(here.iter().zip(&apart).filter(|(here, apart)| (*here - *apart).abs() > 1e-2).count() > here.len() / 2);
}

#[test]
fn lengths_stay_and_place_0_turns_nothing() {
    let heads = random([1, 2, 6, 8], 3);
    let turned = rotate(heads.clone(), 0);
    assert_close(&numbers(turned.clone().square().sum_dim(3)), &numbers(heads.clone().square().sum_dim(3)));
    assert_eq!(numbers(turned.narrow(2, 0, 1)), numbers(heads.narrow(2, 0, 1)));
}

#[test]
fn attention_turns_queries_and_keys_and_no_values() {
    let config = MultiHeadAttentionConfig::new(12, 3);
    let plain = config.init(&device());
    let rotary = MultiHeadAttentionConfig { rotary: true, ..config }.init(&device());
    let x = random([2, 5, 12], 4);
    let mask = Mask::causal(5, &device());
    let (output, weights) = rotary.forward_with_attention(x.clone(), x.clone(), x.clone(), Some(&mask));

    let heads = |projected: Tensor<3>| projected.reshape([2, 5, 3, 4]).swap_dims(1, 2);
    let [query, key] = [&plain.query, &plain.key].map(|layer| rotate(heads(layer.forward(x.clone())), 0));
    let expected = attention_weights(query, key, Some(&mask));
    assert_close(&numbers(weights), &numbers(expected.clone()));

    let context = expected.matmul(heads(plain.value.forward(x.clone()))).swap_dims(1, 2).reshape([2, 5, 12]);
    let expected = numbers(plain.output.forward(context));
    assert_close(&numbers(output), &expected);
    assert_close(&numbers(rotary.forward(x.clone(), x.clone(), x, Some(&mask))), &expected);
}

#[test]
#[should_panic(expected = "with rotary positions the queries are the last of the keys")]
fn more_queries_than_keys_have_no_positions() {
    let config = MultiHeadAttentionConfig::new(12, 3);
    let rotary = MultiHeadAttentionConfig { rotary: true, ..config }.init(&device());
    let [x, source] = [5, 4].map(|length| random([1, length, 12], 5));
    rotary.forward(x, source.clone(), source, None);
}

fn random<const D: usize>(shape: [usize; D], seed: u64) -> Tensor<D> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let numbers = (0..shape.iter().product()).map(|_| generator.random_range(-1.0..1.0f32)).collect();
    Tensor::from_data(TensorData::new(numbers, shape), &device())
}

#[test]
fn halves_are_pairs_of_features_that_stand_apart() {
    // Feature i of the first half and its counterpart in the second are the real and the imaginary part; beyond the width nothing rotates.
    let (width, d_head, base, first) = (6, 8, 500.0, 11);
    let rotary = Rotary::of_base(width, base);
    assert_rotates(
        &rotary,
        d_head,
        first,
        |pair| [pair, pair + width / 2],
        |pair| base.powf(-2.0 * pair as f64 / width as f64),
    );
}

#[test]
fn a_pair_can_rotate_as_slowly_as_one_likes() {
    let rotary = Rotary { positions_per_radian: vec![2.0, 300.0], pairing: Pairing::Neighbours };
    assert_rotates(&rotary, 5, 0, |pair| [2 * pair, 2 * pair + 1], |pair| [1.0 / 2.0, 1.0 / 300.0][pair]);
    let rotary = Rotary { positions_per_radian: vec![2.0, 300.0], pairing: Pairing::Halves };
    assert_rotates(&rotary, 4, 7, |pair| [pair, pair + 2], |pair| [1.0 / 2.0, 1.0 / 300.0][pair]);
}

/// Each pair is multiplied by e^{iθ}, written out in f64, with θ = position · speed; the other features stay as they are.
fn assert_rotates(
    rotary: &Rotary,
    d_head: usize,
    first: usize,
    features: impl Fn(usize) -> [usize; 2],
    speed: impl Fn(usize) -> f64,
) {
    let [batch_size, n_heads, seq_length] = [2, 3, 5];
    let heads = random([batch_size, n_heads, seq_length, d_head], 6);
    let before = numbers(heads.clone());
    let after = numbers(rotary.rotate(heads, first));
    for (at, (before, after)) in before.chunks(d_head).zip(after.chunks(d_head)).enumerate() {
        let position = (first + at % seq_length) as f64;
        let mut expected = before.to_vec();
        for pair in 0..rotary.positions_per_radian.len() {
            let ([real, imaginary], (sin, cos)) = (features(pair), (position * speed(pair)).sin_cos());
            let [x, y] = [before[real], before[imaginary]].map(f64::from);
            expected[real] = (x * cos - y * sin) as f32;
            expected[imaginary] = (x * sin + y * cos) as f32;
        }
        assert_close(after, &expected);
    }
}
