//! Norms, embedding, output layer and biases as the lens reads them compute what the model computes, and shares add up.

mod closeness;
mod device;
mod models;
mod numbers;

use burn::module::Module;
use burn::tensor::Tensor;
use closeness::assert_close;
use headlight_model::{
    AttentionKind, AttentionTrace, Head, NormPlacement, NormSite, Stack, Tokens, Trace, Traceable, Transformer,
    TransformerConfig, rotate,
};
use models::{Uneven, example, models, other_tokens};
use numbers::numbers;

/// A model whose vectors are neither 0 nor 1, what it read, and what it computed.
fn traced(config: &TransformerConfig) -> (Transformer, Tokens, Trace) {
    let (model, source, target) = example(config);
    let model = model.map(&mut Uneven);
    let trace = model.trace(source.as_ref(), &target, &[]);
    (model, target, trace)
}

#[test]
fn final_norm_and_output_layer_give_the_logits() {
    for config in models() {
        let (model, _, trace) = traced(&config);
        let stream = &trace.decoder.as_ref().expect("a decoder").stream;
        let normalised = match model.norm(NormSite::Final(Stack::Decoder)) {
            Some(norm) => norm.forward(stream.clone()),
            None => stream.clone(),
        };
        assert_eq!(config.norm == NormPlacement::Post, model.norm(NormSite::Final(Stack::Decoder)).is_none());
        let unembedding = model.unembedding().expect("its output layer is linear");
        let logits = unembedding.share(normalised);
        let logits = match unembedding.bias {
            Some(bias) => logits + bias.unsqueeze(),
            None => logits,
        };
        assert_close(&numbers(logits), &numbers(trace.logits));
    }
}

#[test]
fn shares_of_the_parts_of_a_stream_add_up_to_its_norm() {
    for config in models() {
        let (model, _, trace) = traced(&config);
        let layer = &trace.decoder.as_ref().expect("a decoder").layers[1];
        let norm = model.norm(NormSite::FeedForward(Stack::Decoder, 1)).expect("a norm in every layer");
        let whole = layer.before.clone() + layer.feed_forward.clone();
        let parts = [layer.before.clone(), layer.feed_forward.clone()].map(|part| norm.share(&whole, part));
        let bias = norm.beta.as_ref().expect("every norm of ours has β").val();
        let sum = parts.into_iter().reduce(|sum, part| sum + part).expect("two parts") + bias.unsqueeze();
        assert_close(&numbers(sum), &numbers(norm.forward(whole)));
    }
}

#[test]
fn a_heads_matrices_and_biases_give_its_queries_keys_and_values() {
    for config in models() {
        let (model, _, trace) = traced(&config);
        for stack in [Stack::Encoder, Stack::Decoder] {
            let Some(of_stack) = trace.stack(stack) else { continue };
            for (layer, of_layer) in of_stack.layers.iter().enumerate() {
                let norm = model.norm(NormSite::SelfAttention(stack, layer)).expect("a norm in every layer");
                let read = match model.norm_placement() {
                    NormPlacement::Pre => norm.forward(of_layer.before.clone()),
                    NormPlacement::Post => of_layer.before.clone(),
                };
                check_self_attention(&model, stack.self_attention(), layer, &read, &of_layer.self_attention);
                if let Some(cross) = &of_layer.cross_attention {
                    let norm = model.norm(NormSite::CrossAttention(layer)).expect("a norm at cross attention");
                    let read = match model.norm_placement() {
                        NormPlacement::Pre => norm.forward(of_layer.after_self_attention.clone()),
                        NormPlacement::Post => of_layer.after_self_attention.clone(),
                    };
                    let head = model.head(Head { kind: AttentionKind::Cross, layer, head: 2 });
                    let [bias, ..] = head.biases.expect("biases");
                    let query = read.matmul(head.query.unsqueeze()) + bias.unsqueeze();
                    assert_close(&numbers(query), &numbers(cross.query.clone().narrow(1, 2, 1)));
                    assert!(head.rotary.is_none());
                }
            }
        }
    }
}

fn check_self_attention(model: &Transformer, kind: AttentionKind, layer: usize, read: &Tensor<3>, of: &AttentionTrace) {
    let mut output = Tensor::<3>::zeros(of.output.dims(), &of.output.device());
    for head in 0..model.n_heads(kind) {
        let matrices = model.head(Head { kind, layer, head });
        let biases = matrices.biases.expect("biases");
        let projections = [(matrices.query, &of.query), (matrices.key, &of.key), (matrices.value, &of.value)];
        for (nth, ((matrix, expected), bias)) in projections.into_iter().zip(biases).enumerate() {
            let projected: Tensor<4> = (read.clone().matmul(matrix.unsqueeze()) + bias.unsqueeze()).unsqueeze_dim(1);
            let is_rotated = matrices.rotary.is_some() && nth < 2;
            let projected = if is_rotated { rotate(projected, 0) } else { projected };
            assert_close(&numbers(projected), &numbers(expected.clone().narrow(1, head, 1)));
        }
        let context: Tensor<3> = of.context.clone().narrow(1, head, 1).squeeze_dim(1);
        output = output + context.matmul(matrices.output.unsqueeze());
    }
    let bias = model.output_bias(kind, layer).expect("b_O");
    assert_close(&numbers(output + bias.unsqueeze()), &numbers(of.output.clone()));
}

#[test]
fn the_embedding_is_the_tokens_vector_and_a_position_encoding_that_no_token_changes() {
    for config in models() {
        let (model, target, trace) = traced(&config);
        let table = model.token_embedding(Stack::Decoder); // [vocab_size, d_model]
        let positions = |ids: &Tokens, trace: &Trace| {
            let [batch_size, seq_length] = ids.ids.dims();
            let tokens = table.clone().select(0, ids.ids.clone().reshape([-1]));
            let tokens = tokens.reshape([batch_size, seq_length, config.d_model]);
            numbers(trace.decoder.as_ref().expect("a decoder").embedding.clone() - tokens)
        };
        let (_, source, _) = example(&config);
        let others = other_tokens(&target, 0..7);
        let other_trace = model.trace(source.as_ref(), &others, &[]);
        assert_close(&positions(&target, &trace), &positions(&others, &other_trace));
    }
}
