use std::path::PathBuf;

use anyhow::{anyhow, bail};
use clap::Args;
use headlight_lens::smallest_vocabulary;

use super::output::{OutputArguments, show};
use super::subject::{Subject, SubjectArguments};
use crate::commands::device::DeviceArgument;

/// More tokens than this are not listed.
const LISTED: usize = 256;

#[derive(Args)]
pub(crate) struct CircuitsArguments {
    /// Directory of a run, its checkpoint.safetensors, NAME.json of a compiled program, or a model that others trained
    #[arg(value_name = "SOURCE")]
    source: PathBuf,
    /// Tokens to draw each with each, separated by spaces [default: all, of a small vocabulary]
    #[arg(long, value_name = "TOKENS")]
    tokens: Option<String>,
    /// Seed of the random matrices that composition is compared with
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    device: DeviceArgument,
    #[command(flatten)]
    output: OutputArguments,
}

pub(crate) fn circuits(arguments: &CircuitsArguments) -> anyhow::Result<()> {
    // Of one example, for the names of its tokens: parameters are all that is looked at.
    let subject = SubjectArguments::of(arguments.source.clone(), 1, arguments.seed, arguments.device.clone());
    let Subject { model, examples, .. } = subject.open()?;
    let number = |name: &str| {
        let find = |is_it: &dyn Fn(&str) -> bool| examples.vocabulary.iter().position(|token| is_it(token));
        // Of a model of texts, most words are tokens with the space before them.
        let found = find(&|token| token == name).or_else(|| find(&|token| token.trim() == name));
        found.ok_or_else(|| match examples.vocabulary.len() {
            0..=LISTED => anyhow!("unknown token '{name}'; the model's tokens are {}", examples.vocabulary.join(" ")),
            count => anyhow!("unknown token '{name}' among the model's {count}"),
        })
    };
    let tokens = arguments.tokens.as_deref().map(|names| names.split_whitespace().map(number).collect());
    let tokens: Option<Vec<usize>> = tokens.transpose()?;
    if tokens.as_ref().is_some_and(Vec::is_empty) {
        bail!("--tokens names no token");
    }
    if let Some(tokens) = &tokens {
        let of_all = smallest_vocabulary(model.as_ref());
        if let Some(token) = tokens.iter().find(|token| **token >= of_all) {
            bail!(
                "the model has a vocabulary for its source and one for its target, and '{}' is not in both",
                examples.vocabulary[*token]
            );
        }
    }
    show(&headlight_lens::circuits(model.as_ref(), &examples, tokens.as_deref()), &arguments.output)
}
