//! What became of the runs of a sweep, as plain data: tables, pictures, a page and other programs read the same numbers.

mod cells;
mod charts;
mod choice;
mod error;
mod file;
mod results;
mod run;
mod statistics;
mod tables;
mod words;

pub use cells::{SweepCell, SweepGrid};
pub use charts::{SweepCharts, sweep_charts};
pub use choice::CellChoice;
pub use error::SweepError;
pub use file::results_json;
pub use results::{SEED, SweepAxis, SweepResults};
pub use run::{CollectedRun, CurvePoint, HeadRoles, State};
pub use statistics::{Quartiles, Share, quartiles, wilson};
pub use tables::{table_of_cells, table_of_runs};
