//! A run saved by a page is a native run, and a native run opens in a page.

mod workers;

use std::io::{Cursor, Read, Write};
use std::path::Path;

use headlight_lab::Lab;
use headlight_lab::messages::{Contents, Part, Reply, Request, Settings};
use headlight_record::without_clock;
use headlight_runs::{Branch, Layout, Replace, RunConfig, RunDirectory, SavedRun, StoppedRun};
use headlight_train::TrainingConfig;
use workers::{Workers, alone, reason, said, small};
use zip::write::SimpleFileOptions;

fn save(lab: &mut Lab, contents: Contents) -> Vec<u8> {
    let (reply, archive) = said(lab, Request::Save { contents }, &[]);
    assert!(matches!(reply, Reply::Saved { .. }), "{reply:?}");
    archive
}

fn open(settings: Option<Settings>) -> Request {
    Request::Open { settings: settings.map(Box::new), part: alone() }
}

/// Unpacks an archive, and says where its run lies.
fn unpack(archive: &[u8], place: &Path) -> std::path::PathBuf {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).expect("a zip archive");
    let mut folder = None;
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).expect("a file");
        let path = place.join(file.name().expect("text").as_ref());
        let directory = path.parent().expect("a folder");
        assert_eq!(folder.get_or_insert(directory.to_owned()), directory, "one folder");
        std::fs::create_dir_all(directory).expect("room");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("whole");
        std::fs::write(&path, bytes).expect("room");
    }
    folder.expect("a file")
}

/// Packs a directory as a file manager does, with a folder around it or without.
fn pack(run: &Path, folder: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for entry in std::fs::read_dir(run).expect("a run") {
        let path = entry.expect("an entry").path();
        // No page has a use for the records and parameters of earlier steps, which lie in folders.
        if path.is_dir() {
            continue;
        }
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        zip.start_file(format!("{folder}{name}"), SimpleFileOptions::default()).expect("room");
        zip.write_all(&std::fs::read(&path).expect("a file")).expect("room");
    }
    zip.finish().expect("whole").into_inner()
}

/// Trains in a directory until the end, and returns what is the same in every run of this configuration.
fn finish(mut run: RunDirectory, mut training: headlight_train::Training, path: &Path) -> Vec<Vec<u8>> {
    while !training.is_done() {
        run.step(&mut training).expect("a step");
    }
    run.finish(&training).expect("room");
    result_of(path)
}

fn result_of(path: &Path) -> Vec<Vec<u8>> {
    let layout = Layout::of(path);
    let lines = std::fs::read_to_string(layout.metrics()).expect("metrics");
    let lines: Vec<&str> = lines.lines().map(without_clock).collect();
    let of = |path| std::fs::read(path).expect("a file");
    vec![
        lines.join("\n").into_bytes(),
        of(layout.checkpoint()),
        of(layout.model()),
        of(layout.attention()),
        of(layout.config()),
    ]
}

fn config(settings: &Settings) -> RunConfig {
    settings.run_config().expect("good settings")
}

fn never_stopped(settings: &Settings, path: &Path) -> Vec<Vec<u8>> {
    let config = config(settings);
    let run = RunDirectory::create(path, &config, Replace::Nothing).expect("room");
    finish(run, config.start().expect("can be trained"), path)
}

#[test]
fn a_saved_run_is_resumed_natively_to_the_same_bytes() {
    let place = tempfile::tempdir().expect("a temporary directory");
    for (at, dropout) in [0.0, 0.1].into_iter().enumerate() {
        let settings = Settings { dropout: Some(dropout), max_steps: Some(40), ..small() };
        let expected = never_stopped(&settings, &place.path().join(format!("native-{at}")));
        for contents in [Contents::Checkpoint, Contents::Run] {
            let (mut workers, _) = Workers::start(&settings, 1);
            workers.steps(13);
            let archive = save(workers.first(), contents);
            let run = unpack(&archive, &place.path().join(format!("{at}-{contents:?}")));
            let stopped = StoppedRun::open(&run).expect("it can be resumed");
            assert_eq!((stopped.step(), stopped.config()), (13, &config(&settings)));
            let config = stopped.config().clone();
            let (directory, training) = stopped.resume(config).expect("it goes on");
            assert!(finish(directory, training, &run) == expected, "{contents:?}, {dropout}");
        }
    }
}

