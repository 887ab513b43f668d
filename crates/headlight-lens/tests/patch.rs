//! What patching brings back: all of it where everything is patched, nothing where what is patched is what was there.

#[path = "../../headlight-model/tests/device/mod.rs"]
mod device;
mod kinds;
#[path = "../../headlight-model/tests/models/mod.rs"]
mod models;

use burn::tensor::Tensor;
use headlight_lens::{ExampleBatch, Examples, LensError, Metric, Pairs, Role, outcomes, patch, patched};
use headlight_model::{At, AttentionKind, Sequences, Site, Stack, Tokens, Traceable, Transformer};
use headlight_record::findings::Chart;
use kinds::{Altered, kinds};

/// The two examples of each kind of model as a pair; the other way round it is another one.
fn pair(examples: &Examples<Sequences>) -> Pairs<Sequences> {
    let [clean, corrupt] = [0, 1].map(|row| {
        let ExampleBatch { input, examples: rows } = &examples.batches[0];
        let of_row = |tokens: &Tokens| Tokens::from(tokens.ids.clone().narrow(0, row, 1));
        let input = Sequences { source: input.source.as_ref().map(of_row), target: of_row(&input.target) };
        Examples { batches: vec![ExampleBatch { input, examples: vec![rows[row].clone()] }], ..examples.clone() }
    });
    Pairs::new(clean, corrupt).expect("a pair")
}

#[test]
fn patching_every_site_with_the_clean_pass_gives_1_and_with_the_corrupt_one_0() {
    for (config, model, examples) in kinds() {
        let pairs = pair(&examples);
        let batch = &pairs.batches[0];
        let [clean, corrupt] = [&batch.clean, &batch.corrupt].map(|of| Traceable::trace(&model, &of.input, &[]));
        for metric in [Metric::LogitDifference, Metric::LogProbability] {
            let found = patch(&model, &pairs, metric).expect("told apart");
            let everywhere: Vec<(Site, At)> =
                found.sites.iter().map(|patched| (patched.site, At::Everywhere)).collect();
            let effect = |logits: Tensor<3>| {
                (metric.of(&logits, &batch.pairs)[0] - found.corrupt[0]) / (found.clean[0] - found.corrupt[0])
            };
            let of_clean = effect(patched(&model, &batch.corrupt, &clean, &everywhere));
            assert!((of_clean - 1.0).abs() < 1e-4, "{config:?}: {of_clean}");
            let of_corrupt = effect(patched(&model, &batch.corrupt, &corrupt, &everywhere));
            assert!(of_corrupt.abs() < 1e-4, "{config:?}: {of_corrupt}");
            // The same one site at a time: what is put there is there already.
            for (site, at) in &everywhere {
                let nothing = effect(patched(&model, &batch.corrupt, &corrupt, &[(*site, at.clone())]));
                assert!(nothing.abs() < 1e-4, "{config:?} at {site:?}: {nothing}");
            }
        }
    }
}

#[test]
fn single_patches_are_those_of_a_pass_with_one_value_replaced() {
    for (config, model, examples) in kinds() {
        let pairs = pair(&examples);
        let batch = &pairs.batches[0];
        let clean = Traceable::trace(&model, &batch.clean.input, &[]);
        let found = patch(&model, &pairs, Metric::LogitDifference).expect("told apart");
        let mut something = 0;
        for patches in &found.sites {
            for position in 0..patches.metric.len() {
                let effect = found.effect(patches, position, 0);
                let logits = patched(&model, &batch.corrupt, &clean, &[(patches.site, At::Positions(vec![position]))]);
                let metric = Metric::LogitDifference.of(&logits, &batch.pairs)[0];
                assert_eq!(metric, patches.metric[position][0], "{config:?} at {:?}", patches.site);
                // No patch of the decoder's acts on what came before it.
                let is_later = position > batch.pairs[0].position();
                if is_later && patches.site != Site::Stream(Stack::Encoder, 0) && is_of_decoder(patches.site) {
                    assert!(effect.abs() < 1e-4, "{config:?} at {:?}, {position}: {effect}", patches.site);
                }
                something += usize::from(effect.abs() > 1e-3);
            }
        }
        assert!(something > 3, "{config:?}: {something} patches do something");
    }
}

fn is_of_decoder(site: Site) -> bool {
    match site {
        Site::Stream(stack, _) | Site::FeedForward(stack, _) => stack == Stack::Decoder,
        Site::Context(head) => head.kind != AttentionKind::EncoderSelf,
    }
}

