//! What a run leaves on disk, and that it comes back whole.

mod whole_run;

use std::collections::BTreeMap;
use std::path::Path;

use headlight_model::{Architecture, Positions};
use headlight_record::AttentionRecord;
use headlight_runs::{QuestionError, Replace, RunConfig, RunDirectory, SavedRun, read_metrics, read_records};
use headlight_train::{Batch, generate, tasks};
use serde_json::{Value, json};
use whole_run::{make_run, names_in, with};

const BOTH: [Architecture; 2] = [Architecture::Decoder, Architecture::EncoderDecoder];

#[test]
fn the_files_have_the_keys_that_were_promised() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("not/there/yet");
    let config = small(Architecture::EncoderDecoder);
    let training = make_run(&path, &config);

    let text = |name: &str| std::fs::read_to_string(path.join(name)).expect(name);
    assert_eq!(serde_json::from_str::<RunConfig>(&text("config.json")).expect("a configuration"), config);
    assert_eq!(json(&text("config.json"))["tour"], false);

    let result = json(&text("result.json"));
    let keys = [
        "task",
        "architecture",
        "steps",
        "solved",
        "exact_match",
        "target",
        "held_out",
        "parameters",
        "train_seconds",
        "seed",
    ];
    assert_eq!(keys_of(&result), sorted(&keys));
    assert_eq!(result["task"], "copy");
    assert_eq!(result["architecture"], "encoder-decoder");
    assert_eq!((&result["steps"], &result["held_out"], &result["seed"]), (&json!(6), &json!(10), &json!(3)));
    assert_eq!(result["solved"], training.is_solved());
    assert_eq!(result["exact_match"], training.exact_match());
    assert!(result["train_seconds"].as_f64().is_some_and(|seconds| seconds > 0.0));
    let numbers: usize =
        tensors(&path.join("model.safetensors")).0.values().map(|shape| shape.iter().product::<usize>()).sum();
    assert_eq!(result["parameters"], numbers);

    let lines: Vec<Value> = text("metrics.jsonl").lines().map(json).collect();
    let always = ["step", "loss", "token_accuracy", "learning_rate", "tokens_per_second", "seconds"];
    for (line, evaluated) in lines.iter().zip([false, false, true, false, false, true]) {
        let keys = if evaluated { [&always[..], &["exact_match"]].concat() } else { always.to_vec() };
        assert_eq!(keys_of(line), sorted(&keys));
    }
    let metrics = read_metrics(&path).expect("lines of metrics");
    assert_eq!(metrics.iter().map(|line| line.step).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert!(metrics.is_sorted_by(|before, after| before.seconds < after.seconds));
    assert!(metrics.iter().all(|line| line.tokens_per_second > 0.0));
    // serde_json reads a number to within its last bit.
    let same = |left: f64, right: f64| (left - right).abs() <= f64::EPSILON * right;
    assert!(metrics.iter().all(|line| same(line.learning_rate, config.training.learning_rate_at(line.step))));

    // No temporary file is left behind, and pictures are not this crate's.
    let names = [
        "attention.safetensors",
        "checkpoint.safetensors",
        "config.json",
        "files.jsonl",
        "metrics.jsonl",
        "model.safetensors",
        "result.json",
    ];
    assert_eq!(names_in(&path), names);
}

#[test]
fn the_model_file_names_every_tensor_by_its_place() {
    for architecture in BOTH {
        for positions in [Positions::Sinusoidal, Positions::Learned] {
            let directory = tempfile::tempdir().expect("a temporary directory");
            make_run(directory.path(), &with(small(architecture), |config| config.model.positions = positions));
            let (found, metadata) = tensors(&directory.path().join("model.safetensors"));
            assert_eq!(found, expected_tensors(architecture, positions), "{architecture:?} {positions:?}");
            assert!(metadata.is_empty());
        }
    }
}

#[test]
fn the_attention_file_holds_a_tensor_a_kind_and_its_metadata() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let kinds_of = |architecture| {
        let path = directory.path().join(format!("{architecture:?}"));
        make_run(&path, &small(architecture));
        let (kinds, metadata) = tensors(&path.join("attention.safetensors"));
        assert_eq!(metadata, ["headlight"]);
        kinds
    };
    // Each kind's weights, and what they came from: two heads, half as wide as the model.
    let d_head = small(Architecture::Decoder).model.d_model / 2;
    let shapes = |kinds: &[(&str, [usize; 4])]| -> BTreeMap<String, Vec<usize>> {
        let tensors = kinds.iter().flat_map(|(name, shape)| {
            let [layers, heads, queries, keys] = *shape;
            let part = |part: &str, tokens| (format!("{name}.{part}"), vec![layers, heads, tokens, d_head]);
            [(name.to_string(), shape.to_vec()), part("query", queries), part("key", keys), part("value", keys)]
        });
        tensors.collect()
    };
    // One layer of two heads over BOS s s s SEP s s.
    assert_eq!(kinds_of(Architecture::Decoder), shapes(&[("decoder_self", [1, 2, 7, 7])]));
    let three = [("encoder_self", [1, 2, 3, 3]), ("decoder_self", [1, 2, 3, 3]), ("cross", [1, 2, 3, 3])];
    assert_eq!(kinds_of(Architecture::EncoderDecoder), shapes(&three));
}

