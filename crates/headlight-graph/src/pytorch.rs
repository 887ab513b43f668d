//! Parameters under the names, and in the layout, of PyTorch's modules.

use std::borrow::Cow;
use std::collections::HashMap;

use safetensors::tensor::{Dtype, TensorView, serialize};

use crate::parameters::SavedParameters;
use crate::{Graph, GraphError, Node, Operation, Parameter};

/// One tensor on its way out.
struct Tensor {
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// A graph's parameters, as [`parameters_to_safetensors`](headlight_model::parameters_to_safetensors) wrote them, as safetensors with the
/// names of PyTorch's modules.
///
/// | here | there |
/// |---|---|
/// | `….self_attention` | `….self_attn`, an `nn.MultiheadAttention` |
/// | `….cross.attention`, `….cross.norm` | `….multihead_attn`, `….norm2` |
/// | `….norm_attention`, `….norm_feed_forward` | `….norm1`, `….norm2` (`….norm3` behind cross attention) |
/// | `….feed_forward.up`, `….feed_forward.down` | `….linear1`, `….linear2` |
/// | `….blocks.0`, `….embedding.tokens`, `….embedding.positions` | `….layers.0`, `….embedding`, `….positions` |
///
/// In an attention, query, key and value are packed into `in_proj_weight` and `in_proj_bias`, or where their widths differ stand
/// as `q_proj_weight`, `k_proj_weight` and `v_proj_weight`. Weights of linear layers are `[d_output, d_input]`, as PyTorch keeps them. So a
/// decoder's layers are those of `nn.TransformerEncoder` (with a causal mask), and those of an encoder–decoder are
/// `nn.TransformerEncoder` and `nn.TransformerDecoder`.
///
/// Of a transformer, the file's metadata says under `model` what the parameters alone do not: a JSON object with `architecture`,
/// `positions`, `norm`, `activation`, `n_heads` and `tie_weights`.
///
/// # Errors
///
/// When the parameters are damaged or another model's.
pub fn pytorch_parameters(graph: &Graph, parameters: &[u8]) -> Result<Vec<u8>, GraphError> {
    let saved = SavedParameters::read(parameters, graph)?;
    let has_cross = graph.nodes.iter().any(|node| node.path.contains(".cross."));
    let mut named: Vec<(String, Tensor)> = Vec::new();
    for node in &graph.nodes {
        let tensors: Vec<Tensor> =
            node.parameters.iter().map(|id| tensor(node, graph.parameter(*id), &saved)).collect();
        match attention_part(node) {
            Some((path, part)) => add_attention(&mut named, graph, path, part, tensors, has_cross),
            None if node.operation == Operation::Unembed => {} // the token vectors are there already
            None => {
                let path = module_name(&node.path, has_cross);
                let names = ["weight", "bias"].into_iter();
                named.extend(names.zip(tensors).map(|(name, tensor)| (format!("{path}.{name}"), tensor)));
            }
        }
    }
    let views = named.iter().map(|(name, tensor)| {
        let view = TensorView::new(Dtype::F32, tensor.shape.clone(), &tensor.bytes);
        (name, view.expect("four bytes for each number of the shape"))
    });
    Ok(serialize(views, model_metadata(graph)).expect("names and shapes are text that JSON can hold"))
}

/// What a transformer is made of, as one entry, whose bytes are the same each time; `None` of bare attention.
fn model_metadata(graph: &Graph) -> Option<HashMap<String, String>> {
    let has = |operation: Operation| graph.nodes.iter().any(|node| node.operation == operation);
    let has_node = |path: &str| graph.nodes.iter().any(|node| node.path == path);
    if !has(Operation::TokenVectors) {
        return None;
    }
    let operations = [
        (Operation::SinusoidalPositions, "sinusoidal"),
        (Operation::LearnedPositions, "learned"),
        (Operation::RotaryAngles, "rotary"),
        (Operation::AlibiBiases, "alibi"),
    ];
    let positions = operations.into_iter().find(|(operation, _)| has(*operation)).map_or("none", |(_, name)| name);
    let architecture = if has_node("encoder.embedding.tokens") { "encoder-decoder" } else { "decoder" };
    let norm = if has_node("decoder.norm") { "pre" } else { "post" }; // post-norm has none behind its last block
    let activation = if has(Operation::Gelu) { "gelu" } else { "relu" };
    let tie_weights = has(Operation::Unembed);
    let heads = graph.nodes.iter().find(|node| node.operation == Operation::SplitHeads)?;
    let n_heads = graph.value(heads.output).shape.0.get(1)?;
    let model = format!(
        r#"{{"architecture":"{architecture}","positions":"{positions}","norm":"{norm}","activation":"{activation}","n_heads":{n_heads},"tie_weights":{tie_weights}}}"#
    );
    Some(HashMap::from([("model".to_string(), model)]))
}

/// An attention's path and which of its four linear layers this node is; `None` of other nodes.
fn attention_part(node: &Node) -> Option<(&str, &str)> {
    let (path, part) = node.path.rsplit_once('.').unwrap_or(("", &node.path));
    let is_attention = path.is_empty() || path.ends_with("self_attention") || path.ends_with("cross.attention");
    let is_part = ["query", "key", "value", "output"].contains(&part);
    (is_attention && is_part && node.operation == Operation::Linear).then_some((path, part))
}

fn add_attention(
    named: &mut Vec<(String, Tensor)>,
    graph: &Graph,
    path: &str,
    part: &str,
    tensors: Vec<Tensor>,
    has_cross: bool,
) {
    let module = module_name(path, has_cross);
    let at = |name: &str| if module.is_empty() { name.to_string() } else { format!("{module}.{name}") };
    let width = |part: &str| {
        let name = if path.is_empty() { format!("{part}.weight") } else { format!("{path}.{part}.weight") };
        graph.parameters.iter().find(|parameter| parameter.name == name).map(|parameter| parameter.shape[0])
    };
    let is_packed = width("query") == width("key") && width("key") == width("value");
    let names = match part {
        "output" => ["out_proj.weight", "out_proj.bias"],
        "query" if !is_packed => ["q_proj_weight", "in_proj_bias"],
        "key" if !is_packed => ["k_proj_weight", "in_proj_bias"],
        "value" if !is_packed => ["v_proj_weight", "in_proj_bias"],
        _ => ["in_proj_weight", "in_proj_bias"],
    };
    for (name, tensor) in names.into_iter().zip(tensors) {
        let name = at(name);
        match named.iter_mut().find(|(there, _)| *there == name) {
            // Query, key and value come in this order, one below the other.
            Some((_, packed)) => {
                packed.shape[0] += tensor.shape[0];
                packed.bytes.extend(tensor.bytes);
            }
            None => named.push((name, tensor)),
        }
    }
}

fn tensor(node: &Node, parameter: &Parameter, saved: &SavedParameters<'_>) -> Tensor {
    let bytes = saved.of(parameter);
    match (node.operation, parameter.shape.as_slice()) {
        (Operation::Linear, [rows, columns]) => {
            let transposed = (0..*columns)
                .flat_map(|column| (0..*rows).flat_map(move |row| &bytes[4 * (row * columns + column)..][..4]));
            Tensor { shape: vec![*columns, *rows], bytes: transposed.copied().collect() }
        }
        (_, shape) => Tensor { shape: shape.to_vec(), bytes: bytes.to_vec() },
    }
}

/// One of Headlight's paths as PyTorch would call it.
fn module_name(path: &str, has_cross: bool) -> String {
    let last_norm = if has_cross && path.starts_with("decoder.") { "norm3" } else { "norm2" };
    let names = [
        (".cross.attention", ".multihead_attn"),
        (".cross.norm", ".norm2"),
        (".self_attention", ".self_attn"),
        (".norm_attention", ".norm1"),
        (".norm_feed_forward", &format!(".{last_norm}")),
        (".feed_forward.up", ".linear1"),
        (".feed_forward.down", ".linear2"),
        (".embedding.tokens", ".embedding"),
        (".embedding.positions", ".positions"),
        (".blocks.", ".layers."),
    ];
    let renamed = names.iter().fold(Cow::Borrowed(path), |path, (ours, theirs)| path.replace(ours, theirs).into());
    renamed.into_owned()
}
