//! Tensors as plain numbers.

use burn::tensor::Tensor;

pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("these tensors hold f32")
}
