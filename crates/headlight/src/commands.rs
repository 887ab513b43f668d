//! One module a command: its arguments, and what it does with them.

mod tour;
mod tasks;
mod train;
mod generate;
mod evaluate;
mod check;
mod plot;
mod film;
mod report;
mod explain;
mod summary;
mod export;
mod graph;
mod devices;
mod lab;
mod lens;
mod device;
mod model;
mod drawing;
mod numbers;
mod kind;
mod source;
mod positions;
mod settings;
mod choices;

pub(crate) use check::{CheckArguments, Leaking, check};
pub(crate) use device::announce;
pub(crate) use devices::{DevicesArguments, devices};
pub(crate) use evaluate::{EvaluateArguments, evaluate};
pub(crate) use explain::{ExplainArguments, explain};
pub(crate) use export::{ExportArguments, export};
pub(crate) use film::{FilmArguments, film};
pub(crate) use generate::{GenerateArguments, generate};
pub(crate) use graph::{GraphArguments, graph};
pub(crate) use lab::{LabArguments, lab};
pub(crate) use lens::{Lens, lens};
#[cfg(test)]
pub(crate) use model::failed;
pub(crate) use plot::{PlotArguments, plot};
pub(crate) use report::{ReportArguments, report, write_report};
pub(crate) use summary::{SummaryArguments, summary};
pub(crate) use tasks::{tasks, worked_example};
pub(crate) use tour::tour;
pub(crate) use train::{TrainArguments, train};
