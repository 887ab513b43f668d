use burn::tensor::{Tensor, TensorData};
use rand::RngExt;

use crate::init::keyed_generator;

/// Where a dropout mask comes from: equal keys give equal masks, whatever else runs in the process.
///
/// Burn draws dropout from one generator for the whole process, so that two trainings side by side change each other's
/// numbers. Ours is a function of the seed, the step, the replica and the site in the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DropoutKey {
    /// The run's seed.
    pub seed: u64,
    /// The training step.
    pub step: u64,
    /// Which part of the batch this replica of the model works on.
    pub shard: u32,
    /// The site in the model; [`Transformer`](crate::Transformer) numbers its own.
    pub site: u32,
}

/// Dropout with a mask drawn from a [`DropoutKey`]; without a key, as in evaluation, it does nothing.
///
/// Srivastava et al., [Dropout](https://jmlr.org/papers/v15/srivastava14a.html); kept values are divided by the share
/// kept.
#[derive(Clone, Debug)]
pub struct Dropout {
    probability: f64,
    key: Option<DropoutKey>,
}

impl Dropout {
    /// Drops each value with `probability` once it has a key.
    ///
    /// # Panics
    ///
    /// When `probability` is not in `[0, 1)`.
    pub fn new(probability: f64) -> Self {
        assert!((0.0..1.0).contains(&probability), "dropout {probability} is not in [0, 1)");
        Self { probability, key: None }
    }

    /// This dropout for one training step.
    pub fn with_key(self, key: DropoutKey) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Whether [`forward`](Self::forward) drops anything.
    pub fn is_active(&self) -> bool {
        self.key.is_some() && self.probability > 0.0
    }

    /// Drops values, or returns the input unchanged where there is no key or nothing to drop.
    ///
    /// # Shapes
    ///
    /// - input, output: `[...]`, the same
    pub fn forward<const D: usize>(&self, input: Tensor<D>) -> Tensor<D> {
        let Some(key) = self.key.filter(|_| self.probability > 0.0) else {
            return input;
        };
        let mut generator = keyed_generator([key.seed, key.step, u64::from(key.shard), u64::from(key.site)]);
        let kept = (1.0 / (1.0 - self.probability)) as f32;
        let shape = input.shape();
        let factors: Vec<f32> = (0..shape.num_elements())
            .map(|_| if generator.random_bool(self.probability) { 0.0 } else { kept })
            .collect();
        let factors = Tensor::from_data(TensorData::new(factors, shape), &input.device());
        input * factors
    }
}
