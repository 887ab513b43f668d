//! What is in the picture, before anything has coordinates.

use std::collections::BTreeMap;

use super::fold::{Folded, block_of};
use crate::{Axis, Dimension, Graph, Node, Operation, Shape, ValueId};

/// Tiles, frames around them, and arrows between them.
pub(super) struct Scene {
    pub(super) title: String,
    pub(super) legend: String,
    pub(super) tiles: Vec<Tile>,
    pub(super) frames: Vec<Frame>,
    pub(super) arrows: Vec<Arrow>,
}

pub(super) struct Tile {
    pub(super) key: String,
    pub(super) kind: Kind,
    /// The first line is the name, the others say more.
    pub(super) lines: Vec<String>,
    pub(super) frame: Option<String>,
}

/// What a box does, for its colour.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    InOut,
    Embedding,
    Norm,
    Linear,
    Attention,
    Rearrange,
    Activation,
    Sum,
}

pub(super) struct Frame {
    pub(super) key: String,
    pub(super) title: String,
    pub(super) parent: Option<String>,
}

pub(super) struct Arrow {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) label: String,
}

pub(super) fn scene(graph: &Graph, folded: &Folded<'_>) -> Scene {
    let mut frames: BTreeMap<String, Frame> = BTreeMap::new();
    let mut tiles: Vec<Tile> = Vec::new();
    let mut arrows = Vec::new();
    let mut axes: Vec<Axis> = Vec::new();
    let drawn = |id: &ValueId| folded.stands_for.get(id).copied().unwrap_or(*id);
    let key_of = |id: ValueId| format!("value {}", id.0);

    for id in &graph.inputs {
        let name = graph.value(*id).name.clone();
        tiles.push(Tile { key: key_of(*id), kind: Kind::InOut, lines: vec![name], frame: None });
    }
    for node in &folded.nodes {
        let frame = frame_of(graph, folded, node, &mut frames);
        tiles.push(Tile { key: key_of(node.output), kind: kind(node.operation), lines: lines(graph, node), frame });
        let mut inputs: Vec<ValueId> = node.inputs.iter().map(drawn).collect();
        inputs.dedup(); // rotary angles read one input's length twice
        for input in inputs {
            let label = short(&graph.value(input).shape, &mut axes);
            arrows.push(Arrow { from: key_of(input), to: key_of(node.output), label });
        }
    }
    for id in &graph.outputs {
        let (value, key) = (graph.value(*id), format!("output {}", id.0));
        let label = short(&value.shape, &mut axes);
        arrows.push(Arrow { from: key_of(drawn(id)), to: key.clone(), label });
        tiles.push(Tile { key, kind: Kind::InOut, lines: vec![value.name.clone()], frame: None });
    }
    axes.sort();
    let legend = axes.iter().map(|axis| format!("{} = {}", letter(*axis), axis.name())).collect::<Vec<_>>().join("   ");
    Scene { title: graph.name.clone(), legend, tiles, frames: frames.into_values().collect(), arrows }
}

/// The innermost frame of a node; frames are made as they are met.
fn frame_of(graph: &Graph, folded: &Folded<'_>, node: &Node, frames: &mut BTreeMap<String, Frame>) -> Option<String> {
    let (stack, number) = block_of(&node.path)?;
    let block = format!("{stack}.blocks.{number}");
    let title = match folded.repeats.get(&block) {
        Some(1) | None => format!("{stack} block {number}"),
        Some(count) => format!("{stack} block × {count}"),
    };
    let mut innermost = block.clone();
    frames.entry(block.clone()).or_insert(Frame { key: block.clone(), title, parent: None });

    let parts = [
        ("self_attention", "self-attention"),
        ("cross.attention", "cross attention"),
        ("feed_forward", "feed-forward"),
    ];
    if let Some((part, title)) = parts.into_iter().find(|(part, _)| node.path.starts_with(&format!("{block}.{part}.")))
    {
        innermost = format!("{block}.{part}");
        let title = match heads(graph, &innermost) {
            Some((n_heads, d_head)) => format!("{title}, {n_heads} heads of {d_head}"),
            None => title.to_string(),
        };
        frames.entry(innermost.clone()).or_insert(Frame { key: innermost.clone(), title, parent: Some(block) });
    }
    Some(innermost)
}

