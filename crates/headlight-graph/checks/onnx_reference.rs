//! Writes models as ONNX, and what Headlight itself makes of 32 random inputs to each of them, for `check_onnx.py` to compare.
//!
//! ```text
//! cargo run -p headlight-graph --example onnx_reference -- DIR [NAME=RUN …]
//! ```
//!
//! Models of every kind of position, norm and activation get random parameters, so that no norm's scale is 1 and no bias 0. A `RUN`
//! is read from its directory; its ONNX file is the command line's, and only its numbers are written here.

use std::error::Error;
use std::path::Path;

use burn::tensor::{Device, Distribution, Int, Tensor, TensorData};
use headlight_device::DeviceName;
use headlight_graph::{Graph, OPSETS, OnnxOptions, onnx_bytes};
use headlight_model::{
    Activation, Architecture, MultiHeadAttentionConfig, NormPlacement, Positions, SingleHeadAttentionConfig, Tokens,
    Transformer, TransformerConfig, keyed_generator, parameters_from_safetensors, parameters_to_safetensors,
};
use headlight_record::AttentionKind;
use headlight_runs::{SavedRun, write_whole};
use rand::RngExt;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, View, serialize};

const INPUTS: usize = 32;
const LONGEST: usize = 24;

type Outcome = Result<(), Box<dyn Error>>;

/// A tensor for the reference file.
struct Reference {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("say where to write: -- DIR [NAME=RUN …]")?;
    let directory = Path::new(&directory);
    let device = DeviceName::default().open()?;
    for (number, (name, config, opset)) in models().into_iter().enumerate() {
        let model = config.init(&device);
        let weights = random_parameters(&parameters_to_safetensors(&model)?, number as u64)?;
        let model = parameters_from_safetensors(model, &weights)?;
        let whole = Graph::of_transformer(&config)?;
        let mut graphs = vec![(name.clone(), whole)];
        if config.architecture == Architecture::EncoderDecoder {
            graphs.push((format!("{name}.encoder"), Graph::of_encoder(&config)?));
            graphs.push((format!("{name}.decoder"), Graph::of_decoder(&config)?));
        }
        for (name, graph) in graphs {
            let options = OnnxOptions { opset, more_outputs: graph.attention.clone(), ..OnnxOptions::default() };
            write_whole(&directory.join(format!("{name}.onnx")), &onnx_bytes(&graph, &weights, &options)?)?;
        }
        write_transformer_reference(directory, &name, &model, &config, &device)?;
    }
    for run in arguments {
        let (name, run) = run.split_once('=').ok_or("a run is given as NAME=DIR")?;
        let run = SavedRun::open(Path::new(run))?;
        write_transformer_reference(directory, name, &run.model, &run.config.transformer(), &run.device)?;
    }
    write_attentions(directory, &device)
}

/// Every choice that a configuration has, and every opset.
fn models() -> Vec<(String, TransformerConfig, i64)> {
    use {Activation::*, NormPlacement::*, Positions as P};
    let choices = [
        (P::Sinusoidal, Pre, Relu, false),
        (P::Learned, Post, Gelu, true),
        (P::Rotary, Pre, Relu, false),
        (P::Alibi, Post, Gelu, true),
        (P::None, Pre, Relu, false),
        // Each choice apart from those that it stands with above.
        (P::Sinusoidal, Pre, Gelu, true),
        (P::Sinusoidal, Post, Relu, false),
        (P::Learned, Pre, Gelu, false),
        (P::Rotary, Post, Relu, true),
        (P::Rotary, Post, Gelu, false),
        (P::Alibi, Pre, Relu, false),
    ];
    let mut models = Vec::new();
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        for (at, (positions, norm, activation, tie_weights)) in choices.into_iter().enumerate() {
            let config = TransformerConfig {
                architecture,
                vocab_size: 13,
                max_length: LONGEST,
                d_model: 24,
                n_heads: 3,
                n_layers: 2,
                d_ff: 40,
                dropout: 0.1, // does not act in inference
                positions,
                norm,
                activation,
                tie_weights,
                seed: at as u64,
            };
            if config.check().is_ok() {
                let opset = OPSETS.start() + (models.len() as i64) % (OPSETS.end() - OPSETS.start() + 1);
                let output = if tie_weights { "tied" } else { "untied" };
                let name = format!("{architecture}_{positions:?}_{norm:?}_{activation:?}_{output}_opset{opset}");
                models.push((name.to_lowercase(), config, opset));
            }
        }
    }
    models
}

