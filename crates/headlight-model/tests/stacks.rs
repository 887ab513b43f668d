//! Stacks of blocks, as models that others trained are made of them: a window, a feed-forward layer beside attention, some layers alone.

mod closeness;
mod device;
mod numbers;

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Bool, Device, Distribution, Tensor};
use closeness::assert_close;
use device::device;
use headlight_model::{
    AttentionKind, Block, BlockStack, CrossAttention, FeedForward, FeedForwardReads, Keep, Mask, Memory,
    MultiHeadAttention, Nonlinearity, Norm, NormPlacement, Stack, StackEdits,
};
use numbers::numbers;

const D_MODEL: usize = 6;

#[test]
fn a_window_masks_what_is_further_back() {
    for (seq_length, window) in [(5, 1), (5, 2), (5, 3), (4, 4), (4, 9)] {
        let mask = Mask::window(seq_length, window, &device());
        let cells: Vec<bool> = mask.masked().into_data().iter::<bool>().collect();
        let expected = (0..seq_length).flat_map(|query| (0..seq_length).map(move |key| key + window <= query));
        assert_eq!(cells, expected.collect::<Vec<_>>(), "a window of {window} in {seq_length} tokens");
    }
    // Together with a causal mask, query 3 sees keys 2 and 3.
    let mask = Mask::causal(4, &device()).and(Mask::window(4, 2, &device()));
    let cells: Vec<bool> = mask.masked().into_data().iter::<bool>().collect();
    assert_eq!(cells[12..], [true, true, false, false]);
}

#[test]
fn a_feed_forward_layer_reads_the_stream_before_attention_or_after() {
    let device = device();
    let x = random([2, 4, D_MODEL], &device);
    let mask = Mask::causal(4, &device);
    let block = block(&device);
    let read = block.norm_attention.forward(x.clone());
    let attended = block.self_attention.forward(read.clone(), read.clone(), read, Some(&mask));
    for (reads, read) in [
        (FeedForwardReads::BeforeAttention, x.clone()),
        (FeedForwardReads::AfterAttention, x.clone() + attended.clone()),
    ] {
        let block = block.clone().with_feed_forward_reading(reads);
        let fed = block.feed_forward.forward(block.norm_feed_forward.forward(read));
        let expected = numbers(x.clone() + attended.clone() + fed);
        assert_close(&numbers(block.forward(x.clone(), Some(&mask), None)), &expected);
        let stack = BlockStack { blocks: vec![block], norm: None };
        let trace = stack.trace(x.clone(), Some(&mask), None, StackEdits::new(&[], Stack::Decoder));
        assert_close(&numbers(trace.output), &expected);
    }
}

#[test]
fn the_attention_of_some_layers_is_that_of_all() {
    let device = device();
    let stack = decoder(&device);
    let memory = Memory { states: random([2, 3, D_MODEL], &device), mask: None };
    let (x, mask) = (random([2, 5, D_MODEL], &device), Mask::causal(5, &device));
    let trace = stack.trace(x.clone(), Some(&mask), Some(&memory), StackEdits::new(&[], Stack::Decoder));

    for asked in [vec![], vec![2], vec![0, 3], vec![0, 1, 2, 3]] {
        let some = stack.attention(x.clone(), Some(&mask), Some(&memory), &asked, Keep::Projections);
        assert_close(&numbers(some.output), &numbers(trace.output.clone()));
        assert_eq!(some.layers.iter().map(|(layer, ..)| *layer).collect::<Vec<_>>(), asked);
        for (layer, self_attention, cross) in some.layers {
            let all = &trace.layers[layer];
            assert_close(&numbers(self_attention.weights), &numbers(all.self_attention.weights.clone()));
            let projections = self_attention.projections.expect("they were to be kept");
            assert_close(&numbers(projections.value), &numbers(all.self_attention.value.clone()));
            let all = all.cross_attention.as_ref().expect("it has");
            assert_close(&numbers(cross.expect("it has").weights), &numbers(all.weights.clone()));
        }
    }
    assert!(
        stack.attention_of(AttentionKind::Cross, 3).is_some() && stack.attention_of(AttentionKind::Cross, 4).is_none()
    );
}

