//! What is in a directory comes out as it is.

use burn::tensor::Tensor;
use headlight_pretrained::Bias;
use safetensors::Dtype;
use serde::Deserialize;

use crate::device::device;
use crate::made::{CONFIG, Made, directory, open, safetensors};

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("numbers of 32 bits")
}

/// All the numbers that 16 bits of either kind hold too.
const HALVES: [f32; 6] = [0.0, -0.0, 1.5, -384.0, 0.0078125, 2.0];

#[test]
fn numbers_are_the_same_whatever_their_type() {
    let types = [("f64", Dtype::F64), ("f32", Dtype::F32), ("f16", Dtype::F16), ("bf16", Dtype::BF16)];
    let tensors = types.map(|(name, dtype)| (name, dtype, &[2, 3][..], &HALVES[..]));
    let made = directory(&[("config.json", CONFIG), ("model.safetensors", &safetensors(&tensors))]);
    let mut checkpoint = open(made.path()).expect("it is opened");
    let tensors = checkpoint.tensors();
    for (name, _) in types {
        assert_eq!(tensors.shape(name).expect("it is there"), [2, 3]);
        assert_eq!(numbers(tensors.get(name, [2, 3]).expect("it is read")), HALVES, "{name}");
    }
}

/// A tensor of several of the pieces in which a file is read.
#[test]
fn a_long_tensor_is_read_to_its_end() {
    let long: Vec<f32> = (0..100_003).map(|nth| (nth % 2048) as f32 - 1024.0).collect();
    for dtype in [Dtype::F64, Dtype::F32, Dtype::F16] {
        let tensors: [Made<'_>; 2] = [("a", dtype, &[3], &[1.0, 2.0, 3.0]), ("long", dtype, &[long.len()], &long)];
        let made = directory(&[("config.json", CONFIG), ("model.safetensors", &safetensors(&tensors))]);
        let mut checkpoint = open(made.path()).expect("it is opened");
        assert_eq!(numbers(checkpoint.tensors().get("long", [long.len()]).expect("it is read")), long, "{dtype:?}");
    }
}

/// A matrix of several pieces, of which the last is shorter.
#[test]
fn a_large_matrix_is_transposed_to_its_end() {
    let (rows, columns) = (1003, 129);
    let matrix: Vec<f32> = (0..rows * columns).map(|nth| (nth % 2048) as f32 - 1024.0).collect();
    for dtype in [Dtype::F64, Dtype::F32, Dtype::F16] {
        let tensors: [Made<'_>; 2] = [("a", dtype, &[3], &[1.0, 2.0, 3.0]), ("m", dtype, &[rows, columns], &matrix)];
        let made = directory(&[("config.json", CONFIG), ("model.safetensors", &safetensors(&tensors))]);
        let mut checkpoint = open(made.path()).expect("it is opened");
        let tensors = checkpoint.tensors();
        let expected = tensors.get("m", [rows, columns]).expect("it is read").transpose();
        let found = tensors.transposed("m", [rows, columns]).expect("it is read");
        assert_eq!(found.dims(), [columns, rows]);
        assert_eq!(numbers(found), numbers(expected), "{dtype:?}");
    }
}

#[test]
fn a_linear_layer_is_that_of_pytorch() {
    // y = x Wᵀ + b with W = [[1, 2, 3], [4, 5, 6]], b = [10, 20] and x = [1, 0, -1]: y = [1 - 3 + 10, 4 - 6 + 20].
    let tensors: [Made<'_>; 3] = [
        ("up.weight", Dtype::F32, &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        ("up.bias", Dtype::F32, &[2], &[10.0, 20.0]),
        ("table", Dtype::F16, &[2, 1], &[7.0, 8.0]),
    ];
    let made = directory(&[("config.json", CONFIG), ("model.safetensors", &safetensors(&tensors))]);
    let mut checkpoint = open(made.path()).expect("it is opened");
    let tensors = checkpoint.tensors();
    let x = Tensor::<2>::from_data([[1.0, 0.0, -1.0]], &device());
    let layer = tensors.linear("up", [3, 2], Bias::With).expect("it is read");
    assert_eq!(numbers(layer.forward(x.clone())), [8.0, 18.0]);
    let layer = tensors.linear("up", [3, 2], Bias::Without).expect("it is read");
    assert_eq!(numbers(layer.forward(x)), [-2.0, -2.0]);

    let table = tensors.embedding("table", [2, 1]).expect("it is read");
    let found = table.forward(Tensor::from_data([[1, 0, 1]], &device()));
    assert_eq!(numbers(found), [8.0, 7.0, 8.0]);
}

#[test]
fn the_configuration_and_other_files_are_read() {
    #[derive(Deserialize, Debug, PartialEq)]
    struct Config {
        n_head: usize,
        layer_norm_epsilon: f64,
        pad_token_id: Option<usize>,
    }
    #[derive(Deserialize, Debug)]
    struct Other {
        #[expect(dead_code, reason = "it is only asked for")]
        n_layer: usize,
    }
    let other = br#"{"do_normalize": true}"#;
    let parameters = safetensors(&[("a", Dtype::F32, &[1], &[1.0])]);
    let files = [("config.json", CONFIG), ("preprocessor_config.json", other), ("model.safetensors", &parameters)];
    let made = directory(&files);
    let checkpoint = open(made.path()).expect("it is opened");
    assert_eq!(checkpoint.model_type().expect("it says so"), "gpt2");
    assert_eq!(checkpoint.config()["n_head"], 2);
    let config: Config = checkpoint.config_as().expect("it is one");
    assert_eq!(config, Config { n_head: 2, layer_norm_epsilon: 1e-5, pad_token_id: None });
    let error = checkpoint.config_as::<Other>().expect_err("there is no n_layer").to_string();
    assert!(error.contains("config.json") && error.contains("n_layer"), "{error}");
    let other = checkpoint.json("preprocessor_config.json").expect("it is read").expect("it is there");
    assert_eq!(other["do_normalize"], true);
    assert!(checkpoint.json("generation_config.json").expect("it is not there").is_none());
}

#[test]
fn what_nobody_asked_for_is_named() {
    let one: (Dtype, &[usize], &[f32]) = (Dtype::F32, &[1], &[1.0]);
    let named = |name| (name, one.0, one.1, one.2);
    let names = ["bert.pooler", "bert.embeddings", "cls", "buffer", "bert.buffer"];
    let made = directory(&[("config.json", CONFIG), ("model.safetensors", &safetensors(&names.map(named)))]);
    let mut checkpoint = open(made.path()).expect("it is opened");
    let tensors = checkpoint.tensors();
    tensors.drop_prefix("bert.");
    // Two tensors would have the name `buffer`: they keep the names that they have.
    assert_eq!(tensors.unused().collect::<Vec<_>>(), ["bert.buffer", "buffer", "cls", "embeddings", "pooler"]);
    tensors.get("embeddings", [1]).expect("it is read");
    tensors.skip("cls");
    tensors.skip("nothing of this name");
    assert!(tensors.has("pooler") && !tensors.has("bert.pooler"));
    assert_eq!(tensors.unused().collect::<Vec<_>>(), ["bert.buffer", "buffer", "pooler"]);
}

#[test]
fn parameters_come_in_several_files() {
    let first = safetensors(&[("a", Dtype::F32, &[2], &[1.0, 2.0]), ("both", Dtype::F32, &[1], &[3.0])]);
    let second = safetensors(&[("b", Dtype::BF16, &[1, 1], &[4.0]), ("both", Dtype::F32, &[1], &[5.0])]);
    let index = br#"{"metadata": {"total_size": 18}, "weight_map": {
        "a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors",
        "both": "model-00001-of-00002.safetensors"}}"#;
    let made = directory(&[
        ("config.json", CONFIG),
        ("model.safetensors.index.json", index),
        ("model-00001-of-00002.safetensors", &first),
        ("model-00002-of-00002.safetensors", &second),
    ]);
    let mut checkpoint = open(made.path()).expect("it is opened");
    let tensors = checkpoint.tensors();
    assert_eq!(numbers(tensors.get("a", [2]).expect("it is read")), [1.0, 2.0]);
    assert_eq!(numbers(tensors.get("b", [1, 1]).expect("it is read")), [4.0]);
    assert_eq!(numbers(tensors.get("both", [1]).expect("it is read")), [3.0]);
}
