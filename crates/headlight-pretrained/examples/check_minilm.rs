//! Compares MiniLM, as Headlight runs it, with what transformers computed on the same sentences.
//!
//!     cargo run --example check_minilm -- MODEL GOLDENS
//!
//! MODEL is a directory of Hugging Face's; GOLDENS is what `checks/minilm.py` wrote. `checks/run` makes both.

use std::error::Error;
use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use headlight_model::{AttentionKind, Sequences, Tokens};
use headlight_pretrained::{Model, Predicts, open, sentence_embedding};
use safetensors::{Dtype, SafeTensors};

/// How far each of three things may be from what transformers computes in 64 bits.
const BOUNDS: [(&str, f64); 3] = [("attention", 1e-5), ("hidden states", 1e-4), ("embedding", 1e-5)];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, goldens] = &arguments[..] else { return Err("two arguments are needed: MODEL GOLDENS".into()) };
    let device = Device::default();
    let opened = open(Path::new(directory), &device)?;
    let Model::Text(model) = opened.model else { return Err("it does not read text".into()) };
    assert_eq!(opened.facts.predicts, Predicts::Nothing, "it is a model of sentences");

    let mut files =
        std::fs::read_dir(goldens)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "safetensors"));
    files.sort();
    if files.is_empty() {
        return Err(format!("{goldens} has no .safetensors file").into());
    }
    for file in files {
        let bytes = std::fs::read(&file)?;
        let golden = Golden(SafeTensors::deserialize(&bytes)?);
        let input = golden.input(&device)?;
        let trace = model.trace(&input, &[]);
        let encoder = trace.encoder.as_ref().ok_or("it has no encoder")?;

        let mut off = [0.0; BOUNDS.len()];
        let attention = trace.attention(AttentionKind::EncoderSelf);
        for (layer, attention) in attention.iter().enumerate() {
            off[0] = worst(off[0], golden.off(&format!("attn.self.{layer}.f64"), attention.weights.clone())?);
        }
        let states = encoder.layers.iter().map(|layer| &layer.before).chain([&encoder.output]);
        for (nth, state) in states.enumerate() {
            off[1] = worst(off[1], golden.off(&format!("hidden.self.{nth}.f64"), state.clone())?);
        }
        let embedding = sentence_embedding(encoder.output.clone(), input.target.padding.clone());
        off[2] = golden.off_embedding(embedding)?;

        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let figures = BOUNDS.iter().zip(off).map(|((what, _), off)| format!("{what} within {off:.1e}"));
        let [batch_size, seq_length] = input.target.ids.dims();
        println!("{name:9} {batch_size} x {seq_length:3} tokens: {}", figures.collect::<Vec<_>>().join(", "));
        for ((what, bound), off) in BOUNDS.into_iter().zip(off) {
            if off.is_nan() || off > bound {
                return Err(format!("{name}: {what} is off by {off:.1e}, more than {bound:.0e}").into());
            }
        }
    }
    Ok(())
}

struct Golden<'a>(SafeTensors<'a>);

impl Golden<'_> {
    fn input(&self, device: &Device) -> Result<Sequences, Box<dyn Error>> {
        let numbers = |name: &str| -> Result<Tensor<2>, Box<dyn Error>> {
            let (shape, numbers) = self.numbers(name)?;
            let numbers: Vec<f32> = numbers.into_iter().map(|number| number as f32).collect();
            Ok(Tensor::from_data(TensorData::new(numbers, shape), device))
        };
        let ids = numbers("in.input_ids")?.int();
        let padding = Some(numbers("in.attention_mask")?.equal_elem(0.0));
        let segments = Some(numbers("in.token_type_ids")?.int());
        Ok(Sequences { source: None, target: Tokens { ids, padding, segments } })
    }

    fn off<const D: usize>(&self, name: &str, found: Tensor<D>) -> Result<f64, Box<dyn Error>> {
        let (shape, expected) = self.numbers(name)?;
        if shape != found.dims() {
            return Err(format!("{name} is {shape:?}, and Headlight's {:?}", found.dims()).into());
        }
        let found: Vec<f32> = found.into_data().try_into_vec()?;
        Ok(found.iter().zip(expected).map(|(found, expected)| (f64::from(*found) - expected).abs()).fold(0.0, worst))
    }

    /// The golden is the mean alone, whose length is not 1.
    fn off_embedding(&self, found: Tensor<2>) -> Result<f64, Box<dyn Error>> {
        let (shape, means) = self.numbers("embedding.f64")?;
        if shape != found.dims() {
            return Err(format!("the embedding is {shape:?}, and Headlight's {:?}", found.dims()).into());
        }
        let found: Vec<f32> = found.into_data().try_into_vec()?;
        let rows = found.chunks(shape[1]).zip(means.chunks(shape[1]));
        let off = rows.flat_map(|(found, mean)| {
            let length = mean.iter().map(|number| number * number).sum::<f64>().sqrt();
            found.iter().zip(mean).map(move |(found, mean)| (f64::from(*found) - mean / length).abs())
        });
        Ok(off.fold(0.0, worst))
    }

    fn numbers(&self, name: &str) -> Result<(Vec<usize>, Vec<f64>), Box<dyn Error>> {
        let tensor = self.0.tensor(name)?;
        let bytes = tensor.data().as_chunks::<8>().0.iter().copied();
        let numbers = match tensor.dtype() {
            Dtype::F64 => bytes.map(f64::from_le_bytes).collect(),
            Dtype::I64 => bytes.map(|bytes| i64::from_le_bytes(bytes) as f64).collect(),
            other => return Err(format!("{name} is {other:?}").into()),
        };
        Ok((tensor.shape().to_vec(), numbers))
    }
}

/// The larger one; NaN, where there is one.
fn worst(left: f64, right: f64) -> f64 {
    if left >= right || left.is_nan() { left } else { right }
}
