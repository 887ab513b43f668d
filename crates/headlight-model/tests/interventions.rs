//! What each intervention means, against the same thing done in another way.

mod closeness;
mod device;
mod models;
mod numbers;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Bool, Int, Tensor};
use closeness::assert_close;
use headlight_model::{
    Activation, Architecture, At, AttentionKind, Head, Intervention, Mask, NewWeights, Site, Stack, Tokens, Trace,
    Traceable, Transformer, TransformerConfig, attention_weights,
};
use models::{SOURCE_LENGTH, TARGET_LENGTH, config, example, models, other_tokens};
use numbers::numbers;

const N_HEADS: usize = 3;
const D_HEAD: usize = 4;

/// Every stack, with every site in it at which something of the shape of the stream can be replaced.
fn sites(trace: &Trace) -> Vec<Site> {
    let stacks = [Stack::Encoder, Stack::Decoder].into_iter().filter(|stack| trace.stack(*stack).is_some());
    let of_stack = |stack| {
        let streams = (0..=2).map(move |layer| Site::Stream(stack, layer));
        streams.chain((0..2).map(move |layer| Site::FeedForward(stack, layer)))
    };
    stacks.flat_map(of_stack).collect()
}

/// What the pass went on with at a site.
fn at_site(trace: &Trace, site: Site) -> Tensor<3> {
    let of_stack = |stack| trace.stack(stack).expect("the stack is there");
    match site {
        Site::Stream(stack, layer) => match of_stack(stack).layers.get(layer) {
            Some(layer) => layer.before.clone(),
            None => of_stack(stack).stream.clone(),
        },
        Site::FeedForward(stack, layer) => of_stack(stack).layers[layer].feed_forward.clone(),
        Site::Context(head) => panic!("{head:?} has another shape"),
    }
}

/// Every head of every kind in the second layer, which reads what the first one did.
fn heads(model: &Transformer) -> Vec<Head> {
    let kinds = AttentionKind::ALL.into_iter().filter(|kind| model.n_layers(*kind) > 0);
    kinds.flat_map(|kind| (0..N_HEADS).map(move |head| Head { kind, layer: 1, head })).collect()
}

fn kinds(model: &Transformer) -> Vec<AttentionKind> {
    AttentionKind::ALL.into_iter().filter(|kind| model.n_layers(*kind) > 0).collect()
}

fn logits(trace: &Trace) -> Vec<f32> {
    numbers(trace.logits.clone())
}

#[test]
fn a_gate_of_1_everywhere_changes_no_bit() {
    for config in models() {
        let (model, source, target) = example(&config);
        let device = target.ids.device();
        let gates = kinds(&model).into_iter().flat_map(|kind| {
            let gate = Tensor::ones([1, N_HEADS], &device);
            [0, 1].map(|layer| Intervention::Gate { kind, layer, gate: gate.clone() })
        });
        let gates: Vec<_> = gates.collect();
        let (plain, gated) =
            (model.trace(source.as_ref(), &target, &[]), model.trace(source.as_ref(), &target, &gates));
        assert_eq!(logits(&plain), logits(&gated), "{config:?}");
    }
}

#[test]
fn a_gate_of_0_is_a_head_without_its_rows_of_the_output_projection() {
    for config in models() {
        let (model, source, target) = example(&config);
        for Head { kind, layer, head } in heads(&model) {
            let mut gate = [1.0; N_HEADS];
            gate[head] = 0.0;
            let gate = Intervention::Gate { kind, layer, gate: Tensor::from_data([gate], &target.ids.device()) };
            let gated = model.trace(source.as_ref(), &target, &[gate]);

            let path = match kind {
                AttentionKind::EncoderSelf => "encoder.blocks.1.self_attention.output.weight",
                AttentionKind::DecoderSelf => "decoder.blocks.1.self_attention.output.weight",
                AttentionKind::Cross => "decoder.blocks.1.cross.attention.output.weight",
            };
            let without = model.clone().map(&mut ZeroRows { path, head, at: Vec::new() });
            let expected = without.trace(source.as_ref(), &target, &[]);
            assert_eq!(logits(&gated), logits(&expected), "{kind:?}, head {head}, {config:?}");
            assert_ne!(logits(&gated), logits(&model.trace(source.as_ref(), &target, &[])));
        }
    }
}

