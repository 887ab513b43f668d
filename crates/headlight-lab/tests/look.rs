//! What a page is shown of a model is what `headlight lens`, `plot` and `generate` say of it.

mod workers;

use headlight_device::DeviceName;
use headlight_lab::Lab;
use headlight_lab::messages::{Attended, Change, Evaluated, HeadChange, Reply, Request, Settings};
use headlight_lens::{Examples, Thresholds, ablate_heads, head_scores, outcomes};
use headlight_model::{AttentionKind, Head, Intervention, NewWeights, Transformer};
use headlight_record::Origin;
use headlight_record::findings::Replacement;
use headlight_report::{MomentData, findings_json};
use headlight_runs::RunConfig;
use headlight_train::{Task, Training, generate, records};
use workers::{Workers, alone, reason, said, small};

/// Two layers: only with two is much lost by one head.
fn settings(architecture: &str) -> Settings {
    Settings { layers: Some(2), architecture: Some(architecture.to_string()), max_steps: Some(40), ..small() }
}

/// A page's training at its end, and the same natively.
fn trained(settings: &Settings) -> (Lab, Training, RunConfig) {
    let (mut workers, _) = Workers::start(settings, 1);
    workers.steps(usize::MAX);
    let config = settings.run_config().expect("good settings");
    let mut training = config.start().expect("can be trained");
    while !training.is_done() {
        training.step().expect("a step");
    }
    (workers.0.remove(0), training, config)
}

fn origin(task: &Task, training: &Training) -> Origin {
    let step = Some(training.steps());
    Origin { task: task.spec.name.to_string(), model: task.architecture.to_string(), step }
}

fn evaluated(lab: &mut Lab, changes: &[HeadChange]) -> Evaluated {
    let Reply::Evaluated(evaluated) = said(lab, Request::Evaluate { changes: changes.to_vec() }, &[]).0 else {
        panic!()
    };
    evaluated
}

fn attended(lab: &mut Lab, question: Option<&str>, changes: &[HeadChange]) -> (Attended, Vec<u8>) {
    let request = Request::Attend { question: question.map(str::to_string), changes: changes.to_vec() };
    let (Reply::Attended(attended), blocks) = said(lab, request, &[]) else { panic!() };
    assert_eq!(attended.blocks.iter().sum::<usize>(), blocks.len());
    (*attended, blocks)
}

#[test]
fn a_head_that_is_off_costs_what_ablation_says() {
    for architecture in ["decoder", "encoder-decoder"] {
        let (mut lab, training, config) = trained(&settings(architecture));
        let device = DeviceName::default().open().expect("the default device");
        let held_out = &training.held_out().examples;
        let examples = Examples::of_task(&config.task, held_out, origin(&config.task, &training), 0, &device);
        let model = training.model();
        let ablations = ablate_heads(&model, &examples, Replacement::Zero).expect("zeros need no partner");
        let unchanged = evaluated(&mut lab, &[]);
        assert_eq!((unchanged.exact_match, unchanged.changed), (training.exact_match(), training.exact_match()));
        for ablation in &ablations {
            let changes = [HeadChange { head: ablation.heads[0], change: Change::Off }];
            let found = evaluated(&mut lab, &changes);
            assert_eq!(found.changed, ablation.exact_match, "{}", ablation.what);
            assert_eq!((found.exact_match, found.examples), (training.exact_match(), held_out.len()));
        }
        assert!(ablations.iter().any(|ablation| ablation.exact_match < unchanged.exact_match), "{architecture}");

        // All heads of a kind at once, evenly.
        let kind = ablations[0].heads[0].kind;
        let heads: Vec<Head> =
            ablations.iter().map(|ablation| ablation.heads[0]).filter(|head| head.kind == kind).collect();
        let uniform = |head: &Head| Intervention::Weights { head: *head, weights: NewWeights::Uniform };
        let interventions: Vec<Intervention> = heads.iter().map(uniform).collect();
        let outcomes = examples.batches.iter().flat_map(|batch| outcomes(&model, batch, &interventions));
        let right = outcomes.filter(|outcome| outcome.is_right).count();
        let changes: Vec<HeadChange> =
            heads.iter().map(|head| HeadChange { head: *head, change: Change::Uniform }).collect();
        assert_eq!(evaluated(&mut lab, &changes).changed, right as f64 / held_out.len() as f64, "{architecture}");
    }
}