#[test]
fn pairs_of_different_lengths_or_with_the_same_answer_are_refused() {
    let (_, model, examples) = kinds().next().expect("a model");
    let of_one = pair(&examples);
    let batch = &of_one.batches[0];
    let as_examples = |batch: &ExampleBatch<Sequences>| Examples { batches: vec![batch.clone()], ..examples.clone() };

    let same = Pairs::new(as_examples(&batch.clean), as_examples(&batch.clean));
    assert!(matches!(same, Err(LensError::SameAnswer)));

    let mut shorter = batch.corrupt.clone();
    shorter.examples[0].target.pop();
    let different = Pairs::new(as_examples(&batch.clean), as_examples(&shorter));
    assert!(matches!(different, Err(LensError::PairLengths { clean: 7, corrupt: 6 })), "{different:?}");

    // Two examples that read the same, and differ in what is asked of them, are the same to the model.
    let mut alike = batch.clean.clone();
    alike.examples[0].answer[0].token += 1;
    let alike = Pairs::new(as_examples(&batch.clean), as_examples(&alike)).expect("a pair");
    assert!(matches!(patch(&model, &alike, Metric::LogProbability), Err(LensError::NotToldApart)));
}

#[test]
fn a_model_that_is_wrong_about_all_of_many_pairs_is_refused_and_findings_are_means_over_the_right_ones() {
    // What the model says is its right answer, of one example with the other, and the other way round.
    let said = |model: &Transformer, examples: &Examples<Sequences>| {
        let outcomes = outcomes(model, &examples.batches[0], &[]);
        outcomes.into_iter().map(|outcome| outcome.predicted[2]).collect::<Vec<usize>>()
    };
    let differs = |(_, model, examples): &(_, Transformer, Examples<Sequences>)| {
        let said = said(model, examples);
        !model.has_encoder() && said[0] != said[1]
    };
    let (config, model, examples) = kinds().find(differs).expect("a model that says two things");
    let said = said(&model, &examples);
    let ExampleBatch { input, examples: rows } = &examples.batches[0];
    let batch = |order: [usize; 2], right: bool| {
        let ids = Tensor::cat(order.map(|row| input.target.ids.clone().narrow(0, row, 1)).to_vec(), 0);
        let of = |row: usize| {
            let mut example = rows[row].clone();
            example.answer.drain(..2);
            example.answer[0].token = if right { said[row] } else { (said[row] + row + 1) % models::VOCAB_SIZE };
            example
        };
        let input = Sequences { source: None, target: ids.into() };
        Examples { batches: vec![ExampleBatch { input, examples: order.map(of).to_vec() }], ..examples.clone() }
    };
    let wrong = Pairs::new(batch([0, 1], false), batch([1, 0], false)).expect("two pairs");
    let refused = patch(&model, &wrong, Metric::LogitDifference);
    assert!(matches!(refused, Err(LensError::NoRightPair { pairs: 2 })), "{refused:?}");

    let pairs = Pairs::new(batch([0, 1], true), batch([1, 0], true)).expect("two pairs");
    let found = patch(&model, &pairs, Metric::LogitDifference).expect("told apart");
    assert_eq!(found.counted, [true, true]);
    let findings = found.findings();
    assert_eq!(findings.examples, 2);
    let Chart::Grid(stream) = &findings.charts[1] else { panic!("grids") };
    assert_eq!((stream.down.labels.len(), stream.across.labels.len()), (config.n_layers, 7));
    let mean = (found.effect(&found.sites[0], 3, 0) + found.effect(&found.sites[0], 3, 1)) / 2.0;
    assert!((stream.panels[0].1[3] - mean).abs() < 1e-12);
    assert_eq!(findings.charts.len(), 4);

    let undecided = Altered::undecided_about_the_last(model.clone());
    let of_one = patch(&undecided, &pairs, Metric::LogitDifference).expect("one is told apart");
    assert_eq!((&of_one.counted[..], of_one.alike), (&[true, false][..], 1));
    let findings = of_one.findings();
    assert_eq!(findings.examples, 1);
    assert!(findings.notes.iter().any(|note| note.starts_with("1 is left out")), "{:?}", findings.notes);

    // Roles part the positions: their effects sum to those of all positions.
    for patches in &found.sites {
        for pair in 0..2 {
            let of_roles: f64 = Role::ALL.into_iter().map(|role| found.effect_of_role(patches, role, pair)).sum();
            let of_all: f64 = (0..7).map(|position| found.effect(patches, position, pair)).sum();
            assert!((of_roles - of_all).abs() < 1e-9);
        }
    }
    // What every token up to the answer brings into the stream is all there is, and the changed ones bring it.
    let changed = found.effect_of_role(&found.sites[0], Role::Elsewhere, 0);
    assert!(changed.abs() < 1e-4, "a token that both have in common brings nothing: {changed}");
}
