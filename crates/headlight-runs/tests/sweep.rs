//! A sweep on disk: its plan, what became of its runs, and what is taken for neither.

mod whole_run;

use std::path::Path;

use headlight_record::sweep::SweepAxis;
use headlight_runs::{
    PlanDifference, PlanError, ReadyRun, Replace, RunConfig, RunError, RunState, SavedRun, StoppedRun, Sweep,
    SweepPlan, SweepRun,
};
use whole_run::{names_in, small, with};

/// Two widths and two seeds.
fn plan() -> SweepPlan {
    plan_of(["16", "32"])
}

fn plan_of(widths: [&str; 2]) -> SweepPlan {
    let axis = |name: &str, values: [&str; 2]| SweepAxis {
        name: name.to_string(),
        values: values.map(str::to_string).to_vec(),
    };
    let run = |width: &str, seed: u64| {
        let config = with(small(), |config| {
            config.model.d_model = width.parse().expect("a number");
            config.training.seed = seed;
        });
        (vec![width.to_string(), seed.to_string()], config)
    };
    let runs: Vec<_> = widths.iter().flat_map(|width| [0, 1].map(|seed| run(width, seed))).collect();
    SweepPlan::new("copy", vec![axis("d-model", widths), axis("seed", ["0", "1"])], runs)
}

fn train(sweep: &Path, number: usize) {
    let run = SweepRun::open(sweep, number).expect("a run");
    let ReadyRun::Open(open) = run.ready().expect("it begins") else { panic!("it has ended") };
    let (mut directory, mut training) = *open;
    while !training.is_done() {
        directory.step(&mut training).expect("room");
    }
    directory.finish(&training).expect("room");
}

#[test]
fn a_plan_is_found_again_and_its_runs_are_what_they_became() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("not/there/yet");
    drop(Sweep::create(&path, plan(), Replace::Nothing).expect("an absent directory"));
    assert_eq!(names_in(&path), [".headlight-lock", "files.jsonl", "sweep.json"]);
    let sweep = Sweep::open(&path).expect("a sweep");
    assert!(Sweep::is_one(&path) && *sweep.plan() == plan());
    let states = || sweep.plan().runs.iter().map(|run| sweep.state(run)).collect::<Vec<_>>();
    assert_eq!(states(), [const { RunState::Waiting }; 4]);

    train(&path, 2);
    let run = &sweep.plan().runs[2];
    assert_eq!(sweep.path_of(run), path.join("runs/0002"));
    assert_eq!(
        sweep.state(run),
        RunState::Ended(SavedRun::open(&path.join("runs/0002")).expect("a run").result().expect("a result"))
    );
    assert!(matches!(SweepRun::open(&path, 2).expect("a run").ready(), Ok(ReadyRun::Ended(_))));

    // One that has begun is in use until it is let go, whoever asks.
    let begun = SweepRun::open(&path, 0).expect("a run");
    let ReadyRun::Open(open) = begun.ready().expect("it begins") else { panic!("it has ended") };
    let (mut directory, mut training) = *open;
    directory.step(&mut training).expect("room");
    assert!(matches!(SweepRun::open(&path, 0).expect("a run").ready(), Err(RunError::InUse { .. })));
    assert_eq!(states()[0], RunState::Begun { step: 1 });
    let (waiting, ended) = (&sweep.plan().runs[1], &sweep.plan().runs[2]);
    assert!(sweep.is_in_use(begun.planned()) && !sweep.is_in_use(waiting) && !sweep.is_in_use(ended));
    assert_eq!((sweep.outcome(begun.planned()), sweep.outcome(waiting)), (None, None));
    assert_eq!(sweep.outcome(ended), Some(sweep.state(ended)));
    drop(directory);
    assert!(matches!(begun.ready(), Ok(ReadyRun::Open(_))));
    assert!(matches!(states()[..], [RunState::Begun { .. }, RunState::Waiting, RunState::Ended(_), RunState::Waiting]));

    assert!(matches!(SweepRun::open(&path, 4), Err(RunError::NoSuchRun { number: 4, count: 4, .. })));
    assert!(matches!(SweepRun::open(&path.join("runs"), 0), Err(RunError::NoSweep { .. })));
}

