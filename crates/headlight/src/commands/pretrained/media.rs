//! Sounds and pictures, from files.

use std::path::Path;

use anyhow::{anyhow, bail};
use headlight_pretrained::Numbers;
use headlight_pretrained::image::{ImageProcessor, Rgb, read_image};
use headlight_pretrained::speech::{FeatureExtractor, read_wav};
use headlight_record::read_npy;

use crate::output::note;

/// What says how a model hears or sees.
const PREPROCESSORS: [&str; 2] = ["preprocessor_config.json", "processor_config.json"];

/// A sound as a model hears it.
pub(super) struct Sound {
    pub(super) features: Numbers<2>,
    /// How long the features are, in seconds, and how much of that is sound; `None` where that is not known.
    pub(super) seconds: Option<[f64; 2]>,
}

/// A WAV file as the model in `directory` hears it, in so many bands; where no file says how, as models of its kind do.
pub(super) fn sound(directory: &Path, file: &Path, bands: Option<usize>) -> anyhow::Result<Sound> {
    let extractor = match (preprocessor(directory)?, bands) {
        (Some(json), _) => FeatureExtractor::from_json(&json),
        (None, Some(bands)) => {
            note(format_args!("note: no {} says how the model hears: as Whisper does by default", PREPROCESSORS[0]));
            FeatureExtractor::of_whisper(bands)
        }
        (None, None) => return Err(no_preprocessor(directory)),
    };
    let extractor = extractor.map_err(|error| of(directory, error))?;
    let samples = read_wav(&read(file)?, extractor.rate()).map_err(|error| of(file, error))?;
    let features = extractor.features(&samples);
    let seconds = |samples: usize| samples as f64 / f64::from(extractor.rate());
    Ok(Sound {
        features: Numbers { shape: features.shape, values: features.values },
        seconds: Some([seconds(extractor.longest()), seconds(samples.len().min(extractor.longest()))]),
    })
}

/// A PNG or JPEG file as the model in `directory` sees it: its pixels, and as a person sees the same.
pub(super) fn picture(directory: &Path, file: &Path) -> anyhow::Result<(Numbers<3>, Rgb)> {
    let json = preprocessor(directory)?.ok_or_else(|| no_preprocessor(directory))?;
    let processor = ImageProcessor::from_json(&json).map_err(|error| of(directory, error))?;
    let picture = read_image(&read(file)?).map_err(|error| of(file, error))?;
    let seen = processor.seen(&picture).map_err(|error| of(file, error))?;
    let pixels = processor.pixels(&seen);
    Ok((Numbers { shape: pixels.shape, values: pixels.values }, seen))
}

/// Numbers that were computed elsewhere: an array of `D` axes, or that behind an axis of one example.
pub(super) fn given<const D: usize>(file: &Path) -> anyhow::Result<Numbers<D>> {
    let (shape, values) = read_npy(&read(file)?).map_err(|error| of(file, error))?;
    let axes = if shape.len() == D + 1 && shape[0] == 1 { &shape[1..] } else { &shape[..] };
    match axes.try_into() {
        Ok(_) if values.iter().any(|value| !value.is_finite()) => {
            bail!("{}: holds numbers that are not finite", file.display())
        }
        Ok(shape) => Ok(Numbers { shape, values }),
        Err(_) => bail!("{}: has {} axes, and the model takes {D}", file.display(), shape.len()),
    }
}

/// What says how the model hears or sees, where it is there.
fn preprocessor(directory: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    let path = PREPROCESSORS.iter().map(|name| directory.join(name)).find(|path| path.is_file());
    path.map(|path| read(&path)).transpose()
}

fn no_preprocessor(directory: &Path) -> anyhow::Error {
    anyhow!(
        "{} has no {}, which says how the model hears or sees: give --features FILE.npy instead",
        directory.display(),
        PREPROCESSORS[0]
    )
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).map_err(|error| of(file, error))
}

fn of(path: &Path, error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("{}: {error}", path.display())
}
