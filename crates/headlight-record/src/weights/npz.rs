//! NumPy's `.npz`: a zip archive of `.npy` files.

use std::io::{Read, Seek};

use zip::ZipArchive;

use super::{Weights, WeightsChoice, choose, npy};

pub(super) fn read(source: impl Read + Seek, choice: &WeightsChoice<'_>) -> Result<Weights, String> {
    let damaged = |error: zip::result::ZipError| format!("damaged: {error}");
    let mut archive = ZipArchive::new(source).map_err(damaged)?;
    // A name that is no text names no array.
    let files: Vec<String> = archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
    let mut names: Vec<&str> = files.iter().filter_map(|name| name.strip_suffix(".npy")).collect();
    names.sort_unstable();
    let name = choose(&names, choice.array)?;
    // However much the archive would unpack to, the array's own header says how far it is read.
    let mut file = archive.by_name(&format!("{name}.npy")).map_err(damaged)?;
    npy::read(&mut file, choice.batch_index)
}
