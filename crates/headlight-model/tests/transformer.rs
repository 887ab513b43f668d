//! What a transformer must not see: later tokens, padding, and places that it has not learned.

mod closeness;
mod device;
mod numbers;

use burn::tensor::{Device, Int, Tensor, TensorData};
use closeness::assert_close;
use device::device;
use headlight_model::{
    Activation, Architecture, Attended, NormPlacement, Positions, Tokens, Transformer, TransformerConfig,
    TransformerOutput,
};
use numbers::numbers;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const VOCAB_SIZE: usize = 11;
const SOURCE_LENGTH: usize = 6;
const TARGET_LENGTH: usize = 7;

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

        let before = model.forward_with_attention(Some(&padded), &target);
        let after = model.forward_with_attention(Some(&changed), &target);
        let [first, second] = [0, 1].map(|at| [&before, &after].map(|output| example_logits(output, at)));
        assert_eq!(first[0], first[1]);
        assert_ne!(second[0], second[1]);

        for attended in [&after.encoder_self, &after.cross].into_iter().flatten() {
            let on_padding = numbers(attended.weights.clone().narrow(0, 0, 1).narrow(3, 4, 2));
            assert!(on_padding.iter().all(|weight| *weight == 0.0));
        }

        // A padded source is the shorter source.
        let short = Tokens::from(source.ids.slice([0..1, 0..4]));
        let first_target = Tokens::from(target.ids.narrow(0, 0, 1));
        assert_close(&first[0], &example_logits(&model.forward_with_attention(Some(&short), &first_target), 0));
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

        let before = model.forward_with_attention(source.as_ref(), &padded);
        let after = model.forward_with_attention(source.as_ref(), &changed);
        let beside = |output: &TransformerOutput, at: usize| {
            numbers(output.logits.clone().slice([at..at + 1, 2..TARGET_LENGTH]))
        };
        assert_eq!(beside(&before, 0), beside(&after, 0), "{config:?}");
        assert_ne!(beside(&before, 1), beside(&after, 1), "{config:?}");
        // The padded tokens themselves see nothing at all, which is no reason for a NaN.
        assert!(numbers(after.logits).iter().all(|logit| logit.is_finite()));
    }
}

#[test]
fn every_layer_shows_its_attention() {
    let (model, source, target) = example(&config(Architecture::EncoderDecoder, 0));
    let output = model.forward_with_attention(source.as_ref(), &target);
    assert_eq!(output.logits.dims(), [2, TARGET_LENGTH, VOCAB_SIZE]);
    let shapes = |layers: &[Attended]| layers.iter().map(|layer| layer.weights.dims()).collect::<Vec<_>>();
    assert_eq!(shapes(&output.encoder_self), [[2, 3, SOURCE_LENGTH, SOURCE_LENGTH]; 2]);
    assert_eq!(shapes(&output.decoder_self), [[2, 3, TARGET_LENGTH, TARGET_LENGTH]; 2]);
    assert_eq!(shapes(&output.cross), [[2, 3, TARGET_LENGTH, SOURCE_LENGTH]; 2]);
    for attended in [output.encoder_self, output.decoder_self, output.cross].into_iter().flatten() {
        assert!(numbers(attended.weights.sum_dim(3)).iter().all(|sum| (sum - 1.0).abs() < 1e-5));
    }

    let (model, _, target) = example(&config(Architecture::Decoder, 0));
    let output = model.forward_with_attention(None, &target);
    assert_eq!([output.encoder_self.len(), output.decoder_self.len(), output.cross.len()], [0, 2, 0]);
    assert!(!model.has_encoder());
}

#[test]
fn logits_without_weights_are_those_with_weights() {
    for config in models() {
        let (model, source, target) = example(&config);
        let flags = [[false, false, true, true, false, false], [false; 6]];
        let padded =
            source.map(|source| Tokens { padding: Some(Tensor::from_data(flags, &source.ids.device())), ..source });
        let output = model.forward_with_attention(padded.as_ref(), &target);
        assert_close(&numbers(model.forward(padded.as_ref(), &target)), &numbers(output.logits));
    }
}

