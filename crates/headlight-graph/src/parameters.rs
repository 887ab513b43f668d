//! A graph's parameters as they are saved: safetensors, one tensor of 32-bit floats each.

use safetensors::{Dtype, SafeTensors};

use crate::{Graph, GraphError, Mismatch, Parameter};

/// SavedParameters among which all of a graph have been found, with their shapes.
pub(crate) struct SavedParameters<'a> {
    tensors: SafeTensors<'a>,
}

impl<'a> SavedParameters<'a> {
    /// # Errors
    ///
    /// When the bytes are damaged, a parameter of the graph is missing or of another shape, or not of 32-bit floats. Tensors that
    /// the graph has no use for are ignored: half of a model is given the parameters of the whole.
    pub(crate) fn read(bytes: &'a [u8], graph: &Graph) -> Result<Self, GraphError> {
        let tensors = SafeTensors::deserialize(bytes)?;
        for Parameter { name, shape, .. } in &graph.parameters {
            let mismatch = |reason| GraphError::OtherModel { name: name.clone(), reason };
            let tensor = tensors.tensor(name).map_err(|_| mismatch(Mismatch::Missing))?;
            if tensor.shape() != shape {
                return Err(mismatch(Mismatch::Shape { there: tensor.shape().to_vec(), here: shape.to_vec() }));
            }
            if tensor.dtype() != Dtype::F32 {
                return Err(mismatch(Mismatch::Type(tensor.dtype())));
            }
        }
        Ok(Self { tensors })
    }

    /// A parameter's numbers in little-endian bytes, the last axis fastest.
    pub(crate) fn of(&self, parameter: &Parameter) -> &'a [u8] {
        self.tensors.tensor(&parameter.name).expect("all names were found when these were read").data()
    }
}
