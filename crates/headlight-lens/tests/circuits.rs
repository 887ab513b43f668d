//! Circuits are what the traced pass multiplies, and known where the matrices are written by hand.

mod by_hand;
mod noisy;

use burn::tensor::Tensor;
use headlight_lens::{Composition, Examples, circuits, compositions, copying, output_value, query_key};
use headlight_model::{
    Architecture, AttentionKind, Head, NormPlacement, NormSite, Positions, Sequences, Stack, Traceable,
    TransformerConfig,
};
use headlight_record::Findings;
use headlight_record::findings::Counted;

use by_hand::ByHand;
use noisy::{device, noisy};

const TOKENS: [usize; 4] = [0, 1, 2, 3];

fn head(layer: usize, head: usize) -> Head {
    Head { kind: AttentionKind::DecoderSelf, layer, head }
}

/// Differences between tokens, in which biases and β cancel, of a model whose γ and β are not 1 and 0. A norm's scale 1/σ is what a
/// circuit leaves out.
#[test]
fn circuits_are_what_a_pass_over_single_tokens_multiplies() {
    let config =
        TransformerConfig { positions: Positions::None, d_model: 8, n_heads: 2, ..TransformerConfig::decoder(4) };
    let model = noisy(&config);
    let target = Tensor::from_data([TOKENS.map(|token| token as i64)], &device());
    let trace = Traceable::trace(&model, &Sequences { source: None, target: Tensor::into(target) }, &[]);
    let scale = deviations(&model.token_embedding(Stack::Decoder));
    let of_layer = trace.attention(AttentionKind::DecoderSelf)[0];
    for nth in 0..2 {
        let rows = |tensor: &Tensor<4>| tensor.clone().narrow(1, nth, 1).squeeze_dims::<2>(&[0, 1]);
        let from_first = |rows: Tensor<2>| rows.clone() - rows.narrow(0, 0, 1);
        let (queries, keys) = (from_first(rows(&of_layer.query)), from_first(rows(&of_layer.key)));
        let scores = numbers(queries.matmul(keys.transpose()) / 2.0); // √d_head
        let circuit = query_key(&model, head(0, nth), &TOKENS);
        let scaled = |a: usize, b: usize| circuit[a][b] / (scale[a] * scale[b]);
        for (a, b) in TOKENS.iter().flat_map(|a| TOKENS.map(|b| (*a, b))) {
            let expected = scaled(a, b) - scaled(a, 0) - scaled(0, b) + scaled(0, 0);
            assert_close(scores[a * 4 + b], expected);
        }

        let values = from_first(rows(&of_layer.value)).matmul(model.head(head(0, nth)).output);
        let centred = values.clone() - values.mean_dim(1);
        let last = model.norm(NormSite::Final(Stack::Decoder)).expect("a final norm");
        let logits =
            numbers((centred * last.gamma.val().unsqueeze()).matmul(model.unembedding().expect("it is linear").weight));
        let circuit = output_value(&model, head(0, nth), &TOKENS, &TOKENS).expect("it reaches the logits");
        for (a, b) in TOKENS.iter().flat_map(|a| TOKENS.map(|b| (*a, b))) {
            assert_close(logits[a * 4 + b], circuit[a][b] / scale[a] - circuit[0][b] / scale[0]);
        }
    }
}

#[test]
fn a_copying_head_scores_1_and_one_that_lowers_what_it_reads_scores_less() {
    let model = ByHand::of_values([1.0, -1.0]);
    let found = [0, 1].map(|nth| copying(&model, head(0, nth)).expect("it reaches the logits"));
    assert_eq!(found.map(|found| (found.score, found.positive)), [(1.0, 1.0), (-1.0, 0.0)]);
}

#[test]
fn a_head_that_reads_what_another_writes_composes_with_it_and_no_other() {
    let model = ByHand::reading_keys_of_the_first();
    let all = compositions(&model, 0);
    assert_eq!(all.len(), 4);
    let raw = |pair: &Composition| {
        [pair.query, pair.key, pair.value].map(|part| part.expect("one stack") + pair.baseline.mean)
    };
    let from = |nth: usize| all.iter().find(|pair| (pair.from, pair.to) == (head(0, nth), head(1, 0))).expect("a pair");
    assert_eq!(raw(from(0)).map(|part| (part * 1e6).round() / 1e6), [0.0, 0.5, 0.0]);
    assert_eq!(raw(from(1)).map(|part| (part * 1e6).round() / 1e6), [0.0; 3]);
}

