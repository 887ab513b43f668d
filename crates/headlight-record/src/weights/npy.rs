//! NumPy's `.npy`: a line of Python that describes the array, then its bytes.
//!
//! The format is [NEP 1](https://numpy.org/neps/nep-0001-npy-format.html).

use std::io::Read;

use super::array::{Array, Bytes, Number, Order};
use super::error::ArrayError;

const MAGIC: &[u8] = b"\x93NUMPY";
/// NumPy writes some 100 bytes.
const LONGEST_HEADER: usize = 1 << 16;

/// What stands before the numbers.
pub(super) struct Header {
    shape: Vec<usize>,
    number: Number,
    bytes: Bytes,
    order: Order,
    /// How many bytes it took.
    pub(super) length: u64,
}

/// Reads an array of any numbers of the type float16, float32 or float64, such as features that a model takes: its shape, of two to
/// four axes, and its numbers, row-major.
///
/// # Errors
///
/// When the bytes are no `.npy` file, damaged, or hold something else. No more memory is taken than they have numbers.
pub fn read_npy(mut bytes: &[u8]) -> Result<(Vec<usize>, Vec<f32>), ArrayError> {
    let header = Header::read(&mut bytes)?;
    if !(2..=4).contains(&header.shape.len()) {
        return Err(ArrayError::Axes(header.shape));
    }
    let array = header.array(None)?;
    array.check_room(bytes.len() as u64)?;
    let values = array.read(&mut bytes)?;
    Ok((header.shape, values))
}

impl Header {
    /// Reads it, and no further.
    pub(super) fn read(source: &mut impl Read) -> Result<Self, ArrayError> {
        let mut start = [0; 8];
        source.read_exact(&mut start).map_err(|_| ArrayError::Short(".npy"))?;
        if !start.starts_with(MAGIC) {
            return Err(ArrayError::Magic);
        }
        let mut length = [0; 4];
        let digits = if start[6] == 1 { 2 } else { 4 };
        source.read_exact(&mut length[..digits])?;
        let length = u32::from_le_bytes(length) as usize;
        if !(1..=3).contains(&start[6]) || length > LONGEST_HEADER {
            return Err(ArrayError::HeaderVersion);
        }
        let mut header = vec![0; length];
        source.read_exact(&mut header)?;
        Self::parse(&String::from_utf8_lossy(&header), (start.len() + digits + length) as u64)
    }

    fn parse(header: &str, length: u64) -> Result<Self, ArrayError> {
        let value = |key: &'static str| {
            let at = header.find(key).ok_or(ArrayError::Header(key))?;
            Ok::<_, ArrayError>(header[at + key.len()..].trim_start_matches([':', ' ']))
        };
        let (bytes, number) = number(value("'descr'")?)?;
        let order = match value("'fortran_order'")? {
            order if order.starts_with("True") => Order::ColumnMajor,
            order if order.starts_with("False") => Order::RowMajor,
            _ => return Err(ArrayError::Header("order")),
        };
        let shape = value("'shape'")?;
        let inside = shape.strip_prefix('(').and_then(|shape| shape.split_once(')')).map(|(inside, _)| inside);
        let axes = inside.ok_or(ArrayError::Header("shape"))?.split(',').map(str::trim).filter(|axis| !axis.is_empty());
        let axis = |text: &str| text.parse().map_err(|_| ArrayError::Axis(text.to_string()));
        let shape = axes.map(axis).collect::<Result<Vec<usize>, ArrayError>>()?;
        Ok(Self { shape, number, bytes, order, length })
    }

    /// The array that it describes, of attention weights if it has five axes.
    pub(super) fn array(&self, batch_index: Option<usize>) -> Result<Array, ArrayError> {
        Array::new(&self.shape, self.number, self.bytes, self.order, batch_index)
    }
}

fn number(descr: &str) -> Result<(Bytes, Number), ArrayError> {
    let Some(descr) = descr.strip_prefix('\'').and_then(|descr| descr.split_once('\'')).map(|(descr, _)| descr) else {
        return Err(ArrayError::Fields);
    };
    let bytes = if descr.starts_with('>') { Bytes::BigEndian } else { Bytes::LittleEndian };
    match descr.trim_start_matches(['<', '>', '=', '|']) {
        "f2" => Ok((bytes, Number::F16)),
        "f4" => Ok((bytes, Number::F32)),
        "f8" => Ok((bytes, Number::F64)),
        "O" => Err(ArrayError::Pickled),
        other => Err(ArrayError::NumberType(other.to_string())),
    }
}
