//! What fails when parts are replaced: against answers generated token by token, and gradients against finite differences.

use burn::tensor::{Device, Int, Tensor, TensorData};
use headlight_device::DeviceName;
use headlight_lens::{AblationConfig, Examples, LensError, ablate, ablate_heads, outcomes};
use headlight_model::{
    Activation, Architecture, At, AttentionKind, Head, Intervention, Sequences, Site, Stack, Tokens, Transformer,
};
use headlight_record::Origin;
use headlight_record::findings::{Ablation, Findings, Replacement};
use headlight_train::{Example, ModelConfig, Replicas, Task, Training, TrainingConfig, tasks};

const ALL: [Replacement; 3] = [Replacement::Zero, Replacement::Mean, Replacement::Resample];

fn device() -> Device {
    DeviceName::default().open().expect("the default device")
}

/// A model that has learned most of copying three to five symbols, in 60 steps.
fn copying(architecture: Architecture) -> (Transformer, Task, Vec<Example>) {
    let device = device();
    let task = Task { length: 5, min_length: Some(3), symbols: 6, ..Task::new(&tasks::copy::SPEC, architecture) };
    let config = TrainingConfig { max_steps: 60, ..TrainingConfig::for_task(&task) };
    let model = ModelConfig {
        d_model: 32,
        n_heads: 2,
        n_layers: 2,
        d_ff: 64,
        activation: Activation::Gelu,
        ..ModelConfig::default()
    };
    let replicas = Replicas::new(1).expect("one replica");
    let mut training =
        Training::new(&model.for_task(&task, 0), task.clone(), config, replicas, &device).expect("a training");
    while !training.is_done() {
        training.step().expect("a step");
    }
    let model = training.model();
    let held_out = task.held_out(7, 80).examples;
    (model, task, held_out)
}

fn of_task(task: &Task, held_out: &[Example]) -> Examples<Sequences> {
    Examples::of_task(task, held_out, Origin::default(), 0, &device())
}

/// The most likely token each time, by a whole pass over each prefix, with its part of the replaced values.
fn generate(model: &Transformer, task: &Task, example: &Example, interventions: &[(Site, Tensor<3>)]) -> Vec<usize> {
    let tokens = |ids: &[usize]| -> Tokens {
        let ids: Vec<i64> = ids.iter().map(|id| *id as i64).collect();
        let shape = [1, ids.len()];
        Tensor::<2, Int>::from_data(TensorData::new(ids, shape), &device()).into()
    };
    let prompt = task.prompt(&example.source);
    let (source, mut target) = (prompt.source.map(|source| tokens(&source)), prompt.target);
    let mut said = Vec::new();
    while said.len() < example.answer.len() {
        let of_prefix = |(site, value): &(Site, Tensor<3>)| {
            let is_of_target = !matches!(
                site,
                Site::Context(Head { kind: AttentionKind::EncoderSelf, .. }) | Site::FeedForward(Stack::Encoder, _)
            );
            let value = if is_of_target { value.clone().narrow(1, 0, target.len()) } else { value.clone() };
            Intervention::Replace { site: *site, at: At::Everywhere, value }
        };
        let changes: Vec<Intervention> = interventions.iter().map(of_prefix).collect();
        let logits = model.trace(source.as_ref(), &tokens(&target), &changes).logits;
        let [_, length, _] = logits.dims();
        let next =
            logits.narrow(1, length - 1, 1).argmax(2).into_data().iter::<i64>().next().expect("one token") as usize;
        said.push(next);
        target.push(next);
    }
    said
}

fn output(model: &Transformer, input: &Sequences, site: Site) -> Tensor<3> {
    let trace = model.trace(input.source.as_ref(), &input.target, &[]);
    match site {
        Site::Context(head) => {
            trace.attention(head.kind)[head.layer].context.clone().narrow(1, head.head, 1).squeeze_dim(1)
        }
        Site::FeedForward(stack, layer) | Site::Stream(stack, layer) => {
            trace.stack(stack).expect("it is there").layers[layer].feed_forward.clone()
        }
    }
}

