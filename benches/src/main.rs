//! Headlight beside PyTorch, transformers, matplotlib and TransformerLens on the same work: runs them in turn, and prints a table of medians and ratios.

mod arguments;
mod subject;
mod work;
mod plan;
mod cases;
mod memory;
mod child;
mod peers;
mod machine;
mod rounds;
mod statistics;
mod report;
mod table;

use std::io::Write;
use std::process::ExitCode;

use arguments::{Command, CompareArguments};
use headlight_flex::allocator;

#[global_allocator]
static ALLOCATOR: allocator::MiMalloc = allocator::MiMalloc;

fn main() -> ExitCode {
    allocator::keep_freed_memory(); // as in the program that is measured
    let outcome = match arguments::parse() {
        Command::Case(case) => cases::run(&case).and_then(|answer| say(&answer)),
        Command::Compare(arguments) => compare(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("headlight-benches: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn compare(arguments: &CompareArguments) -> anyhow::Result<()> {
    let subjects = arguments.model.iter().map(|model| subject::read(model));
    let subjects = subjects.collect::<anyhow::Result<Vec<_>>>()?;
    let works = plan::works(&arguments.only, arguments.steps, &subjects);
    if arguments.only.contains(&work::Group::Pretrained) && subjects.is_empty() {
        eprintln!("no pretrained model is measured: give its directory with --model");
    }
    let programs = child::Programs::find(&works)?;
    let load_before = machine::load();
    if let Some(warning) = machine::warning(load_before) {
        eprintln!("{warning}");
    }
    let peers = peers::Peers::find(&arguments.python);
    let rows = rounds::run(&works, &programs, &peers, arguments.rounds);
    let report = report::Report::new(rows, &peers, arguments, load_before);

    say(&table::markdown(&report))?;
    if let Some(path) = &arguments.json {
        report.write(path)?;
    }
    anyhow::ensure!(!report.headlight_failed(), "a case of Headlight's failed, see above");
    Ok(())
}

fn say(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}
