use std::path::{Path, PathBuf};

use crate::film::SPEEDS;
use crate::options::SCALES;

/// Why a picture could not be drawn or written.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// A layer that the record does not have.
    #[error("layer {layer} does not exist: choose {}", numbers("layer", *layers))]
    Layer {
        /// The layer asked for.
        layer: usize,
        /// How many the record has.
        layers: usize,
    },
    /// A head that the record does not have.
    #[error("head {head} does not exist: choose {}", numbers("head", *heads))]
    Head {
        /// The head asked for.
        head: usize,
        /// How many each layer of the record has.
        heads: usize,
    },
    /// A scale that gives no useful picture.
    #[error("a picture cannot have the scale {scale}: choose one from {} to {}; 1 is normal size", SCALES.start(), SCALES.end())]
    Scale {
        /// The scale asked for.
        scale: f64,
    },
    /// A threshold that is no weight.
    #[error("the threshold {threshold} is no weight: choose one from 0 to 1")]
    Threshold {
        /// The threshold asked for.
        threshold: f32,
    },
    /// A width that no scale gives.
    #[error("the picture cannot be {width} pixels wide: choose another width, or a scale from {} to {}", SCALES.start(), SCALES.end())]
    Width {
        /// In pixels.
        width: i32,
    },
    /// Lines between more tokens than can be told apart.
    #[error("lines between {tokens} tokens cannot be told apart: draw heatmaps, or choose at most {most} tokens")]
    Thicket {
        /// How many there are.
        tokens: usize,
        /// How many can be drawn.
        most: usize,
    },
    /// Records that cannot be compared.
    #[error("{0}: choose two that fit together")]
    Unlike(String),
    /// A matrix without values, with too many or too few, or with some that are no numbers.
    #[error("there is no number for each row and column, or one is not finite")]
    Matrix,
    /// A query that the record does not have.
    #[error("query {query} does not exist: choose {}", numbers("query", *queries))]
    Query {
        /// The query asked for.
        query: usize,
        /// How many the record has.
        queries: usize,
    },
    /// A record that holds weights alone.
    #[error(
        "the record does not know what its weights came from: choose a run's, or one that has queries, keys and values"
    )]
    NoProjections,
    /// A picture of no layers, heads or records.
    #[error("there is nothing to draw: choose at least one layer and one head")]
    Nothing,
    /// Curves of a training of which nothing was measured.
    #[error("no step was measured, so there is no curve: choose a run that has trained")]
    NoSteps,
    /// A film of frames that follow too slowly or too fast.
    #[error("a film cannot have {fps} frames a second: choose from {} to {}", SPEEDS.start(), SPEEDS.end())]
    Speed {
        /// Frames a second, as asked for.
        fps: u16,
    },
    /// A picture of more pixels, or with a longer side, than memory and viewers bear.
    #[error("the picture would have {width} × {height} pixels: choose a smaller scale, fewer heads or a shorter input")]
    TooLarge {
        /// In pixels.
        width: i64,
        /// In pixels.
        height: i64,
    },
    /// The font in this program is damaged.
    #[error("the font built into this program is damaged: restore crates/headlight-plot/fonts and build again")]
    Font,
    /// plotters refused to draw.
    #[error("cannot draw ({0}): please report this as a bug of Headlight")]
    Draw(String),
    /// A font file that cannot be read, or is none.
    #[error("cannot use the font {}: {reason}; give a TrueType or OpenType file", path.display())]
    FontFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The PNG encoder refused the picture.
    #[error("cannot encode the picture ({0}): please report this as a bug of Headlight")]
    Encode(#[from] png::EncodingError),
    /// A file or directory that could not be written.
    #[error("cannot write {}: {source}; choose a directory that you can write to", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl PlotError {
    pub(crate) fn draw(error: impl std::error::Error) -> Self {
        Self::Draw(error.to_string())
    }

    pub(crate) fn font_file(path: &Path, reason: impl ToString) -> Self {
        Self::FontFile { path: path.to_owned(), reason: reason.to_string() }
    }

    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// Which of `count` things, counted from 0, there are to choose from: `a layer from 0–3`.
fn numbers(thing: &str, count: usize) -> String {
    if count == 1 { format!("{thing} 0, the only one") } else { format!("a {thing} from 0–{}", count - 1) }
}
