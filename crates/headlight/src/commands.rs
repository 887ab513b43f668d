//! One module a command: its arguments, and what it does with them.

mod tour;
mod train;
mod generate;
mod plot;
mod film;
mod drawing;
mod numbers;
mod source;
mod positions;

pub(crate) use film::{FilmArguments, film};
pub(crate) use generate::{GenerateArguments, generate};
pub(crate) use plot::{PlotArguments, plot};
pub(crate) use tour::tour;
pub(crate) use train::{TrainArguments, train};
