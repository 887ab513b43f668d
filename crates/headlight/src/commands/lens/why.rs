//! `headlight lens why`: one score of a head, split into what each part of the model before it brings.

use anyhow::bail;
use clap::Args;
use headlight_lens::{Asked, Example, Examples};
use headlight_model::{AttentionKind, Head, Sequences, Traceable};

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
    let kind = arguments.kind(model.as_ref())?;
    let head = Head { kind, layer: arguments.layer, head: arguments.head };
    let query = find(&arguments.query, "query", &examples, |example| example.queries(kind))?;
    let key = find(&arguments.key, "key", &examples, |example| example.keys(kind))?;
    show(&headlight_lens::why(model.as_ref(), &examples, Asked { head, query, key })?.findings(), &arguments.output)
}

impl WhyArguments {
    fn kind(&self, model: &dyn Traceable<Input = Sequences>) -> anyhow::Result<AttentionKind> {
        let there: Vec<AttentionKind> =
            AttentionKind::ALL.into_iter().filter(|kind| model.n_layers(*kind) > 0).collect();
        match (self.kind.map(KindArgument::kind), &there[..]) {
            (Some(kind), _) if there.contains(&kind) => Ok(kind),
            (None, [only]) => Ok(*only),
            (asked, _) => {
                let there: Vec<&str> = there.iter().map(|kind| kind.name()).collect();
                let what = if asked.is_some() { "no attention of that kind" } else { "several kinds of attention" };
                bail!("this model has {what}: choose one with --kind: {}", there.join(", "))
            }
        }
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
        tokens.filter(|(_, token)| examples.vocabulary[**token] == asked).map(|(at, _)| at).collect()
    };
    let mut of_each: Vec<Vec<usize>> = examples.iter().map(positions).collect();
    of_each.sort();
    of_each.dedup();
    match &of_each[..] {
        [positions] => match positions[..] {
            [position] => Ok(position),
            [] => bail!("'{asked}' is not among the tokens: choose one of them as the {what}, or a position"),
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
