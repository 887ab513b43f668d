//! Files that notice when they were changed: each carries a CRC-32 of its own bytes.
//!
//! A file without one is taken as it is, so that other programs may write our formats. A flipped bit in a file that has one
//! is noticed wherever it lies, or it hit the name of the checksum, and then everything else is as it was.

/// How a sealed safetensors header begins; the checksum's eight digits and a quotation mark follow.
const HEADER_START: &[u8] = b"{\"__metadata__\":{\"crc32\":\"";
/// What stands before the checksum at the end of a sealed JSON object.
const JSON_END: &str = ",\n  \"crc32\": \"";
/// Stands in the place of the checksum while it is computed.
const BLANK: &[u8; 8] = b"00000000";
/// A safetensors file begins with the length of its header, in so many bytes.
const LENGTH_BYTES: usize = 8;

/// Contents that are not what their checksum says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("damaged: its contents have the CRC-32 {found}, and it says {written}")]
pub struct BrokenSeal {
    found: String,
    written: String,
}

/// Whether contents carry a checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// They do, and it is right.
    Whole,
    /// They have none.
    Absent,
}

/// A safetensors file with the CRC-32 of all its bytes as the first entry of its metadata, computed with `00000000` in its
/// place.
///
/// # Panics
///
/// When `bytes` are no safetensors.
pub fn seal_safetensors(bytes: &[u8]) -> Vec<u8> {
    let (length, rest) = bytes.split_at(LENGTH_BYTES);
    let length = u64::from_le_bytes(length.try_into().expect("eight bytes")) as usize;
    let (header, data) = rest.split_at(length);
    let header = header.trim_ascii_end();

    let metadata = b"{\"__metadata__\":{";
    let (joint, others): (&[u8], _) = match header.strip_prefix(metadata.as_slice()) {
        Some(others) if others.starts_with(b"}") => (b"\"", others),
        Some(others) => (b"\",", others),
        None if header == b"{}" => (b"\"}", &header[1..]),
        None => (b"\"},", &header[1..]),
    };
    let mut header = [HEADER_START, BLANK, joint, others].concat();
    header.resize(header.len().next_multiple_of(LENGTH_BYTES), b' '); // numbers stay aligned

    let mut sealed = [&(header.len() as u64).to_le_bytes()[..], &header, data].concat();
    let digits = format!("{:08x}", crc32fast::hash(&sealed));
    sealed[digits_of_safetensors()].copy_from_slice(digits.as_bytes());
    sealed
}

/// Compares the contents of a safetensors file with their checksum.
///
/// # Errors
///
/// When they differ.
pub fn check_safetensors(bytes: &[u8]) -> Result<Seal, BrokenSeal> {
    let place = digits_of_safetensors();
    let is_sealed = bytes.get(LENGTH_BYTES..place.start) == Some(HEADER_START) && bytes.get(place.end) == Some(&b'"');
    if !is_sealed {
        return Ok(Seal::Absent);
    }
    let mut crc = crc32fast::Hasher::new();
    for part in [&bytes[..place.start], BLANK, &bytes[place.end..]] {
        crc.update(part);
    }
    compare(crc.finalize(), &bytes[place])
}

/// An indented JSON object with the CRC-32 of all that stands before it as its last entry.
///
/// # Panics
///
/// When `text` does not end in a line with the brace of an object that has entries.
pub fn seal_json(text: &str) -> String {
    let entries = text.trim_end().strip_suffix("\n}").expect("an object, indented");
    format!("{entries}{JSON_END}{:08x}\"\n}}\n", crc32fast::hash(entries.as_bytes()))
}

/// Compares the contents of a JSON object with their checksum.
///
/// # Errors
///
/// When they differ.
pub fn check_json(text: &[u8]) -> Result<Seal, BrokenSeal> {
    let parts = text.trim_ascii_end().strip_suffix(b"\"\n}").and_then(|text| text.split_last_chunk::<8>());
    let Some((before, digits)) = parts else { return Ok(Seal::Absent) };
    let Some(entries) = before.strip_suffix(JSON_END.as_bytes()) else { return Ok(Seal::Absent) };
    compare(crc32fast::hash(entries), digits)
}

fn digits_of_safetensors() -> std::ops::Range<usize> {
    let start = LENGTH_BYTES + HEADER_START.len();
    start..start + BLANK.len()
}

fn compare(found: u32, written: &[u8]) -> Result<Seal, BrokenSeal> {
    let found = format!("{found:08x}");
    if found.as_bytes() == written {
        return Ok(Seal::Whole);
    }
    Err(BrokenSeal { found, written: String::from_utf8_lossy(written).into_owned() })
}
