//! Random tensors for the tests of the bridge, and what is compared of them.

use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Draws tensors, the same for the same seed.
pub struct Draw {
    generator: ChaCha8Rng,
    pub device: Device,
}

impl Draw {
    pub fn new(seed: u64, device: Device) -> Self {
        Self { generator: ChaCha8Rng::seed_from_u64(seed), device }
    }

    /// On flex, with autodiff.
    pub fn tracked(seed: u64) -> Self {
        Self::new(seed, Device::flex().autodiff())
    }

    pub fn tensor<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<D> {
        let numbers = (0..shape.iter().product()).map(|_| self.generator.random_range(-2.0..2.0f32)).collect();
        Tensor::from_data(TensorData::new(numbers, shape), &self.device)
    }
}

/// A loss whose gradient is as good as random, and comes to the output on a view that is neither in order nor upright.
pub fn loss<const D: usize>(output: Tensor<D>) -> Tensor<1> {
    let turned = output.flip([1]).swap_dims(0, D - 2);
    let factors = Draw::new(99, turned.device()).tensor(turned.dims());
    (turned * factors.flip([D - 1])).sum()
}

pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("these tensors hold f32")
}

/// Both sides round differently: they may differ by 1e-5 of the largest number, or of 1 where all is small or cancels.
pub fn assert_close(what: &str, fast: &[f32], plain: &[f32]) {
    assert_eq!(fast.len(), plain.len(), "{what}");
    let magnitude = plain.iter().fold(1.0f32, |largest, number| largest.max(number.abs()));
    for (at, (fast, plain)) in fast.iter().zip(plain).enumerate() {
        assert!((fast - plain).abs() <= 1e-5 * magnitude, "{what}[{at}] is {fast}, and by Burn's own layers {plain}");
    }
}
