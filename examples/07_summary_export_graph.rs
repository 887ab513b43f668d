//! The three heads of nine from example 04, seen from outside: what their layers hold and cost, as ONNX for other programs, and
//! as a picture.

use std::error::Error;

use burn::tensor::Device;
use headlight_graph::{Graph, Lengths, OnnxOptions, Summary, graph_svg, onnx_bytes};
use headlight_model::{MultiHeadAttentionConfig, parameters_to_safetensors};

fn main() -> Result<(), Box<dyn Error>> {
    let config = MultiHeadAttentionConfig::new(9, 3);
    let attention = config.init(&Device::default());

    // 1. One description, from the configuration alone.
    let graph = Graph::of_attention(&config)?;

    // 2. The summary, for one sequence of two tokens: every layer is listed, attention's own steps included.
    println!("{}\n", Summary::new(&graph, Lengths::new(1, 2)));

    // 3. ONNX: inputs query, key and value, outputs output and weights, for any batch and lengths.
    let options = OnnxOptions { more_outputs: graph.attention.clone(), ..OnnxOptions::default() };
    let onnx = onnx_bytes(&graph, &parameters_to_safetensors(&attention)?, &options)?;
    std::fs::write("attention.onnx", &onnx)?;
    for (what, ids) in [("in ", &graph.inputs), ("out", &graph.outputs), ("out", &graph.attention)] {
        for id in ids {
            let value = graph.value(*id);
            println!("{what}  {:<8} {}", value.name, value.shape);
        }
    }

    // 4. The picture.
    std::fs::write("attention.svg", graph_svg(&graph))?;
    println!("\nattention.onnx opens in Netron, attention.svg in any browser.");
    Ok(())
}
