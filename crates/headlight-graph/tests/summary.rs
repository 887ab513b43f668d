//! The numbers of a summary, against formulas derived by hand and against the models themselves.

use burn::module::Module;
use burn::tensor::Device;
use headlight_graph::{Graph, Lengths, Row, Summary};
use headlight_model::{
    Architecture, MultiHeadAttentionConfig, NormPlacement, Positions, TransformerConfig, parameters_to_safetensors,
};

fn config(architecture: Architecture) -> TransformerConfig {
    TransformerConfig { architecture, max_length: 21, ..TransformerConfig::decoder(18) }
}

/// Every choice that changes which parameters there are.
fn all_configs() -> Vec<TransformerConfig> {
    let mut all = Vec::new();
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        for positions in [Positions::Sinusoidal, Positions::Learned, Positions::Rotary, Positions::None] {
            for (norm, tie_weights) in [(NormPlacement::Pre, false), (NormPlacement::Post, true)] {
                all.push(TransformerConfig { positions, norm, tie_weights, ..config(architecture) });
            }
        }
    }
    all
}

fn row<'a>(summary: &'a Summary, path: &str) -> &'a Row {
    summary.rows.iter().find(|row| row.path == path).unwrap_or_else(|| panic!("no row {path}"))
}

#[test]
fn three_heads_of_nine_have_360_parameters() {
    let config = MultiHeadAttentionConfig::new(9, 3);
    let summary = Summary::new(&Graph::of_attention(&config).expect("a sound configuration"), Lengths::new(1, 2));
    let paths: Vec<_> = summary.rows.iter().map(|row| row.path.as_str()).collect();
    assert_eq!(paths, ["query", "key", "value", "scores", "softmax", "context", "output"]);
    assert_eq!(summary.total.parameters, 360);
    // Four layers of 2 × 9 × 9, and twice 3 heads × 2 queries × 2 keys × 3.
    assert_eq!(summary.total.multiply_adds, 4 * 162 + 2 * 36);
    // Floats: four linear layers and the context of 18, scores and softmax of 12.
    assert_eq!(summary.total.activation_bytes, 4 * (5 * 18 + 2 * 12));
}

#[test]
fn a_decoder_costs_what_the_formula_says() {
    let (b, l, d, f, v, n) = (3, 17, 64, 256, 18, 2);
    let config = config(Architecture::Decoder);
    let graph = Graph::of_transformer(&config).expect("a sound configuration");
    let summary = Summary::new(&graph, Lengths::new(3, 17));
    // Per layer: four projections, two products over all pairs, two feed-forward layers; then the output layer.
    assert_eq!(
        summary.total.multiply_adds,
        n * (4 * b * l * d * d + 2 * b * l * l * d + 2 * b * l * d * f) + b * l * d * v
    );
    assert_eq!(summary.total.parameters, n * (4 * (d * d + d) + 2 * d * f + f + d + 4 * d) + 2 * d + 2 * v * d + v);
    let scores = row(&summary, "decoder.blocks.1.self_attention.scores");
    assert_eq!((scores.shape.as_slice(), scores.activation_bytes), (&[3, 4, 17, 17][..], 4 * 3 * 4 * 17 * 17));
}

#[test]
fn cross_attention_costs_source_times_target() {
    let graph = Graph::of_transformer(&config(Architecture::EncoderDecoder)).expect("a sound configuration");
    let summary = Summary::new(&graph, Lengths { batch_size: 2, source: 7, target: 5 });
    let at = |part: &str| row(&summary, &format!("decoder.blocks.0.cross.attention.{part}"));
    assert_eq!(at("scores").shape, [2, 4, 5, 7]);
    assert_eq!(at("scores").multiply_adds, 2 * 5 * 7 * 64);
    assert_eq!(at("query").multiply_adds, 2 * 5 * 64 * 64);
    assert_eq!(at("key").multiply_adds, 2 * 7 * 64 * 64);
}

#[test]
fn every_parameter_and_byte_on_disk_is_the_models_own() {
    let device = Device::default();
    for config in all_configs() {
        let model = config.init(&device);
        let graph = Graph::of_transformer(&config).expect("a sound configuration");
        let total = Summary::new(&graph, Lengths::new(1, 1)).total;
        assert_eq!(total.parameters, model.num_params() as u128, "{config:?}");
        let bytes = parameters_to_safetensors(&model).expect("weights");
        assert_eq!(total.disk_bytes, bytes.len() as u128, "{config:?}");
    }
}

#[test]
fn frozen_parameters_are_told_apart() {
    let mut graph = Graph::of_transformer(&config(Architecture::Decoder)).expect("a sound configuration");
    let before = Summary::new(&graph, Lengths::new(1, 1)).total;
    assert_eq!((before.trainable, before.not_trainable), (before.parameters, 0));
    graph.parameters.iter_mut().filter(|p| p.name.starts_with("decoder.embedding.")).for_each(|p| p.trainable = false);
    let after = Summary::new(&graph, Lengths::new(1, 1)).total;
    assert_eq!((after.trainable, after.not_trainable), (before.parameters - 18 * 64, 18 * 64));
    assert!(Summary::new(&graph, Lengths::new(1, 1)).to_string().contains("not trainable             1,152\n"));
}

#[test]
fn the_table_says_what_each_layer_does_and_nothing_about_what_there_is_not() {
    let graph = Graph::of_transformer(&config(Architecture::Decoder)).expect("a sound configuration");
    let table = Summary::new(&graph, Lengths::new(1, 5)).to_string();
    let context = table.lines().find(|line| line.contains("self_attention.context")).expect("a row");
    assert!(context.contains("weighted sum"), "{context}");
    assert!(!table.contains("not trainable"), "{table}");
}

#[test]
fn rotary_angles_take_four_bytes_each() {
    let config = TransformerConfig { positions: Positions::Rotary, ..config(Architecture::Decoder) };
    let summary = Summary::new(&Graph::of_transformer(&config).expect("a sound configuration"), Lengths::new(3, 17));
    let angles = row(&summary, "decoder.angles");
    assert_eq!((angles.shape.as_slice(), angles.activation_bytes), (&[17, 8][..], 4 * 17 * 8));
}

#[test]
fn torchinfo_and_fvcore_count_the_same() {
    let reference: serde_json::Value =
        serde_json::from_str(include_str!("reference_figures.json")).expect("checks/reference_figures.py wrote it");
    let graph = Graph::of_transformer(&config(Architecture::Decoder)).expect("a sound configuration");
    let figures = reference["figures"].as_array().expect("a list");
    assert_eq!(figures.len(), 3);
    for figure in figures {
        let number = |name: &str| figure[name].as_u64().expect("a number");
        let lengths = Lengths::new(number("batch_size") as usize, number("length") as usize);
        let total = Summary::new(&graph, lengths).total;
        assert_eq!(total.parameters, u128::from(number("parameters")));
        assert_eq!(total.trainable, u128::from(number("trainable")));
        assert_eq!(total.multiply_adds, u128::from(number("multiply_adds")), "{lengths:?}");
    }
}
