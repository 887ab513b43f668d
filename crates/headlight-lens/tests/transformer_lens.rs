//! The lenses against TransformerLens: its numbers for a model of attention alone and one like GPT-2, made with it.

mod golden;

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};
use golden::{Golden, goldens};
use headlight_device::DeviceName;
use headlight_lens::{
    Example, ExampleBatch, Examples, Metric, Pairs, Part, Patched, Prediction, Thresholds, attribution, head_scores,
    logits_by_layer, patch, patched,
};
use headlight_model::{At, AttentionKind, Head, Sequences, Site, Tokens};
use headlight_record::Origin;
use headlight_record::findings::Counted;
use headlight_record::findings::HeadFinding;

/// What `detect_head` detects, as it and our scores call it.
const DETECTED: [&str; 3] = ["previous_token_head", "duplicate_token_head", "induction_head"];

fn device() -> Device {
    DeviceName::default().open().expect("the default device")
}

/// A batch of sequences that ask for these tokens at the last position, one each.
fn batch(tokens: Tokens, asked: Option<&[usize]>) -> ExampleBatch<Sequences> {
    let [_, seq_length] = tokens.ids.dims();
    let rows: Vec<usize> = tokens.ids.clone().into_data().iter::<i64>().map(|id| id as usize).collect();
    let example = |(row, target): (usize, &[usize])| Example {
        source: Vec::new(),
        target: target.to_vec(),
        answer: asked.map(|asked| Prediction { position: seq_length - 1, token: asked[row] }).into_iter().collect(),
        needed: BTreeMap::new(),
    };
    let examples = rows.chunks(seq_length).enumerate().map(example).collect();
    ExampleBatch { input: Sequences { source: None, target: tokens }, examples }
}

fn examples(golden: &Golden, batch: ExampleBatch<Sequences>) -> Examples<Sequences> {
    let vocabulary: Vec<String> = (0..golden.size("vocab_size")).map(|token| token.to_string()).collect();
    Examples {
        batches: vec![batch],
        answers: vocabulary.clone(),
        vocabulary,
        counted: Counted::default(),
        origin: Origin::default(),
        seed: 0,
    }
}

#[test]
fn the_models_are_the_same() {
    for golden in goldens() {
        let logits = golden.model(&device()).forward(None, &golden.tokens("tokens", &device()));
        golden.assert_close("logits", logits);
    }
}

/// The final norm is applied anew to each layer's stream. TransformerLens once took the last layer's scale for all of them: by how much
/// its logits were off stands in each golden's JSON.
#[test]
fn the_logit_lens_is_the_same() {
    for golden in goldens() {
        let trace = golden.model(&device()).trace(None, &golden.sequence("tokens", 0, &device()), &[]);
        let layers = logits_by_layer(&golden.model(&device()), &trace);
        golden.assert_close("lens.logits", Tensor::cat(layers, 0));
    }
}

#[test]
fn heads_are_detected_with_the_same_scores() {
    for golden in goldens() {
        let model = golden.model(&device());
        let scores = |batch| head_scores(&model, &examples(&golden, batch), None, &Thresholds::default()).heads;
        let together = scores(batch(golden.tokens("tokens", &device()), None));
        let alone = (0..3).map(|row| scores(batch(golden.sequence("tokens", row, &device()), None)));
        let alone: Vec<_> = alone.flatten().collect();
        for name in DETECTED {
            for measure in ["mul", "abs"] {
                let score = format!("{name}_{measure}");
                let means = |heads: &[HeadFinding]| -> Vec<f32> {
                    heads.iter().map(|head| head.scores[&score].mean as f32).collect()
                };
                golden.assert_numbers(&format!("detect.{name}.{measure}"), &means(&alone));
                golden.assert_numbers(&format!("detect.{name}.{measure}.mean"), &means(&together));
            }
            // `detect_head` rounds its errors to three digits.
            let (_, rounded) = golden.stored(&format!("detect.{name}.abs.rounded"));
            let ours = alone.iter().map(|head| head.scores[&format!("{name}_abs")].mean);
            for (ours, theirs) in ours.zip(rounded) {
                assert!((ours - f64::from(theirs)).abs() < 0.0005 + 1e-4, "{name}: {ours} rounds to {theirs}");
            }
        }
    }
}

#[test]
fn every_logit_is_the_same_sum() {
    for golden in goldens() {
        let model = golden.model(&device());
        // The sequence as often as there are tokens, each time asked for another one.
        let asked: Vec<usize> = (0..golden.size("vocab_size")).collect();
        let tokens = golden.sequence("clean", 0, &device()).ids.repeat(&[asked.len(), 1]);
        let batch = batch(tokens.into(), Some(&asked));
        let trace = model.trace(None, &batch.input.target, &[]);
        let found = attribution(&model, &trace, &batch.examples).expect("the parts add up");

        let mut theirs: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (part, terms) in found.logit {
            let sums = theirs.entry(their_name(part)).or_insert_with(|| vec![0.0; asked.len()]);
            sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
        }
        let mut take = |name: &str| -> Vec<f32> {
            let terms = theirs.remove(name).unwrap_or_else(|| panic!("there is no {name}"));
            terms.into_iter().map(|term| term as f32).collect()
        };
        let components: Vec<f32> = golden.words("components").iter().flat_map(|name| take(name)).collect();
        golden.assert_numbers("attribution", &components);
        golden.assert_numbers("attribution.constant", &take("constant"));
        golden.assert_numbers("attribution.logits", &found.given.iter().map(|logit| *logit as f32).collect::<Vec<_>>());
        // Nothing else but feed-forward layers that are not there.
        assert!(theirs.values().flatten().all(|term| *term == 0.0), "{theirs:?}");
    }
}

