//! `preprocessor_config.json` of vision transformers.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::ImageError;
use super::resize::Filter;

/// Longer sides are none that a model asks for.
const LONGEST_SIDE: usize = 4096;
/// Nor more pixels.
const MOST_PIXELS: usize = 1 << 24;
/// Says how a picture was handed over, or what class wrote the file. Pictures are always converted to RGB.
const WITHOUT_EFFECT: [&str; 6] = [
    "_valid_processor_keys",
    "data_format",
    "default_to_square",
    "do_convert_rgb",
    "image_seq_length",
    "processor_class",
];

/// The options. `None` stands for what the class has where none is given.
#[derive(Deserialize)]
pub(super) struct Config {
    #[serde(default = "yes")]
    do_resize: bool,
    size: Option<Size>,
    resample: Option<Filter>,
    do_center_crop: Option<bool>,
    crop_size: Option<Size>,
    #[serde(default = "yes")]
    pub(super) do_rescale: bool,
    #[serde(default = "one_in_255")]
    pub(super) rescale_factor: f64,
    #[serde(default = "yes")]
    pub(super) do_normalize: bool,
    #[serde(default)]
    pub(super) image_mean: Channels,
    #[serde(default)]
    pub(super) image_std: Channels,
    image_processor_type: Option<String>,
    feature_extractor_type: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// How large a picture is made, in pixels.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "a size is a number, {\"height\", \"width\"} or {\"shortest_edge\"}"
)]
pub(super) enum Size {
    Square(usize),
    Sides { height: usize, width: usize },
    Shortest { shortest_edge: usize },
}

/// A number for each of red, green and blue, or one for all.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged, expecting = "a mean or standard deviation is a number, or a list of three")]
pub(super) enum Channels {
    One(f32),
    Each([f32; 3]),
}

/// Whose defaults hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Vit,
    Deit,
}

fn yes() -> bool {
    true
}

fn one_in_255() -> f64 {
    1.0 / 255.0
}

impl Default for Channels {
    fn default() -> Self {
        Self::One(0.5)
    }
}

impl Channels {
    pub(super) fn each(self) -> [f32; 3] {
        match self {
            Self::One(number) => [number; 3],
            Self::Each(numbers) => numbers,
        }
    }
}

impl Config {
    pub(super) fn from_json(json: &[u8]) -> Result<Self, ImageError> {
        let mut json: Value = serde_json::from_slice(json)?;
        let mut options = match json.get_mut("image_processor") {
            Some(inner) => inner.take(),
            None => json,
        };
        // Newer files write null for what is not set.
        if let Some(options) = options.as_object_mut() {
            options.retain(|_, value| !value.is_null());
        }
        let config = Self::deserialize(options)?;
        config.check()?;
        Ok(config)
    }

    /// How a picture is resized, if it is.
    pub(super) fn resize(&self) -> Option<(Size, Filter)> {
        let (size, filter) = match self.class() {
            Some(Class::Deit) => (Size::Square(256), Filter::Bicubic),
            Some(Class::Vit) | None => (Size::Square(224), Filter::Bilinear),
        };
        self.do_resize.then(|| (self.size.unwrap_or(size), self.resample.unwrap_or(filter)))
    }

    /// Height and width of the middle that is cut out, if one is.
    pub(super) fn crop(&self) -> Option<(usize, usize)> {
        let crops = self.do_center_crop.unwrap_or(self.class() == Some(Class::Deit));
        crops.then(|| self.crop_size.unwrap_or(Size::Square(224)).sides(1, 1))
    }

    /// The class that wrote the file, where it is one of a vision transformer.
    fn class(&self) -> Option<Class> {
        let name = self.image_processor_type.as_deref().or(self.feature_extractor_type.as_deref());
        match name.map(|name| name.trim_end_matches("Fast").trim_end_matches("Pil")) {
            Some("DeiTImageProcessor" | "DeiTFeatureExtractor") => Some(Class::Deit),
            None | Some("ViTImageProcessor" | "ViTFeatureExtractor") => Some(Class::Vit),
            Some(_) => None,
        }
    }

    /// That nothing in it is unknown, and that it asks for no more than a machine can do.
    fn check(&self) -> Result<(), ImageError> {
        let unknown = |name: &str, value: String| Err(ImageError::Option { name: name.to_string(), value });
        if self.class().is_none() {
            let names = [&self.image_processor_type, &self.feature_extractor_type];
            let name = names.into_iter().flatten().next().cloned().unwrap_or_default();
            return unknown("image_processor_type", name);
        }
        let is_another = |(name, value): &(&String, &Value)| {
            let is_off = name.as_str() == "do_pad" && **value == Value::Bool(false);
            !is_off && !WITHOUT_EFFECT.contains(&name.as_str())
        };
        if let Some((name, value)) = self.others.iter().find(is_another) {
            return unknown(name, value.to_string());
        }
        for (name, size) in [("size", self.size), ("crop_size", self.crop_size)] {
            if let Some(size) = size.filter(|size| !size.is_possible()) {
                return unknown(name, format!("{size:?}"));
            }
        }
        if let Some(Size::Shortest { .. }) = self.crop_size {
            return unknown("crop_size", format!("{:?}", self.crop_size));
        }
        if !self.rescale_factor.is_finite() {
            return unknown("rescale_factor", self.rescale_factor.to_string());
        }
        if self.image_mean.each().iter().any(|mean| !mean.is_finite()) {
            return unknown("image_mean", format!("{:?}", self.image_mean.each()));
        }
        if self.image_std.each().iter().any(|std| !std.is_normal()) {
            return unknown("image_std", format!("{:?}", self.image_std.each()));
        }
        Ok(())
    }
}

impl Size {
    fn is_possible(self) -> bool {
        let (height, width) = self.sides(1, 1);
        let fits = |side: usize| (1..=LONGEST_SIDE).contains(&side);
        fits(height) && fits(width)
    }

    /// Height and width of a picture that was so high and so wide.
    pub(super) fn sides(self, height: usize, width: usize) -> (usize, usize) {
        match self {
            Self::Square(side) => (side, side),
            Self::Sides { height, width } => (height, width),
            Self::Shortest { shortest_edge } => {
                let long = |long: usize, short: usize| shortest_edge.saturating_mul(long) / short;
                if width <= height {
                    (long(height, width), shortest_edge)
                } else {
                    (shortest_edge, long(width, height))
                }
            }
        }
    }

    /// [`sides`](Self::sides), unless that is far too much, as of a picture that is a mere line.
    pub(super) fn fitting(self, height: usize, width: usize) -> Result<(usize, usize), ImageError> {
        let (height, width) = self.sides(height, width);
        if height.checked_mul(width).is_some_and(|pixels| pixels <= MOST_PIXELS) {
            return Ok((height, width));
        }
        Err(ImageError::Large { width, height, most: MOST_PIXELS })
    }
}
