//! The structure of ONNX files. That their numbers are right is for `checks/`, with onnxruntime.

use std::collections::HashSet;

use burn::tensor::Device;
use headlight_graph::schema::type_proto;
use headlight_graph::schema::{ModelProto, ValueInfoProto, tensor_shape_proto::dimension};
use headlight_graph::{Graph, GraphError, OPSETS, OnnxOptions, onnx_bytes, pytorch_parameters};
use headlight_model::{
    Activation, Architecture, MultiHeadAttentionConfig, NormPlacement, Positions, TransformerConfig,
    parameters_to_safetensors,
};
use prost::Message;
use safetensors::SafeTensors;

fn config(architecture: Architecture) -> TransformerConfig {
    TransformerConfig { architecture, max_length: 9, d_model: 8, n_heads: 2, d_ff: 12, ..TransformerConfig::decoder(7) }
}

fn parameters(config: &TransformerConfig) -> Vec<u8> {
    parameters_to_safetensors(&config.init(&Device::default())).expect("parameters")
}

fn export(graph: &Graph, parameters: &[u8]) -> ModelProto {
    let options = OnnxOptions {
        more_outputs: graph.attention.clone(),
        metadata: vec![("task".to_string(), "copy".to_string())],
        ..OnnxOptions::default()
    };
    ModelProto::decode(onnx_bytes(graph, parameters, &options).expect("an export").as_slice()).expect("protobuf")
}

/// A value's name, and its axes as text.
fn described(value: &ValueInfoProto) -> String {
    let Some(type_proto::Value::TensorType(tensor)) = value.r#type.as_ref().and_then(|kind| kind.value.clone()) else {
        panic!("{} is not a tensor", value.name())
    };
    let axes = tensor.shape.expect("a shape").dim.into_iter().map(|dim| match dim.value.expect("a length or a name") {
        dimension::Value::DimValue(length) => length.to_string(),
        dimension::Value::DimParam(name) => name,
    });
    format!("{} {} [{}]", value.name(), tensor.elem_type.unwrap_or_default(), axes.collect::<Vec<_>>().join(", "))
}

#[test]
fn inputs_and_outputs_have_names_and_free_axes() {
    let config = config(Architecture::EncoderDecoder);
    let model = export(&Graph::of_transformer(&config).expect("sound"), &parameters(&config));
    let graph = model.graph.expect("a graph");
    let inputs: Vec<_> = graph.input.iter().map(described).collect();
    assert_eq!(inputs, ["source 7 [batch_size, source_length]", "target 7 [batch_size, target_length]"]); // 7: int64
    let outputs: Vec<_> = graph.output.iter().map(described).collect();
    assert_eq!(
        outputs,
        [
            "logits 1 [batch_size, target_length, 7]", // 1: float32
            "encoder_self_0 1 [batch_size, 2, source_length, source_length]",
            "encoder_self_1 1 [batch_size, 2, source_length, source_length]",
            "decoder_self_0 1 [batch_size, 2, target_length, target_length]",
            "cross_0 1 [batch_size, 2, target_length, source_length]",
            "decoder_self_1 1 [batch_size, 2, target_length, target_length]",
            "cross_1 1 [batch_size, 2, target_length, source_length]",
        ]
    );
    assert_eq!((model.opset_import[0].version(), model.ir_version), (17, Some(8)));
    let metadata: Vec<_> = model.metadata_props.iter().map(|entry| (entry.key(), entry.value())).collect();
    assert_eq!(metadata, [("task", "copy")]);
}

#[test]
fn every_name_is_made_before_it_is_read_and_only_once() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        for positions in
            [Positions::Sinusoidal, Positions::Learned, Positions::Rotary, Positions::Alibi, Positions::None]
        {
            for (norm, activation, tie_weights) in
                [(NormPlacement::Pre, Activation::Relu, false), (NormPlacement::Post, Activation::Gelu, true)]
            {
                let config = TransformerConfig { positions, norm, activation, tie_weights, ..config(architecture) };
                if config.check().is_err() {
                    continue; // ALiBi is for a decoder alone
                }
                let graph =
                    export(&Graph::of_transformer(&config).expect("sound"), &parameters(&config)).graph.expect("graph");
                let mut known: HashSet<&str> = HashSet::new();
                for name in graph.input.iter().map(|v| v.name()).chain(graph.initializer.iter().map(|t| t.name())) {
                    assert!(known.insert(name), "{name} is there twice");
                }
                for node in &graph.node {
                    assert!(
                        node.input.iter().all(|name| known.contains(name.as_str())),
                        "{} reads too early",
                        node.name()
                    );
                    assert!(known.insert(&node.output[0]), "{} is made twice", node.output[0]);
                }
                assert!(graph.output.iter().all(|output| known.contains(output.name())));
            }
        }
    }
}

#[test]
fn parameters_keep_their_names_and_numbers() {
    let config = config(Architecture::Decoder);
    let weights = parameters(&config);
    let graph = export(&Graph::of_transformer(&config).expect("sound"), &weights).graph.expect("a graph");
    for (name, tensor) in SafeTensors::deserialize(&weights).expect("safetensors").tensors() {
        let found = graph.initializer.iter().find(|initializer| initializer.name() == name);
        assert_eq!(found.and_then(|found| found.raw_data.as_deref()), Some(tensor.data()), "{name}");
    }
}

