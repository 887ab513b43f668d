//! What a model that others trained attends to, and what it predicts.

mod output;
mod pictures;
mod prediction;

use std::path::PathBuf;

use clap::Args;
use headlight_device::DeviceName;
use headlight_flex::allocator::give_freed_memory_back;
use headlight_runs::write_into_run;

use super::model::failed;
use super::numbers::Numbers;
use super::place::Place;
use super::pretrained::{Asked, InputArguments};
use crate::output::say;
use output::OutputArguments;

#[derive(Args)]
pub(crate) struct AttendArguments {
    /// Directory of a model, as Hugging Face's transformers saves it, or the name of one in its cache
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    #[command(flatten)]
    input: InputArguments,
    /// Compute and show the attention of these layers only, counted from 0: 1 or 0,2-3
    #[arg(long, value_name = "L")]
    layer: Option<Numbers>,
    #[command(flatten)]
    output: OutputArguments,
    /// Device to compute on: flex, ndarray, wgpu, or one of wgpu's adapters [default: flex]
    #[arg(long, value_name = "NAME")]
    device: Option<DeviceName>,
}

/// Shows every head of a model on a text.
pub(crate) fn attend(arguments: &AttendArguments) -> anyhow::Result<()> {
    // A model, then its attention, pictures, page and record: each is large, and none needs what was there before.
    give_freed_memory_back();
    let place = Place::model(&arguments.model)?;
    let directory = arguments.output.directory(&place)?;
    let asked = Asked::of(&place, &arguments.input, arguments.layer.as_ref(), arguments.device.clone())?;
    // Everything is made before anything is said or written.
    let predicted = prediction::lines(&asked);
    let files = arguments.output.files(&directory, asked)?;
    predicted.iter().try_for_each(say)?;
    write_into_run(&files).map_err(failed)?;
    files.iter().try_for_each(|(path, _)| say(path.display()))
}