#[test]
fn a_run_that_ended_in_a_page_is_the_native_one() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let settings = Settings { max_steps: Some(25), ..small() };
    let expected = never_stopped(&settings, &place.path().join("native"));
    let (mut workers, _) = Workers::start(&settings, 1);
    workers.steps(usize::MAX);
    let archive = save(workers.first(), Contents::Run);
    assert!(archive == save(workers.first(), Contents::Run), "the same bytes each time");
    let path = unpack(&archive, place.path());
    assert!(result_of(&path) == expected);
    let (here, there) =
        (SavedRun::open(&path).expect("a run"), SavedRun::open(&place.path().join("native")).expect("a run"));
    let (here, there) = (here.result().expect("a result"), there.result().expect("a result"));
    assert_eq!(headlight_runs::RunResult { train_seconds: there.train_seconds, ..here.clone() }, there);
    assert!((here.train_seconds - 0.25).abs() < 1e-9, "25 steps of 10 ms: {}", here.train_seconds);
    // What the run wrote is all that lies there, so that it may be replaced.
    RunDirectory::create(&path, &config(&settings), Replace::AnyRun).expect("nothing of a stranger");
}

#[test]
fn a_native_run_goes_on_in_a_page() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let path = place.path().join("run");
    let settings = Settings { max_steps: Some(40), ..small() };
    let whole = never_stopped(&settings, &place.path().join("whole"));
    let config = RunConfig {
        checkpoint_every: 20,
        record_every: 10,
        keep_parameters_every: 10,
        tour: true,
        ..config(&settings)
    };
    let mut run = RunDirectory::create(&path, &config, Replace::Nothing).expect("room");
    let mut training = config.start().expect("can be trained");
    for _ in 0..27 {
        run.step(&mut training).expect("a step");
    }
    drop(run);
    for folder in ["", "my run/"] {
        let (mut workers, started) = Workers::open(&pack(&path, folder), None, 1);
        assert_eq!((started.step, started.steps.len(), started.done), (20, 20, false), "its last checkpoint");
        assert_eq!(started.settings, Settings::of(&config));
        assert!(started.steps[19].exact_match.is_some() && started.steps[18].exact_match.is_none());
        workers.steps(usize::MAX);
        let unpacked =
            unpack(&save(workers.first(), Contents::Run), &place.path().join(format!("out{}", folder.len())));
        let result = result_of(&unpacked);
        assert!(result[0] == whole[0] && result[2..4] == whole[2..4], "lines, model and attention");
        let saved = SavedRun::open(&unpacked).expect("a run").config;
        assert_eq!(
            (saved.record_every, saved.keep_parameters_every, saved.tour),
            (0, 0, false),
            "nothing of it is here"
        );
    }
}

#[test]
fn workers_go_on_together_and_alike() {
    let settings = Settings { max_steps: Some(30), ..small() };
    let (mut workers, _) = Workers::start(&settings, 2);
    workers.steps(13);
    let archive = save(workers.first(), Contents::Checkpoint);
    assert!(archive == save(&mut workers.0[1], Contents::Checkpoint), "both are the same");
    let (mut others, started) = Workers::open(&archive, None, 2);
    assert_eq!(started.step, 13);
    assert_eq!(others.steps(usize::MAX), workers.steps(usize::MAX));
    // Another count of workers goes on, too; sums of parts differ in their last bits.
    let (mut alone, _) = Workers::open(&archive, None, 1);
    assert_eq!(alone.steps(usize::MAX).len(), 17);
}