/// Sets the rows of one head to 0 in the parameter of this path.
struct ZeroRows {
    path: &'static str,
    head: usize,
    at: Vec<String>,
}

impl ModuleMapper for ZeroRows {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.at.push(name.to_string());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.at.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if self.at.join(".") != self.path {
            return param;
        }
        let rows = self.head * D_HEAD..(self.head + 1) * D_HEAD;
        param.map(|weight| {
            let mut range = weight.dims().map(|size| 0..size);
            range[0] = rows;
            let zeros = weight.clone().slice(range.clone()).zeros_like();
            weight.slice_assign(range, zeros)
        })
    }
}

#[test]
fn the_gradient_of_a_gate_is_the_slope_of_the_loss() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        // GELU is smooth; at ReLU's kink there is no slope to compare with.
        let config = TransformerConfig { activation: Activation::Gelu, ..config(architecture, 1) };
        let device = device::device().autodiff();
        let model = config.init(&device);
        let (_, source, target) = example(&config);
        let on_device = |tokens: Tokens| Tokens::from(Tensor::from_data(tokens.ids.into_data(), &device));
        let (source, target) = (source.map(on_device), on_device(target));
        let logits = |kind, layer, gate: Tensor<2>| {
            model.trace(source.as_ref(), &target, &[Intervention::Gate { kind, layer, gate }]).logits
        };
        for (kind, layer) in kinds(&model).into_iter().flat_map(|kind| [(kind, 0), (kind, 1)]) {
            let start = [0.7, 1.0, 1.2];
            let gate = Tensor::<2>::from_data([start], &device).require_grad();
            // A loss that is as good as random.
            let gradients = logits(kind, layer, gate.clone()).sin().sum().backward();
            let found = numbers(gate.grad(&gradients).expect("it requires one"));
            for head in 0..N_HEADS {
                let at = |step: f32| {
                    let mut moved = start;
                    moved[head] += step;
                    let logits = numbers(logits(kind, layer, Tensor::from_data([moved], &device)));
                    logits.into_iter().map(|logit| f64::from(logit).sin()).sum::<f64>()
                };
                let step = 1e-2f32;
                let slope = (at(step) - at(-step)) / f64::from(2.0 * step);
                let error = (f64::from(found[head]) - slope).abs();
                assert!(error < 2e-3 * slope.abs().max(1.0), "{kind:?} {layer} {head}: {} is not {slope}", found[head]);
            }
        }
    }
}

#[test]
fn the_stream_at_layer_0_of_another_input_gives_its_logits() {
    for config in models() {
        let (model, source, target) = example(&config);
        let others = other_tokens(&target, 0..TARGET_LENGTH);
        let other = model.trace(source.as_ref(), &others, &[]);
        let value = other.decoder.as_ref().expect("a decoder").layers[0].before.clone();
        let patch = Intervention::Replace { site: Site::Stream(Stack::Decoder, 0), at: At::Everywhere, value };
        let patched = model.trace(source.as_ref(), &target, &[patch]);
        assert_eq!(logits(&patched), logits(&other), "{config:?}");

        if let Some(source) = &source {
            let other_source = other_tokens(source, 0..SOURCE_LENGTH);
            let other = model.trace(Some(&other_source), &target, &[]);
            let value = other.encoder.as_ref().expect("an encoder").layers[0].before.clone();
            let patch = Intervention::Replace { site: Site::Stream(Stack::Encoder, 0), at: At::Everywhere, value };
            assert_eq!(logits(&model.trace(Some(source), &target, &[patch])), logits(&other), "{config:?}");
        }
    }
}

