//! PNG and JPEG → red, green and blue, as Pillow's `convert("RGB")` gives them: no colour profile is applied and opacity is left out.

use std::io::Cursor;

use png::{BitDepth, ColorType, Transformations};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::error::ImageError;
use super::orientation::orientation;
use super::rgb::Rgb;

/// A picture of more pixels is not read: some 200 MB of them in memory, however few bytes the file has.
pub(super) const MOST_PIXELS: usize = 1 << 26;

/// Reads a PNG or JPEG file, upright as its EXIF data says. Of an animation, the first picture.
///
/// # Errors
///
/// When the bytes are no such picture, damaged, or of more than 2²⁶ pixels, which is found out before any memory is taken for them.
pub fn read_image(bytes: &[u8]) -> Result<Rgb, ImageError> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => png(bytes),
        [0xff, 0xd8, 0xff, ..] => jpeg(bytes),
        _ => Err(ImageError::Format),
    }
}

fn png(bytes: &[u8]) -> Result<Rgb, ImageError> {
    let damaged = |error: png::DecodingError| ImageError::damaged(&error);
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    let (width, height) = decoder.read_header_info().map_err(damaged)?.size();
    let (width, height) = (width as usize, height as usize);
    check_size(width, height)?;
    let mut reader = decoder.read_info().map_err(damaged)?;
    let info = reader.info();
    if info.bit_depth == BitDepth::Sixteen
        && matches!(info.color_type, ColorType::Grayscale | ColorType::GrayscaleAlpha)
    {
        return Err(ImageError::Colours("grey of 16 bits"));
    }
    let turned = info.exif_metadata.as_deref().and_then(orientation).unwrap_or(1);
    let size = reader.output_buffer_size().ok_or(ImageError::Large { width, height, most: MOST_PIXELS })?;
    let mut pixels = vec![0; size];
    reader.next_frame(&mut pixels).map_err(damaged)?;
    let bytes = match reader.output_color_type().0 {
        ColorType::Rgb => pixels,
        ColorType::Rgba => pixels.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(),
        ColorType::Grayscale => pixels.iter().flat_map(|grey| [*grey; 3]).collect(),
        ColorType::GrayscaleAlpha => pixels.chunks_exact(2).flat_map(|pixel| [pixel[0]; 3]).collect(),
        ColorType::Indexed => return Err(ImageError::Damaged("its palette is missing".to_string())),
    };
    Ok(Rgb { width, height, bytes }.upright(turned))
}

fn jpeg(bytes: &[u8]) -> Result<Rgb, ImageError> {
    let damaged = |error: zune_jpeg::errors::DecodeErrors| ImageError::damaged(&error);
    let options = DecoderOptions::default()
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .set_strict_mode(true)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(damaged)?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    check_size(width, height)?;
    if matches!(decoder.input_colorspace(), Some(ColorSpace::CMYK | ColorSpace::YCCK)) {
        return Err(ImageError::Colours("the four inks of print (CMYK)"));
    }
    let turned = decoder.exif().and_then(|exif| orientation(exif)).unwrap_or(1);
    let bytes = decoder.decode().map_err(damaged)?;
    if bytes.len() != 3 * width * height {
        return Err(ImageError::Damaged("it has too few pixels".to_string()));
    }
    Ok(Rgb { width, height, bytes }.upright(turned))
}

fn check_size(width: usize, height: usize) -> Result<(), ImageError> {
    match width.checked_mul(height) {
        Some(0) => Err(ImageError::Damaged("it has no pixels".to_string())),
        Some(count) if count <= MOST_PIXELS => Ok(()),
        _ => Err(ImageError::Large { width, height, most: MOST_PIXELS }),
    }
}
