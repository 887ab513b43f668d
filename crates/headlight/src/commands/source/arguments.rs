use std::path::{Component, Path, PathBuf};

use clap::Args;
use headlight_device::DeviceName;
use headlight_runs::Layout;

use crate::commands::device::DeviceArgument;
use crate::commands::kind::KindArgument;
use crate::commands::place::{Place, What};

/// A file's name has at most 255 bytes; the end of a path says most.
const LONGEST_SLUG: usize = 48;

/// Whose attention to draw: a run's, a model's or a file's.
#[derive(Args, Clone)]
pub(crate) struct SourceArguments {
    /// Directory of a run or of a model, or a file of attention weights: .npy, .npz, .safetensors or .json
    #[arg(value_name = "SOURCE")]
    source: PathBuf,
    /// Text for a model, or question to a run, in the form of its task [default: the held-out example that it recorded]
    #[arg(long, value_name = "TEXT")]
    pub(super) input: Option<String>,
    /// Tokens of the weights in a file: separated by spaces, or a text file with one per line
    #[arg(long, value_name = "TOKENS|FILE")]
    pub(super) tokens: Option<String>,
    /// Tokens of the keys, if they differ from those of the queries
    #[arg(long, value_name = "TOKENS|FILE")]
    pub(super) key_tokens: Option<String>,
    /// Kind of attention in a file [default: guessed, and no cell is hatched]
    #[arg(long, value_enum)]
    pub(super) kind: Option<KindArgument>,
    /// Name of the array, if a file contains several
    #[arg(long, value_name = "NAME")]
    pub(super) array: Option<String>,
    /// Index of the example, if the array has the shape [layers, batch, heads, queries, keys]
    #[arg(long, value_name = "N")]
    pub(super) batch_index: Option<usize>,
    #[command(flatten)]
    pub(super) device: DeviceArgument,
}

impl SourceArguments {
    pub(crate) fn path(&self) -> &Path {
        &self.source
    }

    /// What the source is.
    pub(crate) fn place(&self) -> Place {
        Place::of(&self.source)
    }

    /// The device that was asked for.
    pub(crate) fn device(&self) -> Option<DeviceName> {
        self.device.device.clone()
    }

    /// The same request, of another source.
    pub(crate) fn at(&self, path: &Path) -> Self {
        Self { source: path.to_owned(), ..self.clone() }
    }

    /// Whether a run is asked about another input than the one it recorded.
    pub(crate) fn is_a_question(&self) -> bool {
        self.input.is_some()
    }

    /// Where its pictures go by default: a run's into the run, any other's into a directory of its own.
    pub(crate) fn directory(&self) -> PathBuf {
        match self.place().what {
            What::Run if !self.source.is_dir() => Path::new("pictures").join(self.slug()),
            What::Run | What::Records => Layout::of(&self.source).heatmaps(),
            What::Model | What::File => Path::new("pictures").join(self.slug()),
        }
    }

    /// What a file that belongs to this source is called: its path, array and example in one word, such as `bert-weights-attn-1`.
    pub(crate) fn slug(&self) -> String {
        let path = if self.source.is_dir() { self.source.clone() } else { self.source.with_extension("") };
        let folders = path.components().filter_map(|component| match component {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        });
        let parts = folders.chain(self.array.clone()).chain(self.batch_index.map(|index| index.to_string()));
        let word = parts.collect::<Vec<_>>().join("-");
        let word: String = word.chars().map(|c| if c.is_alphanumeric() || c == '.' { c } else { '-' }).collect();
        let first = word.char_indices().rev().take(LONGEST_SLUG).last().map_or(0, |(at, _)| at);
        let word = word[first..].trim_start_matches(['.', '-']);
        if word.is_empty() { "here".to_string() } else { word.to_string() }
    }

    /// The first flag that says whose attention to draw.
    pub(crate) fn flag(&self) -> Option<&'static str> {
        let of_runs = [(self.input.is_some(), "--input"), (self.device.device.is_some(), "--device")];
        let given = of_runs.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag);
        given.or_else(|| self.flag_of_files())
    }

    /// The first flag that says something about a file.
    pub(super) fn flag_of_files(&self) -> Option<&'static str> {
        let given = [
            (self.tokens.is_some(), "--tokens"),
            (self.key_tokens.is_some(), "--key-tokens"),
            (self.kind.is_some(), "--kind"),
            (self.array.is_some(), "--array"),
            (self.batch_index.is_some(), "--batch-index"),
        ];
        given.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag)
    }
}