/// How many heads an attention has, and how wide they are.
fn heads(graph: &Graph, attention: &str) -> Option<(usize, usize)> {
    let path = format!("{attention}.query.heads");
    let split = graph.nodes.iter().find(|node| node.path == path)?;
    match graph.value(split.output).shape.0.as_slice() {
        [_, Dimension::Fixed(n_heads), _, Dimension::Fixed(d_head)] => Some((*n_heads, *d_head)),
        _ => None,
    }
}

fn kind(operation: Operation) -> Kind {
    match operation {
        Operation::TokenVectors
        | Operation::SinusoidalPositions
        | Operation::LearnedPositions
        | Operation::RotaryAngles
        | Operation::CausalMask
        | Operation::AlibiBiases => Kind::Embedding,
        Operation::LayerNorm { .. } => Kind::Norm,
        Operation::Linear | Operation::Unembed => Kind::Linear,
        Operation::Scores | Operation::Softmax | Operation::WeightedSum | Operation::Rotate => Kind::Attention,
        Operation::SplitHeads | Operation::JoinHeads => Kind::Rearrange,
        Operation::Relu | Operation::Gelu => Kind::Activation,
        Operation::Add => Kind::Sum,
    }
}

/// A node's name, and its parameters or its formula.
fn lines(graph: &Graph, node: &Node) -> Vec<String> {
    let name = node.path.rsplit('.').next().unwrap_or_default().to_string();
    let weights = || {
        let shapes = node.parameters.iter().map(|id| {
            let shape = &graph.parameter(*id).shape;
            shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ")
        });
        shapes.collect::<Vec<_>>().join(" + ")
    };
    let two = |name: &str, more: String| vec![name.to_string(), more];
    match node.operation {
        Operation::Linear => two(&name, format!("linear, {}", weights())),
        Operation::Unembed => two(&name, format!("token vectors again, {}", weights())),
        Operation::TokenVectors | Operation::LearnedPositions | Operation::LayerNorm { .. } => {
            two(node.operation.title(), weights())
        }
        Operation::Scores => two("scores", format!("Q Kᵀ / √{}", last_width(graph, node))),
        Operation::WeightedSum => two("weighted sum", "weights · V".to_string()),
        Operation::CausalMask => two("causal mask", "−∞ for later keys".to_string()),
        Operation::AlibiBiases => two("ALiBi", "−slope × distance".to_string()),
        Operation::Add => vec!["+".to_string()],
        other => vec![other.title().to_string()],
    }
}

/// The width of a node's first input.
fn last_width(graph: &Graph, node: &Node) -> String {
    graph.value(node.inputs[0]).shape.0.last().map(ToString::to_string).unwrap_or_default()
}

/// A shape with a letter for each free axis, which the legend explains.
fn short(shape: &Shape, axes: &mut Vec<Axis>) -> String {
    let dimension = |dimension: &Dimension| match dimension {
        Dimension::Fixed(length) => length.to_string(),
        Dimension::Free(axis) => {
            if !axes.contains(axis) {
                axes.push(*axis);
            }
            letter(*axis).to_string()
        }
    };
    shape.0.iter().map(dimension).collect::<Vec<_>>().join(" × ")
}

fn letter(axis: Axis) -> char {
    match axis {
        Axis::BatchSize => 'B',
        Axis::SeqLength => 'L',
        Axis::SourceLength => 'S',
        Axis::TargetLength => 'T',
        Axis::Queries => 'Q',
        Axis::Keys => 'K',
    }
}