fn write_transformer_reference(
    directory: &Path,
    name: &str,
    model: &Transformer,
    config: &TransformerConfig,
    device: &Device,
) -> Outcome {
    let mut references = Vec::new();
    let generator = &mut keyed_generator([7, 0, 0, 0]);
    for number in 0..INPUTS {
        let batch_size = 1 + number % 4;
        let longest = LONGEST.min(config.max_length);
        let mut ids = |length: usize| {
            let ids: Vec<i64> =
                (0..batch_size * length).map(|_| generator.random_range(0..config.vocab_size as i64)).collect();
            Tensor::<2, Int>::from_data(TensorData::new(ids, [batch_size, length]), device)
        };
        // Only learned positions end: the last input is three times as long as the longest that the model is made for.
        let is_beyond = number == INPUTS - 1 && config.positions != Positions::Learned;
        let length = |step: usize| if is_beyond { 3 * config.max_length } else { 1 + (number * step) % longest };
        let target = ids(length(7));
        let source = model.has_encoder().then(|| ids(length(5)));
        let output = model.trace(source.clone().map(Tokens::from).as_ref(), &target.clone().into(), &[]);

        let at = |what: &str| format!("{number:02}.{what}");
        match &source {
            Some(source) => {
                let memory = model.encode(&source.clone().into()).states;
                references.push((at("in.source"), integers(source)));
                references.push((at("in.target"), integers(&target)));
                references.push((at("between.memory"), floats(memory)));
            }
            None => references.push((at("in.tokens"), integers(&target))),
        }
        references.push((at("out.logits"), floats(output.logits.clone())));
        for kind in AttentionKind::ALL {
            for (layer, attention) in output.attention(kind).into_iter().enumerate() {
                references.push((at(&format!("attention.{}_{layer}", kind.name())), floats(attention.weights.clone())));
            }
        }
    }
    write_references(directory, name, references)
}

/// Bare attention: the notes' three heads of nine, other widths, rotary positions, and a single head.
fn write_attentions(directory: &Path, device: &Device) -> Outcome {
    let notes = MultiHeadAttentionConfig::new(9, 3);
    let wide = MultiHeadAttentionConfig { kdim: 5, vdim: 7, bias: false, ..MultiHeadAttentionConfig::new(16, 2) };
    let rotary = MultiHeadAttentionConfig { rotary: true, ..MultiHeadAttentionConfig::new(24, 3) };
    let noise = Distribution::Normal(0.0, 1.0);
    device.seed(3);
    for (seed, (name, config)) in
        [("attention", notes), ("attention_wide", wide), ("attention_rotary", rotary)].into_iter().enumerate()
    {
        let module = config.init(device);
        let weights = random_parameters(&parameters_to_safetensors(&module)?, 100 + seed as u64)?;
        let module = parameters_from_safetensors(module, &weights)?;
        write_onnx(directory, name, &Graph::of_attention(&config)?, &weights)?;
        let draw = |batch, length, width| Tensor::<3>::random([batch, length, width], noise, device);
        write_attention_reference(directory, name, |number| {
            let (batch, keys) = (1 + number % 4, 2 + (number * 5) % 9);
            let queries = 1 + number % keys; // with rotary positions, queries are the last of the keys
            let [q, k, v] =
                [draw(batch, queries, config.d_model), draw(batch, keys, config.kdim), draw(batch, keys, config.vdim)];
            let (output, weights) = module.forward_with_attention(q.clone(), k.clone(), v.clone(), None);
            ([q, k, v], output, floats(weights), "output")
        })?;
    }
    let config = SingleHeadAttentionConfig { d_model: 6, seed: 1 };
    let module = config.init(device);
    let weights = random_parameters(&parameters_to_safetensors(&module)?, 200)?;
    let module = parameters_from_safetensors(module, &weights)?;
    write_onnx(directory, "single_head", &Graph::of_single_head(&config), &weights)?;
    write_attention_reference(directory, "single_head", |number| {
        let draw = |length| Tensor::<3>::random([1 + number % 4, length, 6], noise, device);
        let (keys, queries) = (1 + (number * 5) % 9, 1 + number % 7);
        let [q, k, v] = [draw(queries), draw(keys), draw(keys)];
        let (context, weights) = module.forward_with_attention(q.clone(), k.clone(), v.clone(), None);
        ([q, k, v], context, floats(weights), "context")
    })
}

