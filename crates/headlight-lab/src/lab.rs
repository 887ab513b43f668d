use headlight_lens::{Examples, Thresholds, head_scores, outcomes};
use headlight_model::{AttentionKind, Sequences, Traceable};
use headlight_record::Origin;
use headlight_report::{MomentData, findings_json};
use headlight_train::{Example, Part, records_with};

use crate::LabError;
use crate::answer::answer;
use crate::messages::{self, Attended, Evaluated, HeadChange, Reply, Request, Stepped};
use crate::one_line::one_line;
use crate::session::Session;

/// Sequences of random tokens that come twice, as `lens heads` takes them.
const REPEATED_SEQUENCES: usize = 64;

/// What one worker of a page holds: nothing at first, then a training.
#[derive(Default)]
pub struct Lab {
    session: Option<Session>,
}

impl Lab {
    /// Without a training.
    pub fn new() -> Self {
        Self::default()
    }

    /// Does what is asked in JSON, and says what came of it in JSON; what lies beside the messages lies beside them here.
    ///
    /// # Panics
    ///
    /// As [`handle`](Self::handle).
    pub fn handle_json(&mut self, request: &str, beside: &[u8]) -> (String, Vec<u8>) {
        let (reply, beside) = match serde_json::from_str(request) {
            Ok(request) => self.handle(request, beside),
            Err(error) => (refused(&error.into()), Vec::new()),
        };
        (serde_json::to_string(&reply).expect("a reply is plain data"), beside)
    }

    /// Does what is asked. Where that cannot be done, the reply is [`Reply::Refused`], and nothing was changed.
    ///
    /// # Panics
    ///
    /// When memory runs out.
    pub fn handle(&mut self, request: Request, beside: &[u8]) -> (Reply, Vec<u8>) {
        self.answered(request, beside).unwrap_or_else(|error| (refused(&error), Vec::new()))
    }

    fn answered(&mut self, request: Request, _beside: &[u8]) -> Result<(Reply, Vec<u8>), LabError> {
        match request {
            Request::Start { settings, part } => {
                let session = Session::start(*settings, part.try_into()?)?;
                let started = session.started();
                self.session = Some(session);
                Ok((Reply::Started(Box::new(started)), Vec::new()))
            }
            Request::Train { .. } => Err(LabError::StepByStep),
            Request::Evaluate { changes } => Ok((Reply::Evaluated(self.session()?.evaluate(&changes)?), Vec::new())),
            Request::Attend { question, changes } => {
                let (attended, blocks) = self.session()?.attend(question.as_deref(), &changes)?;
                Ok((Reply::Attended(Box::new(attended)), blocks))
            }
            Request::Roles { examples } => Ok((self.session()?.roles(examples)?, Vec::new())),
            Request::Open { .. } | Request::Save { .. } => Err(LabError::NoArchives),
        }
    }

    /// This worker's part of the next step, as [`Training::part_of_step`](headlight_train::Training::part_of_step) lays it out. The
    /// parts of all workers are added number by number, in the order of their shards, and given to each worker's
    /// [`apply`](Self::apply).
    ///
    /// # Errors
    ///
    /// When there is no training, or the last step's evaluation is still to be made.
    pub fn gradients(&self) -> Result<Vec<f32>, LabError> {
        let session = self.session()?;
        session.check_evaluated()?;
        Ok(session.training.part_of_step(session.part))
    }

    /// Takes the step that the sum of all workers' parts asks for. `seconds` went by since the last one, or since training began or went
    /// on, by the page's clock.
    pub fn apply(&mut self, sum: &[f32], seconds: f64) -> Stepped {
        self.session_mut().and_then(|session| session.apply(sum, seconds)).unwrap_or_else(|error| stopped(&error))
    }

