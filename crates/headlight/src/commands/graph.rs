use std::path::PathBuf;

use clap::Args;
use headlight_graph::{Graph, graph_svg};

use super::model::{ModelArguments, write};
use crate::output::say;

#[derive(Args)]
pub(crate) struct GraphArguments {
    #[command(flatten)]
    model: ModelArguments,
    /// SVG file to write
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
}

pub(crate) fn graph(arguments: &GraphArguments) -> anyhow::Result<()> {
    if let Some(place) = arguments.model.pretrained() {
        anyhow::bail!(
            "{} is a model that others trained: graphs are drawn of Headlight's own models; 'headlight summary' lists its tensors",
            place.path.display()
        );
    }
    let graph = Graph::of_transformer(&arguments.model.read()?.transformer())?;
    write(&[(arguments.out.clone(), graph_svg(&graph).into_bytes())], arguments.model.path())?;
    say(arguments.out.display())
}
