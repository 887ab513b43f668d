//! A file in the safetensors format: a header that says where each tensor is, and then their numbers.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use half::f16;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use safetensors::Dtype;
use safetensors::tensor::Metadata;

use super::error::TensorFileError;
use super::header::Header;

/// Headers of models with thousands of tensors are a hundredth of it.
const LONGEST_HEADER: u64 = 1 << 26;
/// How much of a tensor is read at once before its numbers are converted.
const CHUNK: usize = 1 << 17;

/// Where bytes come from.
pub(crate) enum Source {
    File(File),
    Bytes(Cursor<Vec<u8>>),
}

impl Source {
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        Self::Bytes(Cursor::new(bytes.to_vec()))
    }

    /// # Errors
    ///
    /// When it is no file: a directory, or a device without an end.
    pub(crate) fn of_file(file: File) -> Result<Self, TensorFileError> {
        if file.metadata()?.is_file() { Ok(Self::File(file)) } else { Err(TensorFileError::NoFile) }
    }

    fn length(&self) -> io::Result<u64> {
        match self {
            Self::File(file) => Ok(file.metadata()?.len()),
            Self::Bytes(bytes) => Ok(bytes.get_ref().len() as u64),
        }
    }

    /// The part of it that begins here.
    fn from(&mut self, begin: u64) -> io::Result<&mut dyn Read> {
        match self {
            Self::File(file) => {
                file.seek(SeekFrom::Start(begin))?;
                Ok(file)
            }
            Self::Bytes(bytes) => {
                bytes.set_position(begin);
                Ok(bytes)
            }
        }
    }
}

/// A file of which the header has been read.
pub(crate) struct TensorFile(Source);

/// Where a tensor is in its file, and what.
pub(crate) struct Place {
    pub(super) shape: Vec<usize>,
    pub(super) dtype: Dtype,
    begin: u64,
    n_bytes: usize,
}

impl Place {
    /// Of a tensor that begins here; `None` where its numbers are more than can be counted.
    pub(crate) fn new(shape: Vec<usize>, dtype: Dtype, begin: u64) -> Option<Self> {
        let count = shape.iter().try_fold(1, |count: usize, axis| count.checked_mul(*axis))?;
        Some(Self { shape, dtype, begin, n_bytes: count.checked_mul(dtype.bitsize() / 8)? })
    }

    /// Of one number, in bytes.
    fn width(&self) -> usize {
        self.dtype.bitsize() / 8
    }

    /// How long it is.
    pub(crate) fn n_bytes(&self) -> usize {
        self.n_bytes
    }
}

impl TensorFile {
    /// A file of which somebody else has read the header, in another format than safetensors.
    pub(crate) fn of(source: Source) -> Self {
        Self(source)
    }

    /// Reads the header: the file, and the place in it of each tensor. All are wholly inside, and the numbers of each fit its shape.
    ///
    /// # Errors
    ///
    /// When the file is no safetensors, or damaged, or cut off, or has numbers of a type that cannot be read.
    pub(crate) fn open(mut source: Source) -> Result<(Self, Vec<(String, Place)>), TensorFileError> {
        const LENGTH: u64 = 8;
        let found = source.length()?;
        if found < LENGTH {
            return Err(TensorFileError::Short { expected: LENGTH, found });
        }
        let mut length = [0; LENGTH as usize];
        source.from(0)?.read_exact(&mut length)?;
        let length = u64::from_le_bytes(length);
        let data = length.saturating_add(LENGTH);
        if length > LONGEST_HEADER {
            return Err(TensorFileError::LongHeader(length));
        }
        if data > found {
            return Err(TensorFileError::Short { expected: data, found });
        }
        let mut header = vec![0; length as usize];
        source.from(LENGTH)?.read_exact(&mut header)?;
        let Header(mut tensors) = serde_json::from_slice(&header)?;
        tensors.sort_by_key(|(_, info)| info.data_offsets);
        let metadata = Metadata::new(None, tensors)?;
        let expected = data.saturating_add(metadata.data_len() as u64);
        if expected != found {
            return Err(TensorFileError::Length { expected, found });
        }

        let mut places = Vec::new();
        for name in metadata.offset_keys() {
            let Some(info) = metadata.info(&name) else { continue };
            let (begin, end) = info.data_offsets;
            let place = Place {
                shape: info.shape.clone(),
                dtype: info.dtype,
                begin: data + begin as u64,
                n_bytes: end - begin,
            };
            if !is_known(place.dtype) {
                return Err(TensorFileError::Type { name, dtype: place.dtype });
            }
            places.push((name, place));
        }
        Ok((Self(source), places))
    }

