//! Each of our operations as one or a few of ONNX's.

use headlight_model::alibi_slopes;

use super::proto::{self, Attribute, Type};
use super::schema::{NodeProto, TensorProto};
use crate::{Dimension, Graph, Node, Operation, ValueId};

/// ONNX nodes and constants, as they are added.
pub(super) struct Lowering<'a> {
    graph: &'a Graph,
    opset: i64,
    pub(super) nodes: Vec<NodeProto>,
    pub(super) constants: Vec<TensorProto>,
}

/// One of our nodes, while it becomes some of ONNX's. What is between them is called `path/step`.
struct Steps<'l, 'a> {
    all: &'l mut Lowering<'a>,
    node: &'l Node,
}

/// Sinusoidal and rotary positions turn their pairs ever more slowly, from 1 radian per position to nearly 1 / 10000.
const LONGEST: f64 = 10_000.0;

impl<'a> Lowering<'a> {
    pub(super) fn new(graph: &'a Graph, opset: i64) -> Self {
        Self { graph, opset, nodes: Vec::new(), constants: Vec::new() }
    }

    pub(super) fn node(&mut self, node: &Node) {
        let opset = self.opset;
        let mut steps = Steps { all: self, node };
        match node.operation {
            Operation::TokenVectors => steps.token_vectors(),
            Operation::SinusoidalPositions => steps.sinusoidal_positions(),
            Operation::LearnedPositions => {
                let positions = steps.positions(0);
                steps.last("Gather", &[&steps.weight(0), &positions], &[]);
            }
            Operation::RotaryAngles => steps.rotary_angles(),
            Operation::Rotate => steps.rotate(),
            Operation::CausalMask => steps.causal_mask(),
            Operation::AlibiBiases => steps.alibi_biases(),
            Operation::Add => steps.last("Add", &[&steps.input(0), &steps.input(1)], &[]),
            Operation::LayerNorm { epsilon } => {
                let attributes = [("axis", Attribute::Int(-1)), ("epsilon", Attribute::Float(epsilon as f32))];
                steps.last("LayerNormalization", &[&steps.input(0), &steps.weight(0), &steps.weight(1)], &attributes);
            }
            Operation::Linear => steps.linear(),
            Operation::Unembed => {
                let table = steps.transpose("transposed", &steps.weight(0), &[1, 0]);
                steps.last("MatMul", &[&steps.input(0), &table], &[]);
            }
            Operation::SplitHeads => {
                let (n_heads, d_head) = (steps.output_width(1), steps.output_width(3));
                let shape = steps.integers("shape", &[0, 0, n_heads as i64, d_head as i64]);
                let split = steps.step("reshape", "Reshape", &[&steps.input(0), &shape], &[]);
                steps.last("Transpose", &[&split], &[("perm", Attribute::Ints(&[0, 2, 1, 3]))]);
            }
            Operation::JoinHeads => {
                let joined = steps.transpose("transpose", &steps.input(0), &[0, 2, 1, 3]);
                let shape = steps.integers("shape", &[0, 0, steps.output_width(2) as i64]);
                steps.last("Reshape", &[&joined, &shape], &[]);
            }
            Operation::Scores => steps.scores(),
            Operation::Softmax => steps.last("Softmax", &[&steps.input(0)], &[("axis", Attribute::Int(-1))]),
            Operation::WeightedSum => steps.last("MatMul", &[&steps.input(0), &steps.input(1)], &[]),
            Operation::Relu => steps.last("Relu", &[&steps.input(0)], &[]),
            Operation::Gelu => steps.gelu(opset),
        }
    }
}

impl Steps<'_, '_> {
    fn token_vectors(&mut self) {
        let rows = self.step("gather", "Gather", &[&self.weight(0), &self.input(0)], &[]);
        let scale = self.floats("scale", &[], &[(self.output_width(2) as f64).sqrt() as f32]);
        self.last("Mul", &[&rows, &scale], &[]);
    }

