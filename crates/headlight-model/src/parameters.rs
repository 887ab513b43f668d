//! Parameters as named tensors in safetensors bytes, and those of PyTorch's attention as ours.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{DType, Device, Tensor};
use burn_store::{ModuleSnapshot, ModuleStore, SafetensorsStore, bridge};

use crate::error::{LayerShape, Mismatch, ParametersError};
use crate::multi_head::MultiHeadAttention;

/// A module's parameters as safetensors, each named by its path (`decoder.blocks.0.self_attention.query.weight`).
/// The weight of a linear layer is `[d_input, d_output]`, transposed against PyTorch's. Equal parameters give equal bytes.
///
/// # Errors
///
/// When a tensor cannot be read back from its device.
pub fn parameters_to_safetensors<M: Module>(module: &M) -> Result<Vec<u8>, ParametersError> {
    // Without metadata: burn-store writes it in the order of a hash map, and bytes would differ from run to run.
    let mut store = SafetensorsStore::from_bytes(None).clear_metadata().skip_enum_variants(true);
    module.save_into(&mut store)?;
    Ok(store.get_bytes()?)
}

/// The module with the parameters that [`parameters_to_safetensors`] wrote.
///
/// # Errors
///
/// When the bytes are damaged, or the tensors' names or shapes are not exactly this module's.
pub fn parameters_from_safetensors<M: Module>(mut module: M, bytes: &[u8]) -> Result<M, ParametersError> {
    let mut store =
        SafetensorsStore::from_bytes(Some(bytes.to_vec())).skip_enum_variants(true).validate(false).allow_partial(true);
    // Burn would keep another type of number as it is, and the first matrix product would panic.
    if let Some(other) = store.get_all_tensors()?.values().find(|tensor| tensor.dtype != DType::F32) {
        return Err(Mismatch::Type { name: other.name.clone(), found: other.dtype }.into());
    }
    let applied = module.load_from(&mut store)?;
    // The first wrong thing is enough for one clear line.
    if let Some(error) = applied.errors.into_iter().next() {
        return Err(Mismatch::Tensor(error).into());
    }
    if let Some((name, _)) = applied.missing.into_iter().next() {
        return Err(Mismatch::Missing { name }.into());
    }
    if let Some(name) = applied.unused.into_iter().next() {
        return Err(Mismatch::Unknown { name }.into());
    }
    Ok(module)
}

impl MultiHeadAttention {
    /// This module with the parameters of PyTorch's `nn.MultiheadAttention`, from safetensors bytes that hold its
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
    pub fn with_pytorch_state(mut self, bytes: &[u8], prefix: &str) -> Result<Self, ParametersError> {
        let store = SafetensorsStore::from_bytes(Some(bytes.to_vec()));
        let mut state = PytorchState { store, prefix, device: self.output.weight.device() };
        let [_, d_model] = self.output.weight.dims();
        if let Some(name) = ["bias_k", "bias_v"].into_iter().find(|name| state.has(name)) {
            return Err(Mismatch::AddedKeysAndValues { name: format!("{prefix}{name}") }.into());
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
        set_layer("query", &mut self.query, query, query_bias)?;
        set_layer("key", &mut self.key, key, key_bias)?;
        set_layer("value", &mut self.value, value, value_bias)?;
        set_layer("output", &mut self.output, output, output_bias)?;
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

    fn find<const D: usize>(&mut self, name: &str) -> Result<Option<Tensor<D>>, ParametersError> {
        let name = format!("{}{name}", self.prefix);
        let Some(stored) = self.store.get_tensor(&name)? else {
            return Ok(None);
        };
        if stored.shape.len() != D {
            return Err(Mismatch::Axes { name, expected: D, found: stored.shape.len() }.into());
        }
        let data = bridge::to_data(stored)?;
        Ok(Some(Tensor::from_data(data.convert::<f32>(), &self.device)))
    }

    fn get<const D: usize>(&mut self, name: &str) -> Result<Tensor<D>, ParametersError> {
        let missing = Mismatch::Missing { name: format!("{}{name}", self.prefix) };
        self.find(name)?.ok_or(missing.into())
    }
}

/// Query, key and value, packed one after the other along the first axis.
fn thirds<const D: usize>(
    name: &'static str,
    packed: Tensor<D>,
    d_model: usize,
) -> Result<[Tensor<D>; 3], ParametersError> {
    let rows = packed.dims()[0];
    if rows != 3 * d_model {
        return Err(Mismatch::Rows { name, rows, d_model }.into());
    }
    Ok(std::array::from_fn(|part| packed.clone().narrow(0, part * d_model, d_model)))
}

/// The layer with PyTorch's weight and bias.
fn set_layer(
    name: &'static str,
    linear: &mut Linear,
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
) -> Result<(), ParametersError> {
    let weight = weight.transpose();
    let of_bias = |bias: [usize; 1]| bias[0];
    let expected =
        LayerShape { weight: linear.weight.dims(), bias: linear.bias.as_ref().map(|bias| of_bias(bias.dims())) };
    let found = LayerShape { weight: weight.dims(), bias: bias.as_ref().map(|bias| of_bias(bias.dims())) };
    if expected != found {
        return Err(Mismatch::Layer { name, expected, found }.into());
    }
    linear.weight = Param::from_tensor(weight);
    linear.bias = bias.map(Param::from_tensor);
    Ok(())
}
