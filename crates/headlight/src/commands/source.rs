//! Whose attention is drawn, compared and reported: a run's, a model's or a file's.

mod arguments;
mod weights;

use anyhow::bail;
use headlight_record::AttentionRecord;

use super::numbers::Numbers;
use super::place::{Place, What};
use super::pretrained::{Asked, InputArguments};
pub(crate) use arguments::SourceArguments;

/// Records from a run, a model or a file.
pub(crate) struct Source {
    pub(crate) records: Vec<AttentionRecord>,
}

impl Source {
    /// Opens a source. Of a model, only these layers are computed; of others, all that were recorded are there.
    pub(crate) fn open(arguments: &SourceArguments, layer: Option<&Numbers>) -> anyhow::Result<Self> {
        let place = arguments.place();
        let records = match place.what {
            What::File | What::Records => weights::of_file(arguments, &place.path)?,
            What::Run => of_run(arguments)?,
            What::Model => of_model(arguments, &place, layer)?,
        };
        Ok(Self { records })
    }
}

fn of_run(arguments: &SourceArguments) -> anyhow::Result<Vec<AttentionRecord>> {
    if let Some(flag) = arguments.flag_of_files() {
        bail!("a run has its own tokens: leave out {flag}, which is for files of attention weights");
    }
    arguments.device.records(arguments.path(), arguments.input.as_deref())
}

fn of_model(
    arguments: &SourceArguments,
    place: &Place,
    layer: Option<&Numbers>,
) -> anyhow::Result<Vec<AttentionRecord>> {
    if let Some(flag) = arguments.flag_of_files() {
        bail!("a model has its own tokens: leave out {flag}, which is for files of attention weights");
    }
    let Some(text) = &arguments.input else {
        bail!("{} is a model: give it a text with --input TEXT", place.path.display());
    };
    Asked::of(place, &InputArguments::text(text), layer, arguments.device())?.records()
}
