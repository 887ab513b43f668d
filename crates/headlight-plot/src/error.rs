use std::error::Error;

use headlight_record::RecordError;

use crate::limits::{FRAMES_PER_SECOND, SCALES};

/// Why a picture or a film could not be drawn.
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
    /// A query that the record does not have.
    #[error("query {query} does not exist: choose {}", numbers("query", *queries))]
    Query {
        /// The query asked for.
        query: usize,
        /// How many the record has.
        queries: usize,
    },
    /// A scale that gives no useful picture.
    #[error("a picture cannot have the scale {scale}: choose one from {} to {}; 1 is normal size", SCALES.start(), SCALES.end())]
    Scale {
        /// The scale asked for.
        scale: f64,
    },
    /// A threshold that is not an attention weight.
    #[error("the threshold {threshold} is not an attention weight: choose one from 0 to 1")]
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
    /// A film whose frames follow each other too slowly or too fast.
    #[error("a film cannot have {fps} frames a second: choose from {} to {}", FRAMES_PER_SECOND.start(), FRAMES_PER_SECOND.end())]
    FramesPerSecond {
        /// Frames a second, as asked for.
        fps: u16,
    },
    /// Lines between more tokens than can be told apart.
    #[error("lines between {tokens} tokens cannot be told apart: draw heatmaps, or choose at most {most} tokens")]
    Thicket {
        /// How many there are.
        tokens: usize,
        /// How many can be drawn.
        most: usize,
    },
    /// A grid of patches that the record has no keys for.
    #[error(
        "{} × {} patches from key {first} on do not fit the record's {keys} keys: choose the model's own grid", grid[0], grid[1]
    )]
    Patches {
        /// Rows and columns.
        grid: [usize; 2],
        /// The first patch's position among the keys.
        first: usize,
        /// How many the record has.
        keys: usize,
    },
    /// A picture to draw on that has too few or too many bytes, or none.
    #[error(
        "the picture under the attention has {bytes} bytes, and should have 3 for each of {width} × {height} pixels"
    )]
    Photo {
        /// In pixels.
        width: usize,
        /// In pixels.
        height: usize,
        /// As many as there are.
        bytes: usize,
    },
    /// A picture of no layers, heads or records.
    #[error("there is nothing to draw: choose at least one layer and one head")]
    Nothing,
    /// Curves of a training of which nothing was measured.
    #[error("no step was measured, so there is no curve: choose a run that has trained")]
    NoSteps,
    /// A record that holds weights alone.
    #[error(
        "the record has only attention weights, not queries, keys and values: choose a run's, or one that has them"
    )]
    NoProjections,
    /// Numbers that are too few, too many or not finite.
    #[error("the picture needs numbers, one for each thing that it shows, and all of them finite")]
    Numbers,
    /// Records of different kinds, shapes or tokens, whose difference would mean nothing.
    #[error("{0}: choose two that fit together")]
    Unlike(#[source] RecordError),
    /// A difference whose second record weighs keys that the first one masks.
    #[error(
        "the first record masks keys that have weight in the other (AttentionRecord::in_common): choose two that fit together"
    )]
    MaskedInOne,
    /// A film of records of different shapes.
    #[error("the records of a film differ in shape: choose some that fit together")]
    FrameShapes,
    /// A picture of more pixels, or with a longer side, than memory and viewers bear.
    #[error("the picture would have {width} × {height} pixels: choose a smaller scale, fewer heads or a shorter input")]
    TooLarge {
        /// In pixels.
        width: i64,
        /// In pixels.
        height: i64,
    },
    /// A font of the user's own that cannot be used.
    #[error("cannot use the font {name}: it is not a TrueType or OpenType font; give a file that is")]
    Font {
        /// What the font was called.
        name: String,
    },
    /// A font in this program is damaged.
    #[error("a font built into this program is damaged: restore crates/headlight-plot/fonts and build again")]
    BuiltInFont,
    /// plotters refused to draw.
    #[error("cannot draw ({0}): please report this as a bug of Headlight")]
    Draw(#[source] Box<dyn Error + Send + Sync>),
    /// The PNG encoder refused the picture.
    #[error("cannot encode the picture ({0}): please report this as a bug of Headlight")]
    EncodePng(#[from] png::EncodingError),
    /// The GIF encoder refused the film.
    #[error("cannot encode the film ({0}): please report this as a bug of Headlight")]
    EncodeGif(#[from] gif::EncodingError),
}

impl PlotError {
    pub(crate) fn draw(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Draw(Box::new(error))
    }
}

/// Which of `count` things, counted from 0, there are to choose from: `a layer from 0–3`.
fn numbers(thing: &str, count: usize) -> String {
    if count == 1 { format!("{thing} 0, the only one") } else { format!("a {thing} from 0–{}", count - 1) }
}