#[test]
fn exact_match_under_an_ablation_is_that_of_answers_generated_under_it() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        let (model, task, held_out) = copying(architecture);
        let held_out: Vec<Example> =
            held_out.into_iter().filter(|example| example.source.len() == 5).take(40).collect();
        assert!(held_out.len() > 20);
        let examples = of_task(&task, &held_out);
        let [batch] = &examples.batches[..] else { panic!("one shape, one batch") };
        let count = held_out.len();
        let kinds = match architecture {
            Architecture::Decoder => vec![AttentionKind::DecoderSelf],
            Architecture::EncoderDecoder => AttentionKind::ALL.to_vec(),
        };
        let heads = kinds.iter().map(|kind| Site::Context(Head { kind: *kind, layer: 1, head: 0 }));
        let mut changed = 0;
        for site in heads.chain([Site::FeedForward(Stack::Decoder, 0)]) {
            let outputs = output(&model, &batch.input, site);
            let [_, positions, width] = outputs.dims();
            let next = Tensor::cat(vec![outputs.clone().narrow(0, 1, count - 1), outputs.clone().narrow(0, 0, 1)], 0);
            for (with, value) in [
                (Replacement::Zero, Tensor::zeros([count, positions, width], &device())),
                (Replacement::Mean, outputs.mean_dim(0).expand([count, positions, width])),
                (Replacement::Resample, next),
            ] {
                let change = Intervention::Replace { site, at: At::Everywhere, value: value.clone() };
                let found = outcomes(&model, batch, &[change]);
                for (at, (example, found)) in held_out.iter().zip(&found).enumerate() {
                    let said = generate(&model, &task, example, &[(site, value.clone().narrow(0, at, 1))]);
                    assert_eq!(said == example.answer, found.is_right, "{site:?} {with:?} {example:?}");
                    changed += usize::from(!found.is_right);
                }
            }
        }
        assert!(changed > 0, "some ablation makes some answer wrong");
    }
}

#[test]
fn each_figure_is_that_of_the_parts_replaced_by_hand() {
    let (model, task, held_out) = copying(Architecture::Decoder);
    let held_out: Vec<Example> = held_out.into_iter().filter(|example| example.source.len() == 5).take(40).collect();
    let examples = of_task(&task, &held_out);
    let [batch] = &examples.batches[..] else { panic!("one shape, one batch") };
    let config = AblationConfig { with: ALL.to_vec(), ..AblationConfig::default() };
    let findings = ablate(&model, &examples, &config).expect("all of one shape");
    let baseline = findings.baseline.expect("always there");
    assert_eq!(findings.ablations.len(), 3 * (4 + 2));
    for ablation in &findings.ablations {
        let site = match (&ablation.heads[..], &ablation.feed_forward[..]) {
            ([head], []) => Site::Context(*head),
            ([], [feed_forward]) => Site::FeedForward(Stack::Decoder, feed_forward.layer),
            _ => panic!("one part each"),
        };
        let outputs = output(&model, &batch.input, site);
        let value = match ablation.with {
            Replacement::Zero => outputs.zeros_like(),
            Replacement::Mean => outputs.mean_dim(0),
            Replacement::Resample => continue, // by whom, only the seed knows: two examples below
        };
        let found =
            outcomes(&model, batch, &[Intervention::Replace { site, at: At::Everywhere, value: value.clone() }]);
        let count = found.len() as f64;
        let loss = found.iter().map(|outcome| outcome.loss).sum::<f64>() / count;
        assert_eq!(ablation.exact_match, found.iter().filter(|outcome| outcome.is_right).count() as f64 / count);
        assert!((ablation.exact_match_change - (ablation.exact_match - baseline.exact_match.mean)).abs() < 1e-12);
        assert!((ablation.loss_change - (loss - baseline.loss.mean)).abs() < 1e-9);
        assert!(ablation.low <= ablation.exact_match_change && ablation.exact_match_change <= ablation.high);
        assert!(ablation.loss_low < ablation.loss_change && ablation.loss_change < ablation.loss_high);
        assert_eq!(ablation.gradient.is_some(), !ablation.heads.is_empty());
        // What is shown as said is said.
        for [question, right, said] in &ablation.failures {
            let asked = |example: &&Example| {
                format!("BOS {} SEP", words(&task, &example.source)) == *question
                    && words(&task, &example.answer) == *right
            };
            let example = held_out.iter().find(asked).expect("a question among the examples");
            let of_all = value.clone().narrow(0, 0, 1); // zeros and means are everybody's
            let generated = words(&task, &generate(&model, &task, example, &[(site, of_all)]));
            let known = said.strip_suffix(" …").unwrap_or(said);
            assert!(generated.starts_with(known) && !right.starts_with(known), "{generated}: {said}");
        }
    }
    assert!(findings.ablations.iter().any(|ablation| !ablation.failures.is_empty()), "some ablation fails");
}

