//! What is computed to be explained: words without training, and one head under each mask.

use burn::tensor::Device;
use headlight_device::DeviceName;
use headlight_lens::{Untrained, under_each_mask};
use headlight_record::{AttentionKind, AttentionRecord, MaskCell};

fn device() -> Device {
    DeviceName::default().open().expect("the default device")
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_string).collect()
}

fn untrained(kind: AttentionKind, queries: &str, keys: &str, seed: u64) -> AttentionRecord {
    let untrained = Untrained { kind, query_words: words(queries), key_words: words(keys), seed };
    untrained.record(&device()).expect("words")
}

/// The largest difference between weights and the softmax of the masked scores, in float64.
fn error_of_softmax(record: &AttentionRecord) -> f64 {
    let keys = record.shape()[3];
    let steps = record.steps(0, 0).expect("what the weights came from");
    let rows = steps.masked.chunks_exact(keys).zip(steps.weights.chunks_exact(keys));
    rows.flat_map(|(masked, weights)| {
        let exp: Vec<f64> = masked.iter().map(|score| f64::from(*score).exp()).collect();
        let sum: f64 = exp.iter().sum();
        let softmax = exp.into_iter().map(move |exp| if sum > 0.0 { exp / sum } else { 0.0 });
        softmax.zip(weights).map(|(expected, weight)| (expected - f64::from(*weight)).abs()).collect::<Vec<_>>()
    })
    .fold(0.0, f64::max)
}

#[test]
fn any_words_attend() {
    use AttentionKind::{Cross, DecoderSelf, EncoderSelf};
    for (kind, queries, keys) in [
        (DecoderSelf, "the cat sat on the mat", "the cat sat on the mat"),
        (DecoderSelf, "PAD a PAD", "PAD a PAD"), // the first sees nothing
        (EncoderSelf, "猫 sat PAD", "猫 sat PAD"),
        (Cross, "le chat", "the cat PAD PAD"),
        (Cross, "a", "PAD"),
    ] {
        let record = untrained(kind, queries, keys, 0);
        assert_eq!((record.query_tokens(), record.key_tokens()), (&words(queries)[..], &words(keys)[..]));
        assert_eq!(record.projections().expect("there").d_head, 4);
        assert!(error_of_softmax(&record) < 1e-5, "{kind}: {queries}");
        // The model hides what the record says it hides: a visible key has some weight.
        let mask = record.mask().expect("a mask");
        for (weight, cell) in record.weights().iter().zip(mask) {
            assert_eq!(*weight > 0.0, *cell == MaskCell::Visible, "{kind}: {queries}");
        }
    }
}

#[test]
fn seeds_and_words_decide() {
    let record = |seed| untrained(AttentionKind::DecoderSelf, "a b c", "a b c", seed);
    assert_eq!(record(0), record(0));
    assert_ne!(record(0).weights(), record(1).weights());
    // Equal words at unequal places are told apart by their places alone.
    let twice = untrained(AttentionKind::EncoderSelf, "b b", "b b", 0);
    let key = &twice.projections().expect("there").key;
    assert_ne!(key[..4], key[4..]);
}

#[test]
fn no_words_and_others_words_are_refused() {
    let refused = |kind, queries, keys| {
        let untrained = Untrained { kind, query_words: words(queries), key_words: words(keys), seed: 0 };
        untrained.record(&device()).expect_err("nothing to attend to").to_string()
    };
    assert!(refused(AttentionKind::DecoderSelf, "", "").contains("no words"));
    assert!(refused(AttentionKind::Cross, "a", "").contains("no words"));
    assert!(refused(AttentionKind::EncoderSelf, "a", "b").contains("one sequence"));
}

#[test]
fn each_mask_leaves_the_scores_and_hides_its_own() {
    use MaskCell::{Causal, Padding, Visible};
    let device = device();
    let record = untrained(AttentionKind::DecoderSelf, "a b c", "a b c", 1);
    let masked = under_each_mask(&record, 0, 0, &[false, false, true], &device).expect("self-attention");
    let names: Vec<&str> = masked.iter().map(|masked| &masked.name[..]).collect();
    assert_eq!(
        names,
        ["no mask", "causal", "padding: the last key", "causal and padding", "causal and ALiBi, slope 0.5"]
    );
    let expected = [
        [Visible; 9],
        [Visible, Causal, Causal, Visible, Visible, Causal, Visible, Visible, Visible],
        [Visible, Visible, Padding, Visible, Visible, Padding, Visible, Visible, Padding],
        [Visible, Causal, Causal, Visible, Visible, Causal, Visible, Visible, Padding],
        [Visible, Causal, Causal, Visible, Visible, Causal, Visible, Visible, Visible],
    ];
    let scores = record.steps(0, 0).expect("there").scores;
    for (masked, cells) in masked.iter().zip(expected) {
        assert_eq!(masked.record.mask(), Some(&cells[..]), "{}", masked.name);
        assert_eq!(masked.record.steps(0, 0).expect("there").scores, scores);
        assert!(error_of_softmax(&masked.record) < 1e-5, "{}", masked.name);
    }
    let bias = masked[4].record.projections().expect("there").bias.clone();
    assert_eq!(bias.expect("ALiBi adds"), [0.0, -0.5, -1.0, -0.5, 0.0, -0.5, -1.0, -0.5, 0.0]);
    assert!(masked[..4].iter().all(|masked| masked.record.projections().expect("there").bias.is_none()));
    // The record's own mask is causal, so that is what it had; its pass computed them by the device's kernel.
    let pairs = masked[1].record.weights().iter().zip(record.weights());
    assert!(pairs.into_iter().all(|(again, first)| (again - first).abs() < 1e-6));

    // Padding in front and in the middle: the causal mask then leaves the first query nothing.
    let masked = under_each_mask(&record, 0, 0, &[true, true, false], &device).expect("self-attention");
    assert_eq!(masked[2].name, "padding");
    let last = under_each_mask(&record, 0, 0, &[false, true, true], &device).expect("self-attention");
    assert_eq!(last[2].name, "padding: the last 2 keys");
    assert_eq!(masked[2].record.mask().map(|mask| mask[..3].to_vec()), Some(vec![Padding, Padding, Visible]));
    assert_eq!(masked[3].record.mask().map(|mask| mask[..3].to_vec()), Some(vec![Padding, Causal, Causal]));
    assert_eq!(masked[3].record.row(0, 0, 0), [0.0; 3]);
    assert_eq!(masked[3].record.row(0, 0, 2), [0.0, 0.0, 1.0]);

    let cross = untrained(AttentionKind::Cross, "a b", "a b c", 0);
    let error = under_each_mask(&cross, 0, 0, &[false; 3], &device).expect_err("no square").to_string();
    assert!(error.contains("2 queries of 3 keys"), "{error}");
    let bare = record.without_projections();
    assert!(under_each_mask(&bare, 0, 0, &[false; 3], &device).is_err());
}