#[test]
fn token_by_token_the_logits_are_those_of_the_whole() {
    for config in models() {
        let (model, source, target) = example(&config);
        let device = target.ids.device();
        let flags = [[false, false, true, true, false, false], [false; 6]];
        let source = source.map(|source| Tokens { padding: Some(Tensor::from_data(flags, &device)), ..source });
        let whole = model.forward(source.as_ref(), &target);

        for prompt_length in [1, 3] {
            let memory = source.as_ref().map(|source| model.encode(source));
            let mut cache = model.start_decoding(memory.as_ref());
            let prompt = model.decode_next(&target.ids.clone().narrow(1, 0, prompt_length), &mut cache);
            assert_close(&numbers(prompt), &numbers(whole.clone().narrow(1, 0, prompt_length)));
            let next = model.decode_next(&target.ids.clone().narrow(1, prompt_length, 1), &mut cache);
            assert_close(&numbers(next), &numbers(whole.clone().narrow(1, prompt_length, 1)));

            // From here on the second sequence alone, with its own part of the cache and of the mask.
            cache.select(&Tensor::from_data([1], &device));
            for place in prompt_length + 1..TARGET_LENGTH {
                let token = target.ids.clone().slice([1..2, place..place + 1]);
                let next = model.decode_next(&token, &mut cache);
                assert_close(&numbers(next), &numbers(whole.clone().slice([1..2, place..place + 1])));
            }
        }
    }
}

#[test]
#[should_panic(expected = "behind the prompt, tokens come one at a time, not 2")]
fn behind_the_prompt_tokens_come_one_at_a_time() {
    let (model, _, target) = example(&config(Architecture::Decoder, 0));
    let mut cache = model.start_decoding(None);
    model.decode_next(&target.ids.clone().narrow(1, 0, 3), &mut cache);
    model.decode_next(&target.ids.narrow(1, 3, 2), &mut cache);
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
#[should_panic(expected = "reads no source")]
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

/// Both architectures as they are by default with two seeds, and every choice that there is besides.
fn models() -> impl Iterator<Item = TransformerConfig> {
    let architectures = [Architecture::Decoder, Architecture::EncoderDecoder];
    architectures.into_iter().flat_map(|architecture| {
        let plain = config(architecture, 1);
        let other_positions = [Positions::Learned, Positions::Rotary, Positions::Alibi, Positions::None];
        let positions = other_positions.map(|positions| TransformerConfig { positions, ..plain.clone() });
        let others = [
            config(architecture, 2),
            TransformerConfig { norm: NormPlacement::Post, ..plain.clone() },
            TransformerConfig { activation: Activation::Gelu, tie_weights: true, ..plain.clone() },
        ];
        [plain].into_iter().chain(others).chain(positions).filter(|config| config.check().is_ok())
    })
}

fn config(architecture: Architecture, seed: u64) -> TransformerConfig {
    TransformerConfig {
        architecture,
        vocab_size: VOCAB_SIZE,
        max_length: TARGET_LENGTH,
        d_model: 12,
        n_heads: 3,
        n_layers: 2,
        d_ff: 20,
        dropout: 0.0,
        positions: Positions::Sinusoidal,
        norm: NormPlacement::Pre,
        activation: Activation::Relu,
        tie_weights: false,
        seed,
    }
}

/// A fresh model and two sequences for each of its inputs.
fn example(config: &TransformerConfig) -> (Transformer, Option<Tokens>, Tokens) {
    let (device, seed) = (device(), config.seed);
    let has_encoder = config.architecture == Architecture::EncoderDecoder;
    let source = has_encoder.then(|| random_tokens(SOURCE_LENGTH, seed + 100, &device));
    (config.init(&device), source, random_tokens(TARGET_LENGTH, seed + 200, &device))
}

fn random_tokens(seq_length: usize, seed: u64, device: &Device) -> Tokens {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    let ids: Vec<i64> = (0..2 * seq_length).map(|_| generator.random_range(0..VOCAB_SIZE as i64)).collect();
    Tensor::from_data(TensorData::new(ids, [2, seq_length]), device).into()
}

/// Every token in `places` replaced by another one, in both sequences.
fn other_tokens(tokens: &Tokens, places: std::ops::Range<usize>) -> Tokens {
    let old: Tensor<2, Int> = tokens.ids.clone().slice([0..2, places.clone()]);
    let new = (old + 1).remainder_scalar(VOCAB_SIZE as i64);
    Tokens { ids: tokens.ids.clone().slice_assign([0..2, places], new), padding: tokens.padding.clone() }
}

fn example_logits(output: &TransformerOutput, at: usize) -> Vec<f32> {
    numbers(output.logits.clone().narrow(0, at, 1))
}
