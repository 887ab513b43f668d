//! The cache of models that Hugging Face's libraries share.

use std::path::PathBuf;

/// Where it is: as `HF_HUB_CACHE` or `HF_HOME` says, or else where it is by default.
pub(crate) fn root() -> PathBuf {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || named("HF_HOME");
    let of_system = || named("XDG_CACHE_HOME").or_else(|| Some(std::env::home_dir()?.join(".cache")));
    named("HF_HUB_CACHE")
        .or_else(|| named("HUGGINGFACE_HUB_CACHE"))
        .or_else(|| Some(home()?.join("hub")))
        .or_else(|| Some(of_system()?.join("huggingface").join("hub")))
        .unwrap_or_else(|| PathBuf::from("huggingface").join("hub"))
}
