//! How a kernel on plain slices becomes an operation of Burn with a gradient.

use std::fmt;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, BackendTensor, DispatchAutodiffContext, DispatchTensor, DispatchTensorKind, Flex};
use burn::tensor::{DType, Shape, Tensor, TensorData};

/// An operation of `N` tensors with its gradient.
pub(super) trait Kernel<const N: usize>: Clone + fmt::Debug + Send + 'static {
    /// What the backward pass reads besides the inputs.
    type Saved: Clone + fmt::Debug + Send + 'static;

    fn forward(&self, inputs: &[FlexTensor; N]) -> (FlexTensor, Self::Saved);

    /// The gradient of the loss to each input, given that to the output.
    fn backward(&self, inputs: &[FlexTensor; N], saved: Self::Saved, upstream: FlexTensor) -> [FlexTensor; N];
}

/// Tensors on flex, in an autodiff graph or not.
pub(super) enum Inputs<const N: usize> {
    Plain([FlexTensor; N]),
    Tracked([FloatTensor<Autodiff<Flex>>; N], DispatchAutodiffContext),
}

impl<const N: usize> Inputs<N> {
    /// `None` where one is not on flex, or not made of f32.
    pub(super) fn of(tensors: [DispatchTensor; N]) -> Option<Self> {
        let context = tensors.iter().map(|tensor| tensor.autodiff).reduce(DispatchAutodiffContext::merge)?;
        let mut plain = Vec::with_capacity(N);
        let mut tracked = Vec::with_capacity(N);
        for tensor in tensors {
            match tensor.kind {
                DispatchTensorKind::Flex(BackendTensor::Float(tensor)) if served(&tensor) => {
                    match context {
                        DispatchAutodiffContext::Disabled => plain.push(tensor),
                        // Beside a tensor that is tracked, one that is not is a constant.
                        DispatchAutodiffContext::Enabled(_) => tracked.push(FloatTensor::<Autodiff<Flex>>::new(tensor)),
                    }
                }
                DispatchTensorKind::Autodiff(kind) => match *kind {
                    DispatchTensorKind::Flex(BackendTensor::Autodiff(tensor)) if served(tensor.primitive()) => {
                        tracked.push(tensor);
                    }
                    _ => return None,
                },
                _ => return None,
            }
        }
        match context {
            DispatchAutodiffContext::Disabled => plain.try_into().ok().map(Self::Plain),
            DispatchAutodiffContext::Enabled(_) => {
                tracked.try_into().ok().map(|tensors| Self::Tracked(tensors, context))
            }
        }
    }

    /// The tensors where no gradient is asked for.
    pub(super) fn without_gradient(self) -> Option<[FlexTensor; N]> {
        match self {
            Self::Plain(inputs) => Some(inputs.map(upright)),
            Self::Tracked(..) => None,
        }
    }

    /// Runs the kernel, and puts it into the graph where there is one.
    pub(super) fn apply<K: Kernel<N>, const D: usize>(self, kernel: K) -> Tensor<D> {
        match self {
            Self::Plain(inputs) => plain(kernel.forward(&inputs.map(upright)).0),
            Self::Tracked(tensors, autodiff) => {
                let output = apply_tracked(kernel, tensors);
                let kind = DispatchTensorKind::Flex(BackendTensor::Autodiff(output));
                let kind = DispatchTensorKind::Autodiff(Box::new(kind));
                Tensor::from_dispatch(DispatchTensor { kind, autodiff })
            }
        }
    }
}

/// A result without a gradient.
pub(super) fn plain<const D: usize>(output: FlexTensor) -> Tensor<D> {
    let kind = DispatchTensorKind::Flex(BackendTensor::Float(output));
    Tensor::from_dispatch(DispatchTensor { kind, autodiff: DispatchAutodiffContext::Disabled })
}

fn apply_tracked<K: Kernel<N>, const N: usize>(
    kernel: K,
    tensors: [FloatTensor<Autodiff<Flex>>; N],
) -> FloatTensor<Autodiff<Flex>> {
    let nodes = tensors.each_ref().map(FloatTensor::<Autodiff<Flex>>::node);
    let inputs = tensors.map(|tensor| upright(tensor.into_primitive()));
    let (output, saved) = kernel.forward(&inputs);
    // Nothing is computed twice: what backward needs is kept.
    match Operation::<K, N>::default().prepare::<NoCheckpointing>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prepared) => prepared.finish((kernel, inputs, saved), output),
        OpsKind::UnTracked(prepared) => prepared.finish(output),
    }
}

/// A kernel as a node of the graph; what it needs is in the state.
#[derive(Debug)]
struct Operation<K, const N: usize>(std::marker::PhantomData<fn(K)>);

impl<K, const N: usize> Default for Operation<K, N> {
    fn default() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<K: Kernel<N>, const N: usize> Backward<Flex, N> for Operation<K, N> {
    type State = (K, [FlexTensor; N], K::Saved);

    fn backward(self, ops: Ops<Self::State, N>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let upstream = gradients.consume::<Flex>(&ops.node);
        let (kernel, inputs, saved) = ops.state;
        for (parent, gradient) in ops.parents.into_iter().zip(kernel.backward(&inputs, saved, upstream)) {
            if let Some(parent) = parent {
                gradients.register::<Flex>(parent.id, gradient);
            }
        }
    }
}

fn served(tensor: &FlexTensor) -> bool {
    tensor.dtype() == DType::F32
}

/// The same tensor, not flipped along any axis: the kernels step forwards only.
pub(super) fn upright(tensor: FlexTensor) -> FlexTensor {
    if tensor.layout().has_positive_strides() { tensor } else { tensor.to_contiguous() }
}

/// A tensor's numbers one after the other, copied only where they lie otherwise.
pub(super) fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.is_contiguous() { tensor } else { tensor.to_contiguous() }
}

/// The numbers of a [`contiguous`] tensor.
pub(super) fn numbers(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("f32 numbers one after the other")
}

pub(super) fn tensor(numbers: Vec<f32>, shape: impl Into<Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(numbers, shape))
}

/// A tensor whose numbers do not lie one after the other.
pub(super) fn strided_tensor(numbers: Vec<f32>, shape: [usize; 4], strides: [usize; 4]) -> FlexTensor {
    let length = numbers.len();
    let strides = strides.map(|stride| isize::try_from(stride).expect("a stride lies within memory"));
    tensor(numbers, [length]).with_layout(Layout::new(shape.into(), strides.to_vec(), 0))
}
