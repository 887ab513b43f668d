use std::fmt;

use serde::Serialize;

use crate::{Dimension, Graph, Lengths, Node, Operation};

/// Bytes of a number on the device. Rotary angles are of 64 bits only while they are computed, and in ONNX.
const BYTES: u128 = 4;

/// What each layer of a model gives, holds and costs, for sequences of one length.
///
/// ```
/// use headlight_graph::{Graph, Lengths, Summary};
/// use headlight_model::SingleHeadAttentionConfig;
///
/// let graph = Graph::of_single_head(&SingleHeadAttentionConfig::new(8));
/// let summary = Summary::new(&graph, Lengths::new(1, 5));
/// let scores = summary.rows.iter().find(|row| row.path == "scores").expect("attention has scores");
/// assert_eq!(scores.shape, [1, 5, 5]);
/// assert_eq!(scores.multiply_adds, 5 * 5 * 8); // a product of width 8 for each query and key
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// What the model is called.
    pub model: String,
    /// Sequences side by side.
    pub batch_size: usize,
    /// Tokens of each sequence: of the source, where there are two.
    pub length: usize,
    /// Tokens of each target; [`length`](Self::length) where there is but one sequence.
    pub target_length: usize,
    /// One row a layer, in the order in which they run.
    pub rows: Vec<Row>,
    /// The sums.
    pub total: Total,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its path in the model, as in the names of its parameters.
    pub path: String,
    /// What it does.
    pub operation: &'static str,
    /// The shape of what it gives.
    pub shape: Vec<usize>,
    /// Numbers that are learned. Those that a layer shares with one before it count there.
    pub parameters: u128,
    /// Multiplications each followed by an addition, in matrix products: a linear layer's, the scores' and the weighted sum's.
    /// What works number by number (norms, softmax, activations, sums) is not counted.
    pub multiply_adds: u128,
    /// Bytes of what it gives.
    pub activation_bytes: u128,
}

/// The sums over all layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// Numbers that are learned or were.
    pub parameters: u128,
    /// Those that training changes.
    pub trainable: u128,
    /// Those that a program has frozen.
    pub not_trainable: u128,
    /// Multiplications each followed by an addition.
    pub multiply_adds: u128,
    /// Bytes of all outputs, each written once. Training on flex holds less, since its fused attention keeps no scores.
    /// Splitting and joining heads only rearranges numbers, and is not in it.
    pub activation_bytes: u128,
    /// Bytes of the parameters as safetensors; a run's file has a checksum besides.
    pub disk_bytes: u128,
}

impl Summary {
    /// Sums up a graph for one run's lengths.
    pub fn new(graph: &Graph, lengths: Lengths) -> Self {
        let mut is_counted = vec![false; graph.parameters.len()];
        let mut rows = Vec::with_capacity(graph.nodes.len());
        for node in graph.nodes.iter().filter(|node| !node.operation.only_rearranges()) {
            let mut parameters = 0;
            for id in &node.parameters {
                let is_first = !std::mem::replace(&mut is_counted[id.0], true);
                parameters += if is_first { graph.parameter(*id).elements() } else { 0 };
            }
            let output = graph.value(node.output);
            rows.push(Row {
                path: node.path.clone(),
                operation: node.operation.title(),
                shape: output.shape.at(lengths),
                parameters,
                multiply_adds: multiply_adds(graph, node, lengths),
                activation_bytes: BYTES * output.shape.elements(lengths),
            });
        }
        let trainable =
            |trainable| graph.parameters.iter().filter(|p| p.trainable == trainable).map(|p| p.elements()).sum();
        let (trainable, not_trainable): (u128, u128) = (trainable(true), trainable(false));
        let total = Total {
            parameters: trainable + not_trainable,
            trainable,
            not_trainable,
            multiply_adds: rows.iter().map(|row| row.multiply_adds).sum(),
            activation_bytes: rows.iter().map(|row| row.activation_bytes).sum(),
            disk_bytes: disk_bytes(graph),
        };
        Self {
            model: graph.name.clone(),
            batch_size: lengths.batch_size,
            length: lengths.source,
            target_length: lengths.target,
            rows,
            total,
        }
    }
}

