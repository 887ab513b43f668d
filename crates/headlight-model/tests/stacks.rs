//! Stacks of blocks, as models that others trained are made of them: a window, a feed-forward layer beside attention, some layers alone.

mod closeness;
mod device;
mod numbers;

use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Distribution, Tensor};
use closeness::assert_close;
use device::device;
use headlight_model::{
    AttentionKind, Block, BlockStack, CrossAttention, FeedForward, FeedForwardReads, Mask, Memory, MultiHeadAttention,
    Nonlinearity, Norm, NormPlacement, Stack, StackEdits,
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
    let mut blocks: Vec<Block> = (0..4).map(|_| block(&device)).collect();
    for block in &mut blocks {
        block.cross = Some(CrossAttention::from_parts(norm(&device), attention(&device)));
    }
    let stack = BlockStack { blocks, norm: Some(norm(&device)) };
    let memory = Memory { states: random([2, 3, D_MODEL], &device), mask: None };
    let (x, mask) = (random([2, 5, D_MODEL], &device), Mask::causal(5, &device));
    let trace = stack.trace(x.clone(), Some(&mask), Some(&memory), StackEdits::new(&[], Stack::Decoder));

    for asked in [vec![], vec![2], vec![0, 3], vec![0, 1, 2, 3]] {
        let some = stack.attention(x.clone(), Some(&mask), Some(&memory), &asked);
        assert_close(&numbers(some.output), &numbers(trace.output.clone()));
        assert_eq!(some.layers.iter().map(|(layer, ..)| *layer).collect::<Vec<_>>(), asked);
        for (layer, self_attention, cross) in some.layers {
            let all = &trace.layers[layer];
            assert_close(&numbers(self_attention.weights), &numbers(all.self_attention.weights.clone()));
            assert_close(&numbers(self_attention.context), &numbers(all.self_attention.context.clone()));
            let [cross, all] = [cross.as_ref(), all.cross_attention.as_ref()].map(|cross| cross.expect("it has"));
            assert_close(&numbers(cross.weights.clone()), &numbers(all.weights.clone()));
        }
    }
    assert!(
        stack.attention_of(AttentionKind::Cross, 3).is_some() && stack.attention_of(AttentionKind::Cross, 4).is_none()
    );
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
