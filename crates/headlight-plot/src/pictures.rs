//! What there is to draw: every kind of picture, whether it can be drawn, and the words in it.

use headlight_record::findings::Chart;
use headlight_record::{AttentionRecord, MaskCell, StepMetrics, check_alike};

use crate::error::PlotError;
use crate::figure::Figure;
use crate::layout::style::Style;
use crate::limits::MOST_LINED_TOKENS;
use crate::options::PlotOptions;
use crate::pictures::charts::{chart_figure, check_chart};
use crate::pictures::difference::difference_figure;
use crate::pictures::heads::heads_figure;
use crate::pictures::lines::lines_figure;
use crate::pictures::masks::masks_figure;
use crate::pictures::over_image::{PatchedImage, Rows, over_image_figure};
use crate::pictures::scaling::{Scaling, scaling_figure};
use crate::pictures::sheet::{chosen, sheet_figure};
use crate::pictures::steps::steps_figure;
use crate::pictures::training::training_figure;

mod bars;
mod captions;
mod cells;
mod charts;
mod curves;
mod difference;
mod grid;
mod heads;
mod lines;
mod masks;
pub(crate) mod over_image;
mod plate;
pub(crate) mod positions;
pub(crate) mod scaling;
mod sheet;
mod steps;
mod training;

