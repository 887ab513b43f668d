//! Rollout is a product of matrices, flow of two layers a sum of minima, and value-weighted attention what a query really gets.

mod noisy;

use burn::tensor::{Bool, Int, Tensor, TensorData};
use headlight_lens::{
    Example, ExampleBatch, Examples, Network, Prediction, Residual, Shares, ValueWeighted, Weights, flow,
};
use headlight_model::{
    AttentionKind, AttentionTrace, Head, NormPlacement, Sequences, Stack, Tokens, Trace, Traceable, Transformer,
    TransformerConfig,
};
use headlight_record::Origin;
use headlight_record::findings::Counted;
use headlight_record::findings::{Cell, Chart};

use noisy::{device, noisy};

const LENGTH: usize = 6;

#[test]
fn rollout_is_the_product_of_the_layers_and_its_rows_sum_to_1() {
    let (_, trace) = decoder(3);
    for (residual, kept) in [(Residual::Half, 0.5), (Residual::Ignored, 0.0)] {
        let product = matrices(&trace, AttentionKind::DecoderSelf, kept).reduce(|below, above| above.matmul(below));
        let expected = numbers(product.expect("layers"));
        let found = Network::new(&trace, Stack::Decoder, 1, residual).rollout();
        assert_close(&found.iter().flat_map(|shares| shares.own.clone()).collect::<Vec<_>>(), &expected);
        for Shares { own, source } in &found {
            assert!((own.iter().sum::<f64>() - 1.0).abs() < 1e-6 && source.is_empty(), "{own:?}");
        }
    }
}

/// The flow from output to input of two layers goes through one position of the layer between each way, and each way carries as much as
/// the narrower of its two edges.
#[test]
fn flow_through_two_layers_is_a_sum_of_minima() {
    let (_, trace) = decoder(2);
    for (residual, kept) in [(Residual::Half, 0.5), (Residual::Ignored, 0.0)] {
        let [below, above]: [Vec<f64>; 2] = matrices(&trace, AttentionKind::DecoderSelf, kept)
            .map(numbers)
            .collect::<Vec<_>>()
            .try_into()
            .expect("two");
        let found = Network::new(&trace, Stack::Decoder, 1, residual).flow(0..LENGTH);
        for (query, shares) in found.iter().enumerate() {
            let through = |key: usize, at: usize| above[query * LENGTH + at].min(below[at * LENGTH + key]);
            let flows: Vec<f64> = (0..LENGTH).map(|key| (0..LENGTH).map(|at| through(key, at)).sum()).collect();
            let sum: f64 = flows.iter().sum();
            assert_close(&shares.own, &flows.iter().map(|flow| flow / sum).collect::<Vec<_>>());
        }
    }
}

#[test]
fn one_layer_lets_through_what_it_attends_to() {
    let (_, trace) = decoder(1);
    let network = Network::new(&trace, Stack::Decoder, 1, Residual::Ignored);
    let attention = trace.attention(AttentionKind::DecoderSelf)[0];
    let weights = Weights::mean_of_heads(attention, 1);
    for shares in [network.rollout(), network.flow(0..LENGTH)] {
        assert_close(&shares.iter().flat_map(|shares| shares.own.clone()).collect::<Vec<_>>(), weights.values());
    }
}

#[test]
fn a_row_of_an_encoder_decoder_is_shared_by_both_inputs() {
    let (_, trace) = encoder_decoder(None);
    for residual in [Residual::Half, Residual::Ignored] {
        let network = Network::new(&trace, Stack::Decoder, 1, residual);
        for shares in network.rollout().into_iter().chain(network.flow(0..LENGTH)) {
            assert_eq!([shares.own.len(), shares.source.len()], [LENGTH, LENGTH - 1]);
            let [own, source] = [&shares.own, &shares.source].map(|part| part.iter().sum::<f64>());
            assert!((own + source - 1.0).abs() < 1e-6, "{own} and {source}");
            match residual {
                // Of what a target's position has at the bottom, half is left after each of four attentions, and more where it attends to itself.
                Residual::Half => assert!(own > 0.5f64.powi(4) && source > 0.4, "{own} and {source}"),
                Residual::Ignored => assert!(own < 1e-9, "the last attention is to the source alone: {own}"),
            }
        }
    }
    let encoder = Network::new(&trace, Stack::Encoder, 1, Residual::Half).rollout();
    assert!(encoder.iter().all(|shares| (shares.own.iter().sum::<f64>() - 1.0).abs() < 1e-6));
}

