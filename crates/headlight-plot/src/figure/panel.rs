use std::borrow::Cow;
use std::rc::Rc;

use colorous::Color;
use headlight_record::MaskCell;

use crate::area::Area;
use crate::colours::shade::Shade;

/// A matrix of coloured cells.
pub(crate) struct Panel<'a> {
    /// `[rows, columns]`, row-major.
    pub(crate) values: Cow<'a, [f32]>,
    pub(crate) columns: usize,
    /// Width and height of a cell.
    pub(crate) cell: (i32, i32),
    pub(crate) area: Area,
    pub(crate) shade: Shade,
    /// Of the colours: below 1 a photo shows through.
    pub(crate) opacity: f64,
    /// `[rows, columns]` too: which cells are hatched.
    pub(crate) mask: Option<Rc<[MaskCell]>>,
    /// Row and column of each cell with a frame.
    pub(crate) outlined: Rc<[(usize, usize)]>,
    pub(crate) outline: Color,
    /// How thick the frames are; they lie inside their cells.
    pub(crate) frame: i32,
}

impl Panel<'_> {
    pub(crate) fn cell(&self, row: usize, column: usize) -> Area {
        let (width, height) = self.cell;
        let (left, top) = (self.area.left + column as i32 * width, self.area.top + row as i32 * height);
        Area { left, top, right: left + width, bottom: top + height }
    }

    /// Why the cell is hatched, if it is.
    pub(crate) fn masked(&self, row: usize, column: usize) -> Option<MaskCell> {
        let cell = self.mask.as_ref()?[row * self.columns + column];
        (cell != MaskCell::Visible).then_some(cell)
    }

    /// The four sides of the frame of a cell.
    pub(crate) fn frame_of(&self, (row, column): (usize, usize)) -> [Area; 4] {
        self.cell(row, column).frame(self.frame)
    }
}
