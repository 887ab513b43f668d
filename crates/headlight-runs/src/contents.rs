/// Size and checksum of a file's contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    pub(crate) bytes: usize,
    pub(crate) crc32: u32,
}

impl Contents {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len(), crc32: crc32fast::hash(bytes) }
    }
}

impl std::fmt::Display for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes with the CRC-32 {}", self.bytes, self.crc32)
    }
}
