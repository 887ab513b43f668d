//! Sinusoidal positions against the formula, PE(pos, 2i) = sin(pos / 10000^(2i / d_model)) and cosines beside them.

mod device;

use burn::tensor::Tensor;
use device::device;
use headlight_model::sinusoidal_positions;

#[test]
fn the_numbers_are_the_papers() {
    // d_model = 4: wavelengths 2π · 10000^0 = 2π and 2π · 10000^(2/4) = 2π · 100.
    let positions = rows(sinusoidal_positions(101, 4, &device()));
    assert_close(&positions[0], &[0.0, 1.0, 0.0, 1.0]); // sin 0, cos 0, sin 0, cos 0
    assert_close(&positions[1], &[0.841_471, 0.540_302, 0.010_000, 0.999_950]); // sin 1, cos 1, sin 0.01, cos 0.01
    assert_close(&positions[3], &[0.141_120, -0.989_992, 0.029_996, 0.999_550]); // sin 3, cos 3, sin 0.03, cos 0.03
    assert_close(&positions[100], &[-0.506_366, 0.862_319, 0.841_471, 0.540_302]); // sin 100, cos 100, sin 1, cos 1

    // d_model = 6: the second pair turns by 1 / 10000^(2/6) = 1 / 21.544347 = 0.046416 a place, the third by 0.002154.
    let positions = rows(sinusoidal_positions(2, 6, &device()));
    assert_close(&positions[1], &[0.841_471, 0.540_302, 0.046_399, 0.998_923, 0.002_154, 0.999_998]);
}

#[test]
fn how_alike_two_places_are_depends_on_their_distance_alone() {
    let d_model = 16;
    let positions = rows(sinusoidal_positions(60, d_model, &device()));
    for distance in [0, 1, 2, 7, 31] {
        // sin a sin b + cos a cos b = cos(a − b), summed over the pairs.
        let expected: f64 = (0..d_model / 2)
            .map(|pair| (distance as f64 / 10_000f64.powf(2.0 * pair as f64 / d_model as f64)).cos())
            .sum();
        for place in 0..positions.len() - distance {
            let dot: f32 = positions[place].iter().zip(&positions[place + distance]).map(|(a, b)| a * b).sum();
            assert!((f64::from(dot) - expected).abs() < 1e-5, "place {place}, {distance} on: {dot} is not {expected}");
        }
    }
}

#[test]
fn no_two_places_are_alike() {
    let positions = rows(sinusoidal_positions(512, 8, &device()));
    for (at, place) in positions.iter().enumerate() {
        for other in &positions[..at] {
            assert!(place.iter().zip(other).any(|(a, b)| (a - b).abs() > 1e-4));
        }
    }
}

#[test]
fn a_longer_table_begins_with_the_shorter() {
    let [short, long] = [5, 50].map(|length| rows(sinusoidal_positions(length, 12, &device())));
    assert_eq!(short, long[..5]);
}

#[test]
#[should_panic(expected = "even width, and d_model is 9")]
fn an_odd_width_is_refused() {
    sinusoidal_positions(3, 9, &device());
}

fn rows(table: Tensor<2>) -> Vec<Vec<f32>> {
    let [_, d_model] = table.dims();
    let numbers: Vec<f32> = table.into_data().try_into_vec().expect("the table holds f32");
    numbers.chunks(d_model).map(<[_]>::to_vec).collect()
}

fn assert_close(found: &[f32], expected: &[f32]) {
    let close = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= 1e-6);
    assert!(close && found.len() == expected.len(), "{found:?} is not {expected:?}");
}