#[test]
fn a_run_that_diverged_is_one_until_it_is_resumed() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut wild = plan();
    wild.runs.iter_mut().for_each(|run| run.config.training.learning_rate = 1e30);
    wild.runs.iter_mut().for_each(|run| run.config.training.max_steps = 9);
    let sweep = Sweep::create(directory.path(), wild, Replace::Nothing).expect("an empty directory");
    let run = SweepRun::open(directory.path(), 1).expect("a run");
    let ReadyRun::Open(open) = run.ready().expect("it begins") else { panic!("it has ended") };
    let (mut of_run, mut training) = *open;
    let divergence = loop {
        match of_run.step(&mut training) {
            Ok(_) => {}
            Err(RunError::Diverged { divergence, .. }) => break divergence,
            Err(error) => panic!("{error}"),
        }
    };
    of_run.write_failure(&divergence).expect("room");
    assert_eq!(run.state(), RunState::Diverged(divergence.to_string()));
    assert!(run.state().has_outcome() && sweep.state(run.planned()) == run.state());
    drop(run.ready().expect("whoever wants to may try again"));
    assert!(!run.state().has_outcome());
}

#[test]
fn what_a_killed_process_left_of_a_run_is_taken_over() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    drop(Sweep::create(directory.path(), plan(), Replace::Nothing).expect("an empty directory"));
    train(directory.path(), 0);
    let model = |number: usize| std::fs::read(directory.path().join(format!("runs/{number:04}/model.safetensors")));
    let whole = model(0).expect("a model");
    let run = directory.path().join("runs/0000");
    let left: [&[(&str, &str)]; 4] = [
        &[],
        &[(".headlight-aB3xYz", "{")],
        &[("files.jsonl", "{\"file\":\"config.json\",\"bytes\":1,\"crc32\":1}\n{\"fi"), (".headlight-aB3xYz", "")],
        &[("records/", ""), ("files.jsonl", "")],
    ];
    for files in left {
        std::fs::remove_dir_all(&run).expect("it is there");
        std::fs::create_dir(&run).expect("room");
        for (name, text) in files {
            match name.strip_suffix('/') {
                Some(folder) => std::fs::create_dir(run.join(folder)).expect("room"),
                None => std::fs::write(run.join(name), text).expect("room"),
            }
        }
        train(directory.path(), 0);
        assert!(model(0).expect("a model") == whole, "{files:?}");
    }
    // What is someone else's is not.
    std::fs::create_dir(directory.path().join("runs/0001")).expect("room");
    std::fs::write(directory.path().join("runs/0001/notes.txt"), "mine").expect("room");
    let refused = SweepRun::open(directory.path(), 1).expect("a run").ready();
    assert!(matches!(refused, Err(RunError::NotEmpty { .. })));
}

#[test]
fn another_plan_is_named_and_replaces_only_a_sweep() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path();
    let create = |plan: SweepPlan, replace| Sweep::create(path, plan, replace).map(drop);
    let held = Sweep::create(path, plan(), Replace::Nothing).expect("an empty directory");
    assert!(matches!(create(plan(), Replace::Nothing), Err(RunError::InUse { .. })));
    assert!(matches!(Sweep::hold(path), Err(RunError::InUse { .. })));
    drop(held);
    create(plan(), Replace::Nothing).expect("the same plan");
    train(path, 3);

    let other_setting = {
        let mut plan = plan();
        plan.runs[1].config.training.batch_size = 8;
        plan
    };
    for (asked, said) in
        [(plan_of(["16", "64"]), "d-model 16,32, not 16,64"), (other_setting, "batch_size 16 in run 1, not 8")]
    {
        let Err(RunError::OtherPlan { difference, .. }) = create(asked, Replace::Nothing) else { panic!("{said}") };
        assert_eq!(difference.to_string(), said);
        assert!(!matches!(difference, PlanDifference::Runs { .. }));
    }
    // Kept where there is anything that no sweep wrote, or a run is being trained; replaced with all its runs otherwise.
    let notes = path.join("runs/0003/notes.txt");
    std::fs::write(&notes, "mine").expect("room");
    assert!(matches!(create(plan_of(["16", "64"]), Replace::AnyRun), Err(RunError::NotReplaced { .. })));
    std::fs::remove_file(&notes).expect("it is there");
    let trained = StoppedRun::open(&path.join("runs/0003")).expect("a run");
    assert!(matches!(create(plan_of(["16", "64"]), Replace::AnyRun), Err(RunError::InUse { .. })));
    drop(trained);
    assert!(path.join("runs/0003/result.json").exists());
    assert!(matches!(create(plan(), Replace::AnyRun), Err(RunError::SamePlan { .. })));
    assert!(path.join("runs/0003/result.json").exists());
    create(plan_of(["16", "64"]), Replace::AnyRun).expect("a sweep");
    assert_eq!(names_in(path), [".headlight-lock", "files.jsonl", "sweep.json"]);
}

