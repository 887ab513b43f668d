/// Heads smaller than this share a block.
const BLOCK_BYTES: usize = 64 << 10;

/// A page's binary data: blocks that are unpacked one by one, when they are looked at.
#[derive(Default)]
pub(crate) struct Blocks {
    raw: Vec<Vec<u8>>,
}

impl Blocks {
    /// Adds a block and returns its number.
    pub(crate) fn add(&mut self, bytes: Vec<u8>) -> usize {
        self.raw.push(bytes);
        self.raw.len() - 1
    }

    /// Adds panels of equal size, as many to a block as make it worth its name; returns the first block's number and how many
    /// panels each has.
    pub(crate) fn add_panels(&mut self, panels: Vec<Vec<u8>>) -> (usize, usize) {
        let size = panels.first().map_or(1, Vec::len).max(1);
        let per_block = BLOCK_BYTES.div_ceil(size).min(panels.len()).max(1);
        let first = self.raw.len();
        match per_block {
            1 => self.raw.extend(panels), // large ones, which are not copied
            _ => self.raw.extend(panels.chunks(per_block).map(<[Vec<u8>]>::concat)),
        }
        (first, per_block)
    }

    /// The blocks as they are.
    pub(crate) fn into_raw(self) -> Vec<Vec<u8>> {
        self.raw
    }
}
