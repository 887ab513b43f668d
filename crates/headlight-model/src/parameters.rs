//! Parameters as named tensors in safetensors bytes, and those of PyTorch's attention as ours.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{DType, Device, Tensor};
use burn_store::{ModuleSnapshot, ModuleStore, SafetensorsStore, bridge};

use crate::error::{Mismatch, ParametersError};
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
        return Err(Mismatch::Tensor(Box::new(error)).into());
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
        if let Some(name) = ["bias_k", "bias_v"].into_iter().find(|name| state.has(name)) {
            return Err(Mismatch::AddedKeysAndValues { name: format!("{prefix}{name}") }.into());
        }
        let packed = state.has("in_proj_weight").then_some("in_proj_weight");
        let inputs =
            [(&mut self.query, "q_proj_weight"), (&mut self.key, "k_proj_weight"), (&mut self.value, "v_proj_weight")];
        for (third, (layer, own_name)) in inputs.into_iter().enumerate() {
            let weight = packed.map_or(Part { name: own_name, nth: 0, of: 1 }, |name| Part { name, nth: third, of: 3 });
            state.load(layer, weight, Part { name: "in_proj_bias", nth: third, of: 3 })?;
        }
        let whole = |name| Part { name, nth: 0, of: 1 };
        state.load(&mut self.output, whole("out_proj.weight"), whole("out_proj.bias"))?;
        Ok(self)
    }
}

struct PytorchState<'a> {
    store: SafetensorsStore,
    prefix: &'a str,
    device: Device,
}

/// One of several tensors of the same shape that are packed in one, one after the other along the first axis.
#[derive(Clone, Copy)]
struct Part {
    name: &'static str,
    nth: usize,
    of: usize,
}

impl PytorchState<'_> {
    fn has(&mut self, name: &str) -> bool {
        let name = format!("{}{name}", self.prefix);
        self.store.get_tensor(&name).is_ok_and(|found| found.is_some())
    }

    /// Gives the layer its weight, and its bias where it has one.
    fn load(&mut self, layer: &mut Linear, weight: Part, bias: Part) -> Result<(), ParametersError> {
        let [d_input, d_output] = layer.weight.dims();
        layer.weight = Param::from_tensor(self.get(weight, [d_output, d_input])?.transpose());
        match &mut layer.bias {
            Some(old) => *old = Param::from_tensor(self.get(bias, [d_output])?),
            None if self.has(bias.name) => {
                return Err(Mismatch::Unknown { name: format!("{}{}", self.prefix, bias.name) }.into());
            }
            None => {}
        }
        Ok(())
    }

    fn get<const D: usize>(&mut self, part: Part, shape: [usize; D]) -> Result<Tensor<D>, ParametersError> {
        let name = format!("{}{}", self.prefix, part.name);
        let Some(stored) = self.store.get_tensor(&name)? else {
            return Err(Mismatch::Missing { name }.into());
        };
        let (mut expected, found) = (shape.to_vec(), stored.shape.to_vec());
        expected[0] *= part.of;
        if expected != found {
            return Err(Mismatch::Shape { name, expected, found }.into());
        }
        let tensor = Tensor::<D>::from_data(bridge::to_data(stored)?.convert::<f32>(), &self.device);
        Ok(tensor.narrow(0, part.nth * shape[0], shape[0]))
    }
}
