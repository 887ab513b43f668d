//! One step of AdamW (Loshchilov and Hutter, [Decoupled Weight Decay Regularization](https://arxiv.org/abs/1711.05101)).

use crate::kernels::vector::dispatch;

/// The numbers of one step; `beta_*_power` are β to the power of the step, counted from 1.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Learning rate.
    pub learning_rate: f32,
    /// Share of the first average that is kept.
    pub beta_1: f32,
    /// Share of the second average that is kept.
    pub beta_2: f32,
    /// β₁ᵗ
    pub beta_1_power: f32,
    /// β₂ᵗ
    pub beta_2_power: f32,
    /// Added to the root.
    pub epsilon: f32,
    /// Each parameter loses this share of itself, times the learning rate.
    pub weight_decay: f32,
}

/// m = β₁ m + (1 − β₁) g, v = β₂ v + (1 − β₂) g²,
/// θ = (1 − lr · decay) θ − lr · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε), all in place.
///
/// # Panics
///
/// When the slices differ in length.
pub fn step(step: Step, parameters: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
    let count = parameters.len();
    assert!(
        [gradient.len(), first.len(), second.len()].iter().all(|length| *length == count),
        "a gradient and two averages for each parameter"
    );
    let Step { learning_rate, beta_1, beta_2, beta_1_power, beta_2_power, epsilon, weight_decay } = step;
    let keep = 1.0 - learning_rate * weight_decay;
    dispatch(
        #[inline(always)]
        || {
            for (((parameter, g), m), v) in parameters.iter_mut().zip(gradient).zip(first).zip(second) {
                *m = *m * beta_1 + g * (1.0 - beta_1);
                *v = *v * beta_2 + g * g * (1.0 - beta_2);
                let direction = (*m / (1.0 - beta_1_power)) / ((*v / (1.0 - beta_2_power)).sqrt() + epsilon);
                *parameter = *parameter * keep - learning_rate * direction;
            }
        },
    );
}
