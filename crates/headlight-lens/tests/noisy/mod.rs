//! Models whose norms and biases are not what they are at first.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Distribution, Tensor};
use headlight_device::DeviceName;
use headlight_model::{Transformer, TransformerConfig};

/// A fresh model, and noise on every parameter.
pub fn noisy(config: &TransformerConfig) -> Transformer {
    device().seed(7);
    config.init(&device()).map(&mut Noise)
}

pub fn device() -> Device {
    DeviceName::default().open().expect("the processor is there")
}

struct Noise;

impl ModuleMapper for Noise {
    fn map_float<const D: usize>(&mut self, parameter: Param<Tensor<D>>) -> Param<Tensor<D>> {
        parameter.map(|tensor| {
            let noise = tensor.random_like(Distribution::Normal(0.0, 0.3));
            tensor + noise
        })
    }
}