    /// sin and cos of position / 10000^(2 pair / d_model), side by side in pairs.
    fn sinusoidal_positions(&mut self) {
        let d_model = self.output_width(1);
        let positions = self.positions(0);
        let angles = self.angles("angles", &positions, d_model);
        let axis = self.integers("last_axis", &[-1]);
        let [sin, cos] = ["Sin", "Cos"].map(|operator| {
            let numbers = self.step(&operator.to_lowercase(), operator, &[&angles], &[]);
            self.step(&format!("{}_column", operator.to_lowercase()), "Unsqueeze", &[&numbers, &axis], &[])
        });
        let pairs = self.step("pairs", "Concat", &[&sin, &cos], &[("axis", Attribute::Int(-1))]);
        let shape = self.integers("shape", &[0, d_model as i64]);
        let rows = self.step("rows", "Reshape", &[&pairs, &shape], &[]);
        self.last("Cast", &[&rows], &[("to", Attribute::Int(Type::Float.number().into()))]);
    }

    /// The last query is at the last key: queries begin at keys − queries.
    fn rotary_angles(&mut self) {
        let keys = self.length("keys", 1);
        let positions = if self.node.inputs[0] == self.node.inputs[1] {
            self.range("places", None, &keys)
        } else {
            let queries = self.length("queries", 0);
            let first = self.step("first", "Sub", &[&keys, &queries], &[]);
            self.range("places", Some(&first), &keys)
        };
        let (frequencies, column) = self.frequencies_and_column(&positions, 2 * self.output_width(1));
        self.last("Mul", &[&column, &frequencies], &[]);
    }

    /// (x₀, x₁) → (x₀ cos − x₁ sin, x₁ cos + x₀ sin), for each pair.
    fn rotate(&mut self) {
        let (n_heads, d_head) = (self.output_width(1), self.output_width(3));
        let axis = self.integers("last_axis", &[-1]);
        let [cos, sin] = ["Cos", "Sin"].map(|operator| {
            let name = operator.to_lowercase();
            let numbers = self.step(&format!("{name}_double"), operator, &[&self.input(1)], &[]);
            let to = [("to", Attribute::Int(Type::Float.number().into()))];
            let numbers = self.step(&name, "Cast", &[&numbers], &to);
            self.step(&format!("{name}_column"), "Unsqueeze", &[&numbers, &axis], &[]) // [L, d_head / 2, 1]
        });
        let shape = self.integers("pairs_shape", &[0, n_heads as i64, -1, (d_head / 2) as i64, 2]);
        let pairs = self.step("pairs", "Reshape", &[&self.input(0), &shape], &[]);
        let [zero, one] = [("zero", 0), ("one", 1)].map(|(name, index)| self.integers(name, &[index]));
        let last_axis = || [("axis", Attribute::Int(-1))];
        let even = self.step("even", "Gather", &[&pairs, &zero], &last_axis());
        let odd = self.step("odd", "Gather", &[&pairs, &one], &last_axis());
        let mut product = |name: &str, half: &str, turn: &str| self.step(name, "Mul", &[half, turn], &[]);
        let [even_cos, odd_sin] = [product("even_cos", &even, &cos), product("odd_sin", &odd, &sin)];
        let [odd_cos, even_sin] = [product("odd_cos", &odd, &cos), product("even_sin", &even, &sin)];
        let even = self.step("even_rotated", "Sub", &[&even_cos, &odd_sin], &[]);
        let odd = self.step("odd_rotated", "Add", &[&odd_cos, &even_sin], &[]);
        let rotated = self.step("rotated", "Concat", &[&even, &odd], &last_axis());
        let shape = self.integers("heads_shape", &[0, n_heads as i64, -1, d_head as i64]);
        self.last("Reshape", &[&rotated, &shape], &[]);
    }

