use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::contents;

/// What a file of a run has that no clock measured.
#[derive(Debug, PartialEq)]
pub enum Contents {
    Bytes(Vec<u8>),
    Json(Vec<Value>),
}

/// All files below a directory; of JSON what no clock measured.
pub fn files(directory: &Path) -> BTreeMap<String, Contents> {
    let mut all = BTreeMap::new();
    for (path, bytes) in contents(directory) {
        let name = path.strip_prefix(directory).expect("below it").to_string_lossy().into_owned();
        let Some(bytes) = bytes else { continue };
        // How often a file was written, and the sum of a clock's time, differ; what the list says of each file is tested
        // by every reader.
        if name.ends_with("files.jsonl") {
            assert!(bytes.ends_with(b"\n"));
            continue;
        }
        let contents = if name.ends_with(".json") || name.ends_with(".jsonl") {
            let values = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
            let mut values: Vec<Value> = values.map(|value| value.expect("JSON")).collect();
            for object in values.iter_mut().filter_map(Value::as_object_mut) {
                object.retain(|key, _| !["seconds", "train_seconds", "tokens_per_second"].contains(&key.as_str()));
            }
            Contents::Json(values)
        } else {
            Contents::Bytes(bytes)
        };
        all.insert(name, contents);
    }
    all
}
