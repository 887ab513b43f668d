use burn::backend::flex::FlexTensor;
use burn::nn::Linear;
use burn::tensor::Tensor;

use super::extension::{Inputs, Kernel, contiguous, numbers, plain, tensor};
use crate::kernels::{Activation, Matrix, linear as kernel};

/// Input `[..., d_input]`, weight `[d_input, d_output]`, bias `[d_output]`.
#[derive(Clone, Debug)]
struct LinearKernel(Activation);

/// `None` on other devices.
pub(super) fn linear(layer: &Linear, input: &Tensor<3>, activation: Activation) -> Option<Tensor<3>> {
    Some(inputs(layer, input)?.apply(LinearKernel(activation)))
}

/// For activations that have no backward pass here: `None` on other devices, and where a gradient is asked for.
pub(super) fn linear_without_gradient(layer: &Linear, input: &Tensor<3>, activation: Activation) -> Option<Tensor<3>> {
    let inputs = inputs(layer, input)?.without_gradient()?;
    Some(plain(LinearKernel(activation).forward(&inputs).0))
}

/// Input, weight and bias; a layer without a bias has zeros.
fn inputs(layer: &Linear, input: &Tensor<3>) -> Option<Inputs<3>> {
    let weight = layer.weight.val();
    let bias = match &layer.bias {
        Some(bias) => bias.val(),
        None => Tensor::zeros([weight.dims()[1]], &input.device()),
    };
    Inputs::of([input.clone().into_dispatch(), weight.into_dispatch(), bias.into_dispatch()])
}

impl Kernel<3> for LinearKernel {
    /// The input in one piece, and the output where the gradient depends on it.
    type Saved = (FlexTensor, Option<FlexTensor>);

    fn forward(&self, [input, weight, bias]: &[FlexTensor; 3]) -> (FlexTensor, Self::Saved) {
        let [input, bias] = [input, bias].map(|tensor| contiguous(tensor.clone()));
        let mut shape = input.layout().shape().clone();
        let output = kernel::forward(rows(&input), matrix(weight), numbers(&bias), self.0);
        let last = shape.num_dims() - 1;
        shape[last] = bias.layout().num_elements();
        let output = tensor(output, shape);
        let kept = (self.0 == Activation::Relu).then(|| output.clone());
        (output, (input, kept))
    }

    fn backward(
        &self,
        [_, weight, bias]: &[FlexTensor; 3],
        (input, output): Self::Saved,
        upstream: FlexTensor,
    ) -> [FlexTensor; 3] {
        let mut upstream = contiguous(upstream);
        if let Some(output) = output {
            let (start, end) = upstream.layout().contiguous_offsets().expect("in one piece");
            // A copy, where somebody else holds it, too.
            kernel::pass_relu(&mut upstream.storage_mut()[start..end], numbers(&output));
        }
        let gradients = kernel::backward(rows(&input), matrix(weight), numbers(&upstream));
        [
            tensor(gradients.input, input.layout().shape().clone()),
            tensor(gradients.weight, weight.layout().shape().clone()),
            tensor(gradients.bias, bias.layout().shape().clone()),
        ]
    }
}

/// `[..., d_input]` as `[rows, d_input]`.
fn rows(tensor: &FlexTensor) -> Matrix<'_> {
    let shape = tensor.layout().shape();
    let width = shape[shape.num_dims() - 1];
    let numbers = numbers(tensor);
    Matrix::new(numbers, [numbers.len() / width, width])
}

/// A weight, which may be a transposed view of another.
fn matrix(tensor: &FlexTensor) -> Matrix<'_> {
    let layout = tensor.layout();
    let strides =
        [layout.strides()[0], layout.strides()[1]].map(|stride| stride.try_into().expect("weights are not flipped"));
    Matrix::strided(&tensor.storage()[layout.start_offset()..], [layout.shape()[0], layout.shape()[1]], strides)
}