#[test]
fn a_branch_may_change_the_training_but_not_the_model() {
    let (mut workers, _) = Workers::start(&Settings { max_steps: Some(30), ..small() }, 1);
    workers.steps(10);
    let archive = save(workers.first(), Contents::Checkpoint);
    let branch = Settings {
        learning_rate: Some(1e-4),
        schedule: Some("constant".to_string()),
        batch_size: Some(8),
        max_steps: Some(12),
        seed: Some(5),
        dropout: Some(0.2),
        ..Settings::default()
    };
    let (mut other, started) = Workers::open(&archive, Some(&branch), 1);
    assert_eq!(
        started.settings,
        Settings { decay_steps: Some(0), warmup_steps: Some(0), ..filled(&branch, &started.settings) }
    );
    let steps = other.steps(usize::MAX);
    assert_eq!(steps.iter().map(|step| step.step).collect::<Vec<_>>(), [11, 12]);
    assert!(steps.iter().all(|step| step.learning_rate == 1e-4));
    // What it was before, it says; and it is resumed natively as any other run.
    let place = tempfile::tempdir().expect("a temporary directory");
    let run = unpack(&save(other.first(), Contents::Run), place.path());
    let saved = SavedRun::open(&run).expect("a run").config;
    let [Branch { step: 10, before }] = &saved.branches[..] else { panic!("{:?}", saved.branches) };
    let names: Vec<&str> = before.keys().map(String::as_str).collect();
    let expected = ["batch_size", "decay_steps", "dropout", "learning_rate", "schedule", "seed", "warmup_steps"];
    assert_eq!((names, before["seed"].as_deref()), (expected.to_vec(), Some("0")));
    let stopped = StoppedRun::open(&run).expect("it can be resumed");
    let longer = RunConfig { training: TrainingConfig { max_steps: 14, ..saved.training.clone() }, ..saved.clone() };
    let (directory, training) = stopped.resume(longer).expect("it goes on");
    finish(directory, training, &run);
    assert_eq!(SavedRun::open(&run).expect("a run").config.branches, saved.branches);
    // More steps at the same rates are no other run, nor is what begins anew.
    let (mut longer, _) = Workers::open(&archive, Some(&Settings { max_steps: Some(60), ..Settings::default() }), 1);
    let run = unpack(&save(longer.first(), Contents::Checkpoint), &place.path().join("longer"));
    assert_eq!(StoppedRun::open(&run).expect("a run").config().branches, []);
    // All that it was made with, said once more, is no change.
    let (_, whole) = Workers::open(&archive, None, 1);
    Workers::open(&archive, Some(&whole.settings), 1);

    let lab = workers.first();
    let pairs = Settings { pairs: Some("a\tb\n".to_string()), ..Settings::default() };
    assert!(reason(lab, open(Some(pairs)), &archive).contains("leave out the pairs"));
    let fixed: [(&str, Settings); 7] = [
        ("task", Settings { task: Some("sort".to_string()), ..Settings::default() }),
        ("architecture", Settings { architecture: Some("encoder-decoder".to_string()), ..Settings::default() }),
        ("length", Settings { length: Some(5), ..Settings::default() }),
        ("min-length", Settings { min_length: Some(2), ..Settings::default() }),
        ("heads", Settings { heads: Some(4), ..Settings::default() }),
        ("positions", Settings { positions: Some("rotary".to_string()), ..Settings::default() }),
        ("tie-weights", Settings { tie_weights: Some(true), ..Settings::default() }),
    ];
    for (name, settings) in fixed {
        let reason = reason(lab, open(Some(settings)), &archive);
        assert!(reason.contains(name), "{name}: {reason}");
    }
    let (_, done) = Workers::open(&archive, Some(&Settings { max_steps: Some(10), ..Settings::default() }), 1);
    assert!(done.done && !done.solved);

    // One of the sizes of a range, said once more.
    let (mut workers, _) = Workers::start(&Settings { min_length: Some(2), ..small() }, 1);
    let archive = save(workers.first(), Contents::Checkpoint);
    let (_, same) = Workers::open(&archive, Some(&Settings { length: Some(4), ..Settings::default() }), 1);
    assert_eq!((same.settings.min_length, same.settings.length), (Some(2), Some(4)));
}

