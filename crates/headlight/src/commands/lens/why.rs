//! `headlight lens why`: one score of a head, split into what each part of the model before it brings.

use anyhow::{anyhow, bail};
use clap::Args;
use headlight_lens::{Asked, Example, Examples, LensError, find_head};
use headlight_model::{Head, Sequences, Traceable};
use headlight_record::HeadName;

use super::output::{OutputArguments, show};
use super::subject::{Subject, SubjectArguments};
use crate::commands::kind::KindArgument;

#[derive(Args)]
pub(crate) struct WhyArguments {
    #[command(flatten)]
    subject: SubjectArguments,
    /// Kind of attention [default: the only one that the model has]
    #[arg(long, value_enum)]
    kind: Option<KindArgument>,
    /// Layer, counted from 0
    #[arg(long, value_name = "L")]
    layer: usize,
    /// Head, counted from 0
    #[arg(long, value_name = "H")]
    head: usize,
    /// What attends: a position counted from 0, or a token that is at one position only
    #[arg(long, value_name = "TOKEN|N")]
    query: String,
    /// What is attended to, likewise
    #[arg(long, value_name = "TOKEN|N")]
    key: String,
    #[command(flatten)]
    output: OutputArguments,
}

pub(crate) fn why(arguments: &WhyArguments) -> anyhow::Result<()> {
    let Subject { model, examples, .. } = arguments.subject.open()?;
    let head = arguments.head(model.as_ref())?;
    let kind = head.kind;
    let query = find(&arguments.query, "query", &examples, |example| example.queries(kind))?;
    let key = find(&arguments.key, "key", &examples, |example| example.keys(kind))?;
    show(&headlight_lens::why(model.as_ref(), &examples, Asked { head, query, key })?.findings(), &arguments.output)
}

impl WhyArguments {
    /// The head that is meant.
    fn head(&self, model: &dyn Traceable<Input = Sequences>) -> anyhow::Result<Head> {
        let Self { kind, layer, head, .. } = *self;
        let name = HeadName { kind: kind.map(KindArgument::kind), layer, head };
        find_head(model, name).map_err(|error| match error {
            LensError::SeveralHeads { heads, .. } => {
                let kinds: Vec<&str> = heads.iter().map(|head| head.kind.name()).collect();
                anyhow!("several heads are called {name}: choose one with --kind: {}", kinds.join(", "))
            }
            other => other.into(),
        })
    }
}

/// A position, or that of a token that every example has there and nowhere else.
fn find(
    asked: &str,
    what: &str,
    examples: &Examples<Sequences>,
    tokens: impl Fn(&Example) -> &[usize],
) -> anyhow::Result<usize> {
    if let Ok(position) = asked.parse::<usize>() {
        return Ok(position); // the lens says whether there is one
    }
    let positions = |example: &Example| -> Vec<usize> {
        let tokens = tokens(example).iter().enumerate();
        tokens.filter(|(_, token)| examples.vocabulary[**token].trim() == asked.trim()).map(|(at, _)| at).collect()
    };
    let mut of_each: Vec<Vec<usize>> = examples.iter().map(positions).collect();
    of_each.sort();
    of_each.dedup();
    match &of_each[..] {
        [positions] => match positions[..] {
            [position] => Ok(position),
            [] => {
                let mut known: Vec<usize> = examples.iter().flat_map(&tokens).copied().collect();
                let whose = if examples.count() > 1 {
                    known.sort_unstable();
                    known.dedup();
                    "these examples'"
                } else {
                    "this question's"
                };
                let known: Vec<&str> = known.iter().map(|token| &examples.vocabulary[*token][..]).collect();
                bail!("unknown token '{asked}'; {whose} tokens are {}", known.join(" "))
            }
            _ => {
                let positions: Vec<String> = positions.iter().map(usize::to_string).collect();
                bail!("'{asked}' occurs at the positions {}: choose one of them as the {what}", positions.join(", "))
            }
        },
        _ => bail!(
            "'{asked}' is not at the same position in every example: choose a position as the {what}, or one example \
             with --input"
        ),
    }
}
