//! The one way out for what a lens found: a table for readers, JSON and CSV for programs, pictures.

mod numbers;
pub(crate) mod sheet;
pub(crate) mod table;

use std::path::PathBuf;

use clap::Args;
use headlight_plot::{Format, PlotOptions, Theme};
use headlight_record::Findings;

use crate::commands::drawing::FormatArgument;
use crate::commands::plot::charts::drawn;
use crate::commands::plot::{note_missing, write_pictures};
use crate::output::{note, say};

/// Where findings go, and as what.
#[derive(Args)]
pub(crate) struct OutputArguments {
    /// Print one JSON object, for programs
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print the first table as comma-separated values, for programs
    #[arg(long)]
    csv: bool,
    /// Directory for the pictures, each in light and dark
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Format of the pictures [default: png]
    #[arg(long, value_enum, requires = "out")]
    format: Option<FormatArgument>,
}

impl OutputArguments {
    /// Whether pictures are asked for.
    pub(super) fn draws(&self) -> bool {
        self.out.is_some()
    }
}

/// Prints findings, and draws them where that is asked for.
///
/// # Errors
///
/// When there is no table for `--csv`, or a picture cannot be drawn or written.
pub(crate) fn show(findings: &Findings, arguments: &OutputArguments) -> anyhow::Result<()> {
    if arguments.json {
        say(serde_json::to_string_pretty(findings)?)?;
    } else if arguments.csv {
        let Some(table) = findings.tables.first() else {
            anyhow::bail!("this lens has no table to print: leave out --csv");
        };
        say(sheet::csv(table).trim_end())?;
    } else {
        say(table::text(findings, "with --json").trim_end())?;
    }
    let Some(directory) = &arguments.out else { return Ok(()) };
    let format = arguments.format.map_or(Format::Png, FormatArgument::format);
    let options = |theme| PlotOptions { format, theme, ..PlotOptions::default() };
    let mut pictures = drawn(&findings.charts, &options(Theme::Light), "")?;
    pictures.extend(drawn(&findings.charts, &options(Theme::Dark), "-dark")?);
    if pictures.is_empty() {
        anyhow::bail!("this lens has nothing to draw: leave out --out");
    }
    note_missing(&pictures);
    let is_for_programs = arguments.json || arguments.csv;
    let paths = write_pictures(&pictures, directory)?;
    paths.iter().try_for_each(|path| {
        // What a program reads has no other lines in it.
        if is_for_programs {
            note(path.display())
        } else {
            say(path.display())?
        }
        Ok(())
    })
}