#[test]
fn what_a_pass_computed_put_back_changes_no_bit() {
    for config in models() {
        let (model, source, target) = example(&config);
        let plain = model.trace(source.as_ref(), &target, &[]);
        let mut same = Vec::new();
        for head @ Head { kind, layer, head: number } in heads(&model) {
            let attention = plain.attention(kind)[layer];
            let of_head = |tensor: &Tensor<4>| tensor.clone().narrow(1, number, 1).squeeze_dim::<3>(1);
            let weights = NewWeights::Given { at: At::Everywhere, weights: of_head(&attention.weights) };
            same.push(Intervention::Weights { head, weights });
            // The last and the first position, in this order.
            let context = of_head(&attention.context);
            let [_, queries, _] = context.dims();
            let value = Tensor::cat(vec![context.clone().narrow(1, queries - 1, 1), context.narrow(1, 0, 1)], 1);
            same.push(Intervention::Replace {
                site: Site::Context(head),
                at: At::Positions(vec![queries - 1, 0]),
                value,
            });
        }
        for stack in [Stack::Encoder, Stack::Decoder] {
            let Some(of_stack) = plain.stack(stack) else { continue };
            for (layer, of_layer) in of_stack.layers.iter().enumerate() {
                let (at, value) = (At::Everywhere, of_layer.feed_forward.clone());
                same.push(Intervention::Replace { site: Site::FeedForward(stack, layer), at, value });
                let (at, value) = (At::Positions(vec![1]), of_layer.before.clone().narrow(1, 1, 1));
                same.push(Intervention::Replace { site: Site::Stream(stack, layer), at, value });
            }
            let (layer, at, value) = (of_stack.layers.len(), At::Everywhere, of_stack.stream.clone());
            same.push(Intervention::Replace { site: Site::Stream(stack, layer), at, value });
        }
        assert_eq!(logits(&model.trace(source.as_ref(), &target, &same)), logits(&plain), "{config:?}");
    }
}

#[test]
fn only_the_chosen_positions_are_replaced() {
    for config in models() {
        let (model, source, target) = example(&config);
        let (device, plain) = (target.ids.device(), model.trace(source.as_ref(), &target, &[]));
        for head @ Head { kind, layer, head: number } in heads(&model) {
            let at = At::Positions(vec![2]);
            let zero =
                Intervention::Replace { site: Site::Context(head), at, value: Tensor::zeros([1, 1, 1], &device) };
            let trace = model.trace(source.as_ref(), &target, &[zero]);
            let [before, after] = [&plain, &trace].map(|trace| trace.attention(kind)[layer].context.clone());
            let [_, _, queries, _] = before.dims();
            for query in 0..queries {
                for other in 0..N_HEADS {
                    let [before, after] = [&before, &after]
                        .map(|context| numbers(context.clone().narrow(1, other, 1).narrow(2, query, 1)));
                    if (query, other) == (2, number) {
                        assert!(after.iter().all(|number| *number == 0.0));
                    } else {
                        assert_eq!(before, after, "{head:?}, query {query}, head {other}");
                    }
                }
            }
            assert_ne!(logits(&plain), logits(&trace));
        }
        for site in sites(&plain) {
            let value = Tensor::zeros([1, 1, 1], &device);
            let zero = Intervention::Replace { site, at: At::Positions(vec![0, 3]), value };
            let trace = model.trace(source.as_ref(), &target, &[zero]);
            let [before, after] = [&plain, &trace].map(|trace| at_site(trace, site));
            let [_, seq_length, _] = before.dims();
            for position in 0..seq_length {
                let [before, after] = [&before, &after].map(|all| numbers(all.clone().narrow(1, position, 1)));
                match position {
                    0 | 3 => assert!(after.iter().all(|number| *number == 0.0), "{site:?}"),
                    _ => assert_eq!(before, after, "{site:?}"),
                }
            }
            assert_ne!(logits(&plain), logits(&trace), "{site:?}, {config:?}");
        }
    }
}

