//! A compiled program takes every intervention, and hands the lens parts that add up.

use burn::tensor::{Bool, Int, Tensor};
use headlight_model::{
    At, AttentionKind, Head, Intervention, NewWeights, NormSite, Sequences, Site, Stack, Tokens, Traceable,
};
use headlight_pretrained::Compiled;

use crate::device::device;
use crate::golden::{Golden, decoded, input};

const HEAD: Head = Head { kind: AttentionKind::EncoderSelf, layer: 0, head: 0 };

fn tokens(text: &str, model: &Compiled) -> Sequences {
    let tokens: Vec<String> = text.split(' ').map(str::to_owned).collect();
    input(&tokens, model)
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("f32")
}

fn assert_close(found: &[f32], expected: &[f32]) {
    let close = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= 1e-5);
    assert!(close && found.len() == expected.len(), "{found:?} is not {expected:?}");
}

#[test]
fn logits_are_the_sum_of_what_each_part_writes() {
    let device = device();
    for name in ["reverse", "shuffle_dyck"] {
        let model = Golden::read(name).compiled(&device);
        let first = &model.program().questions[1];
        let words: Vec<String> = first.tokens.iter().map(|token| model.program().tokens[*token].clone()).collect();
        let trace = model.trace(&input(&words, &model), &[]);
        let stack = trace.encoder.as_ref().expect("it is not causal");
        let kind = model.attention_kind();
        let mut sum = stack.embedding.clone();
        for (layer, trace) in stack.layers.iter().enumerate() {
            for head in 0..model.n_heads(kind) {
                let output = model.head(Head { kind, layer, head }).output; // [d_head, d_model]
                let context = trace.self_attention.context.clone().narrow(1, head, 1).squeeze_dim::<3>(1);
                sum = sum + context.matmul(output.unsqueeze());
            }
            let bias = model.output_bias(kind, layer).expect("programs have biases");
            sum = sum + bias.unsqueeze() + trace.feed_forward.clone();
        }
        assert!(model.norm(NormSite::Final(model.output_stack())).is_none(), "nothing is normalised on the way");
        assert_close(&numbers(model.unembedding().expect("it is linear").share(sum)), &numbers(trace.logits));
        // A head projects the stream with its own matrices and biases.
        let head = model.head(Head { kind, layer: 0, head: model.n_heads(kind) - 1 });
        let [query, ..] = head.biases.expect("programs have biases");
        let projected = stack.layers[0].before.clone().matmul(head.query.unsqueeze()) + query.unsqueeze();
        let traced = stack.layers[0].self_attention.query.clone();
        assert_close(&numbers(projected), &numbers(traced.narrow(1, model.n_heads(kind) - 1, 1)));
    }
}

#[test]
fn the_embedding_is_a_token_and_a_position() {
    let device = device();
    let model = Golden::read("previous").compiled(&device);
    let [ab, cb] = ["BOS a b", "BOS c b"]
        .map(|text| numbers(model.trace(&tokens(text, &model), &[]).encoder.expect("an encoder").embedding));
    let table = model.token_embedding(Stack::Encoder);
    let [_, d_model] = table.dims();
    let row = |token: &str| {
        let token = model.program().token(token).expect("it is known");
        numbers(table.clone().narrow(0, token, 1))
    };
    let change: Vec<f32> = row("c").iter().zip(row("a")).map(|(c, a)| c - a).collect();
    let found: Vec<f32> = cb.iter().zip(&ab).map(|(new, old)| new - old).collect();
    assert_close(&found[d_model..2 * d_model], &change);
    assert!(found[..d_model].iter().chain(&found[2 * d_model..]).all(|number| *number == 0.0));
    assert_eq!(model.directions().len(), d_model);
}

