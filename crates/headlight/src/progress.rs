use std::cell::Cell;
use std::io::IsTerminal;

use headlight_record::StepMetrics;
use headlight_runs::RunConfig;
use headlight_train::Training;
use indicatif::{ProgressBar, ProgressStyle};

use crate::commands::announce;
use crate::output::{counted, note};

/// What is shown on standard error while a model trains.
pub(crate) enum Progress {
    /// A bar that fills as the predictions become right, and the last exact match, which is not measured at every step.
    Bar(ProgressBar, Cell<Option<f64>>),
    /// For a pipe or a file: a plain line at each evaluation.
    Lines,
    /// Nothing.
    Quiet,
}

/// The bar is full when every token is predicted rightly.
const FULL: f64 = 1000.0;

impl Progress {
    pub(crate) fn start(training: &Training, config: &RunConfig, quiet: bool) -> Self {
        let (held_out, wanted) = (training.held_out().examples.len(), training.held_out().wanted);
        if held_out < wanted {
            note(format_args!("note: only {held_out} examples can be held out, not {wanted}, because so few exist"));
        }
        if quiet {
            return Self::Quiet;
        }
        note(format_args!(
            "Training on {} ({}): {} of {}; {held_out} examples are held out.",
            config.task.spec,
            config.task.spec.about,
            counted(config.model.n_layers, "layer"),
            counted(config.model.n_heads, "head"),
        ));
        announce(&config.device);
        if !std::io::stderr().is_terminal() {
            return Self::Lines;
        }
        let style = ProgressStyle::with_template("{bar:30.cyan/dim} {msg}").expect("the template is a constant");
        let bar = ProgressBar::new(FULL as u64).with_style(style);
        if config.device.adapter().is_some() {
            bar.set_message("compiling shaders …");
        }
        Self::Bar(bar, Cell::new(None))
    }

    pub(crate) fn show(&self, metrics: &StepMetrics) {
        match self {
            Self::Bar(bar, exact_match) => {
                exact_match.set(metrics.exact_match.or(exact_match.get()));
                bar.set_position((metrics.token_accuracy * FULL) as u64);
                bar.set_message(line(metrics, exact_match.get()));
            }
            Self::Lines if metrics.exact_match.is_some() => note(line(metrics, metrics.exact_match)),
            Self::Lines | Self::Quiet => {}
        }
    }

    pub(crate) fn end(&self) {
        if let Self::Bar(bar, _) = self {
            bar.abandon();
        }
    }
}

fn line(metrics: &StepMetrics, exact_match: Option<f64>) -> String {
    let StepMetrics { step, loss, token_accuracy, .. } = metrics;
    let mut line = format!("step {step:>4}  loss {loss:.3}  token accuracy {:5.1} %", token_accuracy * 100.0);
    if let Some(exact_match) = exact_match {
        line += &format!("  exact match {:5.1} %", exact_match * 100.0);
    }
    line
}
