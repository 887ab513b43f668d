//! Tensors of a `.safetensors` file that is no record of ours.

use std::io::{Read, Seek, SeekFrom};

use safetensors::Dtype;
use safetensors::tensor::Metadata;

use super::array::{Array, Bytes, Number, Order};
use super::choice::{WeightsChoice, choose};
use super::error::ArrayError;

/// The header of a model of thousands of tensors is smaller.
const LONGEST_HEADER: u64 = 1 << 24;

/// Reads the header, and goes to the numbers of the tensor that is to be read.
pub(super) fn open(source: &mut (impl Read + Seek), choice: &WeightsChoice<'_>) -> Result<Array, ArrayError> {
    let mut length = [0; 8];
    source.read_exact(&mut length).map_err(|_| ArrayError::Short(".safetensors"))?;
    let header_length = u64::from_le_bytes(length);
    if header_length > LONGEST_HEADER {
        return Err(ArrayError::LongHeader);
    }
    let mut start = length.to_vec();
    source.by_ref().take(header_length).read_to_end(&mut start)?;
    let metadata: Metadata =
        serde_json::from_slice(&start[length.len()..]).map_err(|source| ArrayError::Json { source })?;
    let tensors = metadata.tensors();
    let mut names: Vec<&str> = tensors.keys().map(String::as_str).collect();
    names.sort_unstable();
    let name = choose(&names, choice.array)?;
    let info = tensors.get(name).ok_or(ArrayError::Outside)?;
    let number = match info.dtype {
        Dtype::F16 => Number::F16,
        Dtype::BF16 => Number::BF16,
        Dtype::F32 => Number::F32,
        Dtype::F64 => Number::F64,
        dtype => return Err(ArrayError::TensorType { name: name.to_string(), dtype }),
    };
    let array = Array::new(&info.shape, number, Bytes::LittleEndian, Order::RowMajor, choice.batch_index)?;
    let begin = (start.len() as u64).checked_add(info.data_offsets.0 as u64).ok_or(ArrayError::Outside)?;
    let end = source.seek(SeekFrom::End(0))?;
    array.check_room(end.saturating_sub(begin))?;
    source.seek(SeekFrom::Start(begin))?;
    Ok(array)
}