    /// A tensor's numbers.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or has become shorter.
    pub(crate) fn read(&mut self, place: &Place) -> io::Result<Vec<f32>> {
        let mut numbers = Vec::with_capacity(place.n_bytes / place.width());
        self.pieces(place, 1, |piece| append(&mut numbers, place.dtype, piece))?;
        Ok(numbers)
    }

    /// The numbers of a matrix `[rows, columns]`, as those of `[columns, rows]`.
    ///
    /// # Errors
    ///
    /// As [`TensorFile::read`].
    pub(crate) fn read_transposed(&mut self, place: &Place, [rows, columns]: [usize; 2]) -> io::Result<Vec<f32>> {
        let mut numbers = vec![0.0; place.n_bytes / place.width()];
        let (mut block, mut first) = (Vec::new(), 0);
        self.pieces(place, columns, |piece| {
            block.clear();
            append(&mut block, place.dtype, piece);
            let last = first + block.len() / columns;
            // What is read of a column's part is near, and what is written is in one piece.
            for (column, to) in numbers.chunks_exact_mut(rows).enumerate() {
                let from = block[column..].iter().step_by(columns);
                to[first..last].iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            }
            first = last;
        })?;
        Ok(numbers)
    }

    /// Reads a tensor in pieces of so many numbers, or several times as many.
    fn pieces(&mut self, place: &Place, numbers: usize, mut each: impl FnMut(&[u8])) -> io::Result<()> {
        let unit = numbers * place.width();
        let mut piece = vec![0; (CHUNK / unit.max(1)).max(1).saturating_mul(unit).min(place.n_bytes)];
        let mut left = place.n_bytes;
        let source = self.0.from(place.begin)?;
        while left > 0 {
            let length = piece.len().min(left);
            source.read_exact(&mut piece[..length])?;
            each(&piece[..length]);
            left -= length;
        }
        Ok(())
    }
}

/// Whether it is a type of the width that a float or a whole number has, and not one that numbers are quantised to.
fn is_known(dtype: Dtype) -> bool {
    use Dtype::{BF16, BOOL, F16, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
    matches!(dtype, F16 | BF16 | F32 | F64 | BOOL | I8 | I16 | I32 | I64 | U8 | U16 | U32 | U64)
}

/// Appends the little-endian numbers of this part of a file. Of types other than floats there are none.
fn append(numbers: &mut Vec<f32>, dtype: Dtype, part: &[u8]) {
    match dtype {
        Dtype::F32 => numbers.extend(part.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes))),
        Dtype::F64 => numbers.extend(part.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32)),
        // Of a float32 it is the first half.
        Dtype::BF16 => numbers
            .extend(part.as_chunks().0.iter().map(|bytes| f32::from_bits(u32::from(u16::from_le_bytes(*bytes)) << 16))),
        Dtype::F16 => {
            let bits: Vec<u16> = part.as_chunks().0.iter().map(|bytes| u16::from_le_bytes(*bytes)).collect();
            let begin = numbers.len();
            numbers.resize(begin + bits.len(), 0.0);
            bits.reinterpret_cast::<f16>().convert_to_f32_slice(&mut numbers[begin..]);
        }
        _ => {}
    }
}
