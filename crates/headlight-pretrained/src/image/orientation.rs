//! How a camera was held: one number of EXIF data, which is a TIFF file's first directory.

const ORIENTATION: u16 = 0x0112;
const SHORT: u16 = 3;
const ENTRY: usize = 12;

/// The orientation, from 1 to 8, where the data has one.
pub(super) fn orientation(exif: &[u8]) -> Option<u16> {
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let little = match tiff.get(..2)? {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let two = |at: usize| {
        let bytes = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let four = |at: usize| {
        let bytes = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    };
    let directory = four(4)? as usize;
    let entries = usize::from(two(directory)?);
    let first = directory.checked_add(2)?;
    let entry = (0..entries).map(|at| first + at * ENTRY).find(|entry| two(*entry) == Some(ORIENTATION))?;
    (two(entry + 2)? == SHORT).then(|| two(entry + 8)).flatten().filter(|turned| (1..=8).contains(turned))
}
