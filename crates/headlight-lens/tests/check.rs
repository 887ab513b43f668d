//! The leak detector is silent on models that are right, and names where a leak begins in models that are not.

mod leaky;

use burn::tensor::{Device, Int, Tensor, TensorData};
use headlight_device::DeviceName;
use headlight_lens::{AttentionPart, Changed, LeakReport, Place, Verdict, check};
use headlight_model::{
    Activation, Architecture, AttentionKind, Head, NormPlacement, Positions, Sequences, Tokens, Transformer,
    TransformerConfig,
};

use leaky::Leaky;

const VOCAB_SIZE: usize = 11;

#[test]
fn no_transformer_leaks() {
    let positions = [Positions::Sinusoidal, Positions::Learned, Positions::Rotary, Positions::Alibi, Positions::None];
    let mut models = 0;
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        for (positions, norm) in
            positions.into_iter().flat_map(|kind| [(kind, NormPlacement::Pre), (kind, NormPlacement::Post)])
        {
            let config = TransformerConfig { positions, norm, activation: Activation::Gelu, ..config(architecture) };
            if config.check().is_err() {
                continue; // ALiBi is for decoders alone
            }
            let report = check(&config.init(&device()), &input(architecture), 0.0);
            assert!(report.is_tight(), "{config:?}:\n{report}");
            let applied = report.checks.iter().filter(|check| matches!(check.verdict, Verdict::Tight { .. }));
            assert_eq!(applied.count(), if architecture == Architecture::Decoder { 3 } else { 4 }, "{report}");
            models += 1;
        }
    }
    assert_eq!(models, 18);
}

#[test]
fn a_head_that_looks_ahead_is_named() {
    for head in decoder_heads() {
        let model = Leaky::looking_ahead(model(Architecture::Decoder), head);
        let report = check(&model, &input(Architecture::Decoder), 0.0);
        let (changed, leak) = report.leaks().next().expect("it leaks");
        assert_eq!(changed, Changed::FutureTokens);
        // The weights themselves are given, so the first number that differs is what they mix.
        assert_eq!(leak.place, Place::Head(head, AttentionPart::Context), "{report}");
        let weight = leak.weight.expect("it looks at a changed key");
        assert_eq!((weight.head, weight.key, weight.weight), (head, leak.position + 1, 1.0), "{report}");
        assert!(leak.logits_change > 1e-4, "{report}");
        assert_eq!(report.leaks().count(), 1, "neither padding nor other sequences:\n{report}");
    }
}

#[test]
fn padding_that_is_not_masked_is_named() {
    let decoder = Leaky::without_padding_mask(model(Architecture::Decoder));
    let report = check(&decoder, &input(Architecture::Decoder), 0.0);
    assert_eq!(names(&report), [Changed::TargetPadding], "{report}");
    let both = Leaky::without_padding_mask(model(Architecture::EncoderDecoder));
    let report = check(&both, &input(Architecture::EncoderDecoder), 0.0);
    assert_eq!(names(&report), [Changed::SourcePadding, Changed::TargetPadding], "{report}");
    let (_, leak) = report.leaks().next().expect("it leaks");
    let first = Head { kind: AttentionKind::EncoderSelf, layer: 0, head: 0 };
    assert_eq!(leak.place, Place::Head(first, AttentionPart::Weights), "{report}");
    assert!(leak.weight.expect("it attends to padding").weight > 0.01, "{report}");
}

#[test]
fn sequences_that_mix_are_named() {
    let model = Leaky::centred_over_the_batch(model(Architecture::Decoder));
    let report = check(&model, &input(Architecture::Decoder), 0.0);
    assert!(names(&report).contains(&Changed::OtherSequences), "{report}");
    let (_, leak) = report.leaks().find(|(changed, _)| *changed == Changed::OtherSequences).expect("it leaks");
    let first = Head { kind: AttentionKind::DecoderSelf, layer: 0, head: 0 };
    assert_eq!(leak.place, Place::Head(first, AttentionPart::Query), "{report}");
}

/// NaN is in both passes, before and after the change: it is made of padding alone, whatever the padding is.
#[test]
fn nan_is_named_though_no_change_makes_it() {
    let model = Leaky::nan_where_all_is_masked(model(Architecture::Decoder));
    let report = check(&model, &input(Architecture::Decoder), 0.0);
    assert_eq!(names(&report), [Changed::TargetPadding], "{report}");
    let (_, leak) = report.leaks().next().expect("it leaks");
    assert!(matches!(leak.place, Place::Head(Head { layer: 1, .. }, _)), "padding reaches others there: {report}");
    assert!(leak.change.is_infinite() && leak.logits_change.is_infinite(), "{report}");
    assert!(report.to_string().contains("holds NaN"), "{report}");
}

#[test]
fn a_leak_below_the_bound_is_none() {
    let head = Head { kind: AttentionKind::DecoderSelf, layer: 0, head: 0 };
    let model = Leaky::looking_ahead(model(Architecture::Decoder), head);
    assert!(check(&model, &input(Architecture::Decoder), 1e3).is_tight());
}

#[test]
#[should_panic(expected = "the check needs two sequences")]
fn one_sequence_is_refused() {
    let target = Tensor::<2, Int>::from_data([[1, 2, 3]], &device()).into();
    check(&model(Architecture::Decoder), &Sequences { source: None, target }, 0.0);
}

fn names(report: &LeakReport) -> Vec<Changed> {
    report.leaks().map(|(changed, _)| changed).collect()
}

fn decoder_heads() -> impl Iterator<Item = Head> {
    (0..2).flat_map(|layer| (0..2).map(move |head| Head { kind: AttentionKind::DecoderSelf, layer, head }))
}

fn config(architecture: Architecture) -> TransformerConfig {
    TransformerConfig {
        architecture,
        max_length: 8,
        d_model: 8,
        n_heads: 2,
        d_ff: 12,
        seed: 5,
        ..TransformerConfig::decoder(VOCAB_SIZE)
    }
}

fn model(architecture: Architecture) -> Transformer {
    config(architecture).init(&device())
}

fn input(architecture: Architecture) -> Sequences {
    let source = (architecture == Architecture::EncoderDecoder).then(|| tokens(3, 6));
    Sequences { source, target: tokens(3, 7) }
}

fn tokens(batch_size: usize, length: usize) -> Tokens {
    let ids: Vec<i64> = (0..batch_size * length).map(|at| (at * at + 3 * at) as i64 % VOCAB_SIZE as i64).collect();
    Tensor::<2, Int>::from_data(TensorData::new(ids, [batch_size, length]), &device()).into()
}

fn device() -> Device {
    DeviceName::default().open().expect("the processor is there")
}
