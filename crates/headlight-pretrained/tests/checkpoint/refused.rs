//! Directories that are no model are refused, and it is said why.

use headlight_model::{Mismatch, ParametersError};
use headlight_pretrained::{CheckpointError, TensorFileError};
use safetensors::Dtype;
use serde_json::json;

use crate::made::{CONFIG, Made, directory, open, safetensors};

const NUMBERS: [Made<'_>; 2] = [("a", Dtype::F32, &[2, 2], &[1.0, 2.0, 3.0, 4.0]), ("ids", Dtype::I64, &[1], &[1.0])];

fn refusal(files: &[(&str, &[u8])]) -> CheckpointError {
    let made = directory(files);
    let Err(error) = open(made.path()) else { panic!("it is opened") };
    let line = error.to_string();
    assert!(!line.contains('\n'), "one line: {line}");
    error
}

#[test]
fn the_unchanged_directory_is_accepted() {
    let made = directory(&[("config.json", CONFIG), ("model.safetensors", &safetensors(&NUMBERS))]);
    open(made.path()).expect("it is opened");
}

#[test]
fn a_directory_without_a_configuration_or_parameters_is_refused() {
    let parameters = safetensors(&NUMBERS);
    assert!(matches!(refusal(&[("model.safetensors", &parameters)]), CheckpointError::NoConfig(_)));
    assert!(matches!(refusal(&[("config.json", CONFIG)]), CheckpointError::NoParameters(_)));
    for name in ["pytorch_model.bin", "pytorch_model.bin.index.json"] {
        let error = refusal(&[("config.json", CONFIG), (name, b"")]);
        assert!(matches!(error, CheckpointError::Pickled(_)), "{error}");
        // As it is pasted into a terminal.
        assert!(error.to_string().ends_with(".items()}, 'model.safetensors')\""), "{error}");
    }
    let no_directory = directory(&[]).path().to_owned();
    assert!(matches!(open(&no_directory), Err(CheckpointError::NoConfig(_))));
}

#[test]
fn a_configuration_that_says_nothing_is_refused() {
    let parameters = safetensors(&NUMBERS);
    for config in [&b""[..], b"{", b"[]", b"3", b"\xff", b"{\"eps\": NaN}"] {
        let error = refusal(&[("config.json", config), ("model.safetensors", &parameters)]);
        assert!(matches!(error, CheckpointError::Json { .. }), "{error}");
    }
    let long = vec![b' '; (1 << 22) + 1];
    let error = refusal(&[("config.json", &long), ("model.safetensors", &parameters)]);
    assert!(matches!(error, CheckpointError::Long { .. }), "{error}");
    let made = directory(&[("config.json", b"{\"model_type\": 3}"), ("model.safetensors", &parameters)]);
    let checkpoint = open(made.path()).expect("it is opened");
    assert!(matches!(checkpoint.model_type(), Err(CheckpointError::NoModelType(_))));
}

#[test]
fn quantised_parameters_are_refused() {
    let config = br#"{"model_type": "llama", "quantization_config": {"quant_method": "gptq", "bits": 4}}"#;
    let error = refusal(&[("config.json", config), ("model.safetensors", &safetensors(&NUMBERS))]);
    assert!(matches!(&error, CheckpointError::Quantised(method) if method == "gptq"), "{error}");
    let narrow = safetensors(&[("narrow", Dtype::F8_E4M3, &[2], &[1.0, 2.0])]);
    let error = refusal(&[("config.json", CONFIG), ("model.safetensors", &narrow)]);
    let CheckpointError::Parameters { source: TensorFileError::Type { name, dtype }, .. } = error else {
        panic!("another reason: {error}")
    };
    assert_eq!((&name[..], dtype), ("narrow", Dtype::F8_E4M3));
}

#[test]
fn a_file_that_is_cut_off_is_refused() {
    let parameters = safetensors(&NUMBERS);
    for length in 0..parameters.len() {
        let error = refusal(&[("config.json", CONFIG), ("model.safetensors", &parameters[..length])]);
        let CheckpointError::Parameters { source, .. } = error else { panic!("another reason: {error}") };
        assert!(matches!(source, TensorFileError::Short { .. } | TensorFileError::Length { .. }), "{length}: {source}");
    }
    let longer = [&parameters[..], b"\0"].concat();
    let error = refusal(&[("config.json", CONFIG), ("model.safetensors", &longer)]);
    assert!(matches!(error, CheckpointError::Parameters { source: TensorFileError::Length { .. }, .. }), "{error}");
    let longest = u64::MAX.to_le_bytes();
    let error = refusal(&[("config.json", CONFIG), ("model.safetensors", &longest)]);
    assert!(matches!(error, CheckpointError::Parameters { source: TensorFileError::LongHeader(_), .. }), "{error}");
}

/// A directory in the place of a file, which the system opens and does not read.
#[test]
fn what_is_no_file_is_refused() {
    let made = directory(&[("config.json", CONFIG)]);
    std::fs::create_dir(made.path().join("model.safetensors")).expect("it is made");
    let Err(error) = open(made.path()) else { panic!("it is opened") };
    assert!(matches!(error, CheckpointError::Parameters { source: TensorFileError::NoFile, .. }), "{error}");
}

#[test]
fn other_tensors_than_are_asked_for_are_refused() {
    let made = directory(&[("config.json", CONFIG), ("model.safetensors", &safetensors(&NUMBERS))]);
    let mut checkpoint = open(made.path()).expect("it is opened");
    let tensors = checkpoint.tensors();
    let error = tensors.get("b", [2, 2]).expect_err("there is none");
    assert!(matches!(error, ParametersError::Mismatch(Mismatch::Missing { name }) if name == "b"));
    assert!(matches!(tensors.rows("b"), Err(ParametersError::Mismatch(Mismatch::Missing { .. }))));
    for error in [tensors.get("a", [2, 3]).err(), tensors.get("a", [4]).err(), tensors.get("a", [2, 2, 1]).err()] {
        assert!(matches!(error, Some(ParametersError::Mismatch(Mismatch::Shape { name, .. })) if name == "a"));
    }
    let error = tensors.get("ids", [1]).expect_err("they are whole numbers");
    assert!(matches!(error, ParametersError::Mismatch(Mismatch::Type { .. })), "{error}");
}

#[test]
fn an_index_that_names_other_files_is_refused() {
    let parameters = safetensors(&NUMBERS);
    let named = |shard: &str, tensor: &str| {
        let index = json!({ "weight_map": { "a": "one.safetensors", tensor: shard } }).to_string();
        let files: [(&str, &[u8]); 3] = [
            ("config.json", CONFIG),
            ("model.safetensors.index.json", index.as_bytes()),
            ("one.safetensors", &parameters),
        ];
        let made = directory(&files);
        open(made.path()).err()
    };
    assert!(named("one.safetensors", "ids").is_none());
    for outside in
        ["../one.safetensors", "/etc/passwd", "..", ".", "", "a/one.safetensors", "./one.safetensors", "a\\b"]
    {
        assert!(matches!(named(outside, "ids"), Some(CheckpointError::Outside { .. })), "{outside}");
    }
    assert!(matches!(named("two.safetensors", "ids"), Some(CheckpointError::NoShard { .. })));
    let error = named("one.safetensors", "b");
    assert!(matches!(error, Some(CheckpointError::NotInShard { tensor, .. }) if tensor == "b"));
    for index in [&b"{}"[..], b"{\"weight_map\": []}", b"{\"weight_map\": {\"a\": 3}}", b"["] {
        let error = refusal(&[("config.json", CONFIG), ("model.safetensors.index.json", index)]);
        assert!(matches!(error, CheckpointError::Json { .. }), "{error}");
    }
}
