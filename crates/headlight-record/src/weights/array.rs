use std::io::Read;

use half::{bf16, f16};

use super::error::ArrayError;

/// More numbers than this are no picture: 1 GiB of them in memory.
const MOST_VALUES: usize = 1 << 28;
/// More than this is not read, even to skip it.
const MOST_BYTES: usize = if usize::BITS > 33 { 1usize.unbounded_shl(33) } else { usize::MAX };
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

/// What an array says of itself, checked: its shape, and that it is no more than what is ever read.
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
    ) -> Result<Self, ArrayError> {
        let axes = match *shape {
            [queries, keys] => [1, 1, 1, queries, keys],
            [heads, queries, keys] => [1, 1, heads, queries, keys],
            [layers, heads, queries, keys] => [layers, 1, heads, queries, keys],
            [layers, batch, heads, queries, keys] => [layers, batch, heads, queries, keys],
            _ => return Err(ArrayError::Shape(shape.to_vec())),
        };
        if shape.contains(&0) {
            return Err(ArrayError::Empty(shape.to_vec()));
        }
        let example = match (shape.len(), batch_index, axes[1]) {
            (MOST_AXES, Some(index), count) if index < count => index,
            (MOST_AXES, Some(index), count) => return Err(ArrayError::NoSuchExample { index, count }),
            (MOST_AXES, None, 1) => 0,
            (MOST_AXES, None, count) => return Err(ArrayError::SeveralExamples { count }),
            (_, Some(_), _) => return Err(ArrayError::NoExamples(shape.to_vec())),
            (_, None, _) => 0,
        };
        let product = |axes: &[usize]| axes.iter().try_fold(1usize, |product, axis| product.checked_mul(*axis));
        let bytes_in_all = product(&axes).and_then(|count| count.checked_mul(number.size()));
        let kept = product(&[axes[0], axes[2], axes[3], axes[4]]);
        if bytes_in_all.is_none_or(|count| count > MOST_BYTES) || kept.is_none_or(|count| count > MOST_VALUES) {
            return Err(ArrayError::Large { shape: shape.to_vec(), most: MOST_VALUES });
        }
        Ok(Self { number, bytes, order, axes, example })
    }

    /// `[layers, heads, queries, keys]` of the chosen example.
    pub(super) fn shape(&self) -> [usize; 4] {
        let [layers, _, heads, queries, keys] = self.axes;
        [layers, heads, queries, keys]
    }

    /// How many bytes the numbers of all examples take in the file.
    pub(super) fn size(&self) -> u64 {
        (self.axes.iter().product::<usize>() * self.number.size()) as u64
    }

    /// That there are as many bytes as the array needs, so that memory for it may be taken.
    pub(super) fn check_room(&self, bytes: u64) -> Result<(), ArrayError> {
        if self.size() <= bytes { Ok(()) } else { Err(ArrayError::EndsEarly) }
    }

    /// Reads the numbers of the chosen example, row-major; those of others are skipped.
    ///
    /// Memory is taken for all of them at once: see [`check_room`](Self::check_room).
    pub(super) fn read(&self, source: &mut impl Read) -> Result<Vec<f32>, ArrayError> {
        match self.order {
            Order::RowMajor => self.read_row_major(source),
            Order::ColumnMajor => self.read_column_major(source),
        }
    }

    fn read_row_major(&self, source: &mut impl Read) -> Result<Vec<f32>, ArrayError> {
        let [layers, examples, heads, queries, keys] = self.axes;
        let panel = heads * queries * keys;
        // Without other examples between them, the layers are one run of numbers.
        let (runs, count) = if examples == 1 { (1, layers * panel) } else { (layers, panel) };
        let mut values = Vec::with_capacity(layers * panel);
        let mut buffer = self.buffer(count);
        for _ in 0..runs {
            self.skip(source, self.example * panel)?;
            self.read_numbers(source, count, &mut buffer, |number| values.push(number))?;
            self.skip(source, (examples - 1 - self.example) * panel)?;
        }
        Ok(values)
    }

    /// From the first axis running fastest to the last one.
    fn read_column_major(&self, source: &mut impl Read) -> Result<Vec<f32>, ArrayError> {
        let [layers, examples, heads, queries, keys] = self.axes;
        let mut values = vec![0.0; layers * heads * queries * keys];
        let [mut layer, mut example, mut head, mut query, mut key] = [0; MOST_AXES];
        let count = self.axes.iter().product();
        self.read_numbers(source, count, &mut self.buffer(count), |number| {
            if example == self.example {
                values[((layer * heads + head) * queries + query) * keys + key] = number;
            }
            let axes = [(&mut layer, layers), (&mut example, examples), (&mut head, heads), (&mut query, queries)];
            for (at, length) in axes {
                *at += 1;
                if *at < length {
                    return;
                }
                *at = 0;
            }
            key += 1;
        })?;
        Ok(values)
    }

    /// The numbers of the chosen example, from all of them, row-major.
    pub(super) fn chosen(&self, all: &[f32]) -> Vec<f32> {
        let [layers, examples, heads, queries, keys] = self.axes;
        let count = heads * queries * keys;
        let of_layer = |layer: usize| &all[(layer * examples + self.example) * count..][..count];
        (0..layers).flat_map(of_layer).copied().collect()
    }

    /// As large as reading `count` numbers has a use for.
    fn buffer(&self, count: usize) -> Vec<u8> {
        vec![0; (count * self.number.size()).min(1 << 16)]
    }

    fn read_numbers(
        &self,
        source: &mut impl Read,
        count: usize,
        buffer: &mut [u8],
        mut take: impl FnMut(f32),
    ) -> Result<(), ArrayError> {
        let size = self.number.size();
        let mut left = count * size;
        while left > 0 {
            let now = left.min(buffer.len());
            source.read_exact(&mut buffer[..now])?;
            buffer[..now].chunks_exact(size).for_each(|bytes| take(self.number.decode(bytes, self.bytes)));
            left -= now;
        }
        Ok(())
    }

    fn skip(&self, source: &mut impl Read, count: usize) -> Result<(), ArrayError> {
        let bytes = (count * self.number.size()) as u64;
        if bytes == 0 {
            return Ok(());
        }
        let skipped = std::io::copy(&mut source.take(bytes), &mut std::io::sink())?;
        if skipped == bytes { Ok(()) } else { Err(ArrayError::EndsEarly) }
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