fn filled(some: &Settings, all: &Settings) -> Settings {
    let mut all = all.clone();
    (all.learning_rate, all.batch_size, all.max_steps) = (some.learning_rate, some.batch_size, some.max_steps);
    (all.schedule, all.seed, all.dropout) = (some.schedule.clone(), some.seed, some.dropout);
    all
}

#[test]
fn pairs_travel_with_their_run() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let pairs: String = (0..40).map(|at| format!("a{at} b\tb a{at}\n")).collect();
    let settings = Settings {
        task: Some("file".to_string()),
        pairs: Some(pairs.clone()),
        max_steps: Some(8),
        layers: Some(1),
        d_model: Some(32),
        d_ff: Some(64),
        batch_size: Some(8),
        ..Settings::default()
    };
    let (mut workers, started) = Workers::start(&settings, 1);
    assert_eq!(started.settings.characters, Some(false));
    workers.steps(5);
    let archive = save(workers.first(), Contents::Checkpoint);
    let (mut others, _) = Workers::open(&archive, None, 1);
    assert_eq!(others.steps(usize::MAX), workers.steps(usize::MAX));
    let other = Settings { pairs: Some(pairs.replace("a7", "c7")), ..Settings::default() };
    assert!(reason(others.first(), open(Some(other)), &archive).contains("has changed"), "not: damaged");

    // Unpacked, the run finds its pairs beside its other files.
    let run = unpack(&save(others.first(), Contents::Run), place.path());
    assert!(SavedRun::open(&run).expect("a run").pairs_error().is_none());
    assert_eq!(StoppedRun::open(&run).expect("it can be resumed").step(), 8);
    let config = config(&Settings { pairs: Some(pairs.clone()), ..settings });
    RunDirectory::create(&run, &config, Replace::AnyRun).expect("nothing of a stranger");

    // A native run has its pairs elsewhere: they are given once more.
    let file = place.path().join("pairs.txt");
    std::fs::write(&file, &pairs).expect("room");
    let loaded = headlight_runs::read_pairs(&file, headlight_train::Spelling::Words).expect("pairs");
    let mut native = RunConfig::for_pairs(loaded, headlight_model::Architecture::EncoderDecoder);
    (native.training.max_steps, native.training.batch_size) = (2, 8);
    let path = place.path().join("native");
    let run = RunDirectory::create(&path, &native, Replace::Nothing).expect("room");
    finish(run, native.start().expect("can be trained"), &path);
    let archive = pack(&path, "");
    let lab = others.first();
    assert!(reason(lab, open(None), &archive).contains("pairs.txt is missing"));
    let other = Settings { pairs: Some(pairs.replace("a7", "c7")), ..Settings::default() };
    assert!(reason(lab, open(Some(other)), &archive).contains("has changed"));
    let again = Settings { pairs: Some(pairs), max_steps: Some(4), ..Settings::default() };
    let (mut here, _) = Workers::open(&archive, Some(&again), 1);
    here.steps(1);

    // Saved here, it finds them beside its other files, and says nothing of where they were.
    let archive = save(here.first(), Contents::Run);
    std::fs::remove_file(&file).expect("it is there");
    let back = unpack(&archive, &place.path().join("back"));
    for name in ["config.json", "checkpoint.safetensors"] {
        let bytes = std::fs::read(back.join(name)).expect("a file");
        let path = place.path().to_string_lossy();
        assert!(!bytes.windows(path.len()).any(|window| window == path.as_bytes()), "{name}");
    }
    let stopped = StoppedRun::open(&back).expect("it can be resumed");
    let config = stopped.config().clone();
    let (run, training) = stopped.resume(config).expect("it goes on");
    finish(run, training, &back);
    assert!(SavedRun::open(&back).expect("a run").pairs_error().is_none());
}

