//! NumPy's `.npz`: a zip archive of `.npy` files.

use std::io::{BufReader, Read, Seek};

use zip::ZipArchive;
use zip::read::ZipFile;

use super::array::Array;
use super::choice::{WeightsChoice, choose};
use super::error::ArrayError;
use super::npy::Header;

/// An array of so many bytes may have been packed into any few; a larger one,
const ANY_RATIO: u64 = 1 << 26;
/// into no fewer than one byte for so many. Zip's packing reaches 1,000, but only with bytes that are all alike.
const MOST_RATIO: u64 = 100;

/// An archive, and the array in it that is to be read.
pub(super) struct Npz<R> {
    archive: ZipArchive<R>,
    file: String,
    batch_index: Option<usize>,
}

impl<R: Read + Seek> Npz<R> {
    /// Finds the array and reads its header.
    pub(super) fn open(source: R, choice: &WeightsChoice<'_>) -> Result<(Self, Array), ArrayError> {
        let archive = ZipArchive::new(source)?;
        // A name that is no text names no array.
        let files: Vec<String> = archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
        let mut names: Vec<&str> = files.iter().filter_map(|name| name.strip_suffix(".npy")).collect();
        names.sort_unstable();
        let file = format!("{}.npy", choose(&names, choice.array)?);
        let mut npz = Self { archive, file, batch_index: choice.batch_index };
        let (array, ..) = npz.file()?;
        Ok((npz, array))
    }

    /// Reads the numbers. However much the archive would unpack to, the array's own header says how far it is read.
    pub(super) fn read(&mut self) -> Result<Vec<f32>, ArrayError> {
        let (array, is_all, mut source) = self.file()?;
        let values = array.read(&mut source)?;
        // The archive's checksum is compared where the file ends; behind a longer one's array nothing is unpacked.
        if is_all {
            std::io::copy(&mut source.take(1), &mut std::io::sink())?;
        }
        Ok(values)
    }

    /// The array, whether the file ends with it, and where its numbers begin.
    fn file(&mut self) -> Result<(Array, bool, BufReader<ZipFile<'_, R>>), ArrayError> {
        let file = self.archive.by_name(&self.file)?;
        let (packed, unpacked) = (file.compressed_size(), file.size());
        let mut source = BufReader::new(file);
        let header = Header::read(&mut source)?;
        let array = header.array(self.batch_index)?;
        let room = unpacked.saturating_sub(header.length);
        array.check_room(room)?;
        if array.size() > ANY_RATIO && array.size() / MOST_RATIO > packed {
            return Err(ArrayError::Bomb { packed, unpacked: array.size() });
        }
        let is_all = array.size() == room;
        Ok((array, is_all, source))
    }
}
