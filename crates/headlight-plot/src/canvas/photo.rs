//! Pictures from outside in an SVG: each stands in the document once, however often it is shown.

use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::canvas::bitmap::Bitmap;
use crate::error::PlotError;
use crate::figure::photo::{Photo, Raster};

/// The pictures shown so far.
#[derive(Default)]
pub(super) struct Photos(Vec<Rc<Raster>>);

impl Photos {
    /// The element that shows a picture.
    pub(super) fn shown(&mut self, photo: &Photo) -> String {
        let Photo { area, raster } = photo;
        if !self.0.iter().any(|other| Rc::ptr_eq(other, raster)) {
            self.0.push(raster.clone());
        }
        let across = f64::from(area.width()) / raster.width as f64;
        let down = f64::from(area.height()) / raster.height as f64;
        format!(
            "<use href=\"#{}\" transform=\"translate({} {}) scale({across} {down})\"/>\n",
            name(raster),
            area.left,
            area.top
        )
    }

    /// The pictures themselves.
    pub(super) fn definitions(&self) -> Result<String, PlotError> {
        let definition = |raster: &Rc<Raster>| {
            let (width, height) = (raster.width, raster.height);
            let bitmap = Bitmap { width: width as u32, height: height as u32, pixels: raster.bytes.clone() };
            Ok(format!(
                "<defs><image id=\"{}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
                 href=\"data:image/png;base64,{}\"/></defs>\n",
                name(raster),
                STANDARD.encode(bitmap.to_png()?)
            ))
        };
        self.0.iter().map(definition).collect()
    }
}

/// One that no other picture has, since a page may hold several documents (FNV-1a).
fn name(raster: &Raster) -> String {
    let add = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    format!("headlight-photo-{:016x}", raster.bytes.iter().fold(0xcbf2_9ce4_8422_2325 ^ raster.width as u64, add))
}
