use std::io::{ErrorKind, Read};

use half::{bf16, f16};

use super::Weights;

/// More numbers than this are no picture: 1 GiB of them in memory.
const MOST_VALUES: usize = 1 << 28;
/// More than this is not read, even to skip it.
const MOST_BYTES: usize = 1 << 33;
/// Axes: layers, examples, heads, queries, keys.
const MOST_AXES: usize = 5;

/// How an array's numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    F16,
    BF16,
    F32,
    F64,
}

/// The order of an array's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bytes {
    LittleEndian,
    BigEndian,
}

/// The order of an array's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// The last axis runs fastest, as in C.
    RowMajor,
    /// The first one does, as in Fortran.
    ColumnMajor,
}

/// What an array says of itself, checked: whatever it declares, it fits in memory.
#[derive(Clone, Debug)]
pub(super) struct Array {
    number: Number,
    bytes: Bytes,
    order: Order,
    /// `[layers, examples, heads, queries, keys]`
    axes: [usize; MOST_AXES],
    example: usize,
}

impl Array {
    pub(super) fn new(
        shape: &[usize],
        number: Number,
        bytes: Bytes,
        order: Order,
        batch_index: Option<usize>,
    ) -> Result<Self, String> {
        let axes = match *shape {
            [queries, keys] => [1, 1, 1, queries, keys],
            [heads, queries, keys] => [1, 1, heads, queries, keys],
            [layers, heads, queries, keys] => [layers, 1, heads, queries, keys],
            [layers, batch, heads, queries, keys] => [layers, batch, heads, queries, keys],
            _ => {
                return Err(format!(
                    "has the shape {shape:?}; attention weights are [queries, keys], [heads, queries, keys], \
                     [layers, heads, queries, keys] or [layers, batch, heads, queries, keys]"
                ));
            }
        };
        if shape.contains(&0) {
            return Err(format!("has the shape {shape:?}: it is empty"));
        }
        let example = match (shape.len(), batch_index, axes[1]) {
            (MOST_AXES, Some(index), count) if index < count => index,
            (MOST_AXES, Some(index), count) => {
                return Err(format!("has no example {index}: choose one from 0–{} (--batch-index)", count - 1));
            }
            (MOST_AXES, None, 1) => 0,
            (MOST_AXES, None, count) => {
                return Err(format!("holds {count} examples: choose one with --batch-index 0–{}", count - 1));
            }
            (_, Some(_), _) => {
                return Err(format!("has the shape {shape:?}, without an axis of examples: leave out --batch-index"));
            }
            (_, None, _) => 0,
        };
        let product = |axes: &[usize]| axes.iter().try_fold(1usize, |product, axis| product.checked_mul(*axis));
        let bytes_in_all = product(&axes).and_then(|count| count.checked_mul(number.size()));
        let kept =
            if order == Order::ColumnMajor { product(&axes) } else { product(&[axes[0], axes[2], axes[3], axes[4]]) };
        if bytes_in_all.is_none_or(|count| count > MOST_BYTES) || kept.is_none_or(|count| count > MOST_VALUES) {
            return Err(format!(
                "declares the shape {shape:?}, more than the {MOST_VALUES} numbers that are read: save fewer layers or heads"
            ));
        }
        Ok(Self { number, bytes, order, axes, example })
    }

    /// Reads the numbers, of which those of other examples are skipped.
    pub(super) fn read(&self, source: &mut impl Read) -> Result<Weights, String> {
        let [layers, examples, heads, queries, keys] = self.axes;
        let values = match self.order {
            Order::RowMajor => {
                let count = heads * queries * keys;
                let mut values = Vec::new();
                for example in (0..layers).flat_map(|_| 0..examples) {
                    if example == self.example {
                        self.read_numbers(source, count, &mut values)?;
                    } else {
                        self.skip(source, count)?;
                    }
                }
                values
            }
            Order::ColumnMajor => {
                let mut stored = Vec::new();
                self.read_numbers(source, self.axes.iter().product(), &mut stored)?;
                self.row_major(&stored)
            }
        };
        Ok(self.weights(values))
    }

    /// The numbers of the chosen example, from all of them, row-major.
    pub(super) fn chosen(&self, all: &[f32]) -> Weights {
        let [layers, examples, heads, queries, keys] = self.axes;
        let count = heads * queries * keys;
        let of_layer = |layer: usize| &all[(layer * examples + self.example) * count..][..count];
        self.weights((0..layers).flat_map(of_layer).copied().collect())
    }

    fn weights(&self, values: Vec<f32>) -> Weights {
        let [layers, _, heads, queries, keys] = self.axes;
        Weights { shape: [layers, heads, queries, keys], values, query_tokens: None, key_tokens: None }
    }

    /// Memory grows with what is really there, not with what was declared.
    fn read_numbers(&self, source: &mut impl Read, count: usize, values: &mut Vec<f32>) -> Result<(), String> {
        let size = self.number.size();
        let mut buffer = vec![0; (count * size).min(1 << 16)];
        let mut left = count * size;
        while left > 0 {
            let now = left.min(buffer.len());
            source.read_exact(&mut buffer[..now]).map_err(reason)?;
            values.extend(buffer[..now].chunks_exact(size).map(|bytes| self.number.decode(bytes, self.bytes)));
            left -= now;
        }
        Ok(())
    }

    fn skip(&self, source: &mut impl Read, count: usize) -> Result<(), String> {
        let bytes = (count * self.number.size()) as u64;
        let skipped = std::io::copy(&mut source.take(bytes), &mut std::io::sink()).map_err(reason)?;
        if skipped == bytes { Ok(()) } else { Err(ENDS_EARLY.to_string()) }
    }

    /// From the first axis running fastest to the last one.
    fn row_major(&self, stored: &[f32]) -> Vec<f32> {
        let [layers, examples, heads, queries, keys] = self.axes;
        let mut values = Vec::with_capacity(stored.len() / examples);
        for layer in 0..layers {
            for (head, query) in (0..heads).flat_map(|head| (0..queries).map(move |query| (head, query))) {
                let first = layer + layers * (self.example + examples * (head + heads * query));
                let stride = layers * examples * heads * queries;
                values.extend((0..keys).map(|key| stored[first + stride * key]));
            }
        }
        values
    }
}

const ENDS_EARLY: &str = "damaged: ends before its last number";

/// Why a file could not be read on, in words.
pub(super) fn reason(error: std::io::Error) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof => ENDS_EARLY.to_string(),
        _ => format!("damaged: {error}"),
    }
}

impl Number {
    pub(super) fn size(self) -> usize {
        match self {
            Self::F16 | Self::BF16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    fn decode(self, stored: &[u8], order: Bytes) -> f32 {
        let mut bytes = [0; 8];
        let bytes = &mut bytes[..stored.len()];
        bytes.copy_from_slice(stored);
        if order == Bytes::BigEndian {
            bytes.reverse();
        }
        match (self, &*bytes) {
            (Self::F16, [a, b]) => f16::from_le_bytes([*a, *b]).to_f32(),
            (Self::BF16, [a, b]) => bf16::from_le_bytes([*a, *b]).to_f32(),
            (Self::F32, [a, b, c, d]) => f32::from_le_bytes([*a, *b, *c, *d]),
            (_, bytes) => bytes.try_into().map_or(f32::NAN, |bytes| f64::from_le_bytes(bytes) as f32),
        }
    }
}
