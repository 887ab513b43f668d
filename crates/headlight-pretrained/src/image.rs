//! Pictures as a vision transformer sees them: a PNG or JPEG file → pixels, as transformers' `ViTImageProcessor` computes them with Pillow.

mod config;
mod decode;
mod error;
mod orientation;
mod resize;
mod rgb;

pub use decode::read_image;
pub use error::ImageError;
pub use rgb::Rgb;

use config::Config;
use resize::resized;

/// Makes pictures what a model takes, as its `preprocessor_config.json` says.
pub struct ImageProcessor {
    config: Config,
}

/// What a model takes of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixels {
    /// Row-major.
    pub values: Vec<f32>,
    /// `[3, height, width]`: red, green and blue.
    pub shape: [usize; 3],
}

impl ImageProcessor {
    /// From the bytes of `preprocessor_config.json`, or of `processor_config.json`, which holds the same under `image_processor`.
    ///
    /// # Errors
    ///
    /// When they are no JSON, or an option would change the pixels and is not known.
    pub fn from_json(json: &[u8]) -> Result<Self, ImageError> {
        Ok(Self { config: Config::from_json(json)? })
    }

    /// The picture that the model sees, as a person can see it too: resized, and its middle cut out where the options say so.
    ///
    /// # Errors
    ///
    /// When the picture is so long and thin that it would have more than 2²⁴ pixels.
    pub fn seen(&self, picture: &Rgb) -> Result<Rgb, ImageError> {
        let mut seen = match self.config.resize() {
            Some((size, filter)) => {
                let (height, width) = size.fitting(picture.height, picture.width)?;
                resized(picture, height, width, filter)
            }
            None => picture.clone(),
        };
        if let Some((height, width)) = self.config.crop() {
            seen = seen.center_crop(height, width);
        }
        Ok(seen)
    }

    /// The pixels of a picture that was [`seen`](Self::seen), rescaled and normalized as the options say.
    pub fn pixels(&self, seen: &Rgb) -> Pixels {
        let Config { do_rescale, rescale_factor, do_normalize, image_mean, image_std, .. } = &self.config;
        let (means, stds) = (image_mean.each(), image_std.each());
        let channel = |channel: usize| {
            let levels = seen.bytes.iter().skip(channel).step_by(3);
            levels.map(move |level| {
                let value = match do_rescale {
                    true => (f64::from(*level) * rescale_factor) as f32,
                    false => f32::from(*level),
                };
                if *do_normalize { (value - means[channel]) / stds[channel] } else { value }
            })
        };
        Pixels { values: (0..3).flat_map(channel).collect(), shape: [3, seen.height, seen.width] }
    }
}