#[test]
fn where_every_key_is_masked_only_the_residual_connection_carries() {
    let padding = Tensor::<2, Bool>::from_data([[false; LENGTH - 1], [true; LENGTH - 1]], &device());
    let (_, trace) = encoder_decoder(Some(padding));
    let encoder = |residual| Network::new(&trace, Stack::Encoder, 1, residual);
    for (query, shares) in encoder(Residual::Half).rollout().iter().enumerate() {
        let itself: Vec<f64> = (0..LENGTH - 1).map(|key| f64::from(u8::from(key == query))).collect();
        assert_close(&shares.own, &itself);
        assert_close(&encoder(Residual::Half).flow([query])[0].own, &itself);
    }
    let nothing = encoder(Residual::Ignored);
    for shares in nothing.rollout().iter().chain(&nothing.flow(0..LENGTH - 1)) {
        assert_eq!(shares.own, [0.0; LENGTH - 1]);
    }
    let decoder = Network::new(&trace, Stack::Decoder, 1, Residual::Half).rollout();
    assert!(decoder.iter().all(|shares| shares.source.iter().sum::<f64>() == 0.0));
}

/// The first query of a decoder sees one key: what it gets from it is the whole of what the attention adds to the stream, but b_O.
#[test]
fn what_the_only_visible_key_sends_is_what_the_attention_gives() {
    let (model, trace) = decoder(2);
    let kind = AttentionKind::DecoderSelf;
    for (layer, attention) in trace.attention(kind).into_iter().enumerate() {
        let found = ValueWeighted::new(&model, attention, kind, layer, 1);
        let bias = Traceable::output_bias(&model, kind, layer).expect("a bias");
        let first = |tensor: &Tensor<3>| tensor.clone().narrow(0, 1, 1).narrow(1, 0, 1).flatten::<1>(0, 2);
        assert_close(&found.sum.row(0)[..1], &[length(first(&attention.output) - bias)]);
        assert_eq!(found.sum.row(0)[1..], [0.0; LENGTH - 1]);
        for (head, of_head) in found.heads.iter().enumerate() {
            let context = attention.context.clone().narrow(0, 1, 1).narrow(1, head, 1).narrow(2, 0, 1);
            let sent = context.reshape([1, -1]).matmul(model.head(Head { kind, layer, head }).output);
            assert_close(&of_head.row(0)[..1], &[length(sent.flatten(0, 1))]);
        }
    }
}

#[test]
fn rows_are_divided_by_their_sums() {
    let (model, trace) = decoder(1);
    let attention = trace.attention(AttentionKind::DecoderSelf)[0];
    let sum = ValueWeighted::new(&model, attention, AttentionKind::DecoderSelf, 0, 0).sum.normalised();
    assert!((0..LENGTH).all(|query| (sum.row(query).iter().sum::<f64>() - 1.0).abs() < 1e-9));
}

