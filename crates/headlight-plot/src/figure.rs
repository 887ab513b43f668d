//! Everything in a picture, each thing at its position, before anything is drawn.

use colorous::Color;
use headlight_record::MaskCell;

use crate::area::Area;
use crate::error::PlotError;
use crate::figure::page::check_size;
use crate::figure::panel::Panel;
use crate::figure::photo::Photo;
use crate::options::Format;
use crate::text::line::Text;

pub(crate) mod page;
pub(crate) mod panel;
pub(crate) mod photo;

/// Photos lie lowest, then panels, fills, bands, strokes and texts.
///
/// Things are placed around a corner of the first panel, which is (0, 0); [`framed`](Self::framed) then moves all of them
/// onto a page that is just large enough. So nothing can be clipped, whatever its size.
#[derive(Default)]
pub(crate) struct Figure<'a> {
    pub(crate) photos: Vec<Photo>,
    pub(crate) panels: Vec<Panel<'a>>,
    pub(crate) fills: Vec<Fill>,
    pub(crate) bands: Vec<Band>,
    pub(crate) strokes: Vec<Stroke>,
    pub(crate) texts: Vec<Text>,
    /// What stands on the cells of panels, and so may lie over them.
    pub(crate) values: Vec<Text>,
    pub(crate) page: Area,
}

/// A rectangle.
pub(crate) struct Fill {
    pub(crate) area: Area,
    pub(crate) paint: Paint,
}

/// What a rectangle is filled with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Paint {
    Solid(Color),
    /// The hatching of a cell that is masked for this reason.
    Masked(MaskCell),
}

/// A line through points.
pub(crate) struct Stroke {
    pub(crate) points: Vec<(i32, i32)>,
    pub(crate) width: u32,
    pub(crate) colour: Color,
    /// From 0, not there, to 1.
    pub(crate) opacity: f64,
}

/// What lies between two lines over the same x.
pub(crate) struct Band {
    /// From left to right: x, the upper y and the lower one.
    pub(crate) points: Vec<(i32, i32, i32)>,
    pub(crate) colour: Color,
    /// From 0, not there, to 1.
    pub(crate) opacity: f64,
}

impl Figure<'_> {
    /// The room that everything placed so far takes.
    pub(crate) fn extent(&self) -> Area {
        let photos = self.photos.iter().map(|photo| photo.area);
        let panels = self.panels.iter().map(|panel| panel.area);
        let fills = self.fills.iter().map(|fill| fill.area);
        let bands = self.bands.iter().filter_map(Band::area);
        let strokes = self.strokes.iter().map(Stroke::area);
        let texts = self.texts.iter().map(Text::area);
        photos
            .chain(panels)
            .chain(fills)
            .chain(bands)
            .chain(strokes)
            .chain(texts)
            .reduce(Area::around)
            .unwrap_or(self.page)
    }

    /// Moves everything by whole pixels.
    pub(crate) fn shift(&mut self, right: i32, down: i32) {
        for photo in &mut self.photos {
            photo.area = photo.area.moved(right, down);
        }
        for panel in &mut self.panels {
            panel.area = panel.area.moved(right, down);
        }
        for fill in &mut self.fills {
            fill.area = fill.area.moved(right, down);
        }
        for point in self.bands.iter_mut().flat_map(|band| &mut band.points) {
            *point = (point.0 + right, point.1 + down, point.2 + down);
        }
        for point in self.strokes.iter_mut().flat_map(|stroke| &mut stroke.points) {
            *point = (point.0 + right, point.1 + down);
        }
        for text in self.texts.iter_mut().chain(&mut self.values) {
            text.shift(right, down);
        }
    }

    /// Moves everything onto a page with `margin` on all sides.
    pub(crate) fn framed(mut self, margin: i32) -> Self {
        let extent = self.extent();
        self.shift(margin - extent.left, margin - extent.top);
        self.page = Area { left: 0, top: 0, right: extent.width() + 2 * margin, bottom: extent.height() + 2 * margin };
        self
    }

    /// Makes the page so wide, with what is on it in the middle.
    pub(crate) fn widened(mut self, width: i32) -> Self {
        self.shift((width - self.page.width()) / 2, 0);
        self.page.right = self.page.left + width;
        self
    }
}

impl<'a> Figure<'a> {
    /// Adds a text, unless it says nothing, and returns the room that it takes.
    pub(crate) fn write(&mut self, text: Text) -> Area {
        let area = text.area();
        if !text.words.is_empty() {
            self.texts.push(text);
        }
        area
    }

    /// Whether all that was placed so far fits a picture.
    ///
    /// # Errors
    ///
    /// [`PlotError::TooLarge`] where it does not.
    pub(crate) fn check_size(&self, format: Format) -> Result<(), PlotError> {
        let extent = self.extent();
        check_size(format, extent.width().into(), extent.height().into())
    }

    /// Makes the page so high, with what is on it on top.
    pub(crate) fn heightened(mut self, height: i32) -> Self {
        self.page.bottom = self.page.top + height;
        self
    }

    /// Adds all that is in another figure, where it stands.
    pub(crate) fn join(&mut self, other: Figure<'a>) {
        self.photos.extend(other.photos);
        self.panels.extend(other.panels);
        self.fills.extend(other.fills);
        self.bands.extend(other.bands);
        self.strokes.extend(other.strokes);
        self.texts.extend(other.texts);
        self.values.extend(other.values);
    }
}

impl Band {
    fn area(&self) -> Option<Area> {
        let points =
            self.points.iter().map(|(x, top, bottom)| Area { left: *x, top: *top, right: *x, bottom: *bottom });
        points.reduce(Area::around)
    }
}

impl Stroke {
    fn area(&self) -> Area {
        let half = self.width.div_ceil(2) as i32;
        self.points
            .iter()
            .map(|(x, y)| Area { left: x - half, top: y - half, right: x + half + 1, bottom: y + half + 1 })
            .reduce(Area::around)
            .unwrap_or_default()
    }
}