#[test]
fn workers_count_their_parts_of_what_is_right() {
    let (mut workers, started) = Workers::start(&settings("decoder"), 3);
    workers.steps(30);
    let head = Head { kind: AttentionKind::DecoderSelf, layer: 1, head: 0 };
    for changes in [vec![], vec![HeadChange { head, change: Change::Off }]] {
        let right: usize = workers.0.iter().map(|lab| lab.count(&changes).expect("such a head")).sum();
        let alone = evaluated(workers.first(), &changes);
        assert_eq!(alone.changed, right as f64 / started.held_out as f64);
        assert_eq!(alone.examples, started.held_out);
    }
}

#[test]
fn the_example_that_is_shown_is_the_run_s_own() {
    for architecture in ["decoder", "encoder-decoder"] {
        let (mut lab, training, config) = trained(&settings(architecture));
        let (shown, blocks) = attended(&mut lab, None, &[]);
        let moment = MomentData::of(&training.records().expect("finite weights"));
        assert_eq!((shown.moments, blocks), (moment.json, moment.blocks.concat()));
        let first = &training.held_out().examples[0];
        assert_eq!(shown.question, config.task.text(&first.source));
        assert_eq!(shown.right, Some(config.task.text(&first.answer)));
        assert_eq!(shown.step, training.steps());
    }
}

#[test]
fn a_question_is_answered_as_generation_answers_it() {
    for (task, architecture) in
        [("copy", "decoder"), ("sort", "encoder-decoder"), ("brackets", "decoder"), ("addition", "decoder")]
    {
        let settings = Settings {
            task: Some(task.to_string()),
            architecture: Some(architecture.to_string()),
            layers: Some(1),
            d_model: Some(32),
            d_ff: Some(64),
            max_steps: Some(5),
            ..Settings::default()
        };
        let (mut lab, training, config) = trained(&settings);
        let device = DeviceName::default().open().expect("the default device");
        let model = training.model();
        for example in &training.held_out().examples[..8] {
            let said = generate(&model, &config.task, std::slice::from_ref(&example.source), &device).remove(0);
            let question = config.task.text(&example.source);
            let (shown, blocks) = attended(&mut lab, Some(&question), &[]);
            assert_eq!(shown.answer, config.task.text(&said), "{task}");
            assert_eq!((shown.question, shown.right), (question.clone(), Some(config.task.text(&example.answer))));
            let shown_on = headlight_train::Example { answer: said.clone(), ..example.clone() };
            let records = records(&model, &config.task, &shown_on, Some(training.steps()), &device).expect("finite");
            assert_eq!(blocks, MomentData::of(&records).blocks.concat(), "{task}: on its own answer");

            // With a head switched off, token by token.
            let head = Head { kind: AttentionKind::DecoderSelf, layer: 0, head: 0 };
            let changed = answer_with_zeros(&model, &config, &example.source, head);
            let (shown, _) = attended(&mut lab, Some(&question), &[HeadChange { head, change: Change::Off }]);
            assert_eq!(shown.answer, config.task.text(&changed), "{task}, with {head} off");
        }
    }
}

/// The answer of a model whose head's rows of W_O are zeros: what a head that is off amounts to.
fn answer_with_zeros(model: &Transformer, config: &RunConfig, source: &[usize], head: Head) -> Vec<usize> {
    use headlight_model::{parameters_from_safetensors, parameters_to_safetensors};
    let device = DeviceName::default().open().expect("the default device");
    let mut bytes = parameters_to_safetensors(model).expect("parameters");
    let name = format!("decoder.blocks.{}.self_attention.output.weight", head.layer);
    let (header, metadata) = safetensors::SafeTensors::read_metadata(&bytes).expect("safetensors");
    let info = metadata.info(&name).unwrap_or_else(|| panic!("{name} among {:?}", metadata.tensors().keys()));
    let begin = 8 + header + info.data_offsets.0;
    let [d_model, width] = info.shape[..] else { panic!("a matrix") };
    let d_head = d_model / config.model.n_heads;
    let rows = begin + 4 * width * d_head * head.head;
    bytes[rows..rows + 4 * width * d_head].fill(0);
    let model = parameters_from_safetensors(config.transformer().init(&device), &bytes).expect("the same model");
    generate(&model, &config.task, &[source.to_vec()], &device).remove(0)
}

