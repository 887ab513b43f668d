//! Which model a lens looks at, and on which examples.

mod compiled;
mod opened;
mod pretrained;
mod texts;

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use headlight_lens::{Examples, Pairs, pairs_of_one_token};
use headlight_model::{Positions, Sequences, Traceable};
use headlight_record::Origin;
use headlight_runs::SavedRun;
use headlight_train::MAX_HELD_OUT;

pub(crate) use self::opened::{Answers, Subject};
use self::pretrained::Asked;
use self::texts::Texts;
use crate::commands::device::DeviceArgument;
use crate::commands::place::{Place, What};
use crate::output::{counted, note};

/// As many held-out examples are looked at where no other number is asked for.
const EXAMPLES: u32 = 256;

/// Whose heads to look at.
#[derive(Args, Clone)]
pub(crate) struct SubjectArguments {
    /// Directory of a run, its checkpoint.safetensors, NAME.json of a compiled program, or a model that others trained: its directory or
    /// its name
    #[arg(value_name = "SOURCE")]
    source: PathBuf,
    /// Number of held-out examples that the figures are means over [default: 256]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MAX_HELD_OUT as i64))]
    examples: Option<u32>,
    /// As many where the command itself decides.
    #[arg(skip)]
    of_command: Option<u32>,
    /// Look at one question, in the form of the task, instead of held-out examples; of a model that others trained, one text
    #[arg(long, value_name = "TOKENS|TEXT", conflicts_with = "examples")]
    pub(super) input: Option<String>,
    #[command(flatten)]
    texts: TextsArguments,
    /// Seed for everything random: resampling, replacement examples, permutations
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    device: DeviceArgument,
}

/// The texts that a model which others trained is looked at on.
#[derive(Args, Clone, Default)]
struct TextsArguments {
    /// For a model that others trained: a file with a text in each line; for one with an encoder and a decoder SOURCE, a tab, TARGET
    #[arg(long, value_name = "FILE", conflicts_with_all = ["input", "ids"])]
    texts: Option<PathBuf>,
    /// The same in token numbers, as for a model without a tokenizer
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    ids: Option<PathBuf>,
}

impl SubjectArguments {
    /// Some held-out examples of a source, as if asked for on the command line.
    pub(crate) fn of(source: PathBuf, examples: u32, seed: u64, device: DeviceArgument) -> Self {
        Self {
            source,
            examples: None,
            of_command: Some(examples),
            input: None,
            texts: TextsArguments::default(),
            seed,
            device,
        }
    }

    /// Reads the model and draws its examples, for a lens that needs no answers.
    pub(crate) fn open(&self) -> anyhow::Result<Subject> {
        self.open_with(Answers::None)
    }

    /// The same for a lens that needs these.
    pub(super) fn open_with(&self, answers: Answers) -> anyhow::Result<Subject> {
        let place = Place::of(&self.source);
        if place.what == What::Model {
            let asked = Asked {
                texts: self.texts(&place)?,
                count: self.count(),
                by_command: self.of_command.is_some(),
                seed: self.seed,
                device: self.device.device.clone().unwrap_or_default(),
            };
            return pretrained::open(&place, asked, answers);
        }
        let given = [(&self.texts.texts, "--texts"), (&self.texts.ids, "--ids")];
        if let Some((_, flag)) = given.into_iter().find(|(given, _)| given.is_some()) {
            let path = self.source.display();
            bail!("{path}: not a model that others trained, and {flag} is for one: leave it out");
        }
        if self.is_compiled() {
            let device = self.device.device.clone().unwrap_or_default();
            let (count, input) = (self.count(), self.input.as_deref());
            let (model, examples) = compiled::open(&self.source, count, input, self.seed, &device)?;
            if input.is_none() && self.examples.is_some() && examples.count() < count {
                let there = counted(examples.count(), "question");
                note(format_args!("note: only {there}, not {count}: the program comes with no more"));
            }
            let held_out = match input {
                Some(_) => Some(compiled::open(&self.source, count, None, self.seed, &device)?.1),
                None => None,
            };
            let positions = Some(model.max_length());
            return Ok(Subject {
                model: Box::new(model),
                examples,
                held_out,
                positions,
                trained_with: None,
                most_tokens: None,
            });
        }
        self.of_run(&self.run()?)
    }

