//! What `config.json` says of rotary positions, in `rope_parameters` or, as it was called before, in `rope_scaling`.

use std::f64::consts::TAU;

use headlight_model::Rotary;
use serde::Deserialize;

use crate::config::Rest;
use crate::error::PretrainedError;

/// How fast the pairs of a head's features rotate. Where it does not say, its family does.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct RotaryParameters {
    rope_type: Option<String>,
    /// What `rope_type` was called before.
    #[serde(rename = "type")]
    former_type: Option<String>,
    rope_theta: Option<f64>,
    partial_rotary_factor: Option<f64>,
    factor: Option<f64>,
    low_freq_factor: Option<f64>,
    high_freq_factor: Option<f64>,
    original_max_position_embeddings: Option<f64>,
    #[serde(flatten)]
    rest: Rest,
}

/// No head is as wide. What the configuration says is not yet compared with the tensors here.
const WIDEST_HEAD: usize = 1 << 16;

/// What a family's configuration says beside [`RotaryParameters`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct RotaryDefaults {
    /// The base of the powers by which the pairs rotate more and more slowly.
    pub(crate) theta: f64,
    /// The share of a head's features that rotate.
    pub(crate) share: f64,
    /// The longest sequence, in tokens.
    pub(crate) max_length: usize,
}

impl RotaryParameters {
    /// The rotation of heads of this width.
    ///
    /// # Errors
    ///
    /// When it is of a kind that is not built, or a number makes none.
    pub(crate) fn rotary(&self, d_head: usize, defaults: RotaryDefaults) -> Result<Rotary, PretrainedError> {
        self.rest.check(&[], &[])?;
        let theta = positive("rope_theta", self.rope_theta.or(Some(defaults.theta)))?;
        let share = positive("partial_rotary_factor", self.partial_rotary_factor.or(Some(defaults.share)))?;
        let width = (d_head as f64 * share) as usize; // rounded down
        if width == 0 || width > d_head || !width.is_multiple_of(2) {
            let message = format!("rotary positions rotate pairs of features, and cannot rotate {width} of {d_head}");
            return Err(PretrainedError::Config(message));
        }
        if d_head > WIDEST_HEAD {
            return Err(PretrainedError::Config(format!("heads of {d_head} features are not supported")));
        }
        let mut rotary = Rotary::of_base(width, theta);
        match self.rope_type.as_deref().or(self.former_type.as_deref()).unwrap_or("default") {
            "default" => self.without_scale()?,
            "linear" => {
                let factor = positive("factor", self.factor)?;
                rotary.positions_per_radian.iter_mut().for_each(|positions| *positions *= factor);
            }
            "llama3" => self.stretch_slow_pairs(&mut rotary.positions_per_radian, defaults.max_length)?,
            other => {
                let (name, only) = ("rope_type".to_owned(), "\"default\", \"linear\" and \"llama3\"".to_owned());
                return Err(PretrainedError::Option { name, value: format!("\"{other}\""), only });
            }
        }
        Ok(rotary)
    }

    /// A factor of rotary positions that are not scaled might be meant.
    fn without_scale(&self) -> Result<(), PretrainedError> {
        match self.factor {
            Some(factor) if factor != 1.0 => Err(PretrainedError::Config(format!(
                "a factor of {factor} for rotary positions of rope_type \"default\""
            ))),
            _ => Ok(()),
        }
    }

    /// Llama 3.1 has the pairs that rotate less than `low_freq_factor` times in the sequences it was first trained on rotate `factor`
    /// times more slowly, leaves those that rotate more than `high_freq_factor` times, and passes smoothly from one to the other (Grattafiori
    /// et al., [2024](https://arxiv.org/abs/2407.21783); the code is Meta's, as transformers has it).
    fn stretch_slow_pairs(&self, positions_per_radian: &mut [f64], max_length: usize) -> Result<(), PretrainedError> {
        let factor = positive("factor", self.factor)?;
        let low = positive("low_freq_factor", self.low_freq_factor)?;
        let high = positive("high_freq_factor", self.high_freq_factor)?;
        let first_length = self.original_max_position_embeddings.or(Some(max_length as f64));
        let first_length = positive("original_max_position_embeddings", first_length)?;
        if low >= high {
            let message = format!("low_freq_factor {low} is not below high_freq_factor {high}");
            return Err(PretrainedError::Config(message));
        }
        for positions in positions_per_radian {
            let rotations = first_length / (TAU * *positions);
            let kept = ((rotations - low) / (high - low)).clamp(0.0, 1.0);
            *positions /= (1.0 - kept) / factor + kept;
        }
        Ok(())
    }
}

fn positive(name: &str, number: Option<f64>) -> Result<f64, PretrainedError> {
    match number {
        Some(number) if number > 0.0 => Ok(number),
        Some(number) => Err(PretrainedError::Config(format!("{name} {number} is not above 0"))),
        None => Err(PretrainedError::Config(format!("rotary positions need {name}"))),
    }
}
