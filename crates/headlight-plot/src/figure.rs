use std::borrow::Cow;
use std::rc::Rc;

use colorous::Color;
use headlight_record::MaskCell;

use crate::colours::Shade;
use crate::text::Text;

/// Everything in a picture, each thing in its place, before anything is drawn.
///
/// Things are placed around a corner of the first panel, which is (0, 0); [`framed`](Self::framed) then moves all of them
/// onto a page that is just large enough. So nothing can be clipped, whatever its size. Panels lie lowest, then fills,
/// strokes and texts.
#[derive(Default)]
pub(crate) struct Figure<'a> {
    pub(crate) panels: Vec<Panel<'a>>,
    pub(crate) fills: Vec<Fill>,
    pub(crate) strokes: Vec<Stroke>,
    pub(crate) texts: Vec<Text>,
    /// What stands on the cells of panels, and so may lie over them.
    pub(crate) values: Vec<Text>,
    pub(crate) page: Area,
}

/// A matrix of coloured cells.
pub(crate) struct Panel<'a> {
    /// `[rows, columns]`, row-major.
    pub(crate) values: Cow<'a, [f32]>,
    pub(crate) columns: usize,
    /// Width and height of a cell.
    pub(crate) cell: (i32, i32),
    pub(crate) area: Area,
    pub(crate) shade: Shade,
    /// `[rows, columns]` too: which cells are hatched.
    pub(crate) mask: Option<Rc<[MaskCell]>>,
    /// Row and column of each cell with a frame.
    pub(crate) outlined: Rc<[(usize, usize)]>,
    pub(crate) outline: Color,
    /// How thick the frames are; they lie inside their cells.
    pub(crate) frame: i32,
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
    /// The hatching of a cell that is hidden for this reason.
    Hidden(MaskCell),
}

/// A line through points.
pub(crate) struct Stroke {
    pub(crate) points: Vec<(i32, i32)>,
    pub(crate) width: u32,
    pub(crate) colour: Color,
    /// From 0, not there, to 1.
    pub(crate) opacity: f64,
}

/// A rectangle; its right and its bottom are no longer part of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) left: i32,
    pub(crate) top: i32,
    pub(crate) right: i32,
    pub(crate) bottom: i32,
}

impl Figure<'_> {
    /// The room that everything placed so far takes.
    pub(crate) fn extent(&self) -> Area {
        let panels = self.panels.iter().map(|panel| panel.area);
        let fills = self.fills.iter().map(|fill| fill.area);
        let strokes = self.strokes.iter().map(Stroke::area);
        let texts = self.texts.iter().map(Text::area);
        panels.chain(fills).chain(strokes).chain(texts).reduce(Area::around).unwrap_or(self.page)
    }

    /// Moves everything by whole pixels.
    pub(crate) fn shift(&mut self, right: i32, down: i32) {
        for panel in &mut self.panels {
            panel.area = panel.area.moved(right, down);
        }
        for fill in &mut self.fills {
            fill.area = fill.area.moved(right, down);
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
    /// Makes the page so high, with what is on it on top.
    pub(crate) fn heightened(mut self, height: i32) -> Self {
        self.page.bottom = self.page.top + height;
        self
    }

    /// Adds all that is in another figure, where it stands.
    pub(crate) fn join(&mut self, other: Figure<'a>) {
        self.panels.extend(other.panels);
        self.fills.extend(other.fills);
        self.strokes.extend(other.strokes);
        self.texts.extend(other.texts);
        self.values.extend(other.values);
    }
}

impl Panel<'_> {
    pub(crate) fn cell(&self, row: usize, column: usize) -> Area {
        let (width, height) = self.cell;
        let (left, top) = (self.area.left + column as i32 * width, self.area.top + row as i32 * height);
        Area { left, top, right: left + width, bottom: top + height }
    }

    /// Why the cell is hatched, if it is.
    pub(crate) fn hidden(&self, row: usize, column: usize) -> Option<MaskCell> {
        let cell = self.mask.as_ref()?[row * self.columns + column];
        (cell != MaskCell::Visible).then_some(cell)
    }

    /// The four sides of the frame of a cell.
    pub(crate) fn frame_of(&self, (row, column): (usize, usize)) -> [Area; 4] {
        self.cell(row, column).frame(self.frame)
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

impl Area {
    pub(crate) fn width(&self) -> i32 {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> i32 {
        self.bottom - self.top
    }

    /// The smallest area that holds both.
    pub(crate) fn around(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    pub(crate) fn moved(self, right: i32, down: i32) -> Self {
        Self { left: self.left + right, top: self.top + down, right: self.right + right, bottom: self.bottom + down }
    }

    /// Its border, so thick, as four rectangles inside it that do not overlap.
    pub(crate) fn frame(self, thick: i32) -> [Self; 4] {
        let (inner_top, inner_bottom) = (self.top + thick, self.bottom - thick);
        [
            Self { bottom: inner_top, ..self },
            Self { top: inner_bottom, ..self },
            Self { top: inner_top, bottom: inner_bottom, right: self.left + thick, ..self },
            Self { top: inner_top, bottom: inner_bottom, left: self.right - thick, ..self },
        ]
    }
}
