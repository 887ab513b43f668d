//! One head's attention, step by step: as a sheet, and as text.

mod followed;
mod masks;
mod records;
mod scaling;
mod text;

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use headlight_device::DeviceName;
use headlight_lens::{PAD, Untrained};
use headlight_plot::{Picture, PlotOptions, draw};
use headlight_record::{AttentionKind, AttentionRecord};
use headlight_runs::Layout;

use super::device::DeviceArgument;
use super::drawing::{DrawingArguments, FormatArguments};
use super::kind::KindArgument;
use super::layers::layer_in;
use super::place::{Place, What};
use super::plot::write;
use crate::output::{note, say};

/// What is explained when nothing is named, where the tour has made it.
const TOUR: &str = "runs/copy";

#[derive(Args)]
pub(crate) struct ExplainArguments {
    /// Words that attend to each other, separated by spaces; PAD is padding. With --run: a question to that run, or a text for
    /// that model
    #[arg(value_name = "TOKENS")]
    tokens: Option<String>,
    /// Directory of a run or of a model whose trained head is explained [default: runs/copy if there are no TOKENS]
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
    /// Kind of attention [default: that of the head that attends most to the tokens that the task needs]
    #[arg(long, value_enum)]
    kind: Option<KindArgument>,
    /// Layer, counted from 0 [default: that of the head that attends most to the tokens that the task needs; of a model that others
    /// trained, 0]
    #[arg(long, value_name = "L")]
    layer: Option<usize>,
    /// Head, counted from 0 [default: likewise]
    #[arg(long, value_name = "H")]
    head: Option<usize>,
    /// Show one query in full: a token, or its position counted from 0
    #[arg(long, value_name = "TOKEN|N")]
    query: Option<String>,
    /// Words to attend to, for cross-attention without a run
    #[arg(long, value_name = "TOKENS", conflicts_with = "run")]
    key_tokens: Option<String>,
    /// Seed for the untrained model that attends to the words, and for --scaling [default: 0]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Also show what each mask does to the scores
    #[arg(long)]
    masks: bool,
    /// Also show what the scale 1 / √d_head is for
    #[arg(long)]
    scaling: bool,
    /// Directory for the pictures [default: DIR/heatmaps, or pictures without a run]
    #[arg(long, short, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    device: DeviceArgument,
    #[command(flatten)]
    format: FormatArguments,
    #[command(flatten)]
    drawing: DrawingArguments,
}

/// One head of a record.
struct Chosen {
    record: AttentionRecord,
    layer: usize,
    head: usize,
}

pub(crate) fn explain(arguments: &ExplainArguments) -> anyhow::Result<()> {
    let options = PlotOptions { format: arguments.format.format(), ..arguments.drawing.options()? };
    let run = arguments.run();
    if run.is_some() && arguments.seed.is_some() && !arguments.scaling {
        bail!("a run has its own parameters: leave out --seed, which is for words without a run and for --scaling");
    }
    if run.is_none() && arguments.device.device.is_some() {
        bail!("--device is for the model of a run: leave it out, or name a run with --run DIR");
    }
    if !arguments.wants_a_head()
        && let Some(flag) = arguments.drawing.colour_flag().or(arguments.drawing.value_flag())
    {
        bail!("--scaling by itself has no use for {flag}: leave it out");
    }
    let mut explained = Vec::new();
    let mut drawn = Vec::new();
    if arguments.wants_a_head() {
        let chosen = arguments.chosen(run)?;
        let Chosen { record, layer, head } = &chosen;
        let query = arguments.query.as_deref().map(|query| find_query(query, record)).transpose()?;
        let picture = Picture::Steps { record, layer: *layer, head: *head, query };
        let number = record.layer_numbers().get(*layer).copied().unwrap_or(*layer); // the picture says what is not there
        arguments.note_default(run, record.kind(), number, *head);
        let name = |what: &str| format!("{}_L{number}_H{head}_{what}.{}", record.kind(), options.format.extension());
        drawn.push((name("steps"), draw(&picture, &options)?));
        explained.push(text::steps(record, *layer, *head)?);
        if let Some(query) = query {
            explained.push(followed::row(record, *layer, *head, query)?);
        }
        if arguments.masks {
            let padded = arguments.padded(run)?;
            let record = padded.as_ref().unwrap_or(record);
            let padding = if run.is_some() { masks::last_tokens(record)? } else { masks::padding_words(record) };
            let masked = masks::masked(record, *layer, *head, &padding)?;
            drawn.push((name("masks"), draw(&Picture::Masks { masked: &masked }, &options)?));
            explained.push(text::masks(&masked)?);
        }
    }
    if arguments.scaling {
        let scaling = scaling::scaling(arguments.seed())?;
        let name = format!("scaling.{}", options.format.extension());
        drawn.push((name, draw(&Picture::Scaling(&scaling), &options)?));
        explained.push(text::scaling(&scaling));
    }
    for text in explained {
        say(text)?;
    }
    let default = match run {
        Some(run) if Place::of(run).what == What::Run => Layout::of(run).heatmaps(),
        _ => PathBuf::from("pictures"), // a model's directory is its owner's
    };
    write(&drawn, arguments.out.as_deref().unwrap_or(&default))
}

impl ExplainArguments {
    /// The run that is meant: the tour's where nothing is named.
    fn run(&self) -> Option<&Path> {
        match (&self.run, &self.tokens) {
            (Some(run), _) => Some(run),
            (None, None) if self.wants_a_head() && self.key_tokens.is_none() && Path::new(TOUR).is_dir() => {
                Some(Path::new(TOUR))
            }
            (None, _) => None,
        }
    }

