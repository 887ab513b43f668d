//! What the picture shows, and that nothing in it lies on something else.

use headlight_graph::{Graph, graph_svg};
use headlight_model::{Architecture, TransformerConfig};

fn graph(architecture: Architecture, n_layers: usize) -> Graph {
    let config = TransformerConfig { architecture, max_length: 21, n_layers, ..TransformerConfig::decoder(18) };
    Graph::of_transformer(&config).expect("a sound configuration")
}

#[test]
fn equal_blocks_are_drawn_once() {
    let (one, many) =
        (graph_svg(&graph(Architecture::EncoderDecoder, 2)), graph_svg(&graph(Architecture::EncoderDecoder, 9)));
    assert!(one.contains("decoder block × 2") && one.contains("encoder block × 2"), "{one}");
    assert_eq!(one.replace("block × 2", "block × 9"), many);
    assert!(graph_svg(&graph(Architecture::Decoder, 1)).contains("decoder block 0"));
}

#[test]
fn blocks_that_differ_are_drawn_apart() {
    use headlight_graph::Operation;
    for (path, operation) in [
        ("decoder.blocks.1.feed_forward.relu", Operation::Gelu),
        ("decoder.blocks.1.norm_attention", Operation::LayerNorm { epsilon: 0.5 }),
    ] {
        let mut graph = graph(Architecture::Decoder, 2);
        graph.nodes.iter_mut().find(|node| node.path == path).expect("it is there").operation = operation;
        let svg = graph_svg(&graph);
        assert!(svg.contains("decoder block 0") && svg.contains("decoder block 1"), "{operation:?}: {svg}");
    }
}

#[test]
fn attention_is_opened_up_and_arrows_say_their_shapes() {
    let svg = graph_svg(&graph(Architecture::Decoder, 2));
    for text in
        ["self-attention, 4 heads of 16", "Q Kᵀ / √16", "softmax", "B × 4 × L × L", "B × L × 64", "tokens", "logits"]
    {
        assert!(svg.contains(text), "no {text}");
    }
    assert!(svg.contains("B = batch_size") && svg.contains("L = seq_length"));
}

#[test]
fn equal_graphs_give_equal_bytes() {
    let draw = || graph_svg(&graph(Architecture::EncoderDecoder, 2));
    let first = draw();
    assert!((0..3).all(|_| draw() == first));
}

#[test]
fn boxes_do_not_overlap_and_lie_in_the_picture() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        let svg = graph_svg(&graph(architecture, 2));
        let number = |line: &str, name: &str| -> f64 {
            let rest = line.split_once(&format!(" {name}=\"")).expect("the attribute").1;
            rest.split_once('"').expect("its end").0.parse().expect("a number")
        };
        let [width, height] = ["width", "height"].map(|name| number(svg.lines().next().expect("a line"), name));
        // Boxes are the rectangles behind whose name, in the larger size, stands in their middle.
        let lines: Vec<&str> = svg.lines().collect();
        let is_box = |at: usize| lines[at].starts_with("<rect x") && lines[at + 1].contains("font-size=\"14\"");
        let boxes: Vec<[f64; 4]> = (0..lines.len() - 1)
            .filter(|at| is_box(*at))
            .map(|at| ["x", "y", "width", "height"].map(|name| number(lines[at], name)))
            .collect();
        assert!(boxes.len() > 20, "only {} boxes", boxes.len());
        for (at, [x, y, w, h]) in boxes.iter().enumerate() {
            assert!(*x >= 0.0 && *y >= 0.0 && x + w <= width && y + h <= height, "box {at} leaves the picture");
            for [x2, y2, w2, h2] in &boxes[at + 1..] {
                let apart = x + w <= *x2 || x2 + w2 <= *x || y + h <= *y2 || y2 + h2 <= *y;
                assert!(apart, "{:?} and {:?} overlap", [x, y, w, h], [x2, y2, w2, h2]);
            }
        }
    }
}