#[test]
fn a_cut_edge_is_a_masked_one() {
    for config in models() {
        let (model, source, target) = example(&config);
        for head @ Head { kind, layer, head: number } in heads(&model) {
            let (query, key) = (3, 1);
            let cut = model.trace(source.as_ref(), &target, &[Intervention::Cut { head, query, key }]);
            let found = cut.attention(kind)[layer];
            // The scores of the same pass under the mask of the pass and of the edge.
            let plain_mask = match kind {
                AttentionKind::DecoderSelf => Some(Mask::causal(TARGET_LENGTH, &target.ids.device())),
                AttentionKind::EncoderSelf | AttentionKind::Cross => None,
            };
            let edge = Mask::boolean(one_cell(found.weights.dims(), [number, query, key], &target));
            let mask = [plain_mask, found.bias.clone().map(Mask::additive)].into_iter().flatten().fold(edge, Mask::and);
            let expected = attention_weights(found.query.clone(), found.key.clone(), Some(&mask));
            assert_close(&numbers(found.weights.clone()), &numbers(expected));

            let weight = |trace: &Trace| {
                let weights = trace.attention(kind)[layer].weights.clone();
                numbers(weights.narrow(1, number, 1).narrow(2, query, 1).narrow(3, key, 1))
            };
            assert!(weight(&cut).iter().all(|weight| *weight == 0.0));
            assert!(weight(&model.trace(source.as_ref(), &target, &[])).iter().all(|weight| *weight > 0.0));
        }
    }
}

/// `true` in one cell of each sequence.
fn one_cell(shape: [usize; 4], [head, query, key]: [usize; 3], tokens: &Tokens) -> Tensor<4, Bool> {
    let [_, _, queries, keys] = shape;
    let count = shape.iter().product::<usize>();
    let is_cell = |at: usize| {
        let (head_at, query_at, key_at) = (at / (queries * keys) % shape[1], at / keys % queries, at % keys);
        [head_at, query_at, key_at] == [head, query, key]
    };
    let flags: Vec<bool> = (0..count).map(is_cell).collect();
    Tensor::from_data(burn::tensor::TensorData::new(flags, shape), &tokens.ids.device())
}

#[test]
fn a_row_with_every_edge_cut_is_zero_and_finite() {
    let (model, _, target) = example(&config(Architecture::Decoder, 0));
    let head = Head { kind: AttentionKind::DecoderSelf, layer: 0, head: 1 };
    let cuts: Vec<_> = (0..=2).map(|key| Intervention::Cut { head, query: 2, key }).collect();
    let trace = model.trace(None, &target, &cuts);
    let attention = trace.attention(head.kind)[0];
    let row = attention.weights.clone().narrow(1, 1, 1).narrow(2, 2, 1);
    assert!(numbers(row).iter().all(|weight| *weight == 0.0));
    let context = attention.context.clone().narrow(1, 1, 1).narrow(2, 2, 1);
    assert!(numbers(context).iter().all(|number| *number == 0.0));
    assert!(logits(&trace).iter().all(|logit| logit.is_finite()));
}

