use burn::tensor::{Device, Tensor};
use burn_store::{ModuleStore, SafetensorsStore, bridge};
use headlight_model::{Mismatch, ParametersError};

/// Named tensors of a file of parameters.
pub(crate) struct Tensors {
    store: SafetensorsStore,
    device: Device,
}

impl Tensors {
    /// Those of safetensors bytes, for this device.
    pub(crate) fn from_safetensors(bytes: &[u8], device: &Device) -> Self {
        Self { store: SafetensorsStore::from_bytes(Some(bytes.to_vec())), device: device.clone() }
    }

    /// How long a tensor is along its first axis.
    ///
    /// # Errors
    ///
    /// When the bytes are damaged, or there is no such tensor.
    pub(crate) fn rows(&mut self, name: &str) -> Result<usize, ParametersError> {
        let stored = self.store.get_tensor(name)?.ok_or_else(|| Mismatch::Missing { name: name.to_owned() })?;
        Ok(stored.shape.first().copied().unwrap_or(0))
    }

    /// The tensor of this name, in 32 bits whatever it is stored in.
    ///
    /// # Errors
    ///
    /// When the bytes are damaged, or there is no such tensor or one of another shape.
    pub(crate) fn get<const D: usize>(&mut self, name: &str, shape: [usize; D]) -> Result<Tensor<D>, ParametersError> {
        let stored = self.store.get_tensor(name)?.ok_or_else(|| Mismatch::Missing { name: name.to_owned() })?;
        let (expected, found) = (shape.to_vec(), stored.shape.to_vec());
        if expected != found {
            return Err(Mismatch::Shape { name: name.to_owned(), expected, found }.into());
        }
        Ok(Tensor::from_data(bridge::to_data(stored)?.convert::<f32>(), &self.device))
    }
}
