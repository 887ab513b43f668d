use headlight_record::StepMetrics;
use headlight_train::Training;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;

/// What is shown on standard error while a model trains.
pub(crate) enum Progress {
    /// A bar that fills as the predictions become right.
    Bar(ProgressBar),
    /// For a pipe or a file: a plain line at each evaluation.
    Lines,
    /// Nothing.
    Quiet,
}

/// The bar is full when every token is predicted rightly.
const FULL: f64 = 1000.0;

impl Progress {
    pub(crate) fn start(training: &Training, quiet: bool) -> Self {
        if quiet {
            return Self::Quiet;
        }
        let config = training.config();
        eprintln!(
            "Training {} layers of {} heads to {} {} symbols; {} sequences are held out.",
            config.n_layers,
            config.n_heads,
            config.task.name,
            config.task.length,
            training.held_out().sources.len(),
        );
        if training.held_out().sources.len() < training.held_out().wanted {
            eprintln!(
                "note: no more sequences of this kind can be held out ({} were wanted)",
                training.held_out().wanted
            );
        }
        if !std::io::stderr().is_terminal() {
            return Self::Lines;
        }
        let style = ProgressStyle::with_template("{bar:30.cyan/dim} {msg}").expect("the template is a constant");
        Self::Bar(ProgressBar::new(FULL as u64).with_style(style))
    }

    pub(crate) fn show(&self, metrics: &StepMetrics) {
        match self {
            Self::Bar(bar) => {
                bar.set_position((metrics.token_accuracy * FULL) as u64);
                bar.set_message(line(metrics));
            }
            Self::Lines if metrics.exact_match.is_some() => eprintln!("{}", line(metrics)),
            Self::Lines | Self::Quiet => {}
        }
    }

    pub(crate) fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.abandon();
        }
    }
}

fn line(metrics: &StepMetrics) -> String {
    let StepMetrics { step, loss, token_accuracy, .. } = metrics;
    let mut line = format!("step {step:>4}  loss {loss:.3}  token accuracy {:5.1} %", token_accuracy * 100.0);
    if let Some(exact_match) = metrics.exact_match {
        line += &format!("  exact match {:5.1} %", exact_match * 100.0);
    }
    line
}
