use std::sync::Arc;

use burn::backend::flex::FlexTensor;
use burn::backend::{BackendTensor, DispatchTensorKind};
use burn::tensor::Tensor;

use super::extension::{Inputs, Kernel, plain, strided_tensor, tensor, upright};
use super::mask::MaskTensors;
use crate::kernels::attention::{self as kernel, Cells, Heads, Masking};

/// Query, key and value, `[batch_size, n_heads, seq_length, d_head]`, wherever their elements lie.
#[derive(Clone, Debug)]
struct AttentionKernel {
    causal: bool,
    /// Broadcast to `[batch_size, n_heads, queries, keys]`, 1 is masked.
    masked: Option<FlexTensor>,
    /// Broadcast as well, added to the scores.
    added: Option<FlexTensor>,
}

/// `None` on other devices, for tensors without an element, and where the numbers that a mask adds are themselves learned.
pub(super) fn attention(
    query: &Tensor<4>,
    key: &Tensor<4>,
    value: &Tensor<4>,
    mask: MaskTensors<'_>,
) -> Option<Tensor<4>> {
    let [batch_size, n_heads, queries, _] = query.dims();
    let [_, _, keys, _] = key.dims();
    if [query, key, value].iter().any(|tensor| tensor.shape().num_elements() == 0) {
        return None;
    }
    let kernel = AttentionKernel::new(mask, [batch_size, n_heads, queries, keys])?;
    let inputs = Inputs::of([query, key, value].map(|tensor| tensor.clone().into_dispatch()))?;
    Some(inputs.apply(kernel))
}

/// `None` as [`attention`], and where a gradient is asked for.
pub(super) fn weights(query: &Tensor<4>, key: &Tensor<4>, mask: MaskTensors<'_>) -> Option<Tensor<4>> {
    let [batch_size, n_heads, queries, _] = query.dims();
    let [_, _, keys, _] = key.dims();
    if [query, key].iter().any(|tensor| tensor.shape().num_elements() == 0) {
        return None;
    }
    let shape = [batch_size, n_heads, queries, keys];
    let kernel = AttentionKernel::new(mask, shape)?;
    let [query, key] = Inputs::of([query, key].map(|tensor| tensor.clone().into_dispatch()))?.without_gradient()?;
    Some(plain(tensor(kernel::weights(&heads(&query), &heads(&key), kernel.masking()), shape)))
}

impl AttentionKernel {
    fn new(mask: MaskTensors<'_>, shape: [usize; 4]) -> Option<Self> {
        let masked = match mask.masked {
            None => None,
            // Autodiff or not, flags are the same primitive.
            Some(masked) => match masked.clone().expand(shape).into_dispatch().kind {
                DispatchTensorKind::Flex(BackendTensor::Bool(masked)) => Some(upright(masked)),
                _ => return None,
            },
        };
        let added = match mask.added {
            None => None,
            Some(added) => match Inputs::of([added.clone().expand(shape).into_dispatch()])? {
                Inputs::Plain([added]) => Some(upright(added)),
                Inputs::Tracked([added], _) if !added.is_tracked() => Some(upright(added.into_primitive())),
                Inputs::Tracked(..) => return None,
            },
        };
        Some(Self { causal: mask.causal, masked, added })
    }

    fn masking(&self) -> Masking<'_> {
        Masking {
            causal: self.causal,
            masked: self.masked.as_ref().map(|tensor| cells(tensor, tensor.bytes())),
            added: self.added.as_ref().map(|tensor| cells(tensor, tensor.storage())),
        }
    }
}

impl Kernel<3> for AttentionKernel {
    /// The context, and what the kernel keeps of each row of attention weights.
    type Saved = (FlexTensor, Arc<Vec<f32>>);

    fn forward(&self, inputs: &[FlexTensor; 3]) -> (FlexTensor, Self::Saved) {
        let [query, key, value] = inputs.each_ref().map(heads);
        let context = kernel::forward(&query, &key, &value, self.masking());
        let shape = [query.shape[0], query.shape[1], query.shape[2], value.shape[3]];
        let output = strided_tensor(context.data, shape, context.layout.strides(shape));
        (output.clone(), (output, Arc::new(context.kept)))
    }

    fn backward(&self, inputs: &[FlexTensor; 3], (output, kept): Self::Saved, upstream: FlexTensor) -> [FlexTensor; 3] {
        let [query, key, value] = inputs.each_ref().map(heads);
        let (output, upstream) = (heads(&output), upright(upstream));
        let gradients = kernel::backward([&query, &key, &value], self.masking(), &output, &kept, &heads(&upstream));
        let layout = gradients.layout;
        [(gradients.query, query.shape), (gradients.key, key.shape), (gradients.value, value.shape)]
            .map(|(gradient, shape)| strided_tensor(gradient, shape, layout.strides(shape)))
    }
}

fn heads(tensor: &FlexTensor) -> Heads<'_> {
    let shape = std::array::from_fn(|axis| tensor.layout().shape()[axis]);
    Heads { data: &tensor.storage()[tensor.layout().start_offset()..], shape, strides: strides(tensor) }
}

/// The cells of a mask, from its first on.
fn cells<'a, T>(tensor: &FlexTensor, numbers: &'a [T]) -> Cells<'a, T> {
    Cells { data: &numbers[tensor.layout().start_offset()..], strides: strides(tensor) }
}

fn strides(tensor: &FlexTensor) -> [usize; 4] {
    std::array::from_fn(|axis| tensor.layout().strides()[axis].try_into().expect("an upright tensor"))
}
