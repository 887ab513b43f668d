//! Rectangles of whole pixels.

/// A rectangle; its right and its bottom edge are no longer part of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) left: i32,
    pub(crate) top: i32,
    pub(crate) right: i32,
    pub(crate) bottom: i32,
}

impl Area {
    pub(crate) fn width(&self) -> i32 {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> i32 {
        self.bottom - self.top
    }

    /// Half-way between left and right, and between top and bottom.
    pub(crate) fn middle(&self) -> (f32, f32) {
        ((self.left + self.right) as f32 / 2.0, (self.top + self.bottom) as f32 / 2.0)
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
