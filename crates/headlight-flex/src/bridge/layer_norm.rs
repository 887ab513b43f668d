use std::sync::Arc;

use burn::backend::flex::FlexTensor;
use burn::tensor::Tensor;

use super::extension::{Inputs, Kernel, contiguous, numbers, tensor};
use crate::kernels::layer_norm as kernel;

/// Input `[..., width]`, gamma and beta `[width]`.
#[derive(Clone, Debug)]
struct LayerNormKernel {
    epsilon: f32,
}

/// `None` on other devices.
pub(super) fn layer_norm(input: &Tensor<3>, gamma: &Tensor<1>, beta: &Tensor<1>, epsilon: f32) -> Option<Tensor<3>> {
    let parts = [input.clone().into_dispatch(), gamma.clone().into_dispatch(), beta.clone().into_dispatch()];
    let inputs = Inputs::of(parts)?;
    Some(inputs.apply(LayerNormKernel { epsilon }))
}

impl Kernel<3> for LayerNormKernel {
    /// The input in one piece, and each row's mean and scale.
    type Saved = (FlexTensor, Arc<Vec<[f32; 2]>>);

    fn forward(&self, inputs: &[FlexTensor; 3]) -> (FlexTensor, Self::Saved) {
        let [input, gamma, beta] = inputs.clone().map(contiguous);
        let normed = kernel::forward(numbers(&input), numbers(&gamma), numbers(&beta), self.epsilon);
        let output = tensor(normed.output, input.layout().shape().clone());
        (output, (input, Arc::new(normed.statistics)))
    }

    fn backward(
        &self,
        [_, gamma, _]: &[FlexTensor; 3],
        (input, statistics): Self::Saved,
        upstream: FlexTensor,
    ) -> [FlexTensor; 3] {
        let [gamma, upstream] = [gamma.clone(), upstream].map(contiguous);
        let gradients = kernel::backward(numbers(&input), numbers(&gamma), &statistics, numbers(&upstream));
        let width = gamma.layout().shape().clone();
        [
            tensor(gradients.input, input.layout().shape().clone()),
            tensor(gradients.gamma, width.clone()),
            tensor(gradients.beta, width),
        ]
    }
}