#[test]
fn roles_are_those_that_lens_heads_finds() {
    for architecture in ["decoder", "encoder-decoder"] {
        let (mut lab, training, config) = trained(&settings(architecture));
        let device = DeviceName::default().open().expect("the default device");
        let held_out = &training.held_out().examples[..100];
        let examples = Examples::of_task(&config.task, held_out, origin(&config.task, &training), 0, &device);
        let repeated = examples.of_repeated_tokens(examples.repeated_length());
        let repeated = repeated.filter(|_| architecture == "decoder");
        let scores = head_scores(&training.model(), &examples, repeated.as_ref(), &Thresholds::default());
        let Reply::Found { step, findings } = said(&mut lab, Request::Roles { examples: 100 }, &[]).0 else { panic!() };
        assert_eq!((step, findings), (training.steps(), findings_json(&scores.findings())), "{architecture}");
    }
}

#[test]
fn heads_have_roles_where_no_token_can_be_drawn() {
    let marks = ["<pad>", "</s>", "<eos>", "[SEP]"];
    let pairs = marks.iter().flat_map(|one| marks.iter().map(move |other| format!("{one} {other} {one}\t{other}\n")));
    let file = Settings { task: Some("file".to_string()), pairs: Some(pairs.collect()), ..Settings::default() };
    let of_marks = Settings { architecture: Some("decoder".to_string()), layers: Some(1), ..file };
    let (mut workers, started) = Workers::start(&of_marks, 1);
    let request = Request::Roles { examples: started.held_out };
    assert!(matches!(said(workers.first(), request, &[]).0, Reply::Found { .. }));
}

#[test]
fn what_cannot_be_looked_at_is_refused() {
    let mut lab = Lab::new();
    said(&mut lab, workers::start(&small(), alone()), &[]);
    let head = |layer, head| Head { kind: AttentionKind::DecoderSelf, layer, head };
    let off = |head| HeadChange { head, change: Change::Off };
    let attend = |question: &str| Request::Attend { question: Some(question.to_string()), changes: vec![] };
    for (request, expected) in [
        (Request::Evaluate { changes: vec![off(head(1, 0))] }, "L1H0"),
        (Request::Evaluate { changes: vec![off(head(0, usize::MAX))] }, "unknown head"),
        (Request::Evaluate { changes: vec![off(Head { kind: AttentionKind::Cross, layer: 0, head: 0 })] }, "cross"),
        (Request::Evaluate { changes: vec![off(head(0, 0)), off(head(0, 0))] }, "changed twice"),
        (Request::Attend { question: None, changes: vec![off(head(9, 9))] }, "L9H9"),
        (attend(""), "no token"),
        (attend("3 1 99"), "unknown token '99'"),
        (attend("<script>\u{0}\u{7}"), "unknown token '<script>"),
        (attend(&"1 ".repeat(513)), "513 tokens"),
        (Request::Roles { examples: 0 }, "examples is 0"),
        (Request::Roles { examples: usize::MAX }, "must be from 1 to"),
    ] {
        let reason = reason(&mut lab, request, &[]);
        assert!(reason.contains(expected), "{expected}: {reason}");
    }
    assert!(lab.count(&[off(head(9, 9))]).is_err());
    // A long answer is given while no head is changed.
    let long = |changes| Request::Attend { question: Some("1 ".repeat(512)), changes };
    let refused = reason(&mut lab, long(vec![off(head(0, 0))]), &[]);
    assert!(refused.contains("up to 512 tokens takes too long"), "{refused}");
    said(&mut lab, long(vec![]), &[]);
    // The second has so many numbers that 32 bits cannot count them.
    for (layers, heads) in [(1, 64), (16, 128)] {
        let heads = Settings { layers: Some(layers), heads: Some(heads), ..small() };
        let wide = Settings { d_model: Some(128), length: Some(60), batch_size: Some(1), ..heads };
        said(&mut lab, workers::start(&wide, alone()), &[]);
        let reason = reason(&mut lab, attend(&"1 ".repeat(512)), &[]);
        assert!(reason.contains("too much to show"), "{reason}");
    }
}
