//! From a picture to the bytes of a file.

use crate::canvas::bitmap::bitmap;
use crate::canvas::svg::svg;
use crate::colours::palette::Palette;
use crate::error::PlotError;
use crate::figure::Figure;
use crate::layout::style::Style;
use crate::limits::SCALES;
use crate::options::{Format, PlotOptions};
use crate::pictures::Picture;
use crate::text::missing::MissingCharacters;
use crate::text::pen::Pen;

/// A picture as the bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// A PNG or an SVG.
    pub bytes: Vec<u8>,
    /// Characters that no font has.
    pub missing: Option<MissingCharacters>,
}

/// Draws a picture as [`PlotOptions::format`] says. Equal pictures and options give equal bytes on one machine.
///
/// # Errors
///
/// When a layer or head does not exist, an option is out of range, the font is damaged, or the picture would be too
/// large.
pub fn draw(picture: &Picture<'_>, options: &PlotOptions) -> Result<Drawn, PlotError> {
    options.check()?;
    picture.check()?;
    let words = picture.words();
    let words = words.iter().copied().chain(options.title.as_deref());
    let pen = Pen::new(words.clone(), options)?;
    let (figure, scale) = fitted(options, |scale| picture.figure(&Style::new(&pen, options, scale)))?;
    let palette = Palette::of(options);
    let bytes = match options.format {
        Format::Png => bitmap(&figure, &pen, &palette, scale)?.to_png()?,
        Format::Svg => {
            let title = picture.title(options);
            svg(&figure, &pen.shown(&title), &palette, scale)?.into_bytes()
        }
    };
    Ok(Drawn { bytes, missing: pen.missing(words) })
}

/// The figure at the scale, or at the one that gives the width that is asked for.
pub(crate) fn fitted<'a>(
    options: &PlotOptions,
    figure: impl Fn(f64) -> Result<Figure<'a>, PlotError>,
) -> Result<(Figure<'a>, f64), PlotError> {
    let Some(width) = options.width else {
        return Ok((figure(options.scale)?, options.scale));
    };
    let width = i32::try_from(width).unwrap_or(i32::MAX);
    // What is too large at one scale may fit at a smaller one.
    let width_of = |figure: &Result<Figure<'a>, PlotError>| match figure {
        Ok(figure) => f64::from(figure.page.width()),
        Err(PlotError::TooLarge { width, .. }) => *width as f64,
        Err(_) => 1.0,
    };
    let mut scale = f64::from(width) / width_of(&figure(1.0));
    // Cells have whole numbers of pixels, so the width does not follow the scale exactly.
    for _ in 0..12 {
        if !SCALES.contains(&scale) {
            break;
        }
        let placed = figure(scale);
        let got = width_of(&placed);
        if got <= f64::from(width) {
            return Ok((placed?.widened(width), scale));
        }
        scale *= (f64::from(width) / got).min(0.99);
    }
    Err(PlotError::Width { width })
}