/// On NFS and Lustre, the lock of a directory is one machine's own: another sees that of the file in it.
#[test]
fn a_file_is_locked_for_other_machines() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path();
    let lock_of = |directory: &Path| {
        let file = std::fs::File::options().write(true).open(directory.join(".headlight-lock")).expect("a file");
        file.try_lock().map(|()| file)
    };
    let sweep = Sweep::create(path, plan(), Replace::Nothing).expect("an empty directory");
    lock_of(path).expect_err("the sweep is held");
    drop(sweep);
    let elsewhere = lock_of(path).expect("nobody holds it any more");
    assert!(matches!(Sweep::hold(path), Err(RunError::InUse { .. })));
    assert!(matches!(Sweep::create(path, plan(), Replace::Nothing), Err(RunError::InUse { .. })));
    drop(elsewhere);

    let run = SweepRun::open(path, 0).expect("a run");
    let begun = run.ready().expect("it begins");
    lock_of(run.path()).expect_err("the run is held");
    drop(begun);
    let elsewhere = lock_of(run.path()).expect("nobody holds it any more");
    assert!(matches!(run.ready(), Err(RunError::InUse { .. })));
    // Also for those who do not know that it is a sweep's, and for whoever wants to remove it.
    assert!(matches!(StoppedRun::open(run.path()), Err(RunError::InUse { .. })));
    assert!(matches!(Sweep::create(path, plan_of(["16", "64"]), Replace::AnyRun), Err(RunError::InUse { .. })));
    drop(elsewhere);
    Sweep::create(path, plan_of(["16", "64"]), Replace::AnyRun).expect("nobody holds anything");
    assert_eq!(names_in(path), [".headlight-lock", "files.jsonl", "sweep.json"]);
}

#[test]
fn damaged_plans_and_those_that_leave_the_directory_are_refused() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path();
    let refused = |edit: fn(&mut SweepPlan)| {
        let mut plan = plan();
        edit(&mut plan);
        plan.check().expect_err("it is none")
    };
    for outside in ["", "..", "/tmp", "runs/../../x", "./runs"] {
        let mut plan = plan();
        plan.runs[2].directory = outside.to_string();
        assert!(matches!(plan.check(), Err(PlanError::Directory { number: 2, .. })), "{outside}");
    }
    assert!(matches!(refused(|plan| plan.runs[1].number = 2), PlanError::Number { number: 1, found: 2 }));
    assert!(matches!(refused(|plan| plan.runs.clear()), PlanError::Count { count: 0, .. }));
    let impossible = refused(|plan| plan.runs[3].config.model.n_heads = 5);
    assert!(impossible.to_string().starts_with("d-model 32, seed 1: "), "{impossible}");

    drop(Sweep::create(path, plan(), Replace::Nothing).expect("an empty directory"));
    let file = path.join("sweep.json");
    let whole = std::fs::read_to_string(&file).expect("text");
    let put = |text: &str| std::fs::write(&file, text).expect("room");
    for damaged in [whole.replace("\"seed\":1", "\"seed\":7"), whole[..whole.len() / 2].to_string(), String::new()] {
        put(&damaged);
        assert!(matches!(Sweep::open(path).map(drop), Err(RunError::Damaged { .. })));
        assert!(matches!(SweepRun::open(path, 0).map(drop), Err(RunError::Damaged { .. })));
    }
    put(&whole.replacen("\"version\": 1", "\"version\": 2", 1));
    let newer = Sweep::open(path).map(drop).expect_err("it is newer");
    assert!(newer.to_string().contains("newer Headlight"), "{newer}");
    assert!(matches!(Sweep::create(path, plan(), Replace::AnyRun).map(drop), Err(RunError::NotReplaced { .. })));
    // Edited by hand, and said so by removing its line, a plan is read with the same suspicion.
    std::fs::remove_file(path.join("files.jsonl")).expect("it is there");
    put(&whole.replace("runs/0001", "../0001"));
    assert!(matches!(SweepRun::open(path, 1).map(drop), Err(RunError::Damaged { .. })));
    put(&whole.replace("runs/0001", "elsewhere/b"));
    let sweep = Sweep::open(path).expect("a plan");
    assert_eq!(sweep.path_of(&sweep.plan().runs[1]), path.join("elsewhere/b"));
}

#[test]
fn a_configuration_is_that_of_the_plan() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    drop(Sweep::create(directory.path(), plan(), Replace::Nothing).expect("an empty directory"));
    train(directory.path(), 1);
    let config = RunConfig::read(&directory.path().join("runs/0001/config.json")).expect("a configuration");
    assert_eq!(config, plan().runs[1].config);
}
