//! Names of models, and of their directories in the cache.

const PREFIX: &str = "models--";

/// `models--ORGANISATION--NAME`, where this is a model's name.
pub(super) fn folder_of(name: &str) -> Option<String> {
    let is_name = name.split('/').count() <= 2 && name.split('/').all(|part| is_plain(part) && !part.contains("--"));
    is_name.then(|| format!("{PREFIX}{}", name.replace('/', "--")))
}

/// The model whose directory this is.
pub(super) fn name_of(folder: &str) -> Option<String> {
    let name = folder.strip_prefix(PREFIX)?.replace("--", "/");
    (folder_of(&name).as_deref() == Some(folder)).then_some(name)
}

/// Whether it is a name within one directory: letters, digits, and signs that mean nothing to a file system.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(['.', '-'])
        && name.chars().all(|sign| sign.is_ascii_alphanumeric() || ['.', '-', '_'].contains(&sign))
}
