//! Films of heads while they form, as GIF and as APNG: both play wherever pictures do.

use headlight_record::AttentionRecord;

use crate::canvas::bitmap::{Bitmap, bitmap};
use crate::colours::shade::Shade;
use crate::draw::fitted;
use crate::error::PlotError;
use crate::figure::Figure;
use crate::film::palette::{FilmPalette, TRANSPARENT};
use crate::layout::style::Style;
use crate::limits::FRAMES_PER_SECOND;
use crate::options::{Format, PlotOptions};
use crate::pictures::Picture;
use crate::text::missing::MissingCharacters;
use crate::text::pen::Pen;

mod palette;

/// The last frame stays so many times as long as the others.
const LAST: u16 = 10;

/// One frame of a film.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// What it shows.
    pub record: &'a AttentionRecord,
    /// What stands over it, such as the step and the loss.
    pub title: String,
}

/// How a film is drawn.
#[derive(Clone, Copy, Debug)]
pub struct FilmOptions<'a> {
    /// From top to bottom.
    pub layers: &'a [usize],
    /// From left to right.
    pub heads: &'a [usize],
    /// Frames a second, from 1 to 50. A GIF counts in hundredths of a second: where frames last no whole number of them, some
    /// stay one longer than others, and the film is as long as it should be.
    pub fps: u16,
}

/// A film in both formats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Film {
    /// An animated GIF.
    pub gif: Vec<u8>,
    /// An animated PNG.
    pub apng: Vec<u8>,
    /// Characters that no font has.
    pub missing: Option<MissingCharacters>,
}

/// Draws a film of records of one shape. Each frame holds only the pixels that changed, so that files stay small.
///
/// Of the options, `format` and `title` are ignored: a film has formats of its own, and each frame its title.
///
/// # Errors
///
/// When there is no frame, a layer or head does not exist, the speed is out of range, frames differ in shape, or the
/// pictures would be too large.
pub fn film(frames: &[Frame<'_>], film: &FilmOptions<'_>, options: &PlotOptions) -> Result<Film, PlotError> {
    let [first, ..] = frames else { return Err(PlotError::Nothing) };
    if !FRAMES_PER_SECOND.contains(&film.fps) {
        return Err(PlotError::FramesPerSecond { fps: film.fps });
    }
    options.check()?;
    let words = |frame: &Frame<'_>| {
        let tokens = frame.record.query_tokens().iter().chain(frame.record.key_tokens()).cloned();
        tokens.chain([frame.title.clone()]).collect::<Vec<_>>()
    };
    let words: Vec<String> = frames.iter().flat_map(words).collect();
    let options = &PlotOptions { format: Format::Png, ..options.clone() };
    let pen = Pen::new(words.iter().map(String::as_str), options)?;
    // A long title may widen a page, and a note make it higher; all pages are as wide and as high as any.
    let (mut widest, mut width) = (first, 0);
    for frame in frames {
        if frame.record.shape() != first.record.shape() {
            return Err(PlotError::FrameShapes);
        }
        picture(frame, film).check()?;
        let page = figure(frame, film, &pen, options, options.scale)?.page.width();
        if page > width {
            (widest, width) = (frame, page);
        }
    }
    let (page, scale) = fitted(options, |scale| figure(widest, film, &pen, options, scale))?;
    let mut page = page.page;
    for frame in frames {
        page = page.around(figure(frame, film, &pen, options, scale)?.page);
    }
    let colours = Style::new(&pen, options, scale).palette;
    let drawn = |frame: &Frame<'_>| {
        bitmap(
            &figure(frame, film, &pen, options, scale)?.widened(page.width()).heightened(page.height()),
            &pen,
            &colours,
            scale,
        )
    };

    // Once to see which colours there are, once to write: drawing again takes less than keeping every frame.
    let mut palette = FilmPalette::default();
    for frame in frames {
        palette.count(&drawn(frame)?.pixels);
    }
    palette.settle(&colours, &Shade::weights(options));
    let Bitmap { width, height, .. } = drawn(first)?;
    let (Ok(gif_width), Ok(gif_height)) = (u16::try_from(width), u16::try_from(height)) else {
        return Err(PlotError::TooLarge { width: width.into(), height: height.into() });
    };
    let mut before: Option<Vec<u8>> = None;
    let mut changes = Vec::with_capacity(frames.len());
    for (at, frame) in frames.iter().enumerate() {
        let indices = palette.indices(&drawn(frame)?.pixels);
        let stays = if at + 1 == frames.len() { LAST } else { 1 };
        changes.push((Change::between(before.as_deref(), &indices, width as usize), stays));
        before = Some(indices);
    }
    let size = (gif_width, gif_height);
    let gif = write_gif(&changes, size, film.fps, &palette)?;
    let missing = pen.missing(words.iter().map(String::as_str));
    Ok(Film { gif, apng: write_apng(&changes, size, film.fps, &palette)?, missing })
}

