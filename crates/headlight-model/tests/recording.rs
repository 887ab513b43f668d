//! Where tensors end: one example of a batch becomes plain numbers.

mod device;

use burn::tensor::{Int, Tensor};
use device::device;
use headlight_model::{AttentionTrace, record_attention, record_trace};
use headlight_record::{AttentionKind, Origin};

/// Two layers for 2 examples, 2 heads, 1 query and 3 keys: the n-th number is n / 24, the second layer counts on.
fn layers() -> Vec<Tensor<4>> {
    let device = device();
    let layer = |from: i64| Tensor::<1, Int>::arange(from..from + 12, &device).float().reshape([2, 2, 1, 3]) / 24;
    vec![layer(0), layer(12)]
}

fn tokens(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_string).collect()
}

#[test]
fn one_example_is_taken_from_every_layer() {
    let origin = Origin { task: "copy".to_string(), model: "small".to_string(), step: Some(3) };
    let record = record_attention(AttentionKind::Cross, &layers(), 1, tokens("q"), tokens("a b c"), origin.clone())
        .expect("the tokens fit");

    assert_eq!(record.shape(), [2, 2, 1, 3]);
    assert_eq!((record.kind(), record.origin()), (AttentionKind::Cross, &origin));
    // Example 0 took the first six numbers of each layer.
    assert_eq!(record.row(0, 0, 0), [6.0 / 24.0, 7.0 / 24.0, 8.0 / 24.0]);
    assert_eq!(record.row(1, 1, 0), [21.0 / 24.0, 22.0 / 24.0, 23.0 / 24.0]);
}

#[test]
fn an_autodiff_tensor_is_recorded_too() {
    let layers: Vec<_> = layers().into_iter().map(|layer| layer.autodiff().require_grad() * 1.0).collect();
    let record = record_attention(AttentionKind::Cross, &layers, 0, tokens("q"), tokens("a b c"), Origin::default());
    assert_eq!(record.expect("the tokens fit").row(0, 0, 0), [0.0, 1.0 / 24.0, 2.0 / 24.0]);
}

#[test]
fn no_layers_and_wrong_tokens_are_errors() {
    let record = |layers: &[Tensor<4>], query: &str, key: &str| {
        record_attention(AttentionKind::Cross, layers, 0, tokens(query), tokens(key), Origin::default())
    };
    assert!(record(&[], "q", "a b c").is_err());
    let error = record(&layers(), "q", "a b").expect_err("three keys").to_string();
    assert_eq!(error, "key tokens: expected 3, got 2");
    let error = record(&layers(), "q r", "a b c").expect_err("one query").to_string();
    assert_eq!(error, "query tokens: expected 1, got 2");
}

#[test]
fn what_the_weights_came_from_is_taken_of_the_same_example() {
    let device = device();
    let count = |from: i64, shape: [usize; 4]| {
        let length = shape.iter().product::<usize>() as i64;
        Tensor::<1, Int>::arange(from..from + length, &device).float().reshape(shape)
    };
    let traces: Vec<AttentionTrace> = layers()
        .into_iter()
        .zip([0, 1000])
        .map(|(weights, from)| AttentionTrace {
            query: count(from, [2, 2, 1, 2]),
            key: count(from, [2, 2, 3, 2]),
            value: count(from, [2, 2, 3, 1]),
            bias: Some(count(from, [1, 2, 1, 3])),
            weights,
            context: count(from, [2, 2, 1, 1]),
            output: Tensor::zeros([2, 1, 2], &device),
        })
        .collect();
    let record = record_trace(
        AttentionKind::Cross,
        &traces.iter().collect::<Vec<_>>(),
        1,
        tokens("q"),
        tokens("a b c"),
        Origin::default(),
    )
    .expect("everything fits");
    let weights: Vec<_> = traces.iter().map(|layer| layer.weights.clone()).collect();
    let alone = record_attention(AttentionKind::Cross, &weights, 1, tokens("q"), tokens("a b c"), Origin::default());
    assert_eq!(record.clone().without_projections(), alone.expect("the tokens fit"));

    let head = record.head_projections(1, 1).expect("recorded");
    assert_eq!((head.d_head, head.d_value), (2, 1));
    assert_eq!(head.query, [1006.0, 1007.0]); // behind three heads of one query of two numbers
    assert_eq!(head.key, [1018.0, 1019.0, 1020.0, 1021.0, 1022.0, 1023.0]);
    assert_eq!(head.value, [1009.0, 1010.0, 1011.0]);
    assert_eq!(head.bias, Some(&[3.0, 4.0, 5.0][..])); // the same for every example and layer
}
