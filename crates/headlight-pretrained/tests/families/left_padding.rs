//! Padding before a text: what a decoder then computes, as transformers does, and that it is what the text by itself gives.

use std::path::Path;

use burn::tensor::{Tensor, TensorData};
use headlight_model::{AttentionKind, Sequences, Tokens};
use headlight_pretrained::{Attends, Model};
use safetensors::{Dtype, SafeTensors};

use crate::device::device;
use crate::golden::{Golden, OWN};

/// `goldens/golden_left_padding.py` made the numbers.
const NAMES: [&str; 11] = [
    "gpt2",
    "gpt_neox",
    "gpt_neox_sequential",
    "llama",
    "llama_3_1",
    "mistral",
    "qwen2",
    "qwen3",
    "qwen3_window",
    "opt",
    "opt_350m",
];
const LENGTH: usize = 9;
/// So many tokens of the second sequence are padding; of the first, none.
const PADDING: usize = 3;

#[test]
fn attention_and_logits_are_those_of_transformers() {
    let bytes = std::fs::read(Path::new(OWN).join("left_padding.safetensors")).expect("the goldens");
    let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    for name in NAMES {
        let model = decoder(name);
        let trace = model.trace(&input(&file), &[]);
        for (layer, attention) in trace.attention(AttentionKind::DecoderSelf).into_iter().enumerate() {
            let [_, n_heads, ..] = attention.weights.dims();
            let off = off(attention.weights.clone(), &numbers(&file, &format!("{name}.attn.{layer}")), LENGTH, n_heads);
            assert!(off <= 1e-5, "{name}: attention of layer {layer} is off by {off:.1e}");
        }
        let [.., vocab_size] = trace.logits.dims();
        let logits = trace.logits.unsqueeze_dim::<4>(1);
        let off = off(logits, &numbers(&file, &format!("{name}.logits")), vocab_size, 1);
        assert!(off <= 1e-4, "{name}: logits are off by {off:.1e}");
    }
}

#[test]
fn a_text_says_the_same_without_it() {
    let bytes = std::fs::read(Path::new(OWN).join("left_padding.safetensors")).expect("the goldens");
    let file = SafeTensors::deserialize(&bytes).expect("a safetensors file");
    let Sequences { target, .. } = input(&file);
    let text = target.ids.narrow(0, 1, 1).narrow(1, PADDING, LENGTH - PADDING);
    for name in NAMES {
        let model = decoder(name);
        let alone = model.trace(&Sequences { source: None, target: text.clone().into() }, &[]).logits;
        let padded = model.trace(&input(&file), &[]).logits.narrow(0, 1, 1).narrow(1, PADDING, LENGTH - PADDING);
        let off = (alone - padded).abs().max().into_scalar::<f32>();
        assert!(off <= 1e-4, "{name}: padding before it changes logits by {off:.1e}");
    }
}

fn decoder(name: &str) -> Box<dyn Attends<Input = Sequences>> {
    match Golden::own(name).open(&device()).model {
        Model::Text(model) => model,
        other => panic!("{name} reads text, and not what {other:?} reads"),
    }
}

fn input(file: &SafeTensors<'_>) -> Sequences {
    let device = device();
    let tensor = |name: &str| -> Tensor<2> {
        let numbers: Vec<f32> = numbers(file, name).into_iter().map(|number| number as f32).collect();
        Tensor::from_data(TensorData::new(numbers, [2, LENGTH]), &device)
    };
    let padding = Some(tensor("in.attention_mask").equal_elem(0.0));
    let target = Tokens { padding, ..tensor("in.input_ids").int().into() };
    Sequences { source: None, target }
}

fn numbers(file: &SafeTensors<'_>, name: &str) -> Vec<f64> {
    let tensor = file.tensor(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    match tensor.dtype() {
        Dtype::I64 => tensor.data().as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes) as f64).collect(),
        Dtype::F32 => tensor.data().as_chunks().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect(),
        other => panic!("{name} is {other:?}"),
    }
}

/// How far a row is off at worst, but for those of padding: `[2, n_heads, LENGTH, width]`. NaN, where there is one.
fn off(found: Tensor<4>, expected: &[f64], width: usize, n_heads: usize) -> f64 {
    let found: Vec<f32> = found.into_data().try_into_vec().expect("f32");
    assert_eq!(found.len(), expected.len());
    let rows = found.chunks(width).zip(expected.chunks(width)).enumerate();
    // The first rows of each head of the second sequence.
    let rows = rows.filter(|(nth, _)| nth / (n_heads * LENGTH) == 0 || nth % LENGTH >= PADDING);
    let off = rows.flat_map(|(_, (found, expected))| {
        found.iter().zip(expected).map(|(found, expected)| (f64::from(*found) - expected).abs())
    });
    off.fold(0.0, |worst: f64, off| if worst.is_nan() || off <= worst { worst } else { off })
}
