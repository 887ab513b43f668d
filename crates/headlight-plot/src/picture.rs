use headlight_record::AttentionRecord;

use crate::bitmap::bitmap;
use crate::colours::Palette;
use crate::figure::Figure;
use crate::heatmap::{heads_figure, sheet_figure};
use crate::options::SCALES;
use crate::style::Style;
use crate::svg::svg;
use crate::text::Pen;
use crate::{Format, PlotError, PlotOptions};

/// What to draw.
#[derive(Clone, Copy, Debug)]
pub enum Picture<'a> {
    /// Chosen heads of a record: a row a layer, a column a head. One layer and one head give one large heatmap.
    Heads {
        /// Whose weights.
        record: &'a AttentionRecord,
        /// From top to bottom, none twice.
        layers: &'a [usize],
        /// From left to right, none twice.
        heads: &'a [usize],
    },
    /// All heads of every record on one sheet.
    Sheet {
        /// From top to bottom, at least one.
        records: &'a [AttentionRecord],
    },
}

/// A picture as the bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// A PNG or an SVG.
    pub bytes: Vec<u8>,
    /// What whoever asked for the picture should know about it: characters that no font has.
    pub warnings: Vec<String>,
}

/// Draws a picture as [`PlotOptions::format`] says. Equal pictures and options give equal bytes on one machine.
///
/// # Errors
///
/// When a layer or head does not exist, an option is out of range, the font file is none, or the picture would be too
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
    Ok(Drawn { bytes, warnings: pen.warnings(words) })
}

/// The figure at the scale, or at the one that gives the width that is asked for.
fn fitted<'a>(options: &PlotOptions, figure: impl Fn(f64) -> Figure<'a>) -> Result<(Figure<'a>, f64), PlotError> {
    let Some(width) = options.width else {
        return Ok((figure(options.scale), options.scale));
    };
    let width = i32::try_from(width).unwrap_or(i32::MAX);
    let mut scale = f64::from(width) / f64::from(figure(1.0).page.width());
    // Cells have whole numbers of pixels, so the width does not follow the scale exactly.
    for _ in 0..12 {
        if !SCALES.contains(&scale) {
            break;
        }
        let placed = figure(scale);
        if placed.page.width() <= width {
            return Ok((placed.widened(width), scale));
        }
        scale *= (f64::from(width) / f64::from(placed.page.width())).min(0.99);
    }
    Err(PlotError::Width { width })
}

impl<'a> Picture<'a> {
    fn figure(&self, style: &Style<'_>) -> Figure<'a> {
        match *self {
            Self::Heads { record, layers, heads } => heads_figure(style, record, layers, heads),
            Self::Sheet { records } => sheet_figure(style, records),
        }
    }

    fn title(&self, options: &PlotOptions) -> String {
        let own = match self {
            Self::Heads { record, .. } => record.kind().title(),
            Self::Sheet { .. } => "attention",
        };
        options.title.clone().unwrap_or_else(|| own.to_string())
    }

    fn check(&self) -> Result<(), PlotError> {
        match self {
            Self::Heads { record, layers, heads } => {
                let [layer_count, head_count, ..] = record.shape();
                if let Some(&layer) = layers.iter().find(|layer| **layer >= layer_count) {
                    return Err(PlotError::Layer { layer, layers: layer_count });
                }
                if let Some(&head) = heads.iter().find(|head| **head >= head_count) {
                    return Err(PlotError::Head { head, heads: head_count });
                }
                if layers.is_empty() || heads.is_empty() { Err(PlotError::Nothing) } else { Ok(()) }
            }
            Self::Sheet { records: [] } => Err(PlotError::Nothing),
            Self::Sheet { .. } => Ok(()),
        }
    }

    /// Everything that was not written by us.
    fn words(&self) -> Vec<&'a str> {
        let of = |record: &'a AttentionRecord| {
            let tokens = record.query_tokens().iter().chain(record.key_tokens()).map(String::as_str);
            tokens.chain([record.origin().task.as_str(), record.origin().model.as_str()])
        };
        match *self {
            Self::Heads { record, .. } => of(record).collect(),
            Self::Sheet { records } => records.iter().flat_map(of).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