#[test]
fn what_is_no_archive_of_a_run_changes_nothing() {
    let (mut workers, _) = Workers::start(&Settings { max_steps: Some(30), ..small() }, 1);
    workers.steps(3);
    let archive = save(workers.first(), Contents::Checkpoint);
    let place = tempfile::tempdir().expect("a temporary directory");
    let run = unpack(&archive, place.path());
    let damaged = |name: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let whole = std::fs::read(run.join(name)).expect("a file");
        let mut bytes = whole.clone();
        change(&mut bytes);
        std::fs::write(run.join(name), bytes).expect("room");
        let archive = pack(&run, "run/");
        std::fs::write(run.join(name), whole).expect("room");
        archive
    };
    let flip: &dyn Fn(&mut Vec<u8>) = &|bytes| *bytes.last_mut().expect("not empty") ^= 1;
    let two_runs = {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for folder in ["", "a/"] {
            zip.start_file(format!("{folder}config.json"), SimpleFileOptions::default()).expect("room");
        }
        zip.finish().expect("whole").into_inner()
    };
    let deep = pack(&run, "a/b/");
    let bomb = {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("config.json", SimpleFileOptions::default()).expect("room");
        zip.write_all(&vec![b' '; 64 << 20]).expect("room");
        zip.finish().expect("whole").into_inner()
    };
    let lab = workers.first();
    for (archive, expected) in [
        (Vec::new(), "not a zip archive"),
        (b"PK\x05\x06".to_vec(), "not a zip archive"),
        (archive[..archive.len() / 2].to_vec(), "not a zip archive"),
        (two_runs, "several runs"),
        (deep, "no run"),
        (bomb, "unpack to"),
        (damaged("checkpoint.safetensors", flip), "not those listed"),
        (damaged("metrics.jsonl", flip), "metrics.jsonl: damaged"),
        (damaged("config.json", flip), "config.json: damaged"),
        (damaged("files.jsonl", &|bytes| bytes.clear()), "not listed"),
        (damaged("config.json", &|bytes| bytes[10] = b'x'), "config.json: damaged"),
    ] {
        let reason = reason(lab, open(None), &archive);
        assert!(reason.contains(expected), "{expected}: {reason}");
    }
    let Reply::Saved { step } = said(lab, Request::Save { contents: Contents::Checkpoint }, &[]).0 else { panic!() };
    assert_eq!(step, 3, "the training is as it was");
    let part = Part { shard: 3, shards: 2 };
    let request = Request::Open { settings: None, part };
    assert!(reason(lab, request, &archive).contains("shard"));
}

#[test]
fn a_clock_that_stands_still_says_nothing_of_speed() {
    let place = tempfile::tempdir().expect("a temporary directory");
    let mut lab = Lab::new();
    said(&mut lab, workers::start(&Settings { max_steps: Some(30), ..small() }, alone()), &[]);
    for seconds in [0.5, 0.0, -1.0, f64::NAN, f64::INFINITY, 1e-300, 2.0] {
        let part = lab.gradients().expect("a part");
        lab.apply(&part, seconds);
    }
    let run = unpack(&save(&mut lab, Contents::Checkpoint), place.path());
    let metrics = headlight_runs::read_metrics(&run).expect("lines of metrics");
    let rates: Vec<f64> = metrics.iter().map(|line| line.tokens_per_second).collect();
    assert!(rates[0] > 0.0 && rates[..6].iter().all(|rate| *rate == rates[0]), "{rates:?}");
    assert!((rates[6] / rates[0] - 6.0 * 0.5 / 2.0).abs() < 0.01, "the tokens of six steps in two seconds: {rates:?}");
    assert_eq!(metrics[6].seconds, 2.5);
}