#[test]
fn uniform_weights_share_what_the_mask_leaves() {
    for config in models() {
        let (model, source, target) = example(&config);
        let device = target.ids.device();
        // The first key of the first sequence is padding, so that the first query sees nothing.
        let mut flags = [[false; TARGET_LENGTH]; 2];
        flags[0][0] = true;
        let target = Tokens { padding: Some(Tensor::from_data(flags, &device)), ..target };
        let flags = [[false, true, false, false, false, false], [false; 6]];
        let source = source.map(|source| Tokens { padding: Some(Tensor::from_data(flags, &device)), ..source });
        for head @ Head { kind, layer, head: number } in heads(&model) {
            let uniform = Intervention::Weights { head, weights: NewWeights::Uniform };
            let trace = model.trace(source.as_ref(), &target, &[uniform]);
            let weights = trace.attention(kind)[layer].weights.clone();
            let [batch_size, _, queries, keys] = weights.dims();
            let found = numbers(weights.narrow(1, number, 1));
            for (row, found) in found.chunks(keys).enumerate() {
                let (sequence, query) = (row / queries, row % queries);
                let is_visible = |key: usize| match kind {
                    AttentionKind::DecoderSelf => key <= query && !(sequence == 0 && key == 0),
                    AttentionKind::EncoderSelf | AttentionKind::Cross => !(sequence == 0 && key == 1),
                };
                let count = (0..keys).filter(|key| is_visible(*key)).count();
                let expected = (0..keys).map(|key| if is_visible(key) { 1.0 / count as f32 } else { 0.0 });
                assert_close(found, &expected.collect::<Vec<_>>());
            }
            assert_eq!(found.len(), batch_size * queries * keys);
            assert!(logits(&trace).iter().all(|logit| logit.is_finite()));
        }
    }
}

#[test]
fn permuted_weights_are_those_of_the_named_keys() {
    for config in models() {
        let (model, source, target) = example(&config);
        let plain = model.trace(source.as_ref(), &target, &[]);
        for head @ Head { kind, layer, head: number } in heads(&model) {
            let before = plain.attention(kind)[layer].weights.clone();
            let [_, _, queries, keys] = before.dims();
            // Each row turned round by its own number.
            let from = |query: usize, key: usize| (key + query) % keys;
            let order: Vec<i64> = (0..queries * keys).map(|cell| from(cell / keys, cell % keys) as i64).collect();
            let order: Tensor<2, Int> =
                Tensor::from_data(burn::tensor::TensorData::new(order, [queries, keys]), &target.ids.device());
            let permuted = Intervention::Weights { head, weights: NewWeights::Permuted(order) };
            let trace = model.trace(source.as_ref(), &target, &[permuted]);
            let [before, after] = [before, trace.attention(kind)[layer].weights.clone()]
                .map(|weights| numbers(weights.narrow(1, number, 1)));
            for (row, (before, after)) in before.chunks(keys).zip(after.chunks(keys)).enumerate() {
                let expected: Vec<f32> = (0..keys).map(|key| before[from(row % queries, key)]).collect();
                assert_eq!(after, expected);
            }
        }
    }
}

#[test]
fn weights_of_another_pass_are_used() {
    for config in models() {
        let (model, source, target) = example(&config);
        let others = other_tokens(&target, 0..TARGET_LENGTH);
        let other_source = source.as_ref().map(|source| other_tokens(source, 0..SOURCE_LENGTH));
        let other = model.trace(other_source.as_ref(), &others, &[]);
        let plain = model.trace(source.as_ref(), &target, &[]);
        for head @ Head { kind, layer, head: number } in heads(&model) {
            let own = plain.attention(kind)[layer].weights.clone().narrow(1, number, 1).squeeze_dim::<3>(1);
            let given = other.attention(kind)[layer].weights.clone().narrow(1, number, 1).squeeze_dim::<3>(1);
            assert_ne!(numbers(own), numbers(given.clone()), "{head:?}");
            let weights = NewWeights::Given { at: At::Everywhere, weights: given.clone() };
            let trace = model.trace(source.as_ref(), &target, &[Intervention::Weights { head, weights }]);
            let attention = trace.attention(kind)[layer];
            let value = attention.value.clone().narrow(1, number, 1);
            let expected = given.unsqueeze_dim::<4>(1).matmul(value);
            assert_close(&numbers(attention.context.clone().narrow(1, number, 1)), &numbers(expected));
        }
    }
}