#[test]
fn random_matrices_compose_as_much_as_the_baseline_within_its_spread() {
    for (norm, architecture) in [
        (NormPlacement::Pre, Architecture::Decoder),
        (NormPlacement::Post, Architecture::Decoder),
        (NormPlacement::Pre, Architecture::EncoderDecoder),
    ] {
        let config = TransformerConfig { norm, architecture, seed: 3, ..TransformerConfig::decoder(10) };
        let all = compositions(&config.init(&device()), 0);
        let parts: Vec<(f64, f64)> = all
            .iter()
            .flat_map(|pair| [pair.query, pair.key, pair.value].map(|part| (part, pair.baseline.spread)))
            .filter_map(|(part, spread)| Some((part?, spread)))
            .collect();
        let mean = parts.iter().map(|(part, spread)| part / spread).sum::<f64>() / parts.len() as f64;
        assert!(mean.abs() < 1.0, "{norm:?} {architecture:?}: {mean} spreads");
        assert!(parts.iter().all(|(part, spread)| part.abs() < 5.0 * spread), "{norm:?} {architecture:?}: {parts:?}");
    }
}

/// Of 65 tokens none is drawn with each, and all else is there; of many heads all pairs are.
#[test]
fn many_tokens_leave_out_their_pictures_alone() {
    let config = TransformerConfig { d_model: 12, n_heads: 6, ..TransformerConfig::decoder(65) };
    let model = config.init(&device());
    let names: Vec<String> = (0..65).map(|token| token.to_string()).collect();
    let (answers, origin) = (names.clone(), Default::default());
    let examples =
        Examples { batches: Vec::new(), vocabulary: names, answers, counted: Counted::default(), origin, seed: 0 };
    let drawn = |tokens: Option<&[usize]>| -> (Vec<String>, Findings) {
        let findings = circuits(&model, &examples, tokens);
        (findings.charts.iter().map(|chart| chart.name().to_string()).collect(), findings)
    };
    let (names, findings) = drawn(None);
    assert_eq!(names, ["composition"]);
    assert!(findings.notes.iter().any(|note| note.starts_with("65 tokens are too many")), "{:?}", findings.notes);
    assert_eq!((findings.heads.len(), findings.tables[1].rows.len()), (12, 36));
    assert!(findings.heads.iter().all(|head| head.scores.contains_key("copying")));
    assert_eq!(drawn(Some(&TOKENS)).0, ["decoder_self_qk", "decoder_self_ov", "composition"]);
}

#[test]
fn pairs_are_those_of_which_the_second_reads_what_the_first_writes() {
    let config = TransformerConfig { d_model: 8, n_heads: 1, ..TransformerConfig::encoder_decoder(5) };
    let all = compositions(&config.init(&device()), 0);
    let named = all.iter().map(|pair| {
        let parts = [("Q", pair.query), ("K", pair.key), ("V", pair.value)];
        let parts: String = parts.into_iter().filter(|(_, part)| part.is_some()).map(|(name, _)| name).collect();
        format!("{} → {} {parts}", pair.from, pair.to)
    });
    let expected = [
        "encoder_self:L0H0 → encoder_self:L1H0 QKV",
        "decoder_self:L0H0 → decoder_self:L1H0 QKV",
        "cross:L0H0 → decoder_self:L1H0 QKV",
        "encoder_self:L0H0 → cross:L0H0 KV",
        "encoder_self:L1H0 → cross:L0H0 KV",
        "decoder_self:L0H0 → cross:L0H0 Q",
        "encoder_self:L0H0 → cross:L1H0 KV",
        "encoder_self:L1H0 → cross:L1H0 KV",
        "decoder_self:L0H0 → cross:L1H0 Q",
        "decoder_self:L1H0 → cross:L1H0 Q",
        "cross:L0H0 → cross:L1H0 Q",
    ];
    assert_eq!(named.collect::<Vec<_>>(), expected);
}

/// √(var(x) + ε) of each row.
fn deviations(rows: &Tensor<2>) -> Vec<f64> {
    let centred = rows.clone() - rows.clone().mean_dim(1);
    numbers((centred.square().mean_dim(1) + 1e-5).sqrt())
}

fn numbers(tensor: Tensor<2>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

fn assert_close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-4 * (1.0 + expected.abs()), "{found} is not {expected}");
}
