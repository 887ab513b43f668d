use headlight_model::Positions;
use headlight_train::MAX_INPUT;

use crate::RunConfig;
use crate::question::QuestionError;

impl RunConfig {
    /// The ids of an input's tokens.
    ///
    /// # Errors
    ///
    /// When a token is unknown, there is none, the whole is not a question of the task, or there are more than the model can
    /// take.
    pub fn encode(&self, input: &str) -> Result<Vec<usize>, QuestionError> {
        let task = &self.task;
        let source = task.encode(input)?;
        if self.model.positions == Positions::Learned {
            let (needed, positions) = (task.positions(&source), task.max_length());
            let fits = needed <= positions;
            return if fits { Ok(source) } else { Err(QuestionError::InputPositions { needed, positions }) };
        }
        let max = task.max_source().max(MAX_INPUT);
        if source.len() > max {
            return Err(QuestionError::LongInput { length: source.len(), max });
        }
        Ok(source)
    }
}