fn write_onnx(directory: &Path, name: &str, graph: &Graph, weights: &[u8]) -> Outcome {
    let options = OnnxOptions { more_outputs: graph.attention.clone(), ..OnnxOptions::default() };
    Ok(write_whole(&directory.join(format!("{name}.onnx")), &onnx_bytes(graph, weights, &options)?)?)
}

fn write_attention_reference(
    directory: &Path,
    name: &str,
    mut run: impl FnMut(usize) -> ([Tensor<3>; 3], Tensor<3>, Reference, &'static str),
) -> Outcome {
    let mut references = Vec::new();
    for number in 0..INPUTS {
        let (inputs, output, weights, output_name) = run(number);
        let names = ["query", "key", "value"];
        let inputs = names.into_iter().zip(inputs);
        references.extend(inputs.map(|(name, input)| (format!("{number:02}.in.{name}"), floats(input))));
        references.push((format!("{number:02}.out.{output_name}"), floats(output)));
        references.push((format!("{number:02}.attention.weights"), weights));
    }
    write_references(directory, name, references)
}

/// Weights with as much noise on each number as an ordinary weight is large (Glorot's limit for these widths is about a third). With
/// more, softmax is so steep that 32-bit floats, here as in onnxruntime, are 1e-5 away from what 64-bit ones give.
fn random_parameters(bytes: &[u8], seed: u64) -> Result<Vec<u8>, Box<dyn Error>> {
    let generator = &mut keyed_generator([seed, 1, 0, 0]);
    let tensors = SafeTensors::deserialize(bytes)?;
    let mut noisy = Vec::new();
    for (name, tensor) in tensors.tensors() {
        let numbers = tensor.data().chunks_exact(4).map(|number| {
            let number = f32::from_le_bytes(number.try_into().expect("four bytes"));
            number + generator.random_range(-0.35..0.35)
        });
        let bytes = numbers.flat_map(f32::to_le_bytes).collect();
        noisy.push((name, Reference { dtype: Dtype::F32, shape: tensor.shape().to_vec(), bytes }));
    }
    Ok(serialize(noisy, None)?)
}

fn write_references(directory: &Path, name: &str, references: Vec<(String, Reference)>) -> Outcome {
    let path = directory.join(format!("{name}.reference.safetensors"));
    Ok(write_whole(&path, &serialize(references, None)?)?)
}

fn integers(ids: &Tensor<2, Int>) -> Reference {
    let data = ids.to_data();
    let shape = ids.dims().to_vec();
    let bytes = data.iter::<i64>().flat_map(i64::to_le_bytes).collect();
    Reference { dtype: Dtype::I64, shape, bytes }
}

fn floats<const D: usize>(tensor: Tensor<D>) -> Reference {
    let shape = tensor.dims().to_vec();
    let numbers = tensor.into_data().try_into_vec::<f32>().expect("32-bit floats");
    Reference { dtype: Dtype::F32, shape, bytes: numbers.into_iter().flat_map(f32::to_le_bytes).collect() }
}

impl View for Reference {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> std::borrow::Cow<'_, [u8]> {
        (&self.bytes).into()
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}
