//! AdamW against one that is written for a single number, in `f64`.

use crate::oracle::{NEAR, assert_close, random, wide};
use headlight_flex::kernels::adamw::{Step, step};

/// The step of a first use.
const FIRST: Step = Step {
    learning_rate: 1e-2,
    beta_1: 0.9,
    beta_2: 0.999,
    beta_1_power: 0.9,
    beta_2_power: 0.999,
    epsilon: 1e-8,
    weight_decay: 0.1,
};

#[test]
fn ten_steps_are_those_of_one_number_at_a_time() {
    for (seed, count) in (0..).zip([1, 3, 15, 16, 17, 21, 33, 65, 1000]) {
        for settings in [FIRST, Step { beta_1: 0.5, beta_2: 0.9, epsilon: 1e-2, weight_decay: 0.0, ..FIRST }] {
            let mut parameter = random(seed, count);
            let [mut first, mut second] = [vec![0.0; count], vec![0.0; count]];
            let mut expected: Vec<Scalar> = wide(&parameter).into_iter().map(Scalar::new).collect();

            for t in 1..=10 {
                let settings = at_step(t, settings);
                let gradient = random(seed + 100 * t as u64, count);
                step(settings, &mut parameter, &gradient, &mut first, &mut second);
                expected.iter_mut().zip(wide(&gradient)).for_each(|(scalar, gradient)| scalar.step(settings, gradient));

                let what = |what| format!("{what} of {count} after {t} steps");
                let column = |get: fn(&Scalar) -> f64| expected.iter().map(get).collect::<Vec<f64>>();
                assert_close(&what("θ"), &parameter, &column(|scalar| scalar.parameter), NEAR);
                assert_close(&what("m"), &first, &column(|scalar| scalar.first), NEAR);
                assert_close(&what("v"), &second, &column(|scalar| scalar.second), NEAR);
            }
        }
    }
}

#[test]
fn the_first_step_is_as_long_as_the_learning_rate() {
    // However small the gradient: the two averages, freed of their start at 0, cancel to its sign.
    let settings = Step { weight_decay: 0.0, ..FIRST };
    let mut parameter = [0.0; 4];
    step(settings, &mut parameter, &[1e-2, -1e-2, 3.0, -1e6], &mut [0.0; 4], &mut [0.0; 4]);
    // ε is a millionth of the smallest gradient.
    assert_close("θ", &parameter, &[-1e-2, 1e-2, -1e-2, 1e-2], 2e-6);
}

#[test]
fn without_a_gradient_a_parameter_decays_and_does_not_move_otherwise() {
    let mut parameter = [2.0, -3.0, 0.0];
    step(FIRST, &mut parameter, &[0.0; 3], &mut [0.0; 3], &mut [0.0; 3]);
    assert_close("θ", &parameter, &[2.0 * 0.999, -3.0 * 0.999, 0.0], 1e-7);
    step(Step { weight_decay: 0.0, ..FIRST }, &mut parameter, &[0.0; 3], &mut [0.0; 3], &mut [0.0; 3]);
    assert_close("θ", &parameter, &[2.0 * 0.999, -3.0 * 0.999, 0.0], 1e-7);
}

#[test]
fn a_parameter_that_is_nan_spoils_no_other() {
    let mut parameter = [1.0; 33];
    let mut gradient = [1.0; 33];
    gradient[20] = f32::NAN;
    step(FIRST, &mut parameter, &gradient, &mut [0.0; 33], &mut [0.0; 33]);
    assert!((0..33).all(|at| parameter[at].is_nan() == (at == 20)));
}

#[test]
#[should_panic(expected = "a gradient and two averages for each parameter")]
fn an_average_of_another_length_is_refused() {
    step(FIRST, &mut [0.0; 3], &[0.0; 3], &mut [0.0; 3], &mut [0.0; 2]);
}

#[test]
#[should_panic(expected = "a gradient and two averages for each parameter")]
fn a_gradient_of_another_length_is_refused() {
    step(FIRST, &mut [0.0; 3], &[0.0; 4], &mut [0.0; 3], &mut [0.0; 3]);
}

fn at_step(t: i32, settings: Step) -> Step {
    // Not the f32's own powers, which drift.
    let power = |beta: f32| f64::from(beta).powi(t) as f32;
    Step { beta_1_power: power(settings.beta_1), beta_2_power: power(settings.beta_2), ..settings }
}

struct Scalar {
    parameter: f64,
    first: f64,
    second: f64,
}

impl Scalar {
    fn new(parameter: f64) -> Self {
        Self { parameter, first: 0.0, second: 0.0 }
    }

    /// Algorithm 2 of Loshchilov and Hutter, with the learning rate on both terms, as PyTorch does.
    fn step(&mut self, settings: Step, gradient: f64) {
        let [learning_rate, beta_1, beta_2] = [settings.learning_rate, settings.beta_1, settings.beta_2].map(f64::from);
        let [epsilon, weight_decay] = [settings.epsilon, settings.weight_decay].map(f64::from);
        self.first = beta_1 * self.first + (1.0 - beta_1) * gradient;
        self.second = beta_2 * self.second + (1.0 - beta_2) * gradient * gradient;
        let first = self.first / (1.0 - f64::from(settings.beta_1_power));
        let second = self.second / (1.0 - f64::from(settings.beta_2_power));
        self.parameter -= learning_rate * weight_decay * self.parameter;
        self.parameter -= learning_rate * first / (second.sqrt() + epsilon);
    }
}
