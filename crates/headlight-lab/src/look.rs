//! What a training's model does now: on the validation set, on a question, and what its heads do, with some of them changed.

use headlight_lens::{Examples, Thresholds, head_scores, outcomes, takes_repeated_tokens};
use headlight_model::Sequences;
use headlight_record::Origin;
use headlight_report::{MomentData, findings_json};
use headlight_train::{Example, Part, records_with};

use crate::LabError;
use crate::answer::answer;
use crate::messages::{Attended, Evaluated, HeadChange, Reply};
use crate::session::Session;

/// What a pass may keep at once.
const MOST_BYTES: u128 = 256 << 20;
/// What the passes for one answer may compute together: some seconds of a page's work.
const MOST_READ: u128 = 4 << 30;

impl Session {
    /// How many examples of a part of the validation set are answered without an error.
    pub(crate) fn count(&self, changes: &[HeadChange], part: Part) -> Result<usize, LabError> {
        let (model, interventions) = self.changed(changes)?;
        let examples = part.of(&self.training.held_out().examples);
        if interventions.is_empty() {
            return Ok(self.training.count_right_of(part));
        }
        if examples.is_empty() {
            return Ok(0);
        }
        let examples = self.examples(examples);
        let outcomes = examples.batches.iter().flat_map(|batch| outcomes(&model, batch, &interventions));
        Ok(outcomes.filter(|outcome| outcome.is_right).count())
    }

    pub(crate) fn evaluate(&self, changes: &[HeadChange]) -> Result<Evaluated, LabError> {
        let examples = self.training.held_out().examples.len();
        self.changed(changes)?; // before the work
        let exact_match = self.training.exact_match();
        let changed = match changes {
            [] => exact_match,
            changes => self.count(changes, Part::WHOLE)? as f64 / examples as f64,
        };
        Ok(Evaluated { step: self.training.steps(), exact_match, changed, examples })
    }

    pub(crate) fn attend(
        &self,
        question: Option<&str>,
        changes: &[HeadChange],
    ) -> Result<(Attended, Vec<u8>), LabError> {
        let task = &self.config.task;
        let (model, interventions) = self.changed(changes)?;
        let (example, right) = match question {
            None => {
                let example = self.training.held_out().examples[0].clone();
                let right = Some(example.answer.clone());
                (example, right)
            }
            Some(question) => {
                let source = self.config.encode(question)?;
                let right = task.answer(&source);
                (Example { source, answer: Vec::new() }, right)
            }
        };
        self.check_length(&example.source)?;
        if !interventions.is_empty() {
            self.check_answer(&example.source)?;
        }
        let said = answer(&model, task, &example.source, &interventions, &self.device);
        let shown = match question {
            None => example.clone(),
            Some(_) => Example { answer: said.clone(), ..example.clone() },
        };
        let step = self.training.steps();
        let records = records_with(&interventions, &model, task, &shown, Some(step), &self.device)?;
        let MomentData { json: moments, blocks } = MomentData::of(&records);
        let attended = Attended {
            step,
            question: task.text(&example.source),
            answer: task.text(&said),
            right: right.map(|right| task.text(&right)),
            moments,
            blocks: blocks.iter().map(Vec::len).collect(),
        };
        Ok((attended, blocks.concat()))
    }

    pub(crate) fn roles(&self, examples: usize) -> Result<Reply, LabError> {
        let held_out = &self.training.held_out().examples;
        let asked = held_out.get(..examples).filter(|asked| !asked.is_empty());
        let asked = asked.ok_or(LabError::Examples { examples, held_out: held_out.len() })?;
        let (model, examples) = (self.training.model(), self.examples(asked));
        let repeated = takes_repeated_tokens(&model)
            .then(|| examples.of_repeated_tokens(examples.repeated_length()))
            .flatten()
            .map(|repeated| repeated.in_batches_of(self.at_once()));
        let scores = head_scores(&model, &examples, repeated.as_ref(), &Thresholds::default());
        Ok(Reply::Found { step: self.training.steps(), findings: findings_json(&scores.findings()) })
    }

    /// Examples as a lens looks at them, no more side by side than fit.
    fn examples(&self, examples: &[Example]) -> Examples<Sequences> {
        let task = &self.config.task;
        let step = Some(self.training.steps());
        let origin = Origin { task: task.spec.name.to_string(), model: task.architecture.to_string(), step };
        Examples::of_task(task, examples, origin, 0, &self.device).in_batches_of(self.at_once())
    }

    /// How many examples fit into memory side by side.
    fn at_once(&self) -> usize {
        let of_one = self.config.trace_bytes(self.config.task.max_length());
        usize::try_from(MOST_BYTES / of_one).map_or(usize::MAX, |fit| fit.max(1))
    }

    /// Refuses a question whose attention would fill the memory.
    fn check_length(&self, source: &[usize]) -> Result<(), LabError> {
        let tokens = self.config.task.positions(source);
        if self.config.trace_bytes(tokens) > MOST_BYTES { Err(LabError::LongSequence { tokens }) } else { Ok(()) }
    }

    /// Refuses a question that a page would be minutes at: with some of it changed, the model reads all anew for each token it says.
    fn check_answer(&self, source: &[usize]) -> Result<(), LabError> {
        let task = &self.config.task;
        let tokens = task.says_at_most(source);
        let bytes = tokens as u128 * self.config.trace_bytes(task.positions(source));
        if bytes > MOST_READ { Err(LabError::LongAnswer { tokens }) } else { Ok(()) }
    }
}