#[test]
fn weights_alone_are_kept_where_no_more_is_asked_for() {
    let device = device();
    let stack = BlockStack { blocks: vec![block(&device)], norm: None };
    let kept = stack.attention(random([1, 3, D_MODEL], &device), None, None, &[0], Keep::Weights);
    assert!(kept.layers[0].1.projections.is_none());
}

#[test]
fn new_tokens_alone_give_what_the_whole_gives() {
    let device = device();
    let stack = decoder(&device);
    let source_mask = Mask::key_padding(Tensor::from_data([[false; 3], [false, false, true]], &device));
    let memory = Memory { states: random([2, 3, D_MODEL], &device), mask: Some(source_mask) };
    let x = random([2, 6, D_MODEL], &device);
    // Each kind of mask has rows: causal, a window, padding on the left, numbers that are added.
    let mask = |length: usize| {
        let added = Tensor::<1>::from_data([0.0, 1.0, -1.0, 0.5, 2.0, -0.5], &device).unsqueeze_dims::<4>(&[0, 1, 3]);
        let added = added.narrow(2, 0, length) * Tensor::arange(0..length as i64, &device).float().unsqueeze::<4>();
        let padding = Tensor::<2, Bool>::from_data([[false; 6], [true, false, false, false, false, false]], &device);
        Mask::causal(length, &device)
            .and(Mask::window(length, 3, &device))
            .and(Mask::key_padding(padding.narrow(1, 0, length)))
            .and(Mask::additive(added))
    };
    let whole = stack.attention(x.clone(), Some(&mask(6)), Some(&memory), &[], Keep::Weights).output;
    for parts in [vec![6], vec![1; 6], vec![2, 1, 3], vec![1, 5]] {
        let (mut cache, mut first) = (stack.start_decoding(Some(&memory)), 0);
        for new in parts {
            let rows = mask(first + new).of_last_queries(new);
            let found = stack.decode_next(x.clone().narrow(1, first, new), rows.as_ref(), &mut cache);
            assert_close(&numbers(found), &numbers(whole.clone().narrow(1, first, new)));
            first += new;
        }
        assert_eq!(cache.length(), 6);
    }
}

#[test]
fn the_last_query_of_a_causal_mask_sees_everything() {
    assert!(Mask::causal(5, &device()).of_last_queries(1).is_none());
    let two = Mask::causal(4, &device()).of_last_queries(2).expect("the first of them does not see the last key");
    let cells: Vec<bool> = two.masked().into_data().iter::<bool>().collect();
    assert_eq!(cells, [false, false, false, true, false, false, false, false]);
}

/// Four layers with cross attention, and a norm.
fn decoder(device: &Device) -> BlockStack {
    let with_cross = |mut block: Block| {
        block.cross = Some(CrossAttention::from_parts(norm(device), attention(device)));
        block
    };
    BlockStack { blocks: (0..4).map(|_| with_cross(block(device))).collect(), norm: Some(norm(device)) }
}

fn block(device: &Device) -> Block {
    let feed_forward =
        FeedForward::from_layers(layer(D_MODEL, 9, device), None, layer(9, D_MODEL, device), Nonlinearity::GeluTanh);
    Block::from_parts(NormPlacement::Pre, [norm(device), norm(device)], attention(device), None, feed_forward)
}

fn attention(device: &Device) -> MultiHeadAttention {
    MultiHeadAttention::from_layers([(); 4].map(|()| layer(D_MODEL, D_MODEL, device)), 2)
}

fn norm(device: &Device) -> Norm {
    Norm::layer(random([D_MODEL], device), Some(random([D_MODEL], device)), 1e-5)
}

fn layer(input: usize, output: usize, device: &Device) -> Linear {
    let weight = random([input, output], device) * 0.5;
    Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(random([output], device))) }
}

fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
}