#[test]
fn every_intervention_acts() {
    let device = device();
    let model = Golden::read("previous").compiled(&device);
    let input = tokens("BOS a b c", &model);
    let answer = |intervention: Intervention| {
        decoded(model.trace(&input, &[intervention]).logits, model.program())[1..].join(" ")
    };
    let plain = decoded(model.trace(&input, &[]).logits, model.program());
    assert_eq!(plain[2..], ["a", "b"], "the token before");

    // Attention one token further on: every position answers with itself.
    let order = Tensor::<2, Int>::from_data([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 2]], &device);
    let order = Intervention::Weights { head: HEAD, weights: NewWeights::Permuted(order) };
    assert!(answer(order).ends_with("b c"));
    // The right key cut: the rest of the keys share the weight, and the answer is one of their tokens.
    let cut = Intervention::Cut { head: HEAD, query: 3, key: 2 };
    assert!(!answer(cut).ends_with('b'));
    // The head switched off, in two ways: no answer has a logit, and the first is as good as any.
    let gate = Intervention::Gate { kind: HEAD.kind, layer: 0, gate: Tensor::zeros([1, 1], &device) };
    let zeros = |site| Intervention::Replace { site, at: At::Everywhere, value: Tensor::zeros([1, 1, 1], &device) };
    assert_eq!([gate, zeros(Site::Context(HEAD))].map(answer), ["a a a"; 2]);
    // The stream of another input, before the layer and after it.
    let other = model.trace(&tokens("BOS d e a", &model), &[]);
    let stack = other.encoder.expect("an encoder");
    for (layer, stream) in [stack.embedding, stack.stream].into_iter().enumerate() {
        let site = Site::Stream(Stack::Encoder, layer);
        assert!(answer(Intervention::Replace { site, at: At::Everywhere, value: stream }).ends_with("d e"));
    }
    // A feed-forward layer that writes an answer.
    let direction = model.directions().iter().position(|name| name.starts_with("previous") && name.ends_with(":e"));
    let mut written = vec![0.0_f32; model.directions().len()];
    written[direction.expect("an output has a direction")] = 2.0;
    let value = Tensor::<1>::from_data(written.as_slice(), &device).unsqueeze();
    let site = Site::FeedForward(Stack::Encoder, 0);
    assert_eq!(answer(Intervention::Replace { site, at: At::Everywhere, value }), "e e e");
}

#[test]
fn a_gate_has_a_gradient() {
    let device = device().autodiff();
    let model = Golden::read("previous").compiled(&device);
    let gate = Tensor::<2>::ones([1, 1], &device).require_grad();
    let intervention = Intervention::Gate { kind: HEAD.kind, layer: 0, gate: gate.clone() };
    let logits = model.trace(&tokens("BOS a b", &model), &[intervention]).logits;
    let right = model.program().output("a").expect("an output");
    let gradients = logits.slice([0..1, 2..3, right..right + 1]).sum().backward();
    // The logit is the head's doing alone, so it is the gate times what it is at gate 1: about 1.
    let gradient = gate.grad(&gradients).expect("the logit depends on it").into_scalar::<f32>();
    assert!((gradient - 1.0).abs() < 0.01, "{gradient}");
}

#[test]
fn padding_is_not_attended_to() {
    let device = device();
    let model = Golden::read("histogram").compiled(&device);
    let [short, long] = ["BOS a b a", "BOS a b a compiler_pad a"].map(|text| tokens(text, &model));
    let padding = Tensor::<2, Bool>::from_data([[false, false, false, false, true, true]], &device);
    let long = Sequences { source: None, target: Tokens { padding: Some(padding), ..long.target } };
    let [short, long] = [short, long].map(|input| model.trace(&input, &[]).logits);
    assert_close(&numbers(long.narrow(1, 0, 4)), &numbers(short));
}

#[test]
fn a_causal_program_is_a_decoder() {
    let device = device();
    let model = Golden::read("induction").compiled(&device);
    assert_eq!((model.attention_kind(), model.output_stack()), (AttentionKind::DecoderSelf, Stack::Decoder));
    assert_eq!((model.n_layers(AttentionKind::DecoderSelf), model.n_layers(AttentionKind::EncoderSelf)), (2, 0));
    let trace = model.trace(&tokens("BOS a b c", &model), &[]);
    assert!(trace.encoder.is_none());
    for attention in trace.attention(AttentionKind::DecoderSelf) {
        let later = attention.weights.clone().triu(1).sum().into_scalar::<f32>();
        assert_eq!(later, 0.0, "no query sees a later key");
    }
    let head = Head { kind: AttentionKind::DecoderSelf, ..HEAD };
    assert_eq!(model.program().exact_match_when_zeroed[0].0, Site::Context(head));
}

#[test]
#[should_panic(expected = "takes no source")]
fn there_is_no_source() {
    let device = device();
    let model = Golden::read("first").compiled(&device);
    let Sequences { target, .. } = tokens("BOS a", &model);
    model.trace(&Sequences { source: Some(target.clone()), target }, &[]);
}

#[test]
#[should_panic(expected = "9 tokens, and the program was compiled for 8")]
fn positions_end() {
    let device = device();
    let model = Golden::read("first").compiled(&device);
    model.trace(&tokens("BOS a a a a a a a a", &model), &[]);
}

#[test]
#[should_panic(expected = "an intervention on head 1 of encoder_self, and a layer has 1")]
fn an_intervention_on_what_is_not_there_is_refused() {
    let device = device();
    let model = Golden::read("first").compiled(&device);
    let head = Head { head: 1, ..HEAD };
    let uniform = Intervention::Weights { head, weights: NewWeights::Uniform };
    model.trace(&tokens("BOS a", &model), &[uniform]);
}