    /// −∞ above the diagonal, 0 elsewhere.
    fn causal_mask(&mut self) {
        let length = self.step("length", "Shape", &[&self.input(0)], &[("start", Attribute::Int(1))]);
        let square = self.step("square", "Concat", &[&length, &length], &[("axis", Attribute::Int(0))]);
        let hidden = proto::tensor("", Type::Float, &[1], f32::NEG_INFINITY.to_le_bytes().to_vec());
        let hidden = self.step("hidden", "ConstantOfShape", &[&square], &[("value", Attribute::Tensor(&hidden))]);
        let one = self.integers_of("diagonal", &[], &[1]);
        self.last("Trilu", &[&hidden, &one], &[("upper", Attribute::Int(1))]);
    }

    /// −slope × |query − key|
    fn alibi_biases(&mut self) {
        let positions = self.positions(0);
        let rows = self.integers("row_axis", &[1]);
        let columns = self.integers("column_axis", &[0]);
        let queries = self.step("queries", "Unsqueeze", &[&positions, &rows], &[]);
        let keys = self.step("keys", "Unsqueeze", &[&positions, &columns], &[]);
        let differences = self.step("differences", "Sub", &[&queries, &keys], &[]);
        let distances = self.step("distances", "Abs", &[&differences], &[]);
        let to = [("to", Attribute::Int(Type::Float.number().into()))];
        let distances = self.step("distances_float", "Cast", &[&distances], &to);
        let n_heads = self.output_width(0);
        let slopes: Vec<f32> = alibi_slopes(n_heads).into_iter().map(|slope| -slope as f32).collect();
        let slopes = self.floats("slopes", &[n_heads, 1, 1], &slopes);
        self.last("Mul", &[&slopes, &distances], &[]);
    }

    fn linear(&mut self) {
        let (input, weight) = (self.input(0), self.weight(0));
        if self.node.parameters.len() == 1 {
            return self.last("MatMul", &[&input, &weight], &[]);
        }
        let product = self.step("product", "MatMul", &[&input, &weight], &[]);
        self.last("Add", &[&product, &self.weight(1)], &[]);
    }

    fn scores(&mut self) {
        let query = &self.all.graph.value(self.node.inputs[0]).shape.0;
        let perm: &[i64] = if query.len() == 4 { &[0, 1, 3, 2] } else { &[0, 2, 1] };
        let d_head = width(*query.last().expect("queries have axes"));
        let key = self.transpose("key_transposed", &self.input(1), perm);
        let products = self.step("products", "MatMul", &[&self.input(0), &key], &[]);
        let scale = self.floats("scale", &[], &[(d_head as f64).sqrt() as f32]);
        self.last("Div", &[&products, &scale], &[]);
    }

    /// x Φ(x) = x (1 + erf(x / √2)) / 2, which opset 20 has as one operator.
    fn gelu(&mut self, opset: i64) {
        let x = self.input(0);
        if opset >= 20 {
            return self.last("Gelu", &[&x], &[]);
        }
        let root = self.floats("root", &[], &[std::f32::consts::SQRT_2]);
        let [one, half] = [("one", 1.0), ("half", 0.5)].map(|(name, number)| self.floats(name, &[], &[number]));
        let scaled = self.step("scaled", "Div", &[&x, &root], &[]);
        let erf = self.step("erf", "Erf", &[&scaled], &[]);
        let twice = self.step("twice", "Add", &[&erf, &one], &[]);
        let product = self.step("product", "Mul", &[&x, &twice], &[]);
        self.last("Mul", &[&product, &half], &[]);
    }

    /// The positions 0 … length − 1 of an input.
    fn positions(&mut self, input: usize) -> String {
        let length = self.length("length", input);
        self.range("places", None, &length)
    }

