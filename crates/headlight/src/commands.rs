//! One module a command: its arguments, and what it does with them.

mod tour;
mod tasks;
mod train;
mod generate;
mod evaluate;
mod plot;
mod drawing;
mod numbers;

pub(crate) use evaluate::{EvaluateArguments, evaluate};
pub(crate) use generate::{GenerateArguments, generate};
pub(crate) use plot::{PlotArguments, plot};
pub(crate) use tasks::{tasks, worked_example};
pub(crate) use tour::tour;
pub(crate) use train::{TrainArguments, train};
