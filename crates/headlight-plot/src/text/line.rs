use colorous::Color;

use crate::area::Area;

/// Heights over the baseline, as parts of the font's size. What hangs below it takes the rest of the size.
const CAPITAL: f32 = 0.73;
const ASCENDER: f32 = 0.76;

/// Which way a line of text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Right,
    /// Turned by 90°, to be read from the bottom to the top.
    Up,
}

/// What stays in place where a viewer's font is wider or narrower than the built-in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// One line of text at its position.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) words: String,
    pub(crate) size: f32,
    pub(crate) ink: Color,
    pub(crate) direction: Direction,
    pub(crate) anchor: Anchor,
    /// Where the baseline begins.
    pub(crate) start: (i32, i32),
    pub(crate) length: i32,
}

impl Text {
    /// The room that the text takes.
    pub(crate) fn area(&self) -> Area {
        let (x, y) = self.start;
        let over = (self.size * ASCENDER).ceil() as i32;
        let under = self.size.ceil() as i32 - over;
        match self.direction {
            Direction::Right => Area { left: x, top: y - over, right: x + self.length, bottom: y + under },
            Direction::Up => Area { left: x - over, top: y - self.length, right: x + under, bottom: y },
        }
    }

    pub(crate) fn shift(&mut self, right: i32, down: i32) {
        self.start = (self.start.0 + right, self.start.1 + down);
    }

    /// The same text, moved.
    fn moved(mut self, right: i32, down: i32) -> Self {
        self.shift(right, down);
        self
    }

    /// The anchor of a text that was placed by this edge, if the text runs along it.
    fn anchored(mut self, along: Direction, anchor: Anchor) -> Self {
        if self.direction == along {
            self.anchor = anchor;
        }
        self
    }

    pub(crate) fn left_at(self, x: i32) -> Self {
        let by = x - self.area().left;
        self.moved(by, 0).anchored(Direction::Right, Anchor::Start)
    }

    pub(crate) fn right_at(self, x: i32) -> Self {
        let by = x - self.area().right;
        self.moved(by, 0).anchored(Direction::Right, Anchor::End)
    }

    pub(crate) fn top_at(self, y: i32) -> Self {
        let by = y - self.area().top;
        self.moved(0, by).anchored(Direction::Up, Anchor::End)
    }

    pub(crate) fn bottom_at(self, y: i32) -> Self {
        let by = y - self.area().bottom;
        self.moved(0, by).anchored(Direction::Up, Anchor::Start)
    }

    /// Centred on `x`: by its length, or, where it runs up, by the height of its capitals, as the eye does.
    pub(crate) fn centred_at_x(self, x: f32) -> Self {
        let middle = match self.direction {
            Direction::Right => self.start.0 as f32 + self.length as f32 / 2.0,
            Direction::Up => self.start.0 as f32 - self.size * CAPITAL / 2.0,
        };
        self.moved((x - middle).round() as i32, 0).anchored(Direction::Right, Anchor::Middle)
    }

    /// Centred on `y`, likewise.
    pub(crate) fn centred_at_y(self, y: f32) -> Self {
        let middle = match self.direction {
            Direction::Right => self.start.1 as f32 - self.size * CAPITAL / 2.0,
            Direction::Up => self.start.1 as f32 - self.length as f32 / 2.0,
        };
        self.moved(0, (y - middle).round() as i32).anchored(Direction::Up, Anchor::Middle)
    }
}
