//! A trace is the forward pass, and its parts add up to what the pass went on with.

mod closeness;
mod device;
mod models;
mod numbers;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;
use closeness::assert_close;
use headlight_model::{
    AttentionKind, AttentionTrace, Head, NormPlacement, Sequences, Stack, Tokens, Trace, Traceable, Transformer,
};
use models::{example, models};
use numbers::numbers;

/// Both inputs, of which the first source and the second target have padding.
fn padded(source: Option<Tokens>, target: Tokens) -> (Option<Tokens>, Tokens) {
    let device = target.ids.device();
    let source = source.map(|source| {
        let flags = [[false, false, true, true, false, false], [false; 6]];
        Tokens { padding: Some(Tensor::from_data(flags, &device)), ..source }
    });
    let flags = [[false; 7], [false, false, false, false, false, true, true]];
    (source, Tokens { padding: Some(Tensor::from_data(flags, &device)), ..target })
}

#[test]
fn the_logits_of_a_trace_are_those_of_the_forward_pass() {
    for config in models() {
        let (model, source, target) = example(&config);
        let (source, target) = padded(source, target);
        let trace = model.trace(source.as_ref(), &target, &[]);
        assert_close(&numbers(model.forward(source.as_ref(), &target)), &numbers(trace.logits.clone()));

        let decoder = trace.decoder.expect("every toy model has a decoder");
        assert_eq!(numbers(model.unembed(decoder.stream)), numbers(trace.logits));
        if let (Some(source), Some(encoder)) = (&source, trace.encoder) {
            assert_close(&numbers(model.encode(source).states), &numbers(encoder.output));
        }
    }
}

#[test]
fn heads_and_feed_forward_layers_add_up_to_the_stream() {
    for config in models() {
        let (model, source, target) = example(&config);
        // Biases are 0 in a fresh model; with them the sum is a harder one to get right.
        let model = model.map(&mut Biases);
        let (source, target) = padded(source, target);
        let trace = model.trace(source.as_ref(), &target, &[]);
        for stack in [Stack::Encoder, Stack::Decoder] {
            match config.norm {
                NormPlacement::Pre => check_sum(&model, &trace, stack),
                NormPlacement::Post => check_normalised_sums(&model, &trace, stack),
            }
        }
    }
}

/// Pre-norm: embedding + Σ attention + Σ feed-forward = the last stream.
fn check_sum(model: &Transformer, trace: &Trace, stack: Stack) {
    let Some(of_stack) = trace.stack(stack) else { return };
    let mut sum = of_stack.embedding.clone();
    for (layer, of_layer) in of_stack.layers.iter().enumerate() {
        assert_close(&numbers(of_layer.before.clone()), &numbers(sum.clone()));
        sum = sum + contributions(model, stack.self_attention(), layer, &of_layer.self_attention);
        if let Some(cross) = &of_layer.cross_attention {
            sum = sum + contributions(model, AttentionKind::Cross, layer, cross);
        }
        sum = sum + of_layer.feed_forward.clone();
    }
    assert_close(&numbers(sum), &numbers(of_stack.stream.clone()));
}

/// Post-norm: after each part, the norm of the stream plus the part.
fn check_normalised_sums(model: &Transformer, trace: &Trace, stack: Stack) {
    let Some(of_stack) = trace.stack(stack) else { return };
    let mut stream = of_stack.embedding.clone();
    for (layer, of_layer) in of_stack.layers.iter().enumerate() {
        let attended = contributions(model, stack.self_attention(), layer, &of_layer.self_attention);
        stream = normalised(stream + attended);
        assert_close(&numbers(of_layer.after_self_attention.clone()), &numbers(stream.clone()));
        if let Some(cross) = &of_layer.cross_attention {
            stream = normalised(stream + contributions(model, AttentionKind::Cross, layer, cross));
        }
        assert_close(&numbers(of_layer.after_attention.clone()), &numbers(stream.clone()));
        stream = normalised(stream + of_layer.feed_forward.clone());
    }
    assert_close(&numbers(stream.clone()), &numbers(of_stack.stream.clone()));
    assert_eq!(numbers(of_stack.output.clone()), numbers(of_stack.stream.clone())); // there is no final norm
}

