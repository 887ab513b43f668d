use burn::optim::{AdamW, AdamWConfig, AdamWState, LearningRate, Optimizer};
use burn::tensor::{Device, Tensor};

/// Share of the running average of gradients, and of that of their squares, that a step keeps.
const BETAS: [f32; 2] = [0.9, 0.98];
/// Keeps the update finite where no gradient has come yet.
const EPSILON: f32 = 1e-8;

/// AdamW as Burn's, with the same state, in one pass over the numbers on the flex device; on others it is Burn's.
///
/// Loshchilov and Hutter, [Decoupled Weight Decay Regularization](https://arxiv.org/abs/1711.05101).
#[derive(Clone)]
pub struct FusedAdamW {
    plain: AdamW,
    #[cfg_attr(not(feature = "flex"), expect(dead_code, reason = "only the fused step needs it"))]
    weight_decay: f32,
}

impl FusedAdamW {
    /// Averages that keep 0.9 and 0.98 a step; each parameter loses `weight_decay` of itself, times the learning rate.
    pub fn new(weight_decay: f32) -> Self {
        let config = AdamWConfig::new().with_beta_1(BETAS[0]).with_beta_2(BETAS[1]).with_epsilon(EPSILON);
        Self { plain: config.with_weight_decay(weight_decay).build(), weight_decay }
    }
}

impl Optimizer for FusedAdamW {
    type State<const D: usize> = AdamWState<D>;

    fn step<const D: usize>(
        &self,
        learning_rate: LearningRate,
        parameter: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<D>, Option<Self::State<D>>) {
        #[cfg(feature = "flex")]
        if let Some(numbers) = flex::Numbers::of(&parameter, &gradient, state.as_ref()) {
            let time = state.map_or(0, |state| state.momentum.time) + 1;
            // The averages are held by nobody else and change in place; the parameters are copied, where training still holds the model.
            drop((parameter, gradient));
            let (parameter, state) = numbers.step(time, learning_rate, self.weight_decay);
            return (parameter, Some(state));
        }
        self.plain.step(learning_rate, parameter, gradient, state)
    }

    fn to_device<const D: usize>(state: Self::State<D>, device: &Device) -> Self::State<D> {
        AdamW::to_device(state, device)
    }
}

#[cfg(feature = "flex")]
mod flex {
    use burn::backend::Flex;
    use burn::backend::flex::FlexTensor;
    use burn::optim::{AdamWState, AdaptiveMomentumState};
    use burn::tensor::{DType, Tensor};

    use super::{BETAS, EPSILON};
    use crate::kernels::adamw::{self, Step};

    /// A parameter, its gradient, and the two averages.
    pub(super) struct Numbers {
        parameter: FlexTensor,
        gradient: FlexTensor,
        first: FlexTensor,
        second: FlexTensor,
    }

    impl Numbers {
        /// `None` on other devices, and where numbers do not lie one after the other.
        pub(super) fn of<const D: usize>(
            parameter: &Tensor<D>,
            gradient: &Tensor<D>,
            state: Option<&AdamWState<D>>,
        ) -> Option<Self> {
            let [first, second] = match state {
                Some(AdamWState { momentum }) if momentum.max_moment_2.is_some() => return None,
                Some(AdamWState { momentum }) => [momentum.moment_1.clone(), momentum.moment_2.clone()],
                None => [parameter.zeros_like(), parameter.zeros_like()],
            };
            Some(Self {
                parameter: primitive(parameter.clone())?,
                gradient: primitive(gradient.clone())?,
                first: primitive(first)?,
                second: primitive(second)?,
            })
        }

        pub(super) fn step<const D: usize>(
            mut self,
            time: usize,
            learning_rate: f64,
            weight_decay: f32,
        ) -> (Tensor<D>, AdamWState<D>) {
            let power = |beta: f32| beta.powi(i32::try_from(time).unwrap_or(i32::MAX));
            let step = Step {
                learning_rate: learning_rate as f32,
                beta_1: BETAS[0],
                beta_2: BETAS[1],
                beta_1_power: power(BETAS[0]),
                beta_2_power: power(BETAS[1]),
                epsilon: EPSILON,
                weight_decay,
            };
            let gradient = self.gradient.as_slice().expect("checked when it was taken apart");
            let [parameter, first, second] =
                [&mut self.parameter, &mut self.first, &mut self.second].map(|tensor| tensor.storage_mut());
            adamw::step(step, parameter, gradient, first, second);

            let [parameter, first, second] =
                [self.parameter, self.first, self.second].map(Tensor::from_primitive::<Flex>);
            (parameter, AdamWState::new(AdaptiveMomentumState::new(time, first, second)))
        }
    }

    fn primitive<const D: usize>(tensor: Tensor<D>) -> Option<FlexTensor> {
        let tensor = tensor.try_into_primitive::<Flex>().ok()?;
        let elements = tensor.layout().num_elements();
        let whole = tensor.layout().contiguous_offsets() == Some((0, elements));
        (tensor.dtype() == DType::F32 && whole && tensor.bytes().len() == 4 * elements).then_some(tensor)
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;

    #[test]
    fn steps_are_those_of_burn() {
        let device = Device::flex();
        let fused = FusedAdamW::new(0.01);
        let mut parameters = [0; 2].map(|_| Tensor::<2>::from_data([[0.5, -1.0, 2.0], [1e-3, 0.0, -4.0]], &device));
        let (mut state, mut plain_state) = (None, None);
        for step in 0..20 {
            let rate = 0.01 / f64::from(step + 1);
            let gradient = parameters[0].clone().sin() * f64::from(step - 5);
            let [parameter, plain] = parameters;
            let (parameter, next) = fused.step(rate, parameter, gradient.clone(), state);
            let (plain, plain_next) = fused.plain.step(rate, plain, gradient, plain_state);
            assert!((parameter.clone() - plain.clone()).abs().max().into_scalar::<f32>() < 1e-6, "step {step}");
            (state, plain_state) = (next, plain_next);
            parameters = [parameter, plain];
        }
        // The two keep the same state, so that a run may go on with either.
        let [state, plain_state] = [state, plain_state].map(|state| state.expect("twenty steps were done").momentum);
        assert_eq!(state.time, plain_state.time);
        assert!((state.moment_2 - plain_state.moment_2).abs().max().into_scalar::<f32>() < 1e-4);
    }

    #[test]
    fn a_transposed_parameter_is_left_to_burn() {
        let parameter = Tensor::<2>::ones([2, 3], &Device::flex());
        assert!(flex::Numbers::of(&parameter, &parameter, None).is_some());
        let transposed = parameter.transpose();
        assert!(flex::Numbers::of(&transposed, &transposed, None).is_none());
        let (after, _) = FusedAdamW::new(0.0).step(0.1, transposed.clone(), transposed, None);
        assert!((after - 0.9).abs().max().into_scalar::<f32>() < 1e-6);
    }
}
