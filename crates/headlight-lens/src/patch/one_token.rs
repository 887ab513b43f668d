use std::collections::{BTreeMap, BTreeSet};

use headlight_model::keyed_generator;
use headlight_train::{Example, Task};
use rand::RngExt;

/// Tells these random numbers from those of other purposes that have the same seed.
const PURPOSE: u64 = 0x9a7c;
/// A question is given up when so many changes of it leave the answer as it is, or make it no question.
const TRIES: usize = 100;

/// Pairs of questions that differ in one token and in their answers, all of the length that is commonest: each of these examples, and
/// beside it itself with another token somewhere. Of an example that no one token changes there is none; equal seeds give equal pairs.
pub fn pairs_of_one_token(task: &Task, examples: &[Example], seed: u64) -> Vec<[Example; 2]> {
    let tokens: BTreeSet<usize> = examples.iter().flat_map(|example| &example.source).copied().collect();
    let tokens: Vec<usize> = tokens.into_iter().collect();
    let mut by_shape: BTreeMap<[usize; 2], Vec<[Example; 2]>> = BTreeMap::new();
    for (nth, example) in examples.iter().enumerate() {
        let mut generator = keyed_generator([seed, PURPOSE, nth as u64, 0]);
        let mut change = || {
            let mut source = example.source.clone();
            let at = generator.random_range(0..source.len());
            source[at] = tokens[generator.random_range(0..tokens.len())];
            let answer = task.answer(&source)?;
            let changed = Example { source, answer };
            let is_other = changed.answer != example.answer && shape(task, &changed) == shape(task, example);
            (is_other && changed.answer.len() == example.answer.len()).then_some(changed)
        };
        if let Some(changed) = (0..TRIES).find_map(|_| change()) {
            by_shape.entry(shape(task, example)).or_default().push([example.clone(), changed]);
        }
    }
    // Of equally common lengths the longest.
    by_shape.into_values().max_by_key(Vec::len).unwrap_or_default()
}

/// How many tokens encoder and decoder read.
fn shape(task: &Task, example: &Example) -> [usize; 2] {
    let source = task.prompt(&example.source).source.map_or(0, |source| source.len());
    [source, task.target(example).len()]
}

#[cfg(test)]
mod tests {
    use headlight_model::Architecture;
    use headlight_train::tasks;

    use super::*;

    #[test]
    fn pairs_differ_in_one_token_and_in_their_answers() {
        for spec in [&tasks::copy::SPEC, &tasks::induction::SPEC, &tasks::addition::SPEC, &tasks::sort::SPEC] {
            let task = Task::new(spec, Architecture::Decoder);
            let examples = task.held_out(3, 100).examples;
            let pairs = pairs_of_one_token(&task, &examples, 5);
            assert!(!pairs.is_empty(), "{spec}");
            for [clean, corrupt] in &pairs {
                let differ = clean.source.iter().zip(&corrupt.source).filter(|(a, b)| a != b).count();
                assert_eq!(differ, 1, "{spec}");
                assert_ne!(clean.answer, corrupt.answer, "{spec}");
                assert_eq!(task.answer(&corrupt.source).as_ref(), Some(&corrupt.answer), "{spec}");
                assert_eq!(shape(&task, clean), shape(&task, &pairs[0][0]), "{spec}");
            }
            assert_eq!(pairs, pairs_of_one_token(&task, &examples, 5), "{spec}");
            assert_ne!(pairs, pairs_of_one_token(&task, &examples, 6), "{spec}");
        }
    }
}