/// Of two examples, each has the other's output.
#[test]
fn resampling_replaces_by_what_the_part_gives_on_another_example() {
    let (model, task, held_out) = copying(Architecture::Decoder);
    let two: Vec<Example> = held_out.into_iter().filter(|example| example.source.len() == 5).take(2).collect();
    let examples = of_task(&task, &two);
    let [batch] = &examples.batches[..] else { panic!("one shape, one batch") };
    let config = AblationConfig { with: vec![Replacement::Resample], ..AblationConfig::default() };
    let mean_loss = |changes: &[Intervention]| {
        outcomes(&model, batch, changes).iter().map(|outcome| outcome.loss).sum::<f64>() / 2.0
    };
    for ablation in ablate(&model, &examples, &config).expect("two of one shape").ablations {
        let site = match (&ablation.heads[..], &ablation.feed_forward[..]) {
            ([head], []) => Site::Context(*head),
            ([], [feed_forward]) => Site::FeedForward(Stack::Decoder, feed_forward.layer),
            _ => panic!("one part each"),
        };
        let value = output(&model, &batch.input, site).flip([0]);
        let expected = mean_loss(&[Intervention::Replace { site, at: At::Everywhere, value }]) - mean_loss(&[]);
        assert!((ablation.loss_change - expected).abs() < 1e-9 && expected != 0.0, "{site:?}: {expected}");
    }
}

