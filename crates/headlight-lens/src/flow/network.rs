//! The tokens of one example as a network: at the bottom what goes in, at the top what comes out, and between them an edge wherever one
//! position attends to another.

use headlight_model::{AttentionTrace, Stack, Trace};
use petgraph::Graph;
use petgraph::algo::dinics;
use petgraph::graph::{DiGraph, NodeIndex};

use super::weights::Weights;

/// Capacities are whole numbers of this part of 1, so that a maximum flow ends exactly and not almost.
const UNIT: f64 = (1u64 << 40) as f64;

/// Whether the residual connection counts: a position keeps half of what it had, and takes the other half from where it attends to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Residual {
    /// ½ A + ½ I, the rows normalised (Abnar and Zuidema, [2020](https://arxiv.org/abs/2005.00928), section 3).
    Half,
    /// A alone: as if each layer saw only what the one before attended to.
    Ignored,
}

/// One example's positions, layer by layer. Its weights are means over the heads of an attention.
pub struct Network {
    /// For each node the nodes below it and how much of it comes from each; nothing for what goes in.
    below: Vec<Vec<(usize, f64)>>,
    /// What goes in: the source's tokens and the target's.
    source: Vec<usize>,
    target: Vec<usize>,
    /// What comes out.
    top: Vec<usize>,
}

/// How much of one output comes from each token of the target and of the source; all of it together is 1, or 0 where nothing comes in.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    /// Of each token that the stack itself reads.
    pub own: Vec<f64>,
    /// Of each token that the encoder reads, where the stack is a decoder beside one.
    pub source: Vec<f64>,
}

impl Network {
    /// The network of a stack for one sequence of the batch; a decoder's with the encoder's below it, where there is one.
    ///
    /// # Panics
    ///
    /// When the trace has no such stack.
    pub fn new(trace: &Trace, stack: Stack, sequence: usize, residual: Residual) -> Self {
        let mut network = Self { below: Vec::new(), source: Vec::new(), target: Vec::new(), top: Vec::new() };
        let memory = match (stack, &trace.encoder) {
            (Stack::Decoder, Some(encoder)) => {
                let [_, length, _] = encoder.embedding.dims();
                network.source = network.add_inputs(length);
                let bottom = network.source.clone();
                network.add_layers(trace, Stack::Encoder, sequence, residual, bottom, &[])
            }
            _ => Vec::new(),
        };
        let of_stack = trace.stack(stack).unwrap_or_else(|| panic!("the trace has no {stack:?}"));
        let [_, length, _] = of_stack.embedding.dims();
        network.target = network.add_inputs(length);
        let bottom = network.target.clone();
        network.top = network.add_layers(trace, stack, sequence, residual, bottom, &memory);
        network
    }

    fn add_inputs(&mut self, count: usize) -> Vec<usize> {
        let first = self.below.len();
        self.below.extend((0..count).map(|_| Vec::new()));
        (first..first + count).collect()
    }

    /// All layers of a stack above its inputs. Returns the nodes of what comes out.
    fn add_layers(
        &mut self,
        trace: &Trace,
        stack: Stack,
        sequence: usize,
        residual: Residual,
        bottom: Vec<usize>,
        memory: &[usize],
    ) -> Vec<usize> {
        let layers = trace.stack(stack).map_or(&[][..], |stack| &stack.layers);
        layers.iter().fold(bottom, |own, layer| {
            let keys = own.clone();
            let own = self.add_attention(&layer.self_attention, sequence, residual, &own, &keys);
            match &layer.cross_attention {
                Some(cross) => self.add_attention(cross, sequence, residual, &own, memory),
                None => own,
            }
        })
    }

    /// A node for each query, above its keys and, with the residual connection, above itself.
    fn add_attention(
        &mut self,
        attention: &AttentionTrace,
        sequence: usize,
        residual: Residual,
        own: &[usize],
        keys: &[usize],
    ) -> Vec<usize> {
        let weights = Weights::mean_of_heads(attention, sequence);
        let first = self.below.len();
        for (query, own) in own.iter().enumerate() {
            let kept = if residual == Residual::Half { 0.5 } else { 0.0 };
            let taken = weights.row(query).iter().map(|weight| (1.0 - kept) * weight);
            let mut edges: Vec<(usize, f64)> = keys.iter().copied().zip(taken).collect();
            match edges.iter_mut().find(|(key, _)| key == own) {
                Some((_, share)) => *share += kept,
                None => edges.push((*own, kept)),
            }
            // A row whose keys are all masked keeps only what the residual connection carries.
            let sum: f64 = edges.iter().map(|(_, share)| share).sum();
            let edges = edges.into_iter().filter(|(_, share)| *share > 0.0);
            self.below.push(edges.map(|(node, share)| (node, share / sum)).collect());
        }
        (first..self.below.len()).collect()
    }

    /// Attention rollout (Abnar and Zuidema, 2020): of each output, the share that comes from each token along all paths, the shares
    /// along a path multiplied. For one stack, it is the product of its layers' matrices.
    pub fn rollout(&self) -> Vec<Shares> {
        let inputs: Vec<usize> = self.target.iter().chain(&self.source).copied().collect();
        let mut shares: Vec<Vec<f64>> = Vec::with_capacity(self.below.len());
        for (node, below) in self.below.iter().enumerate() {
            let mut of_node: Vec<f64> = inputs.iter().map(|input| f64::from(u8::from(*input == node))).collect();
            for (lower, share) in below {
                of_node.iter_mut().zip(&shares[*lower]).for_each(|(sum, lower)| *sum += share * lower);
            }
            shares.push(of_node);
        }
        self.top.iter().map(|node| self.split(&shares[*node])).collect()
    }

    /// Attention flow (Abnar and Zuidema, 2020) of these outputs: the most that can flow to each from each token when no edge carries more than
    /// its share, token by token, then normalised to a sum of 1.
    pub fn flow(&self, outputs: impl IntoIterator<Item = usize>) -> Vec<Shares> {
        let mut graph: DiGraph<(), u64> = Graph::new();
        (0..self.below.len()).for_each(|_| {
            graph.add_node(());
        });
        for (node, below) in self.below.iter().enumerate() {
            for (lower, share) in below {
                graph.add_edge(NodeIndex::new(node), NodeIndex::new(*lower), (share * UNIT).round() as u64);
            }
        }
        let of_output = |output: usize| {
            let inputs = self.target.iter().chain(&self.source);
            let top = NodeIndex::new(self.top[output]);
            let flows: Vec<f64> = inputs.map(|input| dinics(&graph, top, NodeIndex::new(*input)).0 as f64).collect();
            let sum: f64 = flows.iter().sum();
            let scale = if sum > 0.0 { 1.0 / sum } else { 0.0 };
            self.split(&flows.iter().map(|flow| flow * scale).collect::<Vec<_>>())
        };
        outputs.into_iter().map(of_output).collect()
    }

    /// Numbers of the inputs, by where these belong.
    fn split(&self, of_inputs: &[f64]) -> Shares {
        let (own, source) = of_inputs.split_at(self.target.len());
        Shares { own: own.to_vec(), source: source.to_vec() }
    }
}