/// What to draw.
#[derive(Clone, Copy, Debug)]
pub enum Picture<'a> {
    /// Chosen heads of a record: a row a layer, a column a head. One layer and one head give one large heatmap.
    Heads {
        /// Whose weights.
        record: &'a AttentionRecord,
        /// From top to bottom, none twice.
        layers: &'a [usize],
        /// From left to right, none twice.
        heads: &'a [usize],
    },
    /// One query's weights over the picture that a vision transformer sees: a row a layer, a column a head.
    OverImage {
        /// Whose weights.
        record: &'a AttentionRecord,
        /// From top to bottom, none twice.
        layers: &'a [usize],
        /// From left to right, none twice.
        heads: &'a [usize],
        /// Whose row of each head: 0 is the class token, where there is one.
        query: usize,
        /// The picture, and how it was cut into patches.
        image: PatchedImage<'a>,
    },
    /// Heads of several records on one sheet, such as all kinds of attention of a run.
    Sheet {
        /// From top to bottom, at least one.
        records: &'a [AttentionRecord],
        /// Those of each record, or all.
        layers: Option<&'a [usize]>,
        /// Those of each layer, or all.
        heads: Option<&'a [usize]>,
    },
    /// Chosen heads as lines between two columns of tokens: queries on the left, keys on the right. At most 128 tokens.
    Lines {
        /// Whose weights.
        record: &'a AttentionRecord,
        /// From top to bottom.
        layers: &'a [usize],
        /// From left to right.
        heads: &'a [usize],
    },
    /// The weights of one record minus those of another of the same kind and shape, on the same tokens, blue where they are less.
    /// The mask and the alignment are the first one's, which must not mask what has weight in the other.
    Difference {
        /// Whose weights, and whose are taken away.
        records: [&'a AttentionRecord; 2],
        /// What the two are called on the picture.
        names: [&'a str; 2],
        /// From top to bottom.
        layers: &'a [usize],
        /// From left to right.
        heads: &'a [usize],
    },
    /// Loss, accuracy and learning rate over the steps of a training.
    Curves {
        /// In the order of their steps, at least one.
        metrics: &'a [StepMetrics],
    },
    /// What a lens found, or other numbers in rows and columns such as position encodings.
    Chart(&'a Chart),
    /// One head step by step, from query and key to context; the record knows what its weights came from.
    Steps {
        /// Whose head.
        record: &'a AttentionRecord,
        /// Which layer.
        layer: usize,
        /// Which head.
        head: usize,
        /// The query whose row has a frame.
        query: Option<usize>,
    },
    /// What masks do to the same scores: each mask's name, and a record of one head that knows what its weights came from.
    Masks {
        /// From left to right, at least one.
        masked: &'a [(String, AttentionRecord)],
    },
    /// What the scale is for.
    Scaling(&'a Scaling),
}

impl<'a> Picture<'a> {
    /// Everything at its position.
    ///
    /// # Errors
    ///
    /// When it would be too large, or a record does not know what its weights came from.
    pub(crate) fn figure(&self, style: &Style<'_>) -> Result<Figure<'a>, PlotError> {
        match *self {
            Self::Heads { record, layers, heads } => heads_figure(style, record, layers, heads),
            Self::OverImage { record, layers, heads, query, image } => {
                over_image_figure(style, Rows { record, layers, heads, query }, &image)
            }
            Self::Sheet { records, layers, heads } => sheet_figure(style, records, layers, heads),
            Self::Lines { record, layers, heads } => lines_figure(style, record, layers, heads),
            Self::Difference { records, names, layers, heads } => {
                difference_figure(style, records, names, layers, heads)
            }
            Self::Curves { metrics } => Ok(training_figure(style, metrics)),
            Self::Chart(chart) => chart_figure(style, chart),
            Self::Steps { record, layer, head, query } => steps_figure(style, record, (layer, head), query),
            Self::Masks { masked } => masks_figure(style, masked),
            Self::Scaling(scaling) => Ok(scaling_figure(style, scaling)),
        }
    }

    /// What a document of it is called: the user's title, else its own.
    pub(crate) fn title(&self, options: &PlotOptions) -> String {
        let own = match self {
            Self::Heads { record, .. } | Self::Lines { record, .. } => record.kind().title(),
            Self::OverImage { .. } => "attention over the picture",
            Self::Sheet { .. } => "attention",
            Self::Difference { .. } => "difference of attention",
            Self::Curves { .. } => "training",
            Self::Chart(chart) => charts::title(chart),
            Self::Steps { .. } => "attention step by step",
            Self::Masks { .. } => "what each mask does",
            Self::Scaling(_) => "what the scale is for",
        };
        options.title.clone().unwrap_or_else(|| own.to_string())
    }

    /// Whether all that it names is there.
    ///
    /// # Errors
    ///
    /// When a layer or head does not exist, there is nothing to draw, or records do not fit together.
    pub fn check(&self) -> Result<(), PlotError> {
        match *self {
            Self::Heads { record, layers, heads } => check_heads(record, layers, heads),
            Self::OverImage { record, layers, heads, query, image } => {
                check_heads(record, layers, heads)?;
                image.check(record, query)
            }
            Self::Lines { record, layers, heads } => {
                let [.., queries, keys] = record.shape();
                let tokens = queries.max(keys);
                if tokens > MOST_LINED_TOKENS {
                    return Err(PlotError::Thicket { tokens, most: MOST_LINED_TOKENS });
                }
                check_heads(record, layers, heads)
            }
            Self::Difference { records: [record, other], layers, heads, .. } => {
                check_alike(record, other).map_err(PlotError::Unlike)?;
                let masks = |mask: &[MaskCell], at: usize| mask[at % mask.len()] != MaskCell::Visible;
                let weighs =
                    |mask| other.weights().iter().enumerate().any(|(at, weight)| *weight != 0.0 && masks(mask, at));
                if record.mask().is_some_and(weighs) {
                    return Err(PlotError::MaskedInOne);
                }
                check_heads(record, layers, heads)
            }
            Self::Sheet { records: [], .. } => Err(PlotError::Nothing),
            Self::Curves { metrics: [] } => Err(PlotError::NoSteps),
            Self::Sheet { records, layers, heads } => records.iter().try_for_each(|record| {
                let (layers, heads) = chosen(record, layers, heads);
                check_heads(record, &layers, &heads)
            }),
            Self::Curves { .. } => Ok(()),
            Self::Chart(chart) => check_chart(chart),
            Self::Steps { record, layer, head, query } => {
                check_heads(record, &[layer], &[head])?;
                let queries = record.query_tokens().len();
                match (query.filter(|query| *query >= queries), record.projections()) {
                    (Some(query), _) => Err(PlotError::Query { query, queries }),
                    (None, None) => Err(PlotError::NoProjections),
                    (None, Some(_)) => Ok(()),
                }
            }
            Self::Masks { masked: [] } => Err(PlotError::Nothing),
            Self::Masks { masked } if masked.iter().any(|(_, record)| record.projections().is_none()) => {
                Err(PlotError::NoProjections)
            }
            Self::Masks { .. } => Ok(()),
            Self::Scaling(scaling) => scaling.check(),
        }
    }

    /// Everything in it that was not written by this crate.
    pub(crate) fn words(&self) -> Vec<&'a str> {
        let of = |record: &'a AttentionRecord| {
            let tokens = record.query_tokens().iter().chain(record.key_tokens()).map(String::as_str);
            tokens.chain([record.origin().task.as_str(), record.origin().model.as_str()])
        };
        match *self {
            Self::Heads { record, .. }
            | Self::OverImage { record, .. }
            | Self::Lines { record, .. }
            | Self::Steps { record, .. } => of(record).collect(),
            Self::Masks { masked } => {
                masked.iter().flat_map(|(name, record)| of(record).chain([name.as_str()])).collect()
            }
            Self::Difference { records, names, .. } => records.into_iter().flat_map(of).chain(names).collect(),
            Self::Curves { .. } | Self::Scaling(_) => Vec::new(),
            Self::Chart(chart) => charts::words(chart),
            Self::Sheet { records, .. } => records.iter().flat_map(of).collect(),
        }
    }
}

fn check_heads(record: &AttentionRecord, layers: &[usize], heads: &[usize]) -> Result<(), PlotError> {
    let [layer_count, head_count, ..] = record.shape();
    if let Some(&layer) = layers.iter().find(|layer| **layer >= layer_count) {
        return Err(PlotError::Layer { layer, layers: layer_count });
    }
    if let Some(&head) = heads.iter().find(|head| **head >= head_count) {
        return Err(PlotError::Head { head, heads: head_count });
    }
    if layers.is_empty() || heads.is_empty() { Err(PlotError::Nothing) } else { Ok(()) }
}
