//! What a classifier says of its labels.

use serde_json::{Map, Value};

use crate::config::quotable;
use crate::error::PretrainedError;

/// What the logits of labels are turned into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scores {
    /// One of the labels is right: how likely each is, by softmax; they sum to 1.
    Softmax,
    /// Each label is right or wrong by itself: how likely it is, by the sigmoid.
    Sigmoid,
    /// The logits as they are: a relevance, or a value that was learned by regression.
    Logits,
}

/// The names of so many labels, and what their logits are turned into, as the configuration has it.
///
/// # Errors
///
/// When `config.json` names other labels, or says something of their scores that is not known.
pub(crate) fn classifier(
    config: &Map<String, Value>,
    n_labels: usize,
) -> Result<(Vec<String>, Scores), PretrainedError> {
    Ok((names(config, n_labels)?, Scores::of(config, n_labels)?))
}

fn names(config: &Map<String, Value>, n_labels: usize) -> Result<Vec<String>, PretrainedError> {
    let Some(Value::Object(names)) = config.get("id2label") else {
        return Ok((0..n_labels).map(|label| format!("LABEL_{label}")).collect()); // as transformers names them
    };
    let name = |label: usize| names.get(&label.to_string())?.as_str().map(str::to_owned);
    let all: Option<Vec<String>> = (0..n_labels).map(name).collect();
    let all = all.filter(|all| all.len() == names.len());
    all.ok_or_else(|| {
        PretrainedError::Config(format!(
            "id2label does not name the labels 0 … {} of the classifier",
            n_labels.saturating_sub(1)
        ))
    })
}

impl Scores {
    /// `problem_type` is transformers', the name of an activation sentence-transformers'. A single label is never softmax's, of which its
    /// share would always be 1.
    fn of(config: &Map<String, Value>, n_labels: usize) -> Result<Self, PretrainedError> {
        match text(config, "problem_type")? {
            Some("regression") => Ok(Self::Logits),
            Some("multi_label_classification") => Ok(Self::Sigmoid),
            None | Some("single_label_classification") if n_labels > 1 => Ok(Self::Softmax),
            None | Some("single_label_classification") => of_one(config),
            Some(other) => Err(unknown("problem_type", other)),
        }
    }

    /// The scores of all labels, by their logits.
    pub(crate) fn of_logits(self, logits: &[f32]) -> Vec<f64> {
        let logits = logits.iter().copied().map(f64::from);
        match self {
            Self::Logits => logits.collect(),
            Self::Sigmoid => logits.map(|logit| 1.0 / (1.0 + (-logit).exp())).collect(),
            Self::Softmax => {
                let largest = logits.clone().fold(f64::NEG_INFINITY, f64::max);
                let powers: Vec<f64> = logits.map(|logit| (logit - largest).exp()).collect();
                let sum: f64 = powers.iter().sum();
                powers.into_iter().map(|power| power / sum).collect()
            }
        }
    }
}

/// Of a cross-encoder's one score: older and newer releases name the activation in different places.
fn of_one(config: &Map<String, Value>) -> Result<Scores, PretrainedError> {
    const OLDER: &str = "sbert_ce_default_activation_function";
    const NEWER: &str = "activation_fn";
    let newer = match config.get("sentence_transformers") {
        Some(Value::Object(options)) => text(options, NEWER)?.map(|name| (NEWER, name)),
        _ => None,
    };
    let older = text(config, OLDER)?.map(|name| (OLDER, name));
    match newer.or(older) {
        None => Ok(Scores::Logits),
        Some((option, path)) => match path.rsplit('.').next() {
            Some("Identity") => Ok(Scores::Logits),
            Some("Sigmoid") => Ok(Scores::Sigmoid),
            _ => Err(unknown(option, path)),
        },
    }
}

fn text<'a>(options: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, PretrainedError> {
    match options.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(unknown(name, &other.to_string())),
    }
}

fn unknown(name: &str, value: &str) -> PretrainedError {
    PretrainedError::UnknownOption { name: name.to_owned(), value: quotable(value) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shares_sum_to_one_and_others_stand_by_themselves() {
        let logits = [0.0, 1.0986123]; // ln 3
        let close = |scores: Scores, expected: [f64; 2]| {
            let found = scores.of_logits(&logits);
            assert!(found.iter().zip(expected).all(|(one, other)| (one - other).abs() < 1e-6), "{scores:?}: {found:?}");
        };
        close(Scores::Softmax, [0.25, 0.75]);
        close(Scores::Sigmoid, [0.5, 0.75]);
        close(Scores::Logits, [0.0, 1.0986123]);
        assert_eq!(Scores::Sigmoid.of_logits(&[-800.0, 800.0]), [0.0, 1.0]);
    }

    #[test]
    fn the_configuration_says_what_the_logits_are() {
        let of = |config: Value, n_labels| {
            let scores = Scores::of(config.as_object().expect("an object"), n_labels);
            scores.map_err(|error| error.to_string())
        };
        assert_eq!(of(json!({}), 3), Ok(Scores::Softmax));
        assert_eq!(of(json!({"problem_type": null}), 1), Ok(Scores::Logits));
        assert_eq!(of(json!({"problem_type": "single_label_classification"}), 1), Ok(Scores::Logits));
        assert_eq!(of(json!({"problem_type": "regression"}), 2), Ok(Scores::Logits));
        assert_eq!(of(json!({"problem_type": "multi_label_classification"}), 3), Ok(Scores::Sigmoid));
        let named = |name: &str| json!({"sbert_ce_default_activation_function": format!("torch.nn.modules.{name}")});
        assert_eq!(of(named("linear.Identity"), 1), Ok(Scores::Logits));
        assert_eq!(of(named("activation.Sigmoid"), 1), Ok(Scores::Sigmoid));
        let newer = json!({"sentence_transformers": {"activation_fn": "torch.nn.modules.activation.Sigmoid", "version": "4.0.1"}});
        assert_eq!(of(newer, 1), Ok(Scores::Sigmoid));
        for (config, name) in [
            (named("activation.Tanh"), "sbert_ce_default_activation_function"),
            (json!({"problem_type": "ranking"}), "problem_type"),
            (json!({"problem_type": 3}), "problem_type"),
        ] {
            let error = of(config, 1).expect_err("nobody knows it");
            assert!(error.contains(&format!("unknown option '{name}'")), "{error}");
        }
    }
}
