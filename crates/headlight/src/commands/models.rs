//! Which models the local cache holds.

use std::collections::BTreeSet;

use clap::Args;
use headlight_pretrained::hub::{CachedModel, cached};
use headlight_pretrained::known_families;
use unicode_width::UnicodeWidthStr;

use super::cache;
use crate::output::say;

#[derive(Args)]
pub(crate) struct ModelsArguments {
    /// Print one JSON array, for programs
    #[arg(long)]
    json: bool,
}

/// Lists the models of the cache, with their families and sizes.
pub(crate) fn models(arguments: &ModelsArguments) -> anyhow::Result<()> {
    let root = cache::root();
    let models = cached(&root)?;
    let known: BTreeSet<&str> = known_families().collect();
    let is_known = |model: &CachedModel| model.model_type.as_deref().is_some_and(|family| known.contains(family));
    if arguments.json {
        let all = models.iter().map(|model| {
            serde_json::json!({
                "name": model.name,
                "family": model.model_type,
                "known": is_known(model),
                "bytes": model.bytes,
                "directory": model.directory,
            })
        });
        return say(serde_json::to_string_pretty(&all.collect::<Vec<_>>())?);
    }
    if models.is_empty() {
        return say(format_args!("no models in {}", root.display()));
    }
    let width = models.iter().map(|model| model.name.width()).max().unwrap_or(0);
    for model in &models {
        let family = match (&model.model_type, is_known(model)) {
            (Some(family), true) => family.clone(),
            (Some(family), false) => format!("{family} (unknown)"),
            (None, _) => "no family named".to_owned(),
        };
        let room = " ".repeat(width - model.name.width());
        say(format_args!("{}{room}  {:>9}  {family}", model.name, size(model.bytes)))?;
    }
    Ok(())
}

/// `90.9 MB`.
pub(super) fn size(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        1e9.. => format!("{:.1} GB", bytes / 1e9),
        1e6.. => format!("{:.1} MB", bytes / 1e6),
        _ => format!("{:.1} kB", bytes / 1e3),
    }
}