#[test]
fn what_cannot_be_written_is_refused_by_name() {
    let config = config(Architecture::Decoder);
    let (graph, weights) = (Graph::of_transformer(&config).expect("sound"), parameters(&config));
    for opset in [i64::MIN, 0, OPSETS.start() - 1, OPSETS.end() + 1, i64::MAX] {
        let error =
            onnx_bytes(&graph, &weights, &OnnxOptions { opset, ..OnnxOptions::default() }).expect_err("refused");
        assert_eq!(error.to_string(), format!("unknown opset {opset}: choose one from 17 to 23"));
    }
    let other = TransformerConfig { d_ff: 13, ..config.clone() };
    let graph = Graph::of_transformer(&other).expect("sound");
    let error = onnx_bytes(&graph, &weights, &OnnxOptions::default()).expect_err("refused");
    assert!(error.to_string().contains("decoder.blocks.0.feed_forward.up.weight is [8, 12] there"), "{error}");
    for broken in [&weights[..weights.len() - 1], &weights[..4], b"no safetensors at all"] {
        let errors = [onnx_bytes(&graph, broken, &OnnxOptions::default()), pytorch_parameters(&graph, broken)]
            .map(Result::unwrap_err);
        for error in errors {
            assert!(matches!(error, GraphError::Damaged(_)), "{error:?}");
            assert!(error.to_string().starts_with("the parameters are damaged: "), "{error}");
        }
    }
    let huge = TransformerConfig { d_model: 8192, n_heads: 8, d_ff: 65_536, ..config };
    let graph = Graph::of_transformer(&huge).expect("sound");
    let error = onnx_bytes(&graph, &[], &OnnxOptions::default()).expect_err("refused");
    assert!(matches!(error, GraphError::TooLarge { .. }), "{error}");
}

#[test]
fn pytorch_names_come_back_through_with_pytorch_state() {
    let plain = MultiHeadAttentionConfig { seed: 5, ..MultiHeadAttentionConfig::new(8, 2) };
    for config in [plain.clone(), MultiHeadAttentionConfig { kdim: 3, vdim: 6, ..plain.clone() }] {
        let module = config.init(&Device::default());
        let ours = parameters_to_safetensors(&module).expect("parameters");
        let graph = Graph::of_attention(&config).expect("sound");
        let theirs = pytorch_parameters(&graph, &ours).expect("an export");
        let fresh = MultiHeadAttentionConfig { seed: 6, ..config }.init(&Device::default());
        let back = fresh.with_pytorch_state(&theirs, "").expect("PyTorch's names and shapes");
        assert_eq!(parameters_to_safetensors(&back).expect("parameters"), ours);
    }
}

#[test]
fn a_transformers_layers_have_pytorchs_names() {
    let config = config(Architecture::EncoderDecoder);
    let bytes =
        pytorch_parameters(&Graph::of_transformer(&config).expect("sound"), &parameters(&config)).expect("an export");
    let tensors = SafeTensors::deserialize(&bytes).expect("safetensors");
    for (name, shape) in [
        ("encoder.embedding.weight", &[7, 8][..]),
        ("encoder.layers.1.self_attn.in_proj_weight", &[24, 8]),
        ("encoder.layers.1.norm2.weight", &[8]),
        ("encoder.norm.bias", &[8]),
        ("decoder.layers.0.multihead_attn.out_proj.bias", &[8]),
        ("decoder.layers.0.linear1.weight", &[12, 8]),
        ("decoder.layers.0.norm3.bias", &[8]),
        ("decoder.output.weight", &[7, 8]),
    ] {
        assert_eq!(tensors.tensor(name).unwrap_or_else(|_| panic!("no {name}")).shape(), shape, "{name}");
    }
}

#[test]
fn parameters_for_pytorch_say_what_the_model_is_made_of() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        for (positions, norm, activation, tie_weights) in [
            (Positions::Sinusoidal, NormPlacement::Pre, Activation::Relu, false),
            (Positions::Learned, NormPlacement::Post, Activation::Relu, true),
            (Positions::Rotary, NormPlacement::Pre, Activation::Gelu, true),
            (Positions::Alibi, NormPlacement::Post, Activation::Gelu, false),
            (Positions::None, NormPlacement::Pre, Activation::Relu, true),
        ] {
            let config = TransformerConfig { positions, norm, activation, tie_weights, ..config(architecture) };
            let Ok(graph) = Graph::of_transformer(&config) else { continue }; // ALiBi is for a decoder alone
            let weights = parameters(&config);
            let bytes = pytorch_parameters(&graph, &weights).expect("an export");
            assert!(pytorch_parameters(&graph, &weights).expect("an export") == bytes, "other bytes the second time");
            let (_, header) = SafeTensors::read_metadata(&bytes).expect("safetensors");
            let metadata = header.metadata().as_ref().expect("metadata");
            let said: serde_json::Value = serde_json::from_str(&metadata["model"]).expect("JSON");
            let meant = serde_json::to_value(&config).expect("JSON");
            for name in ["architecture", "positions", "norm", "activation", "n_heads", "tie_weights"] {
                assert_eq!(said[name], meant[name], "{name} of {config:?}");
            }
        }
    }
}