    /// How many tokens an input has: its second axis, as one number.
    fn length(&mut self, name: &str, input: usize) -> String {
        let bounds = [("start", Attribute::Int(1)), ("end", Attribute::Int(2))];
        let length = self.step(&format!("{name}_list"), "Shape", &[&self.input(input)], &bounds);
        self.step(name, "Squeeze", &[&length], &[])
    }

    fn range(&mut self, name: &str, first: Option<&str>, end: &str) -> String {
        let first = first.map_or_else(|| self.integers_of(&format!("{name}_first"), &[], &[0]), str::to_string);
        let stride = self.integers_of(&format!("{name}_stride"), &[], &[1]);
        self.step(name, "Range", &[&first, end, &stride], &[])
    }

    fn angles(&mut self, name: &str, positions: &str, width: usize) -> String {
        let (frequencies, column) = self.frequencies_and_column(positions, width);
        self.step(name, "Mul", &[&column, &frequencies], &[])
    }

    /// Radians per position of each pair, `[1, width / 2]`, and the positions as a column, `[L, 1]`: both of 64 bits.
    fn frequencies_and_column(&mut self, positions: &str, width: usize) -> (String, String) {
        let bytes =
            (0..width / 2).flat_map(|pair| LONGEST.powf(-((2 * pair) as f64) / width as f64).to_le_bytes()).collect();
        let frequencies = self.constant("frequencies", Type::Double, &[1, width / 2], bytes);
        let to = [("to", Attribute::Int(Type::Double.number().into()))];
        let positions = self.step("places_double", "Cast", &[positions], &to);
        let axis = self.integers("column_axis", &[1]);
        (frequencies, self.step("column", "Unsqueeze", &[&positions, &axis], &[]))
    }

    fn transpose(&mut self, name: &str, input: &str, perm: &[i64]) -> String {
        self.step(name, "Transpose", &[input], &[("perm", Attribute::Ints(perm))])
    }

    fn input(&self, number: usize) -> String {
        self.name_of(self.node.inputs[number])
    }

    fn weight(&self, number: usize) -> String {
        self.all.graph.parameter(self.node.parameters[number]).name.clone()
    }

    fn name_of(&self, id: ValueId) -> String {
        self.all.graph.value(id).name.clone()
    }

    /// The length of an axis of the output that is the same in every run.
    fn output_width(&self, axis: usize) -> usize {
        width(self.all.graph.value(self.node.output).shape.0[axis])
    }

    /// A step on the way; returns the name of what it makes.
    fn step(&mut self, name: &str, operator: &str, inputs: &[&str], attributes: &[(&str, Attribute<'_>)]) -> String {
        let name = format!("{}/{name}", self.node.path);
        self.all.nodes.push(proto::node(&name, operator, inputs, &name, attributes));
        name
    }

    /// The step that makes the node's output.
    fn last(&mut self, operator: &str, inputs: &[&str], attributes: &[(&str, Attribute<'_>)]) {
        let output = self.name_of(self.node.output);
        self.all.nodes.push(proto::node(&self.node.path, operator, inputs, &output, attributes));
    }

    fn floats(&mut self, name: &str, shape: &[usize], numbers: &[f32]) -> String {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.constant(name, Type::Float, shape, bytes)
    }

    /// A list of integers.
    fn integers(&mut self, name: &str, numbers: &[i64]) -> String {
        self.integers_of(name, &[numbers.len()], numbers)
    }

    fn integers_of(&mut self, name: &str, shape: &[usize], numbers: &[i64]) -> String {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.constant(name, Type::Int64, shape, bytes)
    }

    fn constant(&mut self, name: &str, element: Type, shape: &[usize], bytes: Vec<u8>) -> String {
        let name = format!("{}/{name}", self.node.path);
        self.all.constants.push(proto::tensor(&name, element, shape, bytes));
        name
    }
}

fn width(dimension: Dimension) -> usize {
    match dimension {
        Dimension::Fixed(length) => length,
        Dimension::Free(axis) => unreachable!("{} is not a width", axis.name()),
    }
}