fn picture<'a>(frame: &Frame<'a>, film: &FilmOptions<'a>) -> Picture<'a> {
    Picture::Heads { record: frame.record, layers: film.layers, heads: film.heads }
}

fn figure<'a>(
    frame: &Frame<'a>,
    film: &FilmOptions<'a>,
    pen: &Pen,
    options: &PlotOptions,
    scale: f64,
) -> Result<Figure<'a>, PlotError> {
    let options = PlotOptions { title: Some(frame.title.clone()), ..options.clone() };
    picture(frame, film).figure(&Style::new(pen, &options, scale))
}

/// The part of a picture that is not as before; inside it, pixels that are as before are transparent.
struct Change {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    indices: Vec<u8>,
}

impl Change {
    fn between(before: Option<&[u8]>, now: &[u8], width: usize) -> Self {
        let Some(before) = before else {
            return Self { left: 0, top: 0, width, height: now.len() / width, indices: now.to_vec() };
        };
        let changed = || (0..now.len()).filter(|at| before[*at] != now[*at]).map(|at| (at % width, at / width));
        // Nothing changed: one pixel is written, since a frame must have some.
        let (left, right) = changed().fold((width, 0), |(left, right), (x, _)| (left.min(x), right.max(x + 1)));
        let (top, bottom) = changed().fold((usize::MAX, 0), |(top, bottom), (_, y)| (top.min(y), bottom.max(y + 1)));
        let (left, right, top, bottom) = if right == 0 { (0, 1, 0, 1) } else { (left, right, top, bottom) };
        let pixel = |at: usize| if before[at] == now[at] { TRANSPARENT } else { now[at] };
        let indices = (top..bottom).flat_map(|y| (left..right).map(move |x| pixel(y * width + x))).collect();
        Self { left, top, width: right - left, height: bottom - top, indices }
    }
}

fn write_gif(
    changes: &[(Change, u16)],
    size: (u16, u16),
    fps: u16,
    palette: &FilmPalette,
) -> Result<Vec<u8>, gif::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, size.0, size.1, &palette.bytes())?;
    encoder.set_repeat(gif::Repeat::Infinite)?;
    let mut shown = 0; // so many frames' time
    for (change, stays) in changes {
        let begins = hundredths(shown, fps);
        shown += usize::from(*stays);
        encoder.write_frame(&gif::Frame {
            delay: (hundredths(shown, fps) - begins) as u16,
            dispose: gif::DisposalMethod::Keep,
            transparent: Some(TRANSPARENT),
            left: change.left as u16,
            top: change.top as u16,
            width: change.width as u16,
            height: change.height as u16,
            buffer: (&change.indices).into(),
            ..gif::Frame::default()
        })?;
    }
    drop(encoder);
    Ok(bytes)
}

/// When a frame begins, to the nearest hundredth of a second.
fn hundredths(frames_before: usize, fps: u16) -> usize {
    (100 * frames_before + usize::from(fps) / 2) / usize::from(fps)
}

fn write_apng(
    changes: &[(Change, u16)],
    size: (u16, u16),
    fps: u16,
    palette: &FilmPalette,
) -> Result<Vec<u8>, PlotError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.0.into(), size.1.into());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.bytes());
    let mut opacities = vec![u8::MAX; 256];
    opacities[usize::from(TRANSPARENT)] = 0;
    encoder.set_trns(opacities);
    encoder.set_animated(changes.len() as u32, 0)?;
    encoder.set_dispose_op(png::DisposeOp::None)?;
    encoder.set_blend_op(png::BlendOp::Over)?;
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header()?;
    for (change, stays) in changes {
        writer.set_frame_position(0, 0)?;
        writer.set_frame_dimension(change.width as u32, change.height as u32)?;
        writer.set_frame_position(change.left as u32, change.top as u32)?;
        writer.set_frame_delay(*stays, fps)?;
        writer.write_image_data(&change.indices)?;
    }
    writer.finish()?;
    Ok(bytes)
}