/// Each number of a matrix product takes as many multiplications and additions as the two matrices share an axis long.
fn multiply_adds(graph: &Graph, node: &Node, lengths: Lengths) -> u128 {
    let last_of = |input: usize| {
        let last = graph.value(node.inputs[input]).shape.0.last().copied();
        lengths.of(last.unwrap_or(Dimension::Fixed(1))) as u128
    };
    match node.operation {
        Operation::Linear | Operation::Unembed | Operation::Scores | Operation::WeightedSum => {
            graph.value(node.output).shape.elements(lengths) * last_of(0)
        }
        _ => 0,
    }
}

/// The size of the file that `parameters_to_safetensors` writes: eight bytes for the length of the header, the header, and four bytes
/// a number. The header is JSON, in the order of the names, filled up with spaces to a multiple of eight bytes.
fn disk_bytes(graph: &Graph) -> u128 {
    let mut parameters: Vec<_> = graph.parameters.iter().collect();
    parameters.sort_by_key(|parameter| &parameter.name);
    let (mut header, mut end) = (r#"{"__metadata__":{}}"#.len() as u128, 0);
    for parameter in parameters {
        let begin = end;
        end += 4 * parameter.elements();
        let shape = parameter.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let name = &parameter.name;
        let entry = format!(r#""{name}":{{"dtype":"F32","shape":[{shape}],"data_offsets":[{begin},{end}]}}"#);
        header += entry.len() as u128 + 1; // and a comma before it
    }
    8 + header.next_multiple_of(8) + end
}

/// A table for people.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { model, batch_size, length, target_length, rows, total } = self;
        let lengths =
            if length == target_length { format!("{length}") } else { format!("{length} and {target_length}") };
        writeln!(f, "{model}, batch size {batch_size}, length {lengths}\n")?;

        let heads =
            ["layer", "operation", "output shape", "parameters", "multiply–adds", "activations"].map(str::to_string);
        let mut table = vec![heads];
        table.extend(rows.iter().map(|row| {
            let (parameters, multiply_adds) = (count(row.parameters), count(row.multiply_adds));
            let operation = row.operation.to_string();
            [
                row.path.clone(),
                operation,
                format!("{:?}", row.shape),
                parameters,
                multiply_adds,
                memory(row.activation_bytes),
            ]
        }));
        let (parameters, multiply_adds) = (count(total.parameters), count(total.multiply_adds));
        table.push([
            "total".to_string(),
            String::new(),
            String::new(),
            parameters,
            multiply_adds,
            memory(total.activation_bytes),
        ]);

        let widths: [usize; 6] = std::array::from_fn(|column| {
            table.iter().map(|cells| cells[column].chars().count()).max().unwrap_or_default()
        });
        let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * (widths.len() - 1));
        for (at, [path, operation, shape, parameters, multiply_adds, memory]) in table.iter().enumerate() {
            let [path_width, operation_width, shape_width, parameters_width, adds_width, memory_width] = widths;
            if at == 1 || at == table.len() - 1 {
                writeln!(f, "{rule}")?;
            }
            writeln!(
                f,
                "{path:<path_width$}  {operation:<operation_width$}  {shape:<shape_width$}  {parameters:>parameters_width$}  \
                 {multiply_adds:>adds_width$}  {memory:>memory_width$}"
            )?;
        }
        writeln!(f)?;
        writeln!(f, "trainable parameters      {}", count_or_0(total.trainable))?;
        if total.not_trainable > 0 {
            writeln!(f, "not trainable             {}", count_or_0(total.not_trainable))?;
        }
        write!(f, "size on disk              {}", memory(total.disk_bytes))
    }
}

/// `16,640`, and nothing to see where there is nothing.
fn count(number: u128) -> String {
    if number == 0 { "–".to_string() } else { count_or_0(number) }
}

fn count_or_0(number: u128) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Bytes, in the unit in which they are a number between 1 and 1024.
fn memory(bytes: u128) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let (mut size, mut unit) = (bytes as f64 / 1024.0, 0);
    while size >= 1024.0 && unit + 1 < units.len() {
        (size, unit) = (size / 1024.0, unit + 1);
    }
    format!("{size:.1} {}", units[unit])
}
