//! Which blocks of a graph are equal, so that one of them can stand for all.

use std::collections::BTreeMap;

use crate::{Graph, Node, Operation, Shape, ValueId};

/// What is drawn of a graph.
pub(super) struct Folded<'a> {
    /// The nodes that are drawn, in order.
    pub(super) nodes: Vec<&'a Node>,
    /// How many blocks each drawn block stands for, by its path (`decoder.blocks.0`).
    pub(super) repeats: BTreeMap<String, usize>,
    /// For a value that a block gives which is not drawn, the value that the drawn one gives in its place.
    pub(super) stands_for: BTreeMap<ValueId, ValueId>,
}

/// A node without what tells its block from the next: its number, and what comes in from the block before.
#[derive(PartialEq)]
struct Likeness {
    path: String,
    operation: Operation,
    shape: Shape,
    parameters: Vec<Vec<usize>>,
    inputs: Vec<Source>,
}

/// Where an input of a block's node comes from.
#[derive(PartialEq)]
enum Source {
    /// From this node of the same block.
    Inside(String),
    /// From whatever stands before the block, or from the block before.
    Before,
    /// From a value that all blocks read.
    Shared(ValueId),
}

/// Draws the first block of each stack for all that follow, if they are equal to it.
pub(super) fn fold(graph: &Graph) -> Folded<'_> {
    let mut stacks: BTreeMap<&str, Vec<Vec<&Node>>> = BTreeMap::new();
    for node in &graph.nodes {
        if let Some((stack, number)) = block_of(&node.path) {
            let blocks = stacks.entry(stack).or_default();
            blocks.resize_with(blocks.len().max(number + 1), Vec::new);
            blocks[number].push(node);
        }
    }
    let (mut repeats, mut stands_for, mut hidden) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    for (stack, blocks) in &stacks {
        let first = likeness(graph, stack, blocks, 0);
        if (1..blocks.len()).any(|number| likeness(graph, stack, blocks, number) != first) {
            continue;
        }
        repeats.insert(format!("{stack}.blocks.0"), blocks.len());
        for block in &blocks[1..] {
            for (node, drawn) in block.iter().zip(&blocks[0]) {
                stands_for.insert(node.output, drawn.output);
                hidden.push(node.output);
            }
        }
    }
    let nodes = graph.nodes.iter().filter(|node| !hidden.contains(&node.output)).collect();
    Folded { nodes, repeats, stands_for }
}

/// The stack and the number of a block, `("decoder", 0)` of `decoder.blocks.0.self_attention.query`.
pub(super) fn block_of(path: &str) -> Option<(&str, usize)> {
    let (stack, rest) = path.split_once(".blocks.")?;
    let number = rest.split('.').next()?.parse().ok()?;
    Some((stack, number))
}

fn likeness(graph: &Graph, stack: &str, blocks: &[Vec<&Node>], number: usize) -> Vec<Likeness> {
    let inside = |id: ValueId, number: usize| blocks[number].iter().find(|node| node.output == id);
    let relative = |path: &str, number: usize| path.replacen(&format!("{stack}.blocks.{number}"), "", 1);
    // What the first block reads and the second does not, the second gets from the first.
    let last_before = match number {
        0 => blocks[0].first().and_then(|_| stream_into(blocks)),
        _ => blocks[number - 1].last().map(|node| node.output),
    };
    let source = |id: &ValueId| match inside(*id, number) {
        Some(node) => Source::Inside(relative(&node.path, number)),
        None if Some(*id) == last_before => Source::Before,
        None => Source::Shared(*id),
    };
    let like = |node: &&Node| Likeness {
        path: relative(&node.path, number),
        operation: node.operation,
        shape: graph.value(node.output).shape.clone(),
        parameters: node.parameters.iter().map(|id| graph.parameter(*id).shape.clone()).collect(),
        inputs: node.inputs.iter().map(source).collect(),
    };
    blocks[number].iter().map(like).collect()
}

/// The value that the first block reads where the second reads what the first gives.
fn stream_into(blocks: &[Vec<&Node>]) -> Option<ValueId> {
    let given = blocks[0].last()?.output;
    let second = blocks.get(1)?;
    let (node, input) = second
        .iter()
        .enumerate()
        .find_map(|(node, reads)| reads.inputs.iter().position(|input| *input == given).map(|input| (node, input)))?;
    blocks[0].get(node)?.inputs.get(input).copied()
}