    /// The scale can be explained without any words.
    fn wants_a_head(&self) -> bool {
        let names_one = [
            self.tokens.is_some(),
            self.run.is_some(),
            self.kind.is_some(),
            self.layer.is_some(),
            self.head.is_some(),
            self.query.is_some(),
            self.key_tokens.is_some(),
        ];
        !self.scaling || self.masks || names_one.contains(&true)
    }

    fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }

    fn chosen(&self, run: Option<&Path>) -> anyhow::Result<Chosen> {
        let kind = self.kind.map(KindArgument::kind);
        let records = match (run, &self.tokens) {
            (Some(run), text) => records::of(run, text.as_deref(), self.layer, &self.device)?,
            (None, Some(words)) => vec![self.untrained(words, &[])?],
            (None, None) => bail!(
                "nothing to explain: give words, as in headlight explain \"the cat sat\", or a run with --run DIR \
                 ('headlight' trains {TOUR})"
            ),
        };
        let there: Vec<&str> = records.iter().map(|record| record.kind().name()).collect();
        let there = there.join(", ");
        let chosen = records
            .into_iter()
            .filter(|record| kind.is_none_or(|kind| record.kind() == kind))
            .map(|record| {
                let (layer, head, score) = self.best_head(&record)?;
                Ok((score, Chosen { record, layer, head }))
            })
            .collect::<anyhow::Result<Vec<_>>>()?
            .into_iter()
            // The decoder comes after the encoder, and is the first of equals, since every model has one.
            .max_by(|(score, a), (other, b)| {
                let is_decoder = |chosen: &Chosen| chosen.record.kind() == AttentionKind::DecoderSelf;
                score.total_cmp(other).then(is_decoder(a).cmp(&is_decoder(b)))
            });
        match chosen {
            Some((_, chosen)) => Ok(chosen),
            None => bail!("this model has no attention of that kind: choose one with --kind: {there}"),
        }
    }

    /// Of a model that others trained, no task says which head is worth a look; the first is explained where none is named.
    fn note_default(&self, run: Option<&Path>, kind: AttentionKind, layer: usize, head: usize) {
        let is_model = run.is_some_and(|run| Place::of(run).what == What::Model);
        if is_model && (self.kind.is_none() || self.layer.is_none() || self.head.is_none()) {
            note(format_args!(
                "note: explains {}, layer {layer}, head {head}; name another with --kind, --layer, --head",
                kind.title()
            ));
        }
    }

    /// Layer, head and score of the head that attends most to what the task needs, among those that are asked for.
    fn best_head(&self, record: &AttentionRecord) -> anyhow::Result<(usize, usize, f32)> {
        let [layers, heads, ..] = record.shape();
        let asked = self.layer.map(|number| layer_in(record, number)).transpose()?;
        let numbers = |asked: Option<usize>, count| asked.map_or(0..count, |number| number..number + 1);
        let (mut best, mut most) = ((asked.unwrap_or(0), self.head.unwrap_or(0)), -1.0);
        for layer in numbers(asked, layers) {
            for head in numbers(self.head, heads) {
                let is_there = layer < layers && head < heads; // the picture says what is not
                let score = if is_there { record.alignment_score(layer, head) } else { None };
                if score.is_some_and(|score| score > most) {
                    (best, most) = ((layer, head), score.unwrap_or(most));
                }
            }
        }
        Ok((best.0, best.1, most))
    }

    /// The words with padding behind them, unless they have some, or are a run's.
    fn padded(&self, run: Option<&Path>) -> anyhow::Result<Option<AttentionRecord>> {
        match (run, &self.tokens) {
            (None, Some(words)) if !words.split_whitespace().any(|word| word == PAD) => {
                self.untrained(words, &vec![PAD.to_string(); masks::PADDED]).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The words, and behind them `more`, as an untrained model attends to them.
    fn untrained(&self, words: &str, more: &[String]) -> anyhow::Result<AttentionRecord> {
        let split = |text: &str| text.split_whitespace().map(str::to_string).collect::<Vec<_>>();
        let kind = match (self.kind, &self.key_tokens) {
            (None, Some(_)) => AttentionKind::Cross,
            (None, None) => AttentionKind::DecoderSelf,
            (Some(kind), _) => kind.kind(),
        };
        let query_words = [split(words), more.to_vec()].concat();
        if query_words.is_empty() {
            bail!("no words to explain: give some, as in headlight explain \"the cat sat\"");
        }
        let key_words = match (kind, &self.key_tokens) {
            (AttentionKind::Cross, Some(keys)) if !split(keys).is_empty() => split(keys),
            (AttentionKind::Cross, _) => {
                bail!("cross-attention attends to another sequence: give its words with --key-tokens \"le chat\"")
            }
            (_, Some(_)) => {
                bail!("--key-tokens is for cross-attention: leave it out, or choose --kind cross")
            }
            (_, None) => query_words.clone(),
        };
        let untrained = Untrained { kind, query_words, key_words, seed: self.seed() };
        Ok(untrained.record(&DeviceName::default().open()?)?)
    }
}

/// A position, or that of a token that occurs only once.
fn find_query(query: &str, record: &AttentionRecord) -> anyhow::Result<usize> {
    let tokens = record.query_tokens();
    let last = tokens.len() - 1;
    if let Ok(number) = query.parse::<usize>() {
        if number > last {
            bail!("query {number} does not exist: choose one from 0 to {last}");
        }
        return Ok(number);
    }
    let positions: Vec<usize> = (0..=last).filter(|at| tokens[*at] == query).collect();
    match positions[..] {
        [position] => Ok(position),
        [] => bail!("'{query}' is not among the tokens: choose one of them, or a position from 0 to {last}"),
        _ => {
            let positions: Vec<String> = positions.iter().map(usize::to_string).collect();
            bail!("'{query}' occurs at the positions {}: choose one of them", positions.join(", "))
        }
    }
}
