//! Which model a lens looks at, and on which examples.

mod compiled;

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use headlight_lens::Examples;
use headlight_model::{Positions, Sequences, Traceable};
use headlight_record::Origin;
use headlight_runs::SavedRun;

use crate::commands::device::DeviceArgument;
use crate::output::{counted, note};

/// Whose heads to look at.
#[derive(Args)]
pub(crate) struct SubjectArguments {
    /// Directory of a run, its checkpoint.safetensors, or NAME.json of a compiled program
    #[arg(value_name = "SOURCE")]
    source: PathBuf,
    /// Number of held-out examples that the figures are means over
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    examples: u32,
    /// Look at one question, in the form of the task, instead of held-out examples
    #[arg(long, value_name = "TOKENS", conflicts_with = "examples")]
    input: Option<String>,
    /// Seed of all that the lens draws
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    device: DeviceArgument,
}

/// A model, and the examples that it is looked at on.
pub(crate) struct Subject {
    pub(crate) model: Box<dyn Traceable<Input = Sequences>>,
    pub(crate) examples: Examples<Sequences>,
    /// How many positions the model can read; `None` where its position encoding has no end.
    pub(crate) positions: Option<usize>,
}

impl SubjectArguments {
    /// Some held-out examples of a source, as if asked for on the command line.
    pub(crate) fn of(source: PathBuf, examples: u32, device: DeviceArgument) -> Self {
        Self { source, examples, input: None, seed: 0, device }
    }

    /// Reads the model and draws its examples.
    pub(crate) fn open(&self) -> anyhow::Result<Subject> {
        if self.source.is_file() && self.source.extension().is_some_and(|extension| extension == "json") {
            let device = self.device.device.unwrap_or_default();
            return compiled::open(&self.source, self.examples as usize, self.input.as_deref(), self.seed, device);
        }
        self.of_run(&self.run()?)
    }

    /// The run that is meant, where the source is one.
    ///
    /// # Errors
    ///
    /// When it is none, or cannot be read.
    pub(crate) fn run(&self) -> anyhow::Result<SavedRun> {
        if self.source.is_file() {
            return match self.source.file_name() {
                Some(name) if name == "checkpoint.safetensors" => self.device.open_checkpoint(&self.source),
                _ => bail!(
                    "{}: give a run's directory, its checkpoint.safetensors, or NAME.json of a compiled program",
                    self.source.display()
                ),
            };
        }
        self.device.open(&self.source)
    }

    /// A run's model, and the examples that are asked for.
    pub(crate) fn of_run(&self, run: &SavedRun) -> anyhow::Result<Subject> {
        let task = &run.config.task;
        let origin =
            Origin { task: task.spec.name.to_string(), model: task.architecture.to_string(), step: Some(run.step()?) };
        let wanted = self.examples as usize;
        let examples = match &self.input {
            Some(input) => vec![run.example(input)?],
            None => run.held_out(wanted)?,
        };
        if self.input.is_none() && examples.len() < wanted {
            note(format_args!(
                "note: only {} held out, not {wanted}, because so few exist",
                counted(examples.len(), "example")
            ));
        }
        let examples = Examples::of_task(task, &examples, origin, self.seed, &run.device);
        let positions = (run.config.model.positions == Positions::Learned).then(|| task.max_length());
        Ok(Subject { model: Box::new(run.model.clone()), examples, positions })
    }

    /// The directory or file that is read.
    pub(crate) fn path(&self) -> &Path {
        &self.source
    }
}
