//! A graph and its parameters as an ONNX file.

mod lower;
mod proto;
#[expect(missing_docs, reason = "generated from the official schema, which documents it")]
#[rustfmt::skip]
pub mod schema;

use prost::Message;
use schema::{GraphProto, ModelProto, OperatorSetIdProto, StringStringEntryProto};

use self::lower::Lowering;
use crate::parameters::SavedParameters;
use crate::{Graph, GraphError, ValueId};

/// The versions of ONNX's operators that a file can be written for. 17 brought LayerNormalization; up to 23 no operator that we
/// use has changed its meaning.
pub const OPSETS: std::ops::RangeInclusive<i64> = 17..=23;

/// How an ONNX file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnnxOptions {
    /// The version of ONNX's operators, one of [`OPSETS`].
    pub opset: i64,
    /// Values to give out besides the graph's outputs, such as [`Graph::attention`].
    pub more_outputs: Vec<ValueId>,
    /// What else a reader of the file should know: names and texts.
    pub metadata: Vec<(String, String)>,
}

impl Default for OnnxOptions {
    fn default() -> Self {
        Self { opset: *OPSETS.start(), more_outputs: Vec::new(), metadata: Vec::new() }
    }
}

/// A graph with its parameters as the bytes of an ONNX file. Equal graphs and parameters give equal bytes.
///
/// Free axes stay free: they become symbols of the file, and masks and positions are computed in it from the length of what
/// comes in. `weights` are what [`parameters_to_safetensors`](headlight_model::parameters_to_safetensors) wrote. Dropout does not act
/// in inference, and so is not in the file.
///
/// # Errors
///
/// When the opset is unknown, the parameters are damaged or another model's, or the file would be larger than ONNX allows.
pub fn onnx_bytes(graph: &Graph, parameters: &[u8], options: &OnnxOptions) -> Result<Vec<u8>, GraphError> {
    /// A protobuf message is smaller than 2 GiB, and a few megabytes are for everything but the parameters.
    const MAX_WEIGHT_BYTES: u128 = (1 << 31) - (1 << 24);

    if !OPSETS.contains(&options.opset) {
        return Err(GraphError::Opset { opset: options.opset, known: (*OPSETS.start(), *OPSETS.end()) });
    }
    let bytes = 4 * graph.parameters.iter().map(crate::Parameter::elements).sum::<u128>();
    if bytes > MAX_WEIGHT_BYTES {
        return Err(GraphError::TooLarge { bytes });
    }
    let saved = SavedParameters::read(parameters, graph)?;

    let mut lowering = Lowering::new(graph, options.opset);
    for node in &graph.nodes {
        lowering.node(node);
    }
    let Lowering { nodes, constants, .. } = lowering;
    let parameters = graph.parameters.iter().map(|parameter| {
        proto::tensor(&parameter.name, proto::Type::Float, &parameter.shape, saved.of(parameter).to_vec())
    });
    let value_info = |id: &ValueId| proto::value_info(graph.value(*id));
    let (inputs, outputs) = (&graph.inputs, [graph.outputs.as_slice(), &options.more_outputs].concat());
    let between = graph.nodes.iter().map(|node| node.output).filter(|output| !outputs.contains(output));
    let graph_proto = GraphProto {
        name: Some(graph.name.clone()),
        node: nodes,
        initializer: parameters.chain(constants).collect(),
        input: inputs.iter().map(value_info).collect(),
        output: outputs.iter().map(value_info).collect(),
        value_info: between.map(|id| proto::value_info(graph.value(id))).collect(),
        ..Default::default()
    };
    let entry =
        |(key, value): &(String, String)| StringStringEntryProto { key: Some(key.clone()), value: Some(value.clone()) };
    let model = ModelProto {
        ir_version: Some(ir_version(options.opset)),
        producer_name: Some("headlight".to_string()),
        producer_version: Some(env!("CARGO_PKG_VERSION").to_string()),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(options.opset) }],
        metadata_props: options.metadata.iter().map(entry).collect(),
        graph: Some(graph_proto),
        ..Default::default()
    };
    Ok(model.encode_to_vec())
}

/// The version of the file format that ONNX released together with an opset.
fn ir_version(opset: i64) -> i64 {
    match opset {
        ..=18 => 8,
        19..=20 => 9,
        21..=22 => 10,
        _ => 11,
    }
}
