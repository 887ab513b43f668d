//! Rows of mean 0 and variance 1, and the way back, against the formulas in `f64`.

use crate::oracle::{NEAR, assert_close, random, wide};
use crate::slopes::slopes;
use headlight_flex::kernels::layer_norm::{backward, forward};

const EPSILON: f32 = 1e-5;

#[test]
fn values_and_gradients_are_the_formulas() {
    for (seed, (rows, width)) in (0..)
        .zip([1, 3, 17].into_iter().flat_map(|rows| [1, 3, 15, 16, 17, 21, 33, 64, 65, 256].map(|width| (rows, width))))
    {
        Case::new(rows, width, seed).check(NEAR);
    }
}

#[test]
fn a_row_far_from_zero_keeps_its_spread() {
    // A variance by E(x²) − E(x)² would have no digit left. The mean itself is rounded: 1000 · 2⁻²⁴ of a spread of 1, ten times
    // for the many steps.
    let mut case = Case::new(5, 65, 40);
    case.input.iter_mut().for_each(|x| *x += 1000.0);
    case.check(6e-4);
}

#[test]
fn epsilon_counts_where_the_spread_is_small() {
    let mut case = Case::new(5, 33, 50);
    case.input.iter_mut().for_each(|x| *x *= 1e-3);
    case.check(NEAR);
    case.epsilon = 1e-3;
    case.check(NEAR);
}

#[test]
fn gradients_are_the_slopes_of_the_loss() {
    let case = Case::new(3, 5, 60);
    let (gradients, _) = case.gradients();
    let (input, gamma, beta) = (wide(&case.input), wide(&case.gamma), wide(&case.beta));
    let loss = |input: &[f64], gamma: &[f64], beta: &[f64]| {
        let output = case.output_of(input, gamma, beta);
        output.iter().zip(wide(&case.upstream)).map(|(y, upstream)| y * upstream).sum::<f64>()
    };
    assert_close("∂x", &gradients[0], &slopes(&input, |input| loss(input, &gamma, &beta)), NEAR);
    assert_close("∂γ", &gradients[1], &slopes(&gamma, |gamma| loss(&input, gamma, &beta)), NEAR);
    assert_close("∂β", &gradients[2], &slopes(&beta, |beta| loss(&input, &gamma, beta)), NEAR);
}

#[test]
fn rows_without_a_spread_become_beta() {
    for width in [1, 3, 17, 65] {
        let mut case = Case::new(3, width, 70);
        // A whole number, so that the mean is exact.
        case.input.fill(3.0);
        assert_eq!(case.forward(), case.beta.repeat(3));
        let ([input, gamma, _], _) = case.gradients();
        assert!(input.iter().all(|number| number.is_finite()));
        assert!(gamma.iter().all(|number| *number == 0.0));
    }
}

#[test]
fn the_way_back_is_at_right_angles_to_what_the_norm_forgets() {
    // Neither moving all of a row nor stretching it (but for ε) changes the output, so the gradient has no part in those
    // directions.
    let mut case = Case::new(9, 33, 80);
    case.epsilon = 0.0;
    let ([input, ..], _) = case.gradients();
    for (gradient, x) in input.chunks(33).zip(case.input.chunks(33)) {
        let moved: f64 = gradient.iter().copied().map(f64::from).sum();
        let stretched: f64 = gradient.iter().zip(x).map(|(gradient, x)| f64::from(gradient * x)).sum();
        assert!(moved.abs() < 1e-5 && stretched.abs() < 1e-5, "{moved} and {stretched}");
    }
}

#[test]
fn nan_comes_out_as_nan_in_its_row_alone() {
    let mut case = Case::new(3, 17, 90);
    case.input[17 + 4] = f32::NAN;
    assert!(case.forward().iter().enumerate().all(|(at, y)| y.is_nan() == (at / 17 == 1)));
    let ([input, gamma, beta], _) = case.gradients();
    assert!(input.iter().enumerate().all(|(at, number)| number.is_nan() == (at / 17 == 1)));
    assert!(gamma.iter().all(|number| number.is_nan()) && beta.iter().all(|number| number.is_finite()));
}

#[test]
fn no_rows_give_no_output() {
    let normed = forward(&[], &[1.0; 3], &[0.0; 3], EPSILON);
    assert!(normed.output.is_empty() && normed.statistics.is_empty());
}

#[test]
#[should_panic(expected = "rows of 3")]
fn half_a_row_is_refused() {
    forward(&[0.0; 7], &[1.0; 3], &[0.0; 3], EPSILON);
}