#[test]
fn patching_brings_back_the_same_share() {
    for golden in goldens() {
        let model = golden.model(&device());
        let asked = |name: &str, token: &str| {
            examples(&golden, batch(golden.tokens(name, &device()), Some(&[golden.size(token)])))
        };
        let pairs = Pairs::new(asked("clean", "answer"), asked("corrupt", "other")).expect("equal lengths");
        for (metric, name) in
            [(Metric::LogitDifference, "logit_difference"), (Metric::LogProbability, "log_probability")]
        {
            let found = patch(&model, &pairs, metric).expect("the metric differs");
            let baseline = [found.clean[0], found.corrupt[0]].map(|metric| metric as f32);
            golden.assert_numbers(&format!("patch.{name}.baseline"), &baseline);

            let effects = |of: &Patched| -> Vec<f32> {
                (0..of.metric.len()).map(|position| found.effect(of, position, 0) as f32).collect()
            };
            let at = |is: fn(Site) -> bool| found.sites.iter().filter(move |of| is(of.site)).map(effects);
            let streams: Vec<f32> = at(|site| matches!(site, Site::Stream(..))).flatten().collect();
            golden.assert_numbers(&format!("patch.{name}.resid_pre"), &streams);

            let feed_forward: Vec<f32> = at(|site| matches!(site, Site::FeedForward(..))).flatten().collect();
            match golden.holds(&format!("patch.{name}.mlp_out")) {
                true => golden.assert_numbers(&format!("patch.{name}.mlp_out"), &feed_forward),
                // Feed-forward layers that are not there give 0 either way.
                false => assert!(feed_forward.iter().all(|effect| effect.abs() < 1e-4), "{feed_forward:?}"),
            }

            // Theirs are `[layers, positions, heads]`.
            let heads: Vec<Vec<f32>> = at(|site| matches!(site, Site::Context(_))).collect();
            let layers = heads.chunks(golden.size("n_heads"));
            let positions = |layer: &[Vec<f32>]| -> Vec<f32> {
                (0..layer[0].len()).flat_map(|position| layer.iter().map(move |head| head[position])).collect()
            };
            golden.assert_numbers(&format!("patch.{name}.head"), &layers.flat_map(positions).collect::<Vec<_>>());
        }
    }
}

/// All heads of a layer together are its attention, whose output bias no patch changes.
#[test]
fn patching_all_heads_at_once_is_patching_attention() {
    for golden in goldens() {
        let model = golden.model(&device());
        let [clean, corrupt] = ["clean", "corrupt"].map(|name| batch(golden.tokens(name, &device()), None));
        let from = model.trace(None, &clean.input.target, &[]);
        let difference = |logits: Tensor<3>| {
            let [_, positions, vocab_size] = logits.dims();
            let logits: Vec<f32> = logits.into_data().iter().collect();
            let last = &logits[(positions - 1) * vocab_size..];
            last[golden.size("answer")] - last[golden.size("other")]
        };
        let (_, baseline) = golden.stored("patch.logit_difference.baseline");
        let positions = corrupt.examples[0].target.len();
        let effects = (0..golden.size("n_layers")).flat_map(|layer| (0..positions).map(move |at| (layer, at)));
        let effects: Vec<f32> = effects
            .map(|(layer, position)| {
                let heads = 0..golden.size("n_heads");
                let site = |head| Site::Context(Head { kind: AttentionKind::DecoderSelf, layer, head });
                let patches: Vec<_> = heads.map(|head| (site(head), At::Positions(vec![position]))).collect();
                let found = difference(patched(&model, &corrupt, &from, &patches));
                (found - baseline[1]) / (baseline[0] - baseline[1])
            })
            .collect();
        golden.assert_numbers("patch.logit_difference.attn_out", &effects);
    }
}

/// What TransformerLens calls a part. It keeps the output biases of all layers in one, and the constant is no component.
fn their_name(part: Part) -> String {
    match part {
        Part::Head(head) => head.short(),
        Part::FeedForward(_, layer) => format!("{layer}_mlp_out"),
        Part::TokenEmbedding => "embed".to_string(),
        Part::PositionEncoding => "pos_embed".to_string(),
        Part::OutputBias(AttentionKind::DecoderSelf, _) => "bias".to_string(),
        Part::NormBiases | Part::UnembeddingBias => "constant".to_string(),
        other => panic!("a decoder's logit has no {other:?}"),
    }
}