    /// How many examples of this worker's part of the validation set are answered without an error, with some heads changed.
    ///
    /// # Errors
    ///
    /// When there is no training, the model has no such head, or one is changed twice.
    pub fn count(&self, changes: &[HeadChange]) -> Result<usize, LabError> {
        let session = self.session()?;
        session.count(changes, session.part)
    }

    /// Makes the evaluation that is due: `right` examples were answered without an error, those that all workers
    /// [`count`](Self::count) without changes.
    pub fn evaluated(&mut self, right: usize) -> Stepped {
        self.session_mut().and_then(|session| session.evaluated(right)).unwrap_or_else(|error| stopped(&error))
    }

    fn session(&self) -> Result<&Session, LabError> {
        self.session.as_ref().ok_or(LabError::NoTraining)
    }

    fn session_mut(&mut self) -> Result<&mut Session, LabError> {
        self.session.as_mut().ok_or(LabError::NoTraining)
    }
}

fn refused(error: &LabError) -> Reply {
    Reply::Refused { reason: one_line(&error.to_string()) }
}

fn stopped(error: &LabError) -> Stepped {
    Stepped::Stopped { reason: one_line(&error.to_string()) }
}

impl TryFrom<messages::Part> for Part {
    type Error = LabError;

    fn try_from(messages::Part { shard, shards }: messages::Part) -> Result<Self, LabError> {
        Ok(Self::new(shard, shards)?)
    }
}

impl Session {
    /// How many examples of a part of the validation set are answered without an error.
    fn count(&self, changes: &[HeadChange], part: Part) -> Result<usize, LabError> {
        let (model, interventions) = self.changed(changes)?;
        let examples = part.of(&self.training.held_out().examples);
        if interventions.is_empty() {
            return Ok(self.training.count_right_of(part));
        }
        let mut right = 0;
        for examples in examples.chunks(self.at_once()) {
            let examples = self.examples(examples);
            let of_batch = examples.batches.iter().flat_map(|batch| outcomes(&model, batch, &interventions));
            right += of_batch.filter(|outcome| outcome.is_right).count();
        }
        Ok(right)
    }

    fn evaluate(&self, changes: &[HeadChange]) -> Result<Evaluated, LabError> {
        let examples = self.training.held_out().examples.len();
        let changed = self.count(changes, Part::WHOLE)? as f64 / examples as f64;
        Ok(Evaluated { step: self.training.steps(), exact_match: self.training.exact_match(), changed, examples })
    }

    fn attend(&self, question: Option<&str>, changes: &[HeadChange]) -> Result<(Attended, Vec<u8>), LabError> {
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

    fn roles(&self, examples: usize) -> Result<Reply, LabError> {
        let held_out = &self.training.held_out().examples;
        let asked = held_out.get(..examples).filter(|asked| !asked.is_empty());
        let asked = asked.ok_or(LabError::Examples { examples, held_out: held_out.len() })?;
        let (model, examples) = (self.training.model(), self.examples(asked));
        let longest = examples.iter().map(|example| example.target.len()).max().unwrap_or(0);
        let length = longest.saturating_sub(1) / 2;
        let is_decoder = model.n_layers(AttentionKind::EncoderSelf) == 0;
        let repeated = (is_decoder && length > 1).then(|| examples.of_repeated_tokens(length, REPEATED_SEQUENCES));
        let scores = head_scores(&model, &examples, repeated.as_ref(), &Thresholds::default());
        Ok(Reply::Found { step: self.training.steps(), findings: findings_json(&scores.findings()) })
    }

    fn examples(&self, examples: &[Example]) -> Examples<Sequences> {
        let task = &self.config.task;
        let step = Some(self.training.steps());
        let origin = Origin { task: task.spec.name.to_string(), model: task.architecture.to_string(), step };
        Examples::of_task(task, examples, origin, 0, &self.device)
    }

    /// How many examples a lens may look at side by side: a pass that is looked at keeps the attention weights of all layers.
    fn at_once(&self) -> usize {
        64
    }
}