/// Two keys of one query and one of another are needed, of one example of three; the rest of each row is no matter.
#[test]
fn the_share_on_needed_keys_is_that_of_the_rows_and_the_picture_of_the_commonest_shape() {
    let (model, trace) = decoder(2);
    let kind = AttentionKind::DecoderSelf;
    let mut needed = vec![Vec::new(); LENGTH];
    (needed[3], needed[5]) = (vec![1], vec![0, 4]);
    let example = |length: usize, needed: Vec<Vec<usize>>| Example {
        source: Vec::new(),
        target: vec![0; length],
        answer: vec![Prediction { position: length - 1, token: 0 }],
        needed: [(kind, needed)].into(),
    };
    let batch = |length: usize, needed: Vec<Vec<Vec<usize>>>| {
        let target = tokens(length).narrow(0, 0, needed.len()).into();
        let examples = needed.into_iter().map(|needed| example(length, needed)).collect();
        ExampleBatch { input: Sequences { source: None, target }, examples }
    };
    let nothing = |length: usize| vec![Vec::new(); length];
    let names: Vec<String> = (0..7).map(|token| token.to_string()).collect();
    let examples = Examples {
        batches: vec![batch(4, vec![nothing(4)]), batch(LENGTH, vec![nothing(LENGTH), needed])],
        vocabulary: names.clone(),
        answers: names,
        counted: Counted::default(),
        origin: Origin::default(),
        seed: 0,
    };
    let findings = flow(&model, &examples);
    let found = |measure: &str| {
        let row = findings.tables[0].rows.iter().find(|row| row[1] == Cell::from(measure));
        match row.map(|row| &row[2]) {
            Some(Cell::Estimate(estimate)) => (estimate.mean, estimate.examples),
            other => panic!("{measure}: {other:?}"),
        }
    };
    let share = |rows: &[f64]| {
        let at = |query: usize, key: usize| rows[query * LENGTH + key];
        (at(3, 1) + at(5, 0) + at(5, 4)) / 2.0
    };
    let head: Tensor<2> =
        trace.attention(kind)[1].weights.clone().narrow(0, 1, 1).narrow(1, 0, 1).squeeze_dims(&[0, 1]);
    let product = matrices(&trace, kind, 0.5).reduce(|below, above| above.matmul(below)).expect("layers");
    let expected = [share(&numbers(head)), share(&numbers(product)), (1.0 / 4.0 + 2.0 / 6.0) / 2.0];
    for (measure, expected) in ["L1H0 attention", "rollout", "uniform"].into_iter().zip(expected) {
        let (mean, examples) = found(measure);
        assert!((mean - expected).abs() < 1e-6 && examples == 1, "{measure}: {mean} is not {expected}");
    }
    let Chart::Grid(picture) = &findings.charts[0] else { panic!("heatmaps") };
    assert_eq!(picture.down.labels.len(), LENGTH);
}

fn decoder(n_layers: usize) -> (Transformer, Trace) {
    let model = noisy(&TransformerConfig { n_layers, ..small(TransformerConfig::decoder(7)) });
    let trace = Traceable::trace(&model, &Sequences { source: None, target: tokens(LENGTH).into() }, &[]);
    (model, trace)
}

fn encoder_decoder(padding: Option<Tensor<2, Bool>>) -> (Transformer, Trace) {
    let model = noisy(&TransformerConfig { norm: NormPlacement::Post, ..small(TransformerConfig::encoder_decoder(7)) });
    let source = Some(Tokens { padding, ..tokens(LENGTH - 1).into() });
    let trace = Traceable::trace(&model, &Sequences { source, target: tokens(LENGTH).into() }, &[]);
    (model, trace)
}

fn small(config: TransformerConfig) -> TransformerConfig {
    TransformerConfig { d_model: 8, n_heads: 2, d_ff: 12, ..config }
}

/// Two sequences.
fn tokens(length: usize) -> Tensor<2, Int> {
    let ids: Vec<i64> = (0..2 * length as i64).map(|at| (at * at) % 7).collect();
    Tensor::from_data(TensorData::new(ids, [2, length]), &device())
}

/// (1 − kept) A + kept I of each layer, A the mean over heads, of the second sequence.
fn matrices(trace: &Trace, kind: AttentionKind, kept: f64) -> impl Iterator<Item = Tensor<2>> {
    trace.attention(kind).into_iter().map(move |attention: &AttentionTrace| {
        let mean: Tensor<2> = attention.weights.clone().narrow(0, 1, 1).mean_dim(1).squeeze_dims(&[0, 1]);
        mean * (1.0 - kept) + Tensor::eye(LENGTH, &device()) * kept
    })
}

fn length(vector: Tensor<1>) -> f64 {
    vector.square().sum().sqrt().into_scalar::<f32>().into()
}

fn numbers(tensor: Tensor<2>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

fn assert_close(found: &[f64], expected: &[f64]) {
    let is_close = found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(is_close, "{found:?} is not {expected:?}");
}