/// Σ context_h W_O,h + b_O, head by head, by the matrices that the model hands out.
fn contributions(model: &Transformer, kind: AttentionKind, layer: usize, trace: &AttentionTrace) -> Tensor<3> {
    let heads = 0..model.n_heads(kind);
    let of_head = |head: usize| {
        let output = model.head(Head { kind, layer, head }).output; // [d_head, d_model]
        let context: Tensor<3> = trace.context.clone().narrow(1, head, 1).squeeze_dim(1); // [batch_size, queries, d_head]
        context.matmul(output.unsqueeze())
    };
    let sum = heads.map(of_head).reduce(|sum, one| sum + one).expect("a head");
    sum + BIAS // of the output projection, as `Biases` sets it
}

const BIAS: f32 = 0.25;

/// The fresh norm: γ 1, β as `Biases` sets it, ε 1e-5.
fn normalised(stream: Tensor<3>) -> Tensor<3> {
    let mean = stream.clone().mean_dim(2);
    let centred = stream - mean;
    let variance = (centred.clone() * centred.clone()).mean_dim(2);
    centred / (variance + 1e-5).sqrt() + BIAS
}

/// Sets every vector but γ to a constant: the biases of linear layers and the β of norms.
struct Biases;

impl ModuleMapper for Biases {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let is_zero = D == 1 && numbers(param.val()).iter().all(|number| *number == 0.0);
        if is_zero { param.map(|tensor| tensor + BIAS) } else { param }
    }
}

#[test]
fn weights_are_the_softmax_and_context_is_weights_times_values() {
    for config in models() {
        let (model, source, target) = example(&config);
        let trace = model.trace(source.as_ref(), &target, &[]);
        for attention in AttentionKind::ALL.into_iter().flat_map(|kind| trace.attention(kind)) {
            let context = attention.weights.clone().matmul(attention.value.clone());
            assert_close(&numbers(context), &numbers(attention.context.clone()));
            let sums = numbers(attention.weights.clone().sum_dim(3));
            assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-5));
        }
    }
}

#[test]
fn the_trait_says_what_the_model_has_and_traces_it() {
    for config in models() {
        let (model, source, target) = example(&config);
        let has_encoder = model.has_encoder();
        let layers = AttentionKind::ALL.map(|kind| model.n_layers(kind));
        let expected =
            AttentionKind::ALL.map(|kind| if has_encoder || kind == AttentionKind::DecoderSelf { 2 } else { 0 });
        assert_eq!(layers, expected);
        let input = Sequences { source, target };
        let trace = Traceable::trace(&model, &input, &[]);
        assert_eq!(AttentionKind::ALL.map(|kind| trace.attention(kind).len()), expected);
        let logits = model.forward(input.source.as_ref(), &input.target);
        assert_close(&numbers(trace.logits), &numbers(logits));
    }
}

#[test]
fn a_heads_matrices_project_as_the_module_does() {
    let config = models().next().expect("a model");
    let (model, _, target) = example(&config);
    let trace = model.trace(None, &target, &[]);
    let layer = &trace.decoder.as_ref().expect("a decoder").layers[0];
    let (kind, read) = (AttentionKind::DecoderSelf, fresh_norm(layer.before.clone()));
    for head in 0..model.n_heads(kind) {
        let matrices = model.head(Head { kind, layer: 0, head });
        let of_head = |tensor: &Tensor<4>| numbers(tensor.clone().narrow(1, head, 1));
        let projected = |matrix: Tensor<2>| numbers(read.clone().matmul(matrix.unsqueeze()));
        assert_close(&projected(matrices.query), &of_head(&layer.self_attention.query));
        assert_close(&projected(matrices.key), &of_head(&layer.self_attention.key));
        assert_close(&projected(matrices.value), &of_head(&layer.self_attention.value));
    }
}

/// The norm of a fresh model: γ 1, β 0.
fn fresh_norm(stream: Tensor<3>) -> Tensor<3> {
    normalised(stream) - BIAS
}
