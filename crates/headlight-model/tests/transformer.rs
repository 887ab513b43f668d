//! What a transformer must not see: later tokens, padding, and positions that it has not learned.

mod closeness;
mod device;
mod models;
mod numbers;

use burn::tensor::Tensor;
use closeness::assert_close;
use device::device;
use headlight_model::{Architecture, AttentionKind, Positions, Tokens, Trace, TransformerConfig};
use models::{SOURCE_LENGTH, TARGET_LENGTH, VOCAB_SIZE, config, example, models, other_tokens, random_tokens};
use numbers::numbers;

#[test]
fn logits_do_not_depend_on_later_tokens() {
    for config in models() {
        let (model, source, target) = example(&config);
        let before = model.forward(source.as_ref(), &target);
        for changed in 0..TARGET_LENGTH {
            let after = model.forward(source.as_ref(), &other_tokens(&target, changed..TARGET_LENGTH));
            let earlier = |logits: &Tensor<3>| numbers(logits.clone().slice([0..2, 0..changed]));
            let here = |logits: &Tensor<3>| numbers(logits.clone().slice([0..2, changed..changed + 1]));
            if changed > 0 {
                assert_eq!(earlier(&before), earlier(&after), "{config:?}, tokens from {changed} on");
            }
            // And the test would notice: at the token itself everything changes.
            assert_ne!(here(&before), here(&after), "{config:?}, token {changed}");
        }
    }
}

#[test]
fn padding_in_the_source_changes_nothing() {
    for seed in 0..3 {
        let (model, source, target) = example(&config(Architecture::EncoderDecoder, seed));
        let source = source.expect("an encoder reads a source");
        let padding = Tensor::from_data([[false, false, false, false, true, true], [false; 6]], &source.ids.device());
        let padded = Tokens { padding: Some(padding), ..source.clone() };
        // The tokens at 4 and 5 are padding in the first sequence and tokens in the second.
        let changed = Tokens { ids: other_tokens(&source, 4..6).ids, ..padded.clone() };

        let before = model.trace(Some(&padded), &target, &[]);
        let after = model.trace(Some(&changed), &target, &[]);
        let [first, second] = [0, 1].map(|at| [&before, &after].map(|output| example_logits(output, at)));
        assert_eq!(first[0], first[1]);
        assert_ne!(second[0], second[1]);

        let kinds = [AttentionKind::EncoderSelf, AttentionKind::Cross];
        for attention in kinds.into_iter().flat_map(|kind| after.attention(kind)) {
            let on_padding = numbers(attention.weights.clone().narrow(0, 0, 1).narrow(3, 4, 2));
            assert!(on_padding.iter().all(|weight| *weight == 0.0));
        }

        // A padded source is the shorter source.
        let short = Tokens::from(source.ids.slice([0..1, 0..4]));
        let first_target = Tokens::from(target.ids.narrow(0, 0, 1));
        assert_close(&first[0], &example_logits(&model.trace(Some(&short), &first_target, &[]), 0));
    }
}

#[test]
fn padding_in_the_target_changes_no_token_beside_it() {
    for config in models() {
        let (model, source, target) = example(&config);
        // Padding before the sequence: the causal mask alone would let every later token see it.
        let mut flags = [[false; TARGET_LENGTH]; 2];
        flags[0][0] = true;
        flags[0][1] = true;
        let padded = Tokens { padding: Some(Tensor::from_data(flags, &target.ids.device())), ..target.clone() };
        let changed = Tokens { ids: other_tokens(&target, 0..2).ids, ..padded.clone() };

        let before = model.trace(source.as_ref(), &padded, &[]);
        let after = model.trace(source.as_ref(), &changed, &[]);
        let beside = |output: &Trace, at: usize| numbers(output.logits.clone().slice([at..at + 1, 2..TARGET_LENGTH]));
        assert_eq!(beside(&before, 0), beside(&after, 0), "{config:?}");
        assert_ne!(beside(&before, 1), beside(&after, 1), "{config:?}");
        // The padded tokens themselves see nothing at all, which is no reason for a NaN.
        assert!(numbers(after.logits).iter().all(|logit| logit.is_finite()));
    }
}

#[test]
fn every_layer_shows_its_attention() {
    let (model, source, target) = example(&config(Architecture::EncoderDecoder, 0));
    let output = model.trace(source.as_ref(), &target, &[]);
    assert_eq!(output.logits.dims(), [2, TARGET_LENGTH, VOCAB_SIZE]);
    let shapes = |kind| output.attention(kind).iter().map(|layer| layer.weights.dims()).collect::<Vec<_>>();
    assert_eq!(shapes(AttentionKind::EncoderSelf), [[2, 3, SOURCE_LENGTH, SOURCE_LENGTH]; 2]);
    assert_eq!(shapes(AttentionKind::DecoderSelf), [[2, 3, TARGET_LENGTH, TARGET_LENGTH]; 2]);
    assert_eq!(shapes(AttentionKind::Cross), [[2, 3, TARGET_LENGTH, SOURCE_LENGTH]; 2]);
    for attention in AttentionKind::ALL.into_iter().flat_map(|kind| output.attention(kind)) {
        assert!(numbers(attention.weights.clone().sum_dim(3)).iter().all(|sum| (sum - 1.0).abs() < 1e-5));
    }

    let (model, _, target) = example(&config(Architecture::Decoder, 0));
    let output = model.trace(None, &target, &[]);
    assert_eq!(AttentionKind::ALL.map(|kind| output.attention(kind).len()), [0, 2, 0]);
    assert!(!model.has_encoder());
}

#[test]
fn positions_that_are_not_learned_reach_beyond_max_length() {
    for positions in [Positions::Sinusoidal, Positions::Rotary, Positions::Alibi, Positions::None] {
        let model = TransformerConfig { positions, ..config(Architecture::Decoder, 0) }.init(&device());
        let long = random_tokens(40, 0, &device());
        assert!(numbers(model.forward(None, &long)).iter().all(|logit| logit.is_finite()));
    }
}

#[test]
fn learned_positions_reach_exactly_to_max_length() {
    let config = TransformerConfig { positions: Positions::Learned, ..config(Architecture::Decoder, 0) };
    let model = config.init(&device());
    let logits = model.forward(None, &random_tokens(config.max_length, 0, &device()));
    assert_eq!(logits.dims(), [2, config.max_length, VOCAB_SIZE]);
}

#[test]
#[should_panic(expected = "a sequence of 8 tokens, but positions were learned for 7")]
fn learned_positions_end_at_max_length() {
    let config = TransformerConfig { positions: Positions::Learned, ..config(Architecture::Decoder, 0) };
    config.init(&device()).forward(None, &random_tokens(8, 0, &device()));
}

#[test]
#[should_panic(expected = "a source goes with an encoder")]
fn a_decoder_alone_takes_no_source() {
    let (model, _, target) = example(&config(Architecture::Decoder, 0));
    model.forward(Some(&target), &target);
}

#[test]
#[should_panic(expected = "a source goes with an encoder")]
fn an_encoder_wants_its_source() {
    let (model, _, target) = example(&config(Architecture::EncoderDecoder, 0));
    model.forward(None, &target);
}

fn example_logits(output: &Trace, at: usize) -> Vec<f32> {
    numbers(output.logits.clone().narrow(0, at, 1))
}
