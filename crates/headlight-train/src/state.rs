//! The model and the optimiser as named tensors: Burn numbers parameters anew in each process, and a name is for ever.

use std::collections::{BTreeMap, HashMap};

use burn::optim::ModuleOptimizer;
use burn::tensor::{DType, Shape, TensorData};
use burn_store::ModuleSnapshot;
use burn_store::burn_pack::{Bytes, Reader, Scalar, Tensor as PackedTensor, Writer};
use headlight_model::{Transformer, parameters_from_safetensors, parameters_to_safetensors};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::error::TrainError;
use crate::state_error::StateError;

/// Where a training stands. With the configuration it decides all that is to come.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingState {
    /// Steps done.
    pub step: usize,
    /// Share of the held-out sequences that were right at the last evaluation.
    pub exact_match: f64,
    /// The step after which that was measured; 0 before the first evaluation.
    pub evaluated_at: usize,
    /// `model.<path>`, and for each parameter that was ever changed `optimizer.<path>.moment_1`, `.moment_2` and `.time`.
    pub tensors: BTreeMap<String, TensorData>,
}

const MODEL: &str = "model.";
const OPTIMIZER: &str = "optimizer.";
/// What AdamW keeps of a parameter: the averages of its gradients and of their squares, and how often it was changed.
const MOMENTS: [&str; 2] = ["moment_1", "moment_2"];
const TIME: &str = "time";
/// Burn calls them by the path in its state.
const BURNS: &str = "momentum";

impl TrainingState {
    /// Whether every number is one: no NaN, nothing infinite.
    pub fn is_finite(&self) -> bool {
        let of_floats = self.tensors.values().filter(|tensor| tensor.dtype() == DType::F32);
        of_floats.flat_map(|tensor| tensor.iter::<f32>()).all(f32::is_finite)
    }

    /// A model with the parameters that this one has.
    ///
    /// # Errors
    ///
    /// When they are not exactly those of the model.
    pub fn model(&self, model: Transformer) -> Result<Transformer, TrainError> {
        with_parameters(model, &self.tensors)
    }
}

/// The model with the parameters among these tensors.
fn with_parameters(model: Transformer, tensors: &BTreeMap<String, TensorData>) -> Result<Transformer, TrainError> {
    let of_model = tensors.iter().filter_map(|(name, data)| Some((name.strip_prefix(MODEL)?, data)));
    let views: Result<Vec<_>, TrainError> = of_model.map(|(name, data)| Ok((name, view(data)?))).collect();
    let bytes = safetensors::serialize(views?, None).map_err(StateError::from)?;
    Ok(parameters_from_safetensors(model, &bytes)?)
}

/// The tensors of a model and its optimiser.
///
/// # Errors
///
/// When one cannot be read back from its device.
pub(crate) fn tensors_of(
    model: &Transformer,
    optimizer: &ModuleOptimizer,
) -> Result<BTreeMap<String, TensorData>, TrainError> {
    let mut tensors = BTreeMap::new();
    let bytes = parameters_to_safetensors(model)?;
    for (name, view) in SafeTensors::deserialize(&bytes).map_err(StateError::from)?.iter() {
        let data = TensorData::from_bytes_vec(view.data().to_vec(), view.shape().to_vec(), DType::F32);
        tensors.insert(format!("{MODEL}{name}"), data);
    }

    let packed = Reader::from_bytes(optimizer.into_bytes().map_err(StateError::from)?).map_err(StateError::from)?;
    let numbered: HashMap<u64, String> = names(model).into_iter().map(|(name, (id, _))| (id, name)).collect();
    // "<number>.momentum.moment_1" is "optimizer.<path>.moment_1" here.
    let renamed = |name: &str| {
        let (number, leaf) = name.split_once('.')?;
        let leaf = leaf.strip_prefix(BURNS)?.strip_prefix('.')?;
        Some(format!("{OPTIMIZER}{}.{leaf}", numbered.get(&number.parse().ok()?)?))
    };
    for (name, scalar) in packed.scalars() {
        if let (Some(name), Ok(number)) = (renamed(name), i64::try_from(*scalar)) {
            tensors.insert(name, TensorData::from([number]));
        }
    }
    for tensor in packed.into_tensors().map_err(StateError::from)? {
        let (name, dtype, shape, _, bytes) = tensor.into_parts().map_err(StateError::from)?;
        let name = renamed(&name).ok_or(StateError::Unknown { name })?;
        tensors.insert(name, TensorData::from_bytes(bytes, shape, dtype));
    }
    Ok(tensors)
}

/// The model and the optimiser with the tensors that [`tensors_of`] gave.
///
/// # Errors
///
/// When the tensors are not exactly those of this model and its optimiser.
pub(crate) fn with_tensors(
    model: Transformer,
    optimizer: ModuleOptimizer,
    tensors: &BTreeMap<String, TensorData>,
) -> Result<(Transformer, ModuleOptimizer), TrainError> {
    let model = with_parameters(model, tensors)?;

    let mut rest: BTreeMap<&str, &TensorData> =
        tensors.iter().filter(|(name, _)| !name.starts_with(MODEL)).map(|(name, data)| (name.as_str(), data)).collect();
    let (mut packed, mut scalars) = (Vec::new(), Vec::new());
    for (name, (id, shape)) in names(&model) {
        let [moments @ .., time] = [MOMENTS[0], MOMENTS[1], TIME].map(|leaf| format!("{OPTIMIZER}{name}.{leaf}"));
        let Some(time) = rest.remove(time.as_str()) else { continue };
        let count = time.as_slice::<i64>().ok().and_then(|time| u64::try_from(*time.first()?).ok());
        let count = count.ok_or_else(|| StateError::Count { name: name.clone() })?;
        scalars.push((format!("{id}.{BURNS}.{TIME}"), Scalar::UInt(count)));
        for (leaf, moment) in MOMENTS.into_iter().zip(moments) {
            let data = rest.remove(moment.as_str()).ok_or_else(|| StateError::Missing { name: moment.clone() })?;
            if (data.dtype(), data.shape()) != (DType::F32, &shape) {
                return Err(StateError::Shape { moment, name }.into());
            }
            let bytes = Bytes::from_bytes_vec(data.as_bytes().to_vec());
            packed.push(PackedTensor::new(format!("{id}.{BURNS}.{leaf}"), DType::F32, shape.clone(), Some(id), bytes));
        }
    }
    if let Some((name, _)) = rest.first_key_value() {
        return Err(StateError::Unknown { name: name.to_string() }.into());
    }
    let scalars = scalars.iter().fold(Writer::new(packed), |writer, (key, value)| writer.with_scalar(key, *value));
    let optimizer = optimizer.from_bytes(scalars.into_bytes().map_err(StateError::from)?).map_err(StateError::from)?;
    Ok((model, optimizer))
}

/// A tensor as safetensors sees it.
fn view(data: &TensorData) -> Result<TensorView<'_>, StateError> {
    let dtype = match data.dtype() {
        DType::F32 => Dtype::F32,
        DType::I64 => Dtype::I64,
        other => return Err(StateError::Type(other)),
    };
    Ok(TensorView::new(dtype, data.shape().to_vec(), data.as_bytes())?)
}

/// Each parameter's number in this process, and its shape, by its path.
fn names(model: &Transformer) -> BTreeMap<String, (u64, Shape)> {
    let tensors = model.collect(None, None, true);
    tensors.into_iter().filter_map(|tensor| Some((tensor.name, (tensor.param_id?, tensor.shape)))).collect()
}
