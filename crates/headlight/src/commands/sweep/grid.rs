//! Combinations of options in a TOML file, each under its name.

use std::collections::BTreeMap;
use std::path::Path;

use toml::{Spanned, Value};

use super::lists::{Lists, is_flag, options_of_a_run};

/// One combination.
pub(super) struct Named {
    pub(super) name: String,
    /// What it is on `train`'s command line.
    pub(super) words: Vec<String>,
}

/// Reads the combinations of a file, in its order. `given` is what the command line says already.
pub(super) fn read(path: &Path, given: &Lists) -> anyhow::Result<Vec<Named>> {
    let file = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| anyhow::anyhow!("{file}: {error}"))?;
    combinations(&text, given).map_err(|error| anyhow::anyhow!("{file}: {error}"))
}

fn combinations(text: &str, given: &Lists) -> anyhow::Result<Vec<Named>> {
    let tables: BTreeMap<String, Spanned<Value>> = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
        anyhow::anyhow!("line {line}: {}", error.message())
    })?;
    let mut tables: Vec<_> = tables.into_iter().map(|(name, table)| (table.span().start, name, table)).collect();
    tables.sort_by_key(|(at, ..)| *at);
    anyhow::ensure!(!tables.is_empty(), "it names no combination, such as [wide] with heads = 4 below");
    let named = tables.into_iter().map(|(_, name, table)| {
        let Value::Table(options) = table.into_inner() else {
            anyhow::bail!("'{name}' must stand below a name, such as [wide]")
        };
        let words = options.iter().map(|(option, value)| word(&name, option, value, given));
        let words = words.collect::<anyhow::Result<Vec<_>>>()?.into_iter().flatten().collect();
        Ok(Named { name, words })
    });
    named.collect()
}

/// An option and its value as one word; none for what is switched off.
fn word(combination: &str, option: &str, value: &Value, given: &Lists) -> anyhow::Result<Option<String>> {
    anyhow::ensure!(option != "seed", "[{combination}] sets seed: use --seeds, for all combinations");
    let Some(argument) = options_of_a_run().find(|argument| argument.get_long() == Some(option)) else {
        anyhow::bail!(
            "unknown option '{option}' in [{combination}]: it takes those of 'headlight train' that say what is trained"
        )
    };
    if given.flags.iter().chain(given.options.iter().map(|(name, _)| name)).any(|name| name == option) {
        anyhow::bail!("[{combination}] sets {option}, and so does --{option}: choose one");
    }
    let value = match value {
        Value::Boolean(value) if is_flag(&argument) => return Ok(value.then(|| format!("--{option}"))),
        _ if is_flag(&argument) => anyhow::bail!("{option} in [{combination}] is true or false"),
        Value::String(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => anyhow::bail!("{option} in [{combination}] takes one number or word"),
    };
    Ok(Some(format!("--{option}={value}")))
}
