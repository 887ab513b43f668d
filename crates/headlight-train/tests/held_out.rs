//! What is trained on and what is held out never meet, and both are the same every time.

use std::collections::HashSet;

use headlight_model::Architecture;
use headlight_train::{Example, HeldOut, Task, TaskError, tasks};

fn copy(length: usize, symbols: usize) -> Task {
    Task { length, symbols, ..Task::new(&tasks::copy::SPEC, Architecture::Decoder) }
}

#[test]
fn nothing_held_out_is_ever_trained_on() {
    // In the small space nearly all of what may be trained on does turn up: 4000 draws from about 1100.
    for task in [copy(10, 16), copy(4, 6)] {
        let held_out = sources(&task.held_out(0, 512));
        let held_out: HashSet<_> = held_out.iter().collect();
        let mut trained = HashSet::new();
        for step in 1..=250 {
            let examples = task.training_examples(0, step, 16);
            assert_eq!(examples.len(), 16);
            for Example { source, .. } in examples {
                assert!(source.len() == task.length && source.iter().all(|symbol| *symbol < task.symbols));
                assert!(!task.is_held_out(&source) && !held_out.contains(&source), "{source:?} at step {step}");
                trained.insert(source);
            }
        }
        assert!(trained.len() > 1000, "only {} different sources in 4000", trained.len());
    }
}

#[test]
fn a_batch_is_a_function_of_seed_and_step() {
    let task = copy(10, 16);
    let mut batches = HashSet::new();
    for seed in 0..5 {
        for step in 0..20 {
            let batch = task.training_examples(seed, step, 8);
            assert_eq!(batch, task.training_examples(seed, step, 8));
            // A longer batch goes on where the shorter one ends.
            assert!(task.training_examples(seed, step, 12).starts_with(&batch));
            assert!(batches.insert(batch), "seed {seed} step {step} repeats a batch");
        }
    }
}

#[test]
fn what_is_held_out_is_the_same_for_every_architecture_and_is_chosen_by_the_seed() {
    let decoder = copy(10, 16);
    let both = Task { architecture: Architecture::EncoderDecoder, ..decoder.clone() };
    assert_eq!(decoder.held_out(3, 100), decoder.held_out(3, 100));
    assert_eq!(decoder.held_out(3, 100), both.held_out(3, 100));
    assert_ne!(decoder.held_out(3, 100), decoder.held_out(4, 100));
}

#[test]
fn a_large_space_holds_out_as_many_as_wanted() {
    // 257² sequences are just too many to be listed, and 4096 the most that may be wanted: drawing them has to end.
    for (task, wanted) in
        [(copy(10, 16), 1), (copy(10, 16), 512), (copy(512, 4096), 20), (copy(2, 257), 512), (copy(2, 257), 4096)]
    {
        let held_out = task.held_out(0, wanted);
        assert_eq!((held_out.wanted, held_out.examples.len()), (wanted, wanted));
        assert_all_different_and_held_out(&task, &sources(&held_out));
    }
}

#[test]
fn a_small_space_holds_out_all_that_it_can_and_says_what_was_wanted() {
    for task in [copy(3, 4), copy(3, 6), copy(1, 16), copy(7, 2)] {
        let mut all = every_source(&task);
        all.retain(|source| task.is_held_out(source));
        let held_out = task.held_out(5, 512);
        assert_eq!(held_out.wanted, 512);
        assert_all_different_and_held_out(&task, &sources(&held_out));
        let mut sources = sources(&held_out);
        sources.sort();
        assert_eq!(sources, all);
    }
}

#[test]
fn a_space_of_exactly_enough_shrinks_nothing() {
    let task = copy(4, 6);
    let all = task.held_out(0, 512).examples.len();
    assert!(all < 512);
    for wanted in [1, all - 1, all] {
        assert_eq!(task.held_out(0, wanted).examples.len(), wanted);
    }
}

#[test]
fn about_an_eighth_is_held_out() {
    for (length, symbols) in [(1, 4096), (2, 64), (3, 16), (4, 8), (6, 5), (12, 2)] {
        let task = copy(length, symbols);
        let sources = every_source(&task);
        let held_out = sources.iter().filter(|source| task.is_held_out(source)).count();
        let share = held_out as f64 / sources.len() as f64;
        // In spaces of 4096 and more, a fair hash strays from 0.125 by 0.005 (one standard deviation) or less.
        assert!((share - 0.125).abs() < 0.02, "{length} of {symbols}: {share}");
    }
}

#[test]
fn a_space_that_cannot_be_split_is_refused() {
    // Two sequences: whichever way the hash falls, none is held out or its symbol is never trained on.
    let error = copy(1, 2).check().expect_err("two sequences");
    assert!(matches!(error, TaskError::SmallSpace { space: 2, .. }), "{error}");
    assert!(error.to_string().contains("choose a larger length or more symbols"), "{error}");
    // A space passes where something is held out, and what is left shows each symbol at each place.
    for length in 1..=4 {
        for symbols in 2..=8 {
            let task = copy(length, symbols);
            let sources = every_source(&task);
            let (held_out, trained): (Vec<_>, Vec<_>) = sources.iter().partition(|source| task.is_held_out(source));
            let shows = |place: usize, symbol: usize| trained.iter().any(|source| source[place] == symbol);
            let shows_all = (0..length).all(|place| (0..symbols).all(|symbol| shows(place, symbol)));
            assert_eq!(task.check().is_ok(), !held_out.is_empty() && shows_all, "{length} of {symbols}");
        }
    }
}

/// All sources there are, counted up like digits.
fn every_source(task: &Task) -> Vec<Vec<usize>> {
    (0..task.length).fold(vec![Vec::new()], |shorter, _| {
        let longer = |source: Vec<usize>| (0..task.symbols).map(move |symbol| [&source[..], &[symbol]].concat());
        shorter.into_iter().flat_map(longer).collect()
    })
}

fn assert_all_different_and_held_out(task: &Task, sources: &[Vec<usize>]) {
    assert_eq!(sources.iter().collect::<HashSet<_>>().len(), sources.len());
    assert!(sources.iter().all(|source| source.len() == task.length && task.is_held_out(source)));
}

fn sources(held_out: &HeldOut) -> Vec<Vec<usize>> {
    held_out.examples.iter().map(|example| example.source.clone()).collect()
}