fn words(task: &Task, tokens: &[usize]) -> String {
    let vocabulary = task.vocabulary();
    tokens.iter().map(|token| vocabulary.token(*token).to_string()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_gradient_is_the_mean_absolute_slope_of_each_examples_loss() {
    for architecture in [Architecture::Decoder, Architecture::EncoderDecoder] {
        let (model, task, held_out) = copying(architecture);
        let examples = of_task(&task, &held_out[..12]);
        let config = AblationConfig { with: vec![Replacement::Zero], ..AblationConfig::default() };
        let findings = ablate(&model, &examples, &config).expect("zeros need no partner");
        for ablation in findings.ablations.iter().filter(|ablation| !ablation.heads.is_empty()) {
            let head = ablation.heads[0];
            let loss = |step: f32| -> Vec<f64> {
                let mut gate = [[1.0f32; 2]];
                gate[0][head.head] += step;
                let gate = Tensor::from_data(gate, &device());
                let gate = Intervention::Gate { kind: head.kind, layer: head.layer, gate };
                let of_batch = |batch| outcomes(&model, batch, std::slice::from_ref(&gate));
                examples.batches.iter().flat_map(of_batch).map(|outcome| outcome.loss).collect()
            };
            let step = 1e-2f32;
            let slopes = loss(step).into_iter().zip(loss(-step)).map(|(up, down)| (up - down) / f64::from(2.0 * step));
            let expected = slopes.map(f64::abs).sum::<f64>() / 12.0;
            let found = ablation.gradient.expect("of a head").mean;
            assert!((found - expected).abs() < 2e-2 * expected + 1e-4, "{head}: {found} is not {expected}");
        }
    }
}

#[test]
fn pairs_are_measured_beside_the_sum_of_both() {
    let (model, task, held_out) = copying(Architecture::Decoder);
    let examples = of_task(&task, &held_out);
    let head = |layer, head| Head { kind: AttentionKind::DecoderSelf, layer, head };
    let sets = vec![vec![head(1, 1), head(0, 0)]];
    let config = AblationConfig { with: vec![Replacement::Zero], sets: sets.clone(), pairs: false };
    let alone = ablate(&model, &examples, &config).expect("zeros need no partner");
    // What is measured anyhow is not measured again: a pair, and a head.
    let sets = [sets, vec![vec![head(1, 0)]]].concat();
    let findings = ablate(&model, &examples, &AblationConfig { sets, pairs: true, ..config }).expect("as before");
    for set in ["the set L0H0+L1H1 is measured once", "the set L1H0 is measured once"] {
        assert!(findings.notes.iter().any(|note| note.starts_with(set)), "{:?}", findings.notes);
    }
    let of = |what: &str| -> &Ablation {
        findings.ablations.iter().rfind(|ablation| ablation.what == what).unwrap_or_else(|| panic!("no {what}"))
    };
    let names: Vec<&str> = findings.ablations.iter().map(|ablation| &ablation.what[..]).collect();
    let singles = ["L0H0", "L0H1", "L1H0", "L1H1", "FF0", "FF1"];
    let pairs = ["L0H0+L0H1", "L0H0+L1H0", "L0H0+L1H1", "L0H1+L1H0", "L0H1+L1H1", "L1H0+L1H1"];
    assert_eq!(names, [&singles[..], &pairs[..]].concat());
    let (set, pair) = (&alone.ablations[6], of("L0H0+L1H1"));
    assert_eq!((set.loss_change, set.exact_match_change), (pair.loss_change, pair.exact_match_change));
    let grid = findings.charts.iter().find_map(|chart| match chart {
        headlight_record::findings::Chart::Grid(grid) if grid.name == "ablate_pairs_loss_zero" => Some(grid),
        _ => None,
    });
    let numbers = &grid.expect("a grid of pairs").panels[0].1;
    let excess = pair.loss_change - of("L0H0").loss_change - of("L1H1").loss_change;
    assert!((numbers[3] - excess).abs() < 1e-9 && numbers[3] == numbers[12] && numbers[0] == 0.0);
}

#[test]
fn equal_seeds_give_equal_findings_and_one_head_at_a_time_the_same() {
    let (model, task, held_out) = copying(Architecture::Decoder);
    let examples = of_task(&task, &held_out);
    let resample = AblationConfig { with: vec![Replacement::Resample], ..AblationConfig::default() };
    let find = |examples: &Examples<Sequences>| -> Findings { ablate(&model, examples, &resample).expect("partners") };
    let findings = find(&examples);
    assert_eq!(findings, find(&examples));
    assert_ne!(findings.ablations, find(&Examples { seed: 1, ..examples.clone() }).ablations);
    let heads = ablate_heads(&model, &examples, Replacement::Resample).expect("partners");
    let expected = findings.ablations[..4].iter().map(|ablation| Ablation { gradient: None, ..ablation.clone() });
    assert!(heads.into_iter().eq(expected));
}

#[test]
fn examples_without_a_partner_are_left_out_and_counted() {
    let (model, task, held_out) = copying(Architecture::Decoder);
    let of_length = |length: usize| held_out.iter().filter(move |example| example.source.len() == length).cloned();
    let chosen: Vec<Example> = of_length(3).take(1).chain(of_length(4).take(7)).collect();
    let examples = of_task(&task, &chosen);
    let with = |with| ablate(&model, &examples, &AblationConfig { with: vec![with], ..AblationConfig::default() });
    let findings = with(Replacement::Mean).expect("seven have partners");
    assert_eq!(findings.examples, 7);
    assert!(findings.ablations.iter().all(|ablation| ablation.examples == 7));
    assert!(findings.notes.iter().any(|note| note.starts_with("1 example is left out")), "{:?}", findings.notes);
    assert_eq!(with(Replacement::Zero).expect("all").examples, 8);

    let alone = of_task(&task, &chosen[..1]);
    let refused = ablate(&model, &alone, &AblationConfig::default()).expect_err("nobody else");
    assert!(matches!(refused, LensError::NoPartner));
}

#[test]
fn a_head_that_is_not_there_is_refused_with_those_that_are() {
    let (model, task, held_out) = copying(Architecture::EncoderDecoder);
    let head = Head { kind: AttentionKind::Cross, layer: 2, head: 0 };
    let config = AblationConfig { sets: vec![vec![head]], ..AblationConfig::default() };
    let refused = ablate(&model, &of_task(&task, &held_out), &config).expect_err("two layers").to_string();
    assert!(refused.starts_with("unknown head 'cross:L2H0'") && refused.contains("encoder_self:L0H0"), "{refused}");
    assert!(refused.contains("cross:L0H0 … L1H1") && !refused.contains('\n'), "{refused}");
}
