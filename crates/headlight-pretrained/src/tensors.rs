mod error;
mod file;
mod header;

use std::collections::BTreeMap;

use burn::module::Param;
use burn::nn::{Embedding, Linear};
use burn::tensor::{BoolStore, DType, Device, Tensor, TensorData};
use burn_store::SafetensorsStoreError;
use burn_store::burn_pack::Error as ReadError;
use headlight_model::{Mismatch, ParametersError};
use safetensors::Dtype;

pub use error::TensorFileError;
pub(crate) use file::{Place, Source, TensorFile};

/// Named tensors of one file of parameters, or of several.
///
/// They stay on disk, in whatever type they are stored, until somebody asks for one: then it takes the memory of its numbers in
/// 32 bits, once. (burn-store maps a file and copies each tensor from the map. The pages of both count: at its peak, a model of 124
/// million parameters took 1.1 GB so and 0.5 GB as here, and twice the time.)
pub struct Tensors {
    files: Vec<TensorFile>,
    stored: BTreeMap<String, Stored>,
    device: Device,
}

struct Stored {
    file: usize,
    place: Place,
    asked: bool,
}

/// What a file says of a tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTensor<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its shape.
    pub shape: &'a [usize],
    /// The type of its numbers, as safetensors names it: `F32`, `BF16`, ….
    pub number: String,
}

/// Whether a linear layer has a bias.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bias {
    /// It has.
    With,
    /// It hasn't.
    Without,
}

impl Tensors {
    /// Those of safetensors bytes, for this device.
    ///
    /// # Errors
    ///
    /// When the bytes are damaged.
    pub(crate) fn from_safetensors(bytes: &[u8], device: &Device) -> Result<Self, ParametersError> {
        let damaged = |error: TensorFileError| SafetensorsStoreError::Other(error.to_string());
        let (file, places) = TensorFile::open(Source::of_bytes(bytes)).map_err(damaged)?;
        let mut tensors = Self::none(device);
        tensors.add(file, places);
        Ok(tensors)
    }

    /// No tensors yet.
    pub(crate) fn none(device: &Device) -> Self {
        Self { files: Vec::new(), stored: BTreeMap::new(), device: device.clone() }
    }

    /// Adds tensors of a file. Of two with one name, the later one is it.
    pub(crate) fn add(&mut self, file: TensorFile, places: impl IntoIterator<Item = (String, Place)>) {
        let nth = self.files.len();
        self.files.push(file);
        self.stored.extend(places.into_iter().map(|(name, place)| (name, Stored { file: nth, place, asked: false })));
    }

    /// Calls each tensor whose name begins with `prefix` by the rest of its name, where no other has that name.
    ///
    /// The same model is saved with and without: `bert.embeddings…` of a model with a head, `embeddings…` of one without.
    pub fn drop_prefix(&mut self, prefix: &str) {
        let prefixed: Vec<String> = self.stored.keys().filter(|name| name.starts_with(prefix)).cloned().collect();
        for name in prefixed {
            let rest = &name[prefix.len()..];
            if !self.stored.contains_key(rest)
                && let Some(stored) = self.stored.remove(&name)
            {
                self.stored.insert(rest.to_owned(), stored);
            }
        }
    }

    /// Calls each tensor whose name ends with `old` by a name that ends with `new`, where no other has that name.
    ///
    /// The first checkpoints of BERT call γ and β so.
    pub fn rename_ends(&mut self, old: &str, new: &str) {
        let ended: Vec<String> = self.stored.keys().filter(|name| name.ends_with(old)).cloned().collect();
        for name in ended {
            let renamed = format!("{}{new}", &name[..name.len() - old.len()]);
            if !self.stored.contains_key(&renamed)
                && let Some(stored) = self.stored.remove(&name)
            {
                self.stored.insert(renamed, stored);
            }
        }
    }

    /// The device that tensors are put on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Whether there is such a tensor.
    pub fn has(&self, name: &str) -> bool {
        self.stored.contains_key(name)
    }

    /// A tensor's shape.
    ///
    /// # Errors
    ///
    /// When there is no such tensor.
    pub fn shape(&self, name: &str) -> Result<&[usize], ParametersError> {
        match self.stored.get(name) {
            Some(stored) => Ok(&stored.place.shape),
            None => Err(Mismatch::Missing { name: name.to_owned() }.into()),
        }
    }

    /// How long a tensor is along its first axis.
    ///
    /// # Errors
    ///
    /// When there is no such tensor.
    pub fn rows(&self, name: &str) -> Result<usize, ParametersError> {
        Ok(self.shape(name)?.first().copied().unwrap_or(0))
    }

