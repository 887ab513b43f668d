use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use headlight_lab::messages::{Catalogue, Settings};
use headlight_lab::{is_lab_page, lab_html};
use headlight_train::{TaskSpec, tasks};

use super::model;
use super::settings::{SettingsArguments, task_names};
use crate::output::say;

/// A page knows numbers as JavaScript does, which counts no further.
const MAX_SEED: u64 = (1 << 53) - 1;

#[derive(Args)]
pub(crate) struct LabArguments {
    /// Task that the page starts with [default: copy]
    #[arg(index = 1, value_parser = task_names())]
    task: Option<&'static TaskSpec>,
    /// Page to write
    #[arg(long, short, value_name = "PAGE", default_value = "lab.html")]
    out: PathBuf,
    /// Replace PAGE even if it is not a lab page
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    settings: SettingsArguments,
}

/// One HTML page that trains: what is chosen here, its reader finds chosen, and can change.
pub(crate) fn lab(arguments: &LabArguments) -> anyhow::Result<()> {
    let page = lab_html(&Catalogue::new(first_settings(arguments)?));
    let out = &arguments.out;
    if !arguments.force && out.is_file() && !is_lab_page(&beginning(out)?) {
        anyhow::bail!("not replacing {}: it is not a lab page (--force replaces it)", out.display());
    }
    let read = arguments.settings.pairs.as_deref().unwrap_or(Path::new(""));
    model::write(&[(out.clone(), page.into_bytes())], read)?;
    say(out.display())
}

/// What was chosen, if it can be trained.
fn first_settings(arguments: &LabArguments) -> anyhow::Result<Settings> {
    let task = arguments.task.unwrap_or(&tasks::copy::SPEC);
    arguments.settings.config(task)?.check()?;
    let mut settings = arguments.settings.settings(task);
    if let Some(path) = &arguments.settings.pairs {
        settings.pairs = Some(std::fs::read_to_string(path).with_context(|| path.display().to_string())?);
    }
    if let Some(seed) = settings.seed.filter(|seed| *seed > MAX_SEED) {
        anyhow::bail!("--seed is {seed}, but in a page must be at most {MAX_SEED}");
    }
    settings.run_config()?; // a page takes fewer pairs
    Ok(settings)
}

/// Enough of a file to know it by.
fn beginning(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(4096).read_to_end(&mut bytes));
    read.with_context(|| path.display().to_string())?;
    Ok(bytes)
}