    /// The run that is meant, where the source is one.
    ///
    /// # Errors
    ///
    /// When it is none, or cannot be read.
    pub(crate) fn run(&self) -> anyhow::Result<SavedRun> {
        if Place::of(&self.source).what == What::Model {
            bail!("{}: a model that others trained, and not a run", self.source.display());
        }
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
        let (examples, held_out) = match &self.input {
            Some(input) => {
                let held_out = self.examples_of(run, &run.held_out(self.count())?)?;
                (vec![run.example(input)?], Some(held_out))
            }
            None => (self.held_out(run)?, None),
        };
        let examples = self.examples_of(run, &examples)?;
        let positions = (run.config.model.positions == Positions::Learned).then(|| run.config.task.max_length());
        let trained_with = Some(run.config.training.seed);
        Ok(Subject {
            model: Box::new(run.model.clone()),
            examples,
            held_out,
            positions,
            trained_with,
            most_tokens: None,
        })
    }

    /// What a model is looked at on, if anything was given.
    fn texts(&self, place: &Place) -> anyhow::Result<Option<Texts<'_>>> {
        let TextsArguments { texts, ids } = &self.texts;
        match (texts, ids, &self.input) {
            (Some(path), ..) => Ok(Some(Texts::File(path))),
            (_, Some(path), _) => Ok(Some(Texts::Ids(path))),
            (.., Some(text)) if text.trim().is_empty() => {
                bail!("{}: an empty text: give one with --input TEXT", place.name)
            }
            (.., Some(text)) => Ok(Some(Texts::One(text))),
            (None, None, None) => Ok(None),
        }
    }

    /// Whether the source is a program that was compiled, not a run that was trained.
    pub(super) fn is_compiled(&self) -> bool {
        self.source.is_file() && self.source.extension().is_some_and(|extension| extension == "json")
    }

    fn count(&self) -> usize {
        self.examples.or(self.of_command).unwrap_or(EXAMPLES) as usize
    }

    /// As many held-out examples as are asked for, or with a note as many as there are.
    fn held_out(&self, run: &SavedRun) -> anyhow::Result<Vec<headlight_train::Example>> {
        let wanted = self.count();
        let examples = run.held_out(wanted)?;
        if examples.len() < wanted {
            note(format_args!(
                "note: only {} held out, not {wanted}, because so few exist",
                counted(examples.len(), "example")
            ));
        }
        Ok(examples)
    }

    fn examples_of(
        &self,
        run: &SavedRun,
        examples: &[headlight_train::Example],
    ) -> anyhow::Result<Examples<Sequences>> {
        let task = &run.config.task;
        let origin =
            Origin { task: task.spec.name.to_string(), model: task.architecture.to_string(), step: Some(run.step()?) };
        Ok(Examples::of_task(task, examples, origin, self.seed, &run.device))
    }

    /// The same model looked at on one question.
    pub(super) fn on(&self, question: &str) -> Self {
        Self { input: Some(question.to_string()), ..self.clone() }
    }

    /// The model, and pairs of held-out examples with what one changed token makes of them.
    pub(super) fn open_pairs(&self) -> anyhow::Result<(Box<dyn Traceable<Input = Sequences>>, Pairs<Sequences>)> {
        if self.is_compiled() {
            bail!(
                "a compiled program has no task to draw pairs for: give two of its questions with --clean and --corrupt"
            );
        }
        if Place::of(&self.source).what == What::Model {
            bail!("a model has no task to draw pairs for: give two texts with --clean and --corrupt");
        }
        let run = self.run()?;
        let pairs = pairs_of_one_token(&run.config.task, &self.held_out(&run)?, self.seed);
        if pairs.is_empty() {
            bail!(
                "no question of this task gets another answer by one other token: give two with --clean and --corrupt"
            );
        }
        let (clean, corrupt): (Vec<_>, Vec<_>) = pairs.into_iter().map(|[clean, corrupt]| (clean, corrupt)).unzip();
        let pairs = Pairs::new(self.examples_of(&run, &clean)?, self.examples_of(&run, &corrupt)?)?;
        Ok((Box::new(run.model), pairs))
    }

    /// The same request, of another source.
    pub(crate) fn at(&self, source: &Path) -> Self {
        Self { source: source.to_owned(), ..self.clone() }
    }

    /// The directory or file that is read.
    pub(crate) fn path(&self) -> &Path {
        &self.source
    }
}
