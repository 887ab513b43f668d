//! Weights as named tensors in safetensors bytes, and PyTorch's attention weights as ours.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{DType, Device, Tensor};
use burn_store::{ModuleSnapshot, ModuleStore, SafetensorsStore, bridge};

use crate::{MultiHeadAttention, WeightsError};

/// A module's weights as safetensors, each named by its path (`decoder.blocks.0.self_attention.query.weight`).
/// Linear weights are `[d_input, d_output]`, transposed against PyTorch's. Equal weights give equal bytes.
///
/// # Errors
///
/// When a tensor cannot be read back from its device.
pub fn weights_to_safetensors<M: Module>(module: &M) -> Result<Vec<u8>, WeightsError> {
    // Without metadata: burn-store writes it in the order of a hash map, and bytes would differ from run to run.
    let mut store = SafetensorsStore::from_bytes(None).clear_metadata().skip_enum_variants(true);
    module.save_into(&mut store).map_err(damaged)?;
    store.get_bytes().map_err(damaged)
}

/// The module with the weights that [`weights_to_safetensors`] wrote.
///
/// # Errors
///
/// When the bytes are damaged, or the tensors' names or shapes are not exactly this module's.
pub fn weights_from_safetensors<M: Module>(mut module: M, bytes: &[u8]) -> Result<M, WeightsError> {
    let mut store =
        SafetensorsStore::from_bytes(Some(bytes.to_vec())).skip_enum_variants(true).validate(false).allow_partial(true);
    // Burn would keep another type of number as it is, and the first matrix product would panic.
    if let Some(other) = store.get_all_tensors().map_err(damaged)?.values().find(|tensor| tensor.dtype != DType::F32) {
        return Err(WeightsError::Mismatch(format!("{} is {:?}, not F32", other.name, other.dtype)));
    }
    let applied = module.load_from(&mut store).map_err(damaged)?;
    // The first wrong thing is enough for one clear line.
    if let Some(error) = applied.errors.first() {
        return Err(WeightsError::Mismatch(error.to_string()));
    }
    if let Some((path, _)) = applied.missing.first() {
        return Err(WeightsError::Mismatch(format!("there is no tensor {path}")));
    }
    if let Some(path) = applied.unused.first() {
        return Err(WeightsError::Mismatch(format!("nothing here is called {path}")));
    }
    Ok(module)
}

impl MultiHeadAttention {
    /// This module with the weights of PyTorch's `nn.MultiheadAttention`, from safetensors bytes that hold its
    /// `state_dict()` under names that begin with `prefix`.
    ///
    /// Reads both of PyTorch's layouts: `in_proj_weight`, query, key and value packed in one, and the separate
    /// `q_proj_weight`, `k_proj_weight`, `v_proj_weight` that it uses where `kdim` or `vdim` differ. PyTorch's weights are
    /// `[d_output, d_input]` and are transposed. Any float type is read as 32 bits.
    ///
    /// # Errors
    ///
    /// When the bytes are damaged, a tensor is missing or of another shape than this module's, or the state has `bias_k` and
    /// `bias_v` (PyTorch's `add_bias_kv`), which this module does not have.
    pub fn with_pytorch_weights(mut self, bytes: &[u8], prefix: &str) -> Result<Self, WeightsError> {
        let store = SafetensorsStore::from_bytes(Some(bytes.to_vec()));
        let mut state = PytorchState { store, prefix, device: self.output.weight.device() };
        let [_, d_model] = self.output.weight.dims();
        if let Some(name) = ["bias_k", "bias_v"].into_iter().find(|name| state.has(name)) {
            return Err(WeightsError::Mismatch(format!("there is no place here for {prefix}{name} (add_bias_kv)")));
        }

        let [query, key, value] = match state.find::<2>("in_proj_weight")? {
            Some(packed) => thirds("in_proj_weight", packed, d_model)?,
            None => [state.get("q_proj_weight")?, state.get("k_proj_weight")?, state.get("v_proj_weight")?],
        };
        let [query_bias, key_bias, value_bias] = match state.find::<1>("in_proj_bias")? {
            Some(packed) => thirds("in_proj_bias", packed, d_model)?.map(Some),
            None => [None, None, None],
        };
        let (output, output_bias) = (state.get("out_proj.weight")?, state.find("out_proj.bias")?);
        set_weights("query", &mut self.query, query, query_bias)?;
        set_weights("key", &mut self.key, key, key_bias)?;
        set_weights("value", &mut self.value, value, value_bias)?;
        set_weights("output", &mut self.output, output, output_bias)?;
        Ok(self)
    }
}

struct PytorchState<'a> {
    store: SafetensorsStore,
    prefix: &'a str,
    device: Device,
}

impl PytorchState<'_> {
    fn has(&mut self, name: &str) -> bool {
        let name = format!("{}{name}", self.prefix);
        self.store.get_tensor(&name).is_ok_and(|found| found.is_some())
    }

    fn find<const D: usize>(&mut self, name: &str) -> Result<Option<Tensor<D>>, WeightsError> {
        let name = format!("{}{name}", self.prefix);
        let Some(stored) = self.store.get_tensor(&name).map_err(damaged)? else {
            return Ok(None);
        };
        if stored.shape.len() != D {
            return Err(WeightsError::Mismatch(format!("{name} has {} axes, not {D}", stored.shape.len())));
        }
        let data = bridge::to_data(stored).map_err(damaged)?;
        Ok(Some(Tensor::from_data(data.convert::<f32>(), &self.device)))
    }

    fn get<const D: usize>(&mut self, name: &str) -> Result<Tensor<D>, WeightsError> {
        let missing = format!("there is no tensor {}{name}", self.prefix);
        self.find(name)?.ok_or(WeightsError::Mismatch(missing))
    }
}

/// Query, key and value, packed one after the other along the first axis.
fn thirds<const D: usize>(name: &str, packed: Tensor<D>, d_model: usize) -> Result<[Tensor<D>; 3], WeightsError> {
    let rows = packed.dims()[0];
    if rows != 3 * d_model {
        return Err(WeightsError::Mismatch(format!("{name} has {rows} rows, not 3 × {d_model}")));
    }
    Ok(std::array::from_fn(|part| packed.clone().narrow(0, part * d_model, d_model)))
}

fn set_weights(
    name: &str,
    linear: &mut Linear,
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
) -> Result<(), WeightsError> {
    let weight = weight.transpose();
    let shapes = |weight: [usize; 2], bias: Option<[usize; 1]>| match bias {
        Some([width]) => format!("{weight:?} with a bias of {width}"),
        None => format!("{weight:?} without bias"),
    };
    let ours = shapes(linear.weight.dims(), linear.bias.as_ref().map(|bias| bias.dims()));
    let theirs = shapes(weight.dims(), bias.as_ref().map(Tensor::dims));
    if ours != theirs {
        return Err(WeightsError::Mismatch(format!("{name} is {theirs} there, but {ours} here")));
    }
    linear.weight = Param::from_tensor(weight);
    linear.bias = bias.map(Param::from_tensor);
    Ok(())
}

fn damaged(error: impl std::fmt::Display) -> WeightsError {
    WeightsError::Damaged(error.to_string())
}