#[test]
fn several_interventions_act_in_their_order() {
    let (model, _, target) = example(&config(Architecture::Decoder, 0));
    let device = target.ids.device();
    let head = Head { kind: AttentionKind::DecoderSelf, layer: 0, head: 0 };
    let twice = Intervention::Gate { kind: head.kind, layer: 0, gate: Tensor::from_data([[2.0, 1.0, 1.0]], &device) };
    let ones = Intervention::Replace {
        site: Site::Context(head),
        at: At::Everywhere,
        value: Tensor::ones([1, 1, 1], &device),
    };
    let context = |interventions: &[Intervention]| {
        let trace = model.trace(None, &target, interventions);
        numbers(trace.attention(head.kind)[0].context.clone().narrow(1, 0, 1))
    };
    assert!(context(&[ones.clone(), twice.clone()]).iter().all(|number| *number == 2.0));
    assert!(context(&[twice, ones]).iter().all(|number| *number == 1.0));
}

fn decoder() -> (Transformer, Tokens) {
    let (model, _, target) = example(&config(Architecture::Decoder, 0));
    (model, target)
}

#[test]
#[should_panic(expected = "an intervention on layer 2 of decoder_self, and there are 2")]
fn a_layer_that_is_not_there_is_refused() {
    let (model, target) = decoder();
    let head = Head { kind: AttentionKind::DecoderSelf, layer: 2, head: 0 };
    model.trace(None, &target, &[Intervention::Weights { head, weights: NewWeights::Uniform }]);
}

#[test]
#[should_panic(expected = "an intervention on cross, and the model has none")]
fn an_attention_that_is_not_there_is_refused() {
    let (model, target) = decoder();
    let head = Head { kind: AttentionKind::Cross, layer: 0, head: 0 };
    model.trace(None, &target, &[Intervention::Cut { head, query: 0, key: 0 }]);
}

#[test]
#[should_panic(expected = "an intervention on head 3 of decoder_self, and a layer has 3")]
fn a_head_that_is_not_there_is_refused() {
    let (model, target) = decoder();
    let head = Head { kind: AttentionKind::DecoderSelf, layer: 0, head: 3 };
    model.trace(None, &target, &[Intervention::Cut { head, query: 0, key: 0 }]);
}

#[test]
#[should_panic(expected = "an intervention at position 7, and the positions are 0 … 6")]
fn a_position_that_is_not_there_is_refused() {
    let (model, target) = decoder();
    let (at, value) = (At::Positions(vec![7]), Tensor::zeros([1, 1, 1], &target.ids.device()));
    model.trace(None, &target, &[Intervention::Replace { site: Site::FeedForward(Stack::Decoder, 0), at, value }]);
}

#[test]
#[should_panic(expected = "an intervention on layer 2 of decoder_self, and there are 2")]
fn a_stream_after_the_last_one_is_refused() {
    let (model, target) = decoder();
    let value = Tensor::zeros([1, 1, 1], &target.ids.device());
    let site = Site::Stream(Stack::Decoder, 3);
    model.trace(None, &target, &[Intervention::Replace { site, at: At::Everywhere, value }]);
}

#[test]
#[should_panic(expected = "a permutation of 7 keys names another one")]
fn a_permutation_of_keys_that_are_not_there_is_refused() {
    let (model, target) = decoder();
    let head = Head { kind: AttentionKind::DecoderSelf, layer: 0, head: 0 };
    let order = Tensor::<2, Int>::from_data([[7; TARGET_LENGTH]; TARGET_LENGTH], &target.ids.device());
    model.trace(None, &target, &[Intervention::Weights { head, weights: NewWeights::Permuted(order) }]);
}

/// A default model works as it is, with any of its choices changed.
#[test]
fn a_configuration_with_defaults_makes_a_model() {
    let device = device::device();
    for config in [TransformerConfig::decoder(9), TransformerConfig::encoder_decoder(9)] {
        let config = TransformerConfig { d_model: 32, ..config };
        assert!(config.check().is_ok());
        assert_eq!(config.init(&device).config(), &config);
    }
}
