use std::str::FromStr;

use anyhow::bail;
use clap::Args;
use headlight_lens::{Examples, HeadScores, Thresholds, head_scores, takes_repeated_tokens};
use headlight_model::Sequences;

use super::output::{OutputArguments, show};
use super::subject::{Subject, SubjectArguments};

#[derive(Args)]
pub(crate) struct HeadsArguments {
    #[command(flatten)]
    subject: SubjectArguments,
    #[command(flatten)]
    scoring: ScoringArguments,
    #[command(flatten)]
    output: OutputArguments,
}

/// How heads are scored.
#[derive(Args, Default)]
pub(crate) struct ScoringArguments {
    /// How high a score must be for a role: X for every score, SCORE=X for one, such as induction=0.3. May be given several times
    /// [default: 0.4]
    #[arg(long = "threshold", value_name = "[SCORE=]X", value_delimiter = ',')]
    thresholds: Vec<Threshold>,
    /// For decoders: number of random tokens that come twice [default: half as many as the longest example has]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=512))]
    repeated_length: Option<u32>,
}

/// What `lens heads` prints: how much each head attends to what heads are known to look at.
pub(crate) fn heads(arguments: &HeadsArguments) -> anyhow::Result<()> {
    let subject = arguments.subject.open()?;
    show(&arguments.scoring.scores(&subject)?.findings(), &arguments.output)
}

impl ScoringArguments {
    /// The scores of a model's heads.
    pub(crate) fn scores(&self, subject: &Subject) -> anyhow::Result<HeadScores> {
        let repeated = self.repeated(subject)?;
        Ok(head_scores(&*subject.model, &subject.examples, repeated.as_ref(), &self.thresholds()))
    }

    /// A threshold for every score: the last that was asked for.
    pub(crate) fn thresholds(&self) -> Thresholds {
        let of_all = self.thresholds.iter().rev().find(|threshold| threshold.score.is_none());
        let all = of_all.map_or_else(Thresholds::default, |threshold| Thresholds::of_all(threshold.at_least));
        let of_one = self.thresholds.iter().filter_map(|threshold| Some((threshold.score?, threshold.at_least)));
        of_one.fold(all, |thresholds, (score, at_least)| thresholds.with(score, at_least))
    }

    /// Random tokens that come twice, for a model that is a decoder.
    pub(crate) fn repeated(&self, subject: &Subject) -> anyhow::Result<Option<Examples<Sequences>>> {
        let Subject { model, examples, held_out, positions, most_tokens, .. } = subject;
        if !takes_repeated_tokens(&**model) {
            return match self.repeated_length {
                Some(_) => bail!("--repeated-length is for models that are a decoder: leave it out"),
                None => Ok(None),
            };
        }
        // One question may hold one symbol, and a sequence of one symbol repeats at every distance.
        let drawn_from = held_out.as_ref().unwrap_or(examples);
        let like = if most_tokens.is_some() { drawn_from } else { examples };
        let length = self.repeated_length.map_or(like.repeated_length(), |length| length as usize);
        if let Some(positions) = *positions
            && 1 + 2 * length > positions
        {
            let most = (positions - 1) / 2;
            bail!("the model has {positions} positions: --repeated-length can be at most {most}");
        }
        let repeated = drawn_from.of_repeated_tokens(length);
        Ok(match *most_tokens {
            Some(most) => repeated.map(|repeated| repeated.in_batches_of((most / (1 + 2 * length)).max(1))),
            None => repeated,
        })
    }
}

/// How high a score must be, or all scores.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Threshold {
    score: Option<&'static str>,
    at_least: f64,
}

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (score, number) = match text.split_once('=') {
            None => (None, text),
            Some((name, number)) => match Thresholds::names().find(|known| *known == name) {
                Some(known) => (Some(known), number),
                None => {
                    let known: Vec<&str> = Thresholds::names().collect();
                    return Err(format!("unknown score '{name}'; scores are {}", known.join(", ")));
                }
            },
        };
        match number.parse() {
            Ok(at_least) if (0.0..=1.0).contains(&at_least) => Ok(Self { score, at_least }),
            _ => Err("a threshold is a number from 0 to 1, such as 0.5, or induction=0.3".to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_for_one_score_or_for_all() {
        assert_eq!("0.3".parse(), Ok(Threshold { score: None, at_least: 0.3 }));
        assert_eq!("induction=1".parse(), Ok(Threshold { score: Some("induction"), at_least: 1.0 }));
        for wrong in ["", "1.5", "-0.1", "NaN", "induction", "induction=", "entropy=0.5", "=0.5", "previous=0.5=0.5"] {
            assert!(wrong.parse::<Threshold>().is_err(), "{wrong}");
        }
    }
}