#[test]
fn a_run_comes_back_as_it_was() {
    for architecture in BOTH {
        for positions in [Positions::Sinusoidal, Positions::Learned] {
            let directory = tempfile::tempdir().expect("a temporary directory");
            let config = with(small(architecture), |config| config.model.positions = positions);
            let training = make_run(directory.path(), &config);
            let run = SavedRun::open(directory.path()).expect("a run");

            assert_eq!(run.config, config);
            assert_eq!(run.result().expect("a result").steps, 6);
            assert_eq!(run.records().expect("records"), training.records().expect("finite weights"));
            let examples = &training.held_out().examples;
            let sources: Vec<_> = examples.iter().map(|example| example.source.clone()).collect();
            let batch = Batch::new(&config.task, examples, &run.device);
            let logits = run.model.forward(batch.source.as_ref(), &batch.target);
            let before = training.model().forward(batch.source.as_ref(), &batch.target);
            assert_eq!(logits.into_data(), before.into_data());
            let answers = generate(&run.model, &config.task, &sources, &run.device);
            assert_eq!(answers, generate(&training.model(), &config.task, &sources, &run.device));
        }
    }
}

#[test]
fn a_run_that_is_cut_short_says_how_good_it_is() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    // Nothing is measured on the way, and at the end much is right.
    let config = with(small(Architecture::Decoder), |config| {
        (config.training.evaluate_every, config.training.max_steps) = (1000, 1000)
    });
    let mut training = config.start().expect("a good configuration");
    let run = RunDirectory::create(directory.path(), &config, Replace::Nothing).expect("an empty directory");
    for _ in 0..150 {
        training.step().expect("a finite loss");
    }
    let (result, _) = run.finish(&training).expect("room for a model");
    assert!(result.exact_match > 0.0);
    assert_eq!((result.steps, result.exact_match), (150, training.evaluate()));
    assert_eq!(SavedRun::open(directory.path()).expect("a run").result().expect("a result"), result);
}

#[test]
fn records_are_kept_under_the_step_s_number() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let config = small(Architecture::Decoder);
    let mut training = config.start().expect("a good configuration");
    let run = RunDirectory::create(directory.path(), &config, Replace::Nothing).expect("an empty directory");
    let mut kept = Vec::new();
    for _ in 0..3 {
        run.keep_records(&training).expect("a place for them");
        kept.push(training.records().expect("finite weights"));
        training.step().expect("a finite loss");
        training.step().expect("a finite loss");
    }
    let records = directory.path().join("records");
    let names = ["step_000000.safetensors", "step_000002.safetensors", "step_000004.safetensors"];
    assert_eq!(names_in(&records), names);
    for ((name, kept), step) in names.into_iter().zip(kept).zip([0, 2, 4]) {
        let read = read_records(&records.join(name)).expect(name);
        let lighter: Vec<_> = kept.into_iter().map(AttentionRecord::without_projections).collect();
        assert_eq!(read, lighter);
        assert_eq!(read[0].origin().step, Some(step));
        assert_eq!(read[0].query_tokens().len(), 7);
    }
}

#[test]
fn what_the_weights_came_from_is_left_once() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::EncoderDecoder);
    (config.task.length, config.task.symbols, config.training.max_steps, config.record_every) = (3, 6, 2, 1);
    (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff) = (16, 2, 1, 32);
    let mut training = config.start().expect("a good configuration");
    let mut run = RunDirectory::create(directory.path(), &config, Replace::Nothing).expect("an empty place");
    run.step(&mut training).expect("a step");
    run.step(&mut training).expect("a step");
    run.finish(&training).expect("room for a model");

    let left = SavedRun::open(directory.path()).expect("a run").records().expect("records");
    assert!(left.iter().all(|record| record.projections().is_some()));
    // Those on the way are of the same step, and lighter.
    let kept = read_records(&directory.path().join("records/step_000002.safetensors")).expect("records");
    let lighter: Vec<_> = left.into_iter().map(AttentionRecord::without_projections).collect();
    assert_eq!(kept, lighter);
}

