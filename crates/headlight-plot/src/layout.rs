//! Where things stand in a figure: matrices and charts, and what is around them.

pub(crate) mod axis;
pub(crate) mod block;
pub(crate) mod cell_numbers;
pub(crate) mod chart;
pub(crate) mod colour_bar;
pub(crate) mod headline;
pub(crate) mod legend;
pub(crate) mod names;
pub(crate) mod polyline;
pub(crate) mod reach;
pub(crate) mod shrink;
pub(crate) mod style;
