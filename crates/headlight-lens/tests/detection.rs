//! Detection of heads against TransformerLens' own `detect_head`, sequence by sequence and over all of them.

mod golden;

use golden::goldens;
use headlight_device::DeviceName;
use headlight_lens::{Example, ExampleBatch, Examples, Thresholds, head_scores};
use headlight_model::{Sequences, Tokens};
use headlight_record::Origin;

const HEADS: [&str; 3] = ["previous_token_head", "duplicate_token_head", "induction_head"];

#[test]
fn every_head_is_detected_as_transformer_lens_detects_it() {
    let device = DeviceName::default().open().expect("the default device");
    for golden in goldens() {
        let model = golden.model(&device);
        let all = golden.tokens("tokens", &device);
        let [count, _] = all.ids.dims();
        let scores = |tokens: Tokens| head_scores(&model, &examples(tokens), None, &Thresholds::default()).heads;
        let means = scores(all);
        let each: Vec<_> = (0..count).map(|row| scores(golden.sequence("tokens", row, &device))).collect();
        for head in HEADS {
            for measure in ["mul", "abs"] {
                let name = format!("{head}_{measure}");
                // Layer by layer, head by head: the order of the golden.
                let ours: Vec<f32> = means.iter().map(|found| found.scores[&name].mean as f32).collect();
                golden.assert_numbers(&format!("detect.{head}.{measure}.mean"), &ours);
                let ours: Vec<f32> = each.iter().flatten().map(|found| found.scores[&name].mean as f32).collect();
                golden.assert_numbers(&format!("detect.{head}.{measure}"), &ours);
            }
        }
    }
}

/// Sequences of a golden, of which nothing is asked.
fn examples(tokens: Tokens) -> Examples<Sequences> {
    let [_, seq_length] = tokens.ids.dims();
    let ids: Vec<usize> = tokens.ids.clone().into_data().iter::<i64>().map(|id| id as usize).collect();
    let example = |target: &[usize]| Example {
        source: Vec::new(),
        target: target.to_vec(),
        answer: Vec::new(),
        needed: Default::default(),
    };
    let vocabulary: Vec<String> = (0..=*ids.iter().max().expect("tokens")).map(|token| token.to_string()).collect();
    Examples {
        batches: vec![ExampleBatch {
            examples: ids.chunks_exact(seq_length).map(example).collect(),
            input: Sequences { source: None, target: tokens },
        }],
        answers: vocabulary.clone(),
        vocabulary,
        origin: Origin::default(),
        seed: 0,
    }
}