#[test]
fn only_learned_positions_end_where_training_did() {
    for architecture in BOTH {
        for (positions, max) in [(Positions::Learned, 3), (Positions::Sinusoidal, 512)] {
            let directory = tempfile::tempdir().expect("a temporary directory");
            make_run(directory.path(), &with(small(architecture), |config| config.model.positions = positions));
            let run = SavedRun::open(directory.path()).expect("a run");
            let error = run.encode(&"5 ".repeat(max + 1)).expect_err("one too many");
            match positions {
                Positions::Learned => assert!(matches!(error, QuestionError::InputPositions { .. }), "{error}"),
                _ => assert!(
                    matches!(error, QuestionError::LongInput { length, max: most } if (length, most) == (max + 1, max)),
                    "{error}"
                ),
            }
            let source = run.encode(&"5 ".repeat(max.min(40))).expect("not too many");
            assert_eq!(source, vec![5; max.min(40)]);
            let answers = generate(&run.model, &run.config.task, std::slice::from_ref(&source), &run.device);
            assert_eq!(answers[0].len(), source.len());
        }
    }
}

fn small(architecture: Architecture) -> RunConfig {
    let mut config = RunConfig::for_task(&tasks::copy::SPEC, architecture);
    (config.task.length, config.task.symbols) = (3, 6);
    (config.model.d_model, config.model.n_heads, config.model.n_layers, config.model.d_ff) = (16, 2, 1, 32);
    (config.training.batch_size, config.training.max_steps, config.training.evaluate_every, config.training.held_out) =
        (16, 6, 3, 10);
    (config.training.seed, config.threads) = (3, 1);
    config
}

/// The tensors of [`small`]: six symbols and their marks, a width of 16, feed-forward layers of 32.
fn expected_tensors(architecture: Architecture, positions: Positions) -> BTreeMap<String, Vec<usize>> {
    let (vocab_size, max_length) = match architecture {
        Architecture::Decoder => (8, 7),
        Architecture::EncoderDecoder => (7, 3),
    };
    let mut all = BTreeMap::new();
    let mut add = |name: String, shape: &[usize]| assert!(all.insert(name, shape.to_vec()).is_none());
    let mut linear = |name: &str, from: usize, to: usize| {
        add(format!("{name}.weight"), &[from, to]);
        add(format!("{name}.bias"), &[to]);
    };
    linear("decoder.output", 16, vocab_size);
    let halves: &[&str] = if architecture == Architecture::Decoder { &["decoder"] } else { &["decoder", "encoder"] };
    let mut attentions: Vec<String> = halves.iter().map(|half| format!("{half}.blocks.0.self_attention")).collect();
    let mut norms = Vec::new();
    for half in halves {
        linear(&format!("{half}.blocks.0.feed_forward.up"), 16, 32);
        linear(&format!("{half}.blocks.0.feed_forward.down"), 32, 16);
        norms.extend(
            ["norm", "blocks.0.norm_attention", "blocks.0.norm_feed_forward"].map(|norm| format!("{half}.{norm}")),
        );
    }
    if architecture == Architecture::EncoderDecoder {
        attentions.push("decoder.blocks.0.cross.attention".to_string());
        norms.push("decoder.blocks.0.cross.norm".to_string());
    }
    for attention in &attentions {
        for part in ["query", "key", "value", "output"] {
            linear(&format!("{attention}.{part}"), 16, 16);
        }
    }
    for norm in &norms {
        for part in ["gamma", "beta"] {
            add(format!("{norm}.{part}"), &[16]);
        }
    }
    for half in halves {
        add(format!("{half}.embedding.tokens.weight"), &[vocab_size, 16]);
        if positions == Positions::Learned {
            add(format!("{half}.embedding.positions.weight"), &[max_length, 16]);
        }
    }
    all
}

/// The shapes of a file's tensors, all of them float32, and the keys of its metadata. Read without our own reader.
fn tensors(path: &Path) -> (BTreeMap<String, Vec<usize>>, Vec<String>) {
    let bytes = std::fs::read(path).expect("a file");
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("eight bytes")) as usize;
    let header: BTreeMap<String, Value> = serde_json::from_slice(&bytes[8..8 + length]).expect("a JSON header");
    let metadata = header.get("__metadata__").map(keys_of).unwrap_or_default();
    let shape = |tensor: &Value| {
        assert_eq!(tensor["dtype"], "F32");
        serde_json::from_value(tensor["shape"].clone()).expect("a list of sizes")
    };
    let tensors = header.iter().filter(|(name, _)| *name != "__metadata__");
    (tensors.map(|(name, tensor)| (name.clone(), shape(tensor))).collect(), metadata)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn keys_of(value: &Value) -> Vec<String> {
    let keys: Vec<_> = value.as_object().expect("an object").keys().map(String::as_str).collect();
    sorted(&keys)
}

fn sorted(names: &[&str]) -> Vec<String> {
    let mut names: Vec<_> = names.iter().map(ToString::to_string).collect();
    names.sort();
    names
}