    /// The tensor of this name, in 32 bits whatever it is stored in.
    ///
    /// # Errors
    ///
    /// When there is no such tensor, or one of another shape or of whole numbers, or the file cannot be read.
    pub fn get<const D: usize>(&mut self, name: &str, shape: [usize; D]) -> Result<Tensor<D>, ParametersError> {
        let (file, place) = self.find(name, &shape)?;
        let numbers = file.read(place).map_err(unreadable)?;
        Ok(Tensor::from_data(TensorData::new(numbers, shape), &self.device))
    }

    /// The matrix of this name, whose rows become columns.
    ///
    /// # Shapes
    ///
    /// - in the file: `[rows, columns]`
    /// - output: `[columns, rows]`, in one piece: products with a transposed view take up to four times as long
    ///
    /// # Errors
    ///
    /// As [`Tensors::get`].
    pub fn transposed(&mut self, name: &str, [rows, columns]: [usize; 2]) -> Result<Tensor<2>, ParametersError> {
        let (file, place) = self.find(name, &[rows, columns])?;
        let numbers = file.read_transposed(place, [rows, columns]).map_err(unreadable)?;
        Ok(Tensor::from_data(TensorData::new(numbers, [columns, rows]), &self.device))
    }

    /// Where a tensor of this shape is.
    fn find(&mut self, name: &str, shape: &[usize]) -> Result<(&mut TensorFile, &Place), ParametersError> {
        let missing = || Mismatch::Missing { name: name.to_owned() };
        let Stored { file, place, asked } = self.stored.get_mut(name).ok_or_else(missing)?;
        *asked = true;
        if place.shape != shape {
            let (expected, found) = (shape.to_vec(), place.shape.clone());
            return Err(Mismatch::Shape { name: name.to_owned(), expected, found }.into());
        }
        if let Some(found) = no_float(place.dtype) {
            return Err(Mismatch::Type { name: name.to_owned(), found }.into());
        }
        Ok((&mut self.files[*file], place))
    }

    /// The linear layer whose weight `PREFIX.weight` is `[d_output, d_input]`, as PyTorch's `nn.Linear` stores it, and whose bias,
    /// where it has one, is `PREFIX.bias`.
    ///
    /// # Errors
    ///
    /// As [`Tensors::get`].
    pub fn linear(
        &mut self,
        prefix: &str,
        [d_input, d_output]: [usize; 2],
        bias: Bias,
    ) -> Result<Linear, ParametersError> {
        let weight = self.transposed(&format!("{prefix}.weight"), [d_output, d_input])?;
        let bias = match bias {
            Bias::With => Some(Param::from_tensor(self.get(&format!("{prefix}.bias"), [d_output])?)),
            Bias::Without => None,
        };
        Ok(Linear { weight: Param::from_tensor(weight), bias })
    }

    /// The embedding whose vectors are the rows of this tensor, `[n_embeddings, d_model]`.
    ///
    /// # Errors
    ///
    /// As [`Tensors::get`].
    pub fn embedding(&mut self, name: &str, shape: [usize; 2]) -> Result<Embedding, ParametersError> {
        Ok(Embedding { weight: Param::from_tensor(self.get(name, shape)?) })
    }

    /// All tensors, in alphabetical order, as they are stored.
    pub fn stored(&self) -> impl Iterator<Item = StoredTensor<'_>> {
        self.stored.iter().map(|(name, Stored { place, .. })| StoredTensor {
            name,
            shape: &place.shape,
            number: place.dtype.to_string(),
        })
    }

    /// Says that this tensor, where there is one, is known and not needed: a buffer, say, or tied parameters that are stored twice.
    pub fn skip(&mut self, name: &str) {
        if let Some(stored) = self.stored.get_mut(name) {
            stored.asked = true;
        }
    }

    /// The names of the tensors that nobody asked for, in alphabetical order.
    pub fn unused(&self) -> impl Iterator<Item = &str> {
        self.stored.iter().filter(|(_, stored)| !stored.asked).map(|(name, _)| &name[..])
    }
}

fn unreadable(error: std::io::Error) -> ParametersError {
    ReadError::IoError(error.to_string()).into()
}

/// What a tensor is whose numbers are not real numbers.
fn no_float(dtype: Dtype) -> Option<DType> {
    Some(match dtype {
        Dtype::BOOL => DType::Bool(BoolStore::Native),
        Dtype::U8 => DType::U8,
        Dtype::I8 => DType::I8,
        Dtype::U16 => DType::U16,
        Dtype::I16 => DType::I16,
        Dtype::U32 => DType::U32,
        Dtype::I32 => DType::I32,
        Dtype::U64 => DType::U64,
        Dtype::I64 => DType::I64,
        _ => return None, // TensorFile::open has refused all but the four that it reads
    })
}
