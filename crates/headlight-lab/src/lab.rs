use headlight_train::Part;

use crate::LabError;
use crate::messages::{self, HeadChange, Reply, Request, Stepped};
use crate::one_line::one_line;
use crate::session::Session;

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

    fn answered(&mut self, request: Request, beside: &[u8]) -> Result<(Reply, Vec<u8>), LabError> {
        match request {
            Request::Start { settings, part } => Ok(self.begin(Session::start(*settings, part.try_into()?)?)),
            Request::Open { settings, part } => {
                Ok(self.begin(Session::open(beside, settings.map(|settings| *settings), part.try_into()?)?))
            }
            Request::Train { .. } => Err(LabError::StepByStep),
            Request::Evaluate { changes } => Ok((Reply::Evaluated(self.session()?.evaluate(&changes)?), Vec::new())),
            Request::Attend { question, changes } => {
                let (attended, blocks) = self.session()?.attend(question.as_deref(), &changes)?;
                Ok((Reply::Attended(Box::new(attended)), blocks))
            }
            Request::Roles { examples } => Ok((self.session()?.roles(examples)?, Vec::new())),
            Request::Save { contents } => {
                let session = self.session()?;
                Ok((Reply::Saved { step: session.training.steps() }, session.save(contents)?))
            }
        }
    }

    /// Takes a training in place of the one before.
    fn begin(&mut self, session: Session) -> (Reply, Vec<u8>) {
        let started = session.started();
        self.session = Some(session);
        (Reply::Started(Box::new(started)), Vec::new())
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
