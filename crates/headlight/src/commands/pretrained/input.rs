//! What the model is asked: token numbers, from the command line.

use std::str::FromStr;

use anyhow::bail;
use clap::Args;
use headlight_pretrained::{Labels, Opened, Prompt, Sequence, Takes};

#[derive(Args, Default)]
pub(crate) struct InputArguments {
    /// What the model reads
    #[arg(value_name = "TEXT", conflicts_with = "ids")]
    text: Option<String>,
    /// Token numbers instead of TEXT, such as "17 4 33"
    #[arg(long, value_name = "NUMBERS")]
    ids: Option<Ids>,
    /// With --ids: 0 or 1 for each token, the text that it belongs to
    #[arg(long, value_name = "NUMBERS", requires = "ids")]
    segment_ids: Option<Ids>,
    /// With --ids: 1 for each token that only fills the sequence up, 0 for the others
    #[arg(long, value_name = "NUMBERS", requires = "ids")]
    padding: Option<Ids>,
    /// Token numbers that the decoder of an encoder–decoder model reads [default: what it continues with by itself]
    #[arg(long, value_name = "NUMBERS")]
    target_ids: Option<Ids>,
}

/// Numbers as typed: `17 4 33`, or `17,4,33`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ids(Vec<usize>);

impl FromStr for Ids {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split([' ', ',', '\n', '\t']).filter(|number| !number.is_empty());
        let numbers = numbers.map(|number| {
            number.parse().map_err(|_| format!("'{number}' is not a number: write numbers, such as \"17 4 33\""))
        });
        Ok(Self(numbers.collect::<Result<_, _>>()?))
    }
}

/// What the model is asked.
pub(crate) struct Input {
    pub(crate) prompt: Prompt,
    /// In words, for titles.
    pub(crate) words: String,
    /// Whether somebody said what the decoder reads; otherwise the model itself continues it.
    pub(crate) target_is_given: bool,
}

impl InputArguments {
    /// A text, and nothing else.
    pub(crate) fn text(text: &str) -> Self {
        Self { text: Some(text.to_owned()), ..Self::default() }
    }

    /// What `model` is asked.
    pub(crate) fn read(&self, model: &Opened) -> anyhow::Result<Input> {
        let ids = match (&self.ids, &self.text) {
            (Some(Ids(ids)), _) => ids,
            (None, Some(_)) => bail!("the model has no tokenizer: give token numbers with --ids \"17 4 33\""),
            (None, None) => bail!("nothing to attend to: give a text, or token numbers with --ids \"17 4 33\""),
        };
        let padding = self.padding.as_ref().map(|Ids(padding)| padding.iter().map(|mark| *mark != 0).collect());
        let segments = self.segment_ids.as_ref().map(|Ids(segments)| segments.clone());
        let given = Sequence { ids: ids.clone(), segments, padding };
        let target = self.target_ids.as_ref().map(|Ids(ids)| Sequence { ids: ids.clone(), ..Sequence::default() });
        let (target_is_given, words) = (target.is_some(), shown(ids));
        let takes = model.takes();
        let prompt = match (takes, target) {
            (Takes::Text, None) => Prompt::Text { source: None, target: given },
            (Takes::Text, Some(_)) => bail!("this model has no decoder beside an encoder: leave out --target-ids"),
            (Takes::SourceAndTarget, target) => {
                let start = || Sequence { ids: model.start.clone(), ..Sequence::default() };
                Prompt::Text { source: Some(given), target: target.unwrap_or_else(start) }
            }
            (Takes::Speech | Takes::Image, _) => bail!("this model reads no text: leave out --ids"),
        };
        Ok(Input { prompt, words, target_is_given: target_is_given || takes == Takes::Text })
    }
}

impl Input {
    /// What the decoder reads, or the model's one stack.
    pub(crate) fn target(&self) -> &[usize] {
        self.prompt.target()
    }

    /// The positions of the mask token.
    pub(crate) fn masks(&self) -> Vec<usize> {
        Vec::new()
    }

    /// A token as it is shown.
    pub(crate) fn token(&self, id: usize) -> String {
        id.to_string()
    }

    /// Tokens as text.
    pub(crate) fn text(&self, ids: &[usize]) -> String {
        shown(ids)
    }

    /// What stands at each position of the encoder, and of the decoder.
    pub(crate) fn labels(&self, positions: [usize; 2]) -> Labels {
        let tokens = |ids: &[usize]| ids.iter().map(|id| self.token(*id)).collect::<Vec<_>>();
        match &self.prompt {
            Prompt::Text { source: Some(source), target } => {
                Labels { encoder: tokens(&source.ids), decoder: tokens(&target.ids) }
            }
            Prompt::Text { source: None, target } if positions[1] > 0 => {
                Labels { encoder: Vec::new(), decoder: tokens(&target.ids) }
            }
            Prompt::Text { source: None, target } => Labels { encoder: tokens(&target.ids), decoder: Vec::new() },
            Prompt::Speech { target, .. } => Labels { encoder: numbered(positions[0]), decoder: tokens(&target.ids) },
            Prompt::Image(_) => Labels { encoder: numbered(positions[0]), decoder: Vec::new() },
        }
    }
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|position| position.to_string()).collect()
}

fn shown(ids: &[usize]) -> String {
    ids.iter().map(usize::to_string).collect::<Vec<_>>().join(" ")
}