#[test]
#[should_panic(expected = "rows of 3")]
fn a_beta_of_another_width_is_refused() {
    forward(&[0.0; 6], &[1.0; 3], &[0.0; 2], EPSILON);
}

#[test]
#[should_panic(expected = "a gradient for each number of the output")]
fn an_upstream_gradient_of_another_length_is_refused() {
    backward(&[0.0; 6], &[1.0; 3], &[[0.0, 1.0]; 2], &[0.0; 5]);
}

struct Case {
    rows: usize,
    width: usize,
    epsilon: f32,
    input: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    upstream: Vec<f32>,
}

impl Case {
    fn new(rows: usize, width: usize, seed: u64) -> Self {
        let [input, gamma, beta, upstream] = [rows * width, width, width, rows * width];
        Self {
            rows,
            width,
            epsilon: EPSILON,
            input: random(seed, input),
            gamma: random(seed + 1000, gamma),
            beta: random(seed + 2000, beta),
            upstream: random(seed + 3000, upstream),
        }
    }

    fn forward(&self) -> Vec<f32> {
        forward(&self.input, &self.gamma, &self.beta, self.epsilon).output
    }

    /// Gradients of input, gamma and beta, and the statistics that they were made with.
    fn gradients(&self) -> ([Vec<f32>; 3], Vec<[f32; 2]>) {
        let statistics = forward(&self.input, &self.gamma, &self.beta, self.epsilon).statistics;
        let gradients = backward(&self.input, &self.gamma, &statistics, &self.upstream);
        ([gradients.input, gradients.gamma, gradients.beta], statistics)
    }

    fn check(&self, tolerance: f64) {
        let what = |what| format!("{what} of {} × {}", self.rows, self.width);
        let (input, gamma, beta) = (wide(&self.input), wide(&self.gamma), wide(&self.beta));
        assert_close(&what("y"), &self.forward(), &self.output_of(&input, &gamma, &beta), tolerance);

        let (gradients, statistics) = self.gradients();
        let expected = self.expected_gradients(&input, &gamma);
        for (name, (found, expected)) in ["∂x", "∂γ", "∂β"].into_iter().zip(gradients.iter().zip(&expected)) {
            assert_close(&what(name), found, expected, tolerance);
        }
        let expected = input.chunks(self.width).flat_map(|row| self.statistics(row)).collect::<Vec<f64>>();
        assert_close(&what("statistics"), statistics.as_flattened(), &expected, tolerance);
    }

    /// Mean and 1 / √(variance + ε).
    fn statistics(&self, row: &[f64]) -> [f64; 2] {
        let width = self.width as f64;
        let mean = row.iter().sum::<f64>() / width;
        let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / width;
        [mean, 1.0 / (variance + f64::from(self.epsilon)).sqrt()]
    }

    fn output_of(&self, input: &[f64], gamma: &[f64], beta: &[f64]) -> Vec<f64> {
        let mut output = Vec::new();
        for row in input.chunks(self.width) {
            let [mean, scale] = self.statistics(row);
            for at in 0..self.width {
                output.push((row[at] - mean) * scale * gamma[at] + beta[at]);
            }
        }
        output
    }

    /// ∂x, ∂γ, ∂β. With x̂ for a normalised number, ∂xᵢ = Σⱼ ∂yⱼ γⱼ ∂x̂ⱼ/∂xᵢ and ∂x̂ⱼ/∂xᵢ = scale · ([i = j] − (1 + x̂ᵢ x̂ⱼ) / width).
    fn expected_gradients(&self, input: &[f64], gamma: &[f64]) -> [Vec<f64>; 3] {
        let width = self.width;
        let (mut d_input, mut d_gamma, mut d_beta) = (vec![0.0; input.len()], vec![0.0; width], vec![0.0; width]);
        for row in 0..self.rows {
            let x = &input[row * width..][..width];
            let upstream = wide(&self.upstream[row * width..][..width]);
            let [mean, scale] = self.statistics(x);
            let normed: Vec<f64> = x.iter().map(|x| (x - mean) * scale).collect();
            for j in 0..width {
                d_gamma[j] += upstream[j] * normed[j];
                d_beta[j] += upstream[j];
                for i in 0..width {
                    let same = if i == j { 1.0 } else { 0.0 };
                    let slope = scale * (same - (1.0 + normed[i] * normed[j]) / width as f64);
                    d_input[row * width + i] += upstream[j] * gamma[j] * slope;
                }
            }
        }
        [d_input, d_gamma, d_beta]
    }
}
