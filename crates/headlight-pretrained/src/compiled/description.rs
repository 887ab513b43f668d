use std::collections::BTreeMap;

use headlight_model::{Head, HeadName, Site, Stack};
use serde::Deserialize;
use serde_json::Value;

use crate::compiled::error::CompiledError;
use crate::compiled::program::{Program, Question};

/// A program's description as it is on disk.
#[derive(Deserialize)]
pub(super) struct Description {
    name: String,
    says: String,
    /// The variables that have a direction for each output token. Several may; one is the output.
    pub(super) output_labels_begin_with: Vec<String>,
    pub(super) num_layers: usize,
    pub(super) num_heads: usize,
    pub(super) key_size: usize,
    pub(super) mlp_hidden_size: usize,
    causal: bool,
    layer_norm: bool,
    activation: String,
    vocabulary: BTreeMap<String, usize>,
    /// None where the output is a number and no token.
    output_vocabulary: Option<BTreeMap<String, usize>>,
    residual_labels: Vec<String>,
    exact_match_when_zeroed: BTreeMap<String, f64>,
    questions: Vec<Vec<String>>,
    answers: Vec<Vec<Value>>,
}

impl Description {
    pub(super) fn stack(&self) -> Stack {
        if self.causal { Stack::Decoder } else { Stack::Encoder }
    }

    /// What the model has to know of it, where there are so many positions.
    ///
    /// # Errors
    ///
    /// When the program is of a kind that is not supported, or parts of the description do not fit together.
    pub(super) fn program(&self, positions: usize) -> Result<Program, CompiledError> {
        if self.layer_norm {
            return Err(CompiledError::Unsupported("layer norm"));
        }
        if self.activation != "relu" {
            return Err(CompiledError::Unsupported("an activation other than ReLU"));
        }
        let Some(output_vocabulary) = &self.output_vocabulary else {
            return Err(CompiledError::Unsupported("an output that is a number and no token"));
        };
        let parts = self.exact_match_when_zeroed.iter();
        let program = Program {
            name: self.name.clone(),
            says: self.says.clone(),
            tokens: by_number(&self.vocabulary)?,
            outputs: by_number(output_vocabulary)?,
            directions: self.residual_labels.clone(),
            questions: Vec::new(),
            exact_match_when_zeroed: parts
                .map(|(name, share)| Ok((self.part(name)?, *share)))
                .collect::<Result<_, CompiledError>>()?,
        };
        let questions = self.questions(&program, positions)?;
        Ok(Program { questions, ..program })
    }

    fn questions(&self, program: &Program, positions: usize) -> Result<Vec<Question>, CompiledError> {
        // Without any, every reading of the parameters would be right, and nothing could be looked at.
        if self.questions.is_empty() {
            return Err(CompiledError::NoQuestions);
        }
        let mut questions = Vec::with_capacity(self.questions.len());
        for (nth, question) in self.questions.iter().enumerate() {
            let answer = self.answers.get(nth).map_or(&[][..], Vec::as_slice);
            if question.len() < 2 || question.len() != answer.len() || question.len() > positions {
                let (tokens, answers) = (question.len(), answer.len());
                return Err(CompiledError::Length { question: nth, tokens, answers, positions });
            }
            let number =
                |token: &String| program.token(token).ok_or_else(|| CompiledError::UnknownToken(token.clone()));
            let right = |(position, value): (usize, &Value)| {
                let token = in_python(value);
                let number = program.output(&token).ok_or(CompiledError::UnknownToken(token))?;
                Ok::<_, CompiledError>((position, number))
            };
            questions.push(Question {
                tokens: question.iter().map(number).collect::<Result<_, _>>()?,
                answers: answer.iter().enumerate().skip(1).map(right).collect::<Result<_, _>>()?,
            });
        }
        Ok(questions)
    }

    /// `L0H0` or `MLP0`.
    fn part(&self, name: &str) -> Result<Site, CompiledError> {
        let unknown = || CompiledError::UnknownPart(name.to_owned());
        match name.strip_prefix("MLP") {
            Some(layer) => Ok(Site::FeedForward(self.stack(), layer.parse().map_err(|_| unknown())?)),
            None => {
                let HeadName { layer, head, .. } = name.parse().map_err(|_| unknown())?;
                Ok(Site::Context(Head { kind: self.stack().self_attention(), layer, head }))
            }
        }
    }
}

/// The tokens of a vocabulary, each at its number.
fn by_number(vocabulary: &BTreeMap<String, usize>) -> Result<Vec<String>, CompiledError> {
    let mut tokens: Vec<(usize, &String)> = vocabulary.iter().map(|(token, number)| (*number, token)).collect();
    tokens.sort();
    if tokens.iter().enumerate().any(|(nth, (number, _))| nth != *number) {
        return Err(CompiledError::Vocabulary(tokens.len()));
    }
    Ok(tokens.into_iter().map(|(_, token)| token.clone()).collect())
}

/// A value as Python prints it, which wrote the vocabulary.
fn in_python(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        other => other.to_string(),
    }
}
