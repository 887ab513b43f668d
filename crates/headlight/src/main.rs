//! `headlight`: train a small attention model, and see what every head learns.

mod arguments;
mod commands;
mod exit;
mod interrupt;
mod output;
mod progress;
mod remote;
mod shell_words;
mod task_help;
mod try_again;

use std::process::ExitCode;

use arguments::Command;
use headlight_flex::allocator;

#[global_allocator]
static ALLOCATOR: allocator::MiMalloc = allocator::MiMalloc;

fn main() -> ExitCode {
    interrupt::stay_deaf();
    allocator::keep_freed_memory();
    exit::report_panics_in_one_line();
    let outcome = arguments::parse().inspect(|command| exit::remember(command.otherwise()));
    let outcome = outcome.and_then(|command| match command {
        Command::Tour => commands::tour(),
        Command::Tasks => commands::tasks(),
        Command::Train(arguments) => commands::train(&arguments),
        Command::Sweep(arguments) => commands::sweep(&arguments),
        Command::Collect(arguments) => commands::collect(&arguments),
        Command::Generate(arguments) => commands::generate(&arguments),
        Command::Evaluate(arguments) => commands::evaluate(&arguments),
        Command::Attend(arguments) => commands::attend(&arguments),
        Command::Plot(arguments) => commands::plot(&arguments),
        Command::Lens(lens) => commands::lens(&lens),
        Command::Check(arguments) => commands::check(&arguments),
        Command::Explain(arguments) => commands::explain(&arguments),
        Command::Film(arguments) => commands::film(&arguments),
        Command::Report(arguments) => commands::report(&arguments),
        Command::Summary(arguments) => commands::summary(&arguments),
        Command::Export(arguments) => commands::export(&arguments),
        Command::Graph(arguments) => commands::graph(&arguments),
        Command::Lab(arguments) => commands::lab(&arguments),
        Command::Models(arguments) => commands::models(&arguments),
        Command::Download(arguments) => commands::download(&arguments),
        Command::Devices(arguments) => commands::devices(&arguments),
        Command::Serve(arguments) => commands::serve(&arguments),
    });
    let code = exit::code(outcome);
    headlight_device::wait_for_adapters(); // a request may have been refused after the model was on the card
    code
}
