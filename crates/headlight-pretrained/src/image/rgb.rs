/// A picture of 8 bits a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rgb {
    /// In pixels.
    pub width: usize,
    /// In pixels.
    pub height: usize,
    /// `[height, width, 3]`: row by row, red, green and blue of each pixel.
    pub bytes: Vec<u8>,
}

impl Rgb {
    /// The picture upright: `orientation` is what EXIF says of where its first row and column are, from 1, upright, to 8.
    pub(super) fn upright(self, orientation: u16) -> Self {
        let Self { width, height, bytes } = &self;
        let (width, height) = (*width, *height);
        let source = |row: usize, column: usize| match orientation {
            2 => (row, width - 1 - column),
            3 => (height - 1 - row, width - 1 - column),
            4 => (height - 1 - row, column),
            5 => (column, row),
            6 => (height - 1 - column, row),
            7 => (height - 1 - column, width - 1 - row),
            _ => (column, width - 1 - row),
        };
        let (rows, columns) = match orientation {
            2..=4 => (height, width),
            5..=8 => (width, height),
            _ => return self,
        };
        let mut turned = Vec::with_capacity(bytes.len());
        for row in 0..rows {
            for column in 0..columns {
                let (row, column) = source(row, column);
                turned.extend_from_slice(&bytes[3 * (row * width + column)..][..3]);
            }
        }
        Self { width: columns, height: rows, bytes: turned }
    }

    /// Its middle, or, where that reaches beyond it, black around it.
    pub(super) fn center_crop(&self, height: usize, width: usize) -> Self {
        // Rounded down: of an odd number, one more is cut off behind than before, or added before than behind.
        let first = |from: usize, to: usize| (from as isize - to as isize).div_euclid(2);
        let (top, left) = (first(self.height, height), first(self.width, width));
        let mut bytes = vec![0; 3 * height * width];
        for row in 0..height {
            for column in 0..width {
                let at = (row.checked_add_signed(top), column.checked_add_signed(left));
                if let (Some(y), Some(x)) = at
                    && y < self.height
                    && x < self.width
                {
                    let pixel = &self.bytes[3 * (y * self.width + x)..][..3];
                    bytes[3 * (row * width + column)..][..3].copy_from_slice(pixel);
                }
            }
        }
        Self { width, height, bytes }
    }
}
