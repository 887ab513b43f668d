//! The scores of a head: means over examples, by name.

use std::collections::BTreeMap;

use headlight_record::findings::{Estimate, Score};

use super::numbers::{Numbers, Offsets};
use super::pattern::PATTERNS;
use super::roles::REPEATED;
use crate::Bootstrap;

/// The two error measures of `transformer_lens.head_detector.detect_head`, as it calls them.
const MEASURES: [&str; 2] = ["mul", "abs"];

/// Every score that there may be, in the order in which they are shown.
pub(super) fn every_score() -> Vec<Score> {
    let score = |name: String, title: String| Score { name, title };
    let patterns = PATTERNS.iter().map(|pattern| score(pattern.name.to_string(), pattern.title.to_string()));
    let rows =
        [("entropy", "entropy, bits"), ("best_offset", "best fixed offset"), ("offset", "weight at the best offset")];
    let rows = rows.map(|(name, title)| score(name.to_string(), title.to_string()));
    let repeated = PATTERNS
        .iter()
        .filter(|pattern| pattern.detected_as.is_some())
        .map(|pattern| score(format!("{REPEATED}{}", pattern.name), format!("{} on repeated tokens", pattern.title)));
    let detected = ["", REPEATED].into_iter().flat_map(|prefix| {
        let heads = PATTERNS.iter().filter_map(|pattern| pattern.detected_as);
        heads.flat_map(move |head| {
            let on = if prefix.is_empty() { "" } else { " on repeated tokens" };
            MEASURES.map(|measure| {
                score(format!("{prefix}{head}_{measure}"), format!("TransformerLens' {head}, {measure}{on}"))
            })
        })
    });
    patterns.chain(rows).chain(repeated).chain(detected).collect()
}

/// The scores of a head on its examples. `is_causal` says whether TransformerLens' patterns, in which no query sees a later key, are
/// for heads of its kind.
pub(super) fn on_examples(numbers: &[Numbers], is_causal: bool, bootstrap: &Bootstrap) -> BTreeMap<String, Estimate> {
    let mut scores = BTreeMap::new();
    for (at, pattern) in PATTERNS.iter().enumerate() {
        add(&mut scores, pattern.name, bootstrap, numbers.iter().map(|numbers| numbers.shares[at]));
    }
    add(&mut scores, "entropy", bootstrap, numbers.iter().map(|numbers| numbers.entropy));
    if let Some(best) = best_offset(numbers) {
        let offsets = || numbers.iter().map(|numbers| numbers.offsets.as_ref());
        add(&mut scores, "best_offset", bootstrap, offsets().map(|offsets| offsets.map(|_| best as f64)));
        add(&mut scores, "offset", bootstrap, offsets().map(|offsets| offsets.map(|offsets| offsets.at(best))));
    }
    if is_causal {
        add_detections(&mut scores, "", numbers, bootstrap);
    }
    scores
}

/// The scores of a decoder's head on random tokens that come twice.
pub(super) fn on_repeated_tokens(numbers: &[Numbers], bootstrap: &Bootstrap) -> BTreeMap<String, Estimate> {
    let mut scores = BTreeMap::new();
    for (at, pattern) in PATTERNS.iter().enumerate().filter(|(_, pattern)| pattern.detected_as.is_some()) {
        let name = format!("{REPEATED}{}", pattern.name);
        add(&mut scores, &name, bootstrap, numbers.iter().map(|numbers| numbers.shares[at]));
    }
    add_detections(&mut scores, REPEATED, numbers, bootstrap);
    scores
}

fn add_detections(scores: &mut BTreeMap<String, Estimate>, prefix: &str, numbers: &[Numbers], bootstrap: &Bootstrap) {
    for (at, pattern) in PATTERNS.iter().enumerate() {
        let Some(head) = pattern.detected_as else { continue };
        for (nth, measure) in MEASURES.iter().enumerate() {
            let name = format!("{prefix}{head}_{measure}");
            add(scores, &name, bootstrap, numbers.iter().map(|numbers| numbers.detections[at][nth]));
        }
    }
}

/// Adds the mean over the examples that have such a number, if any has.
fn add(
    scores: &mut BTreeMap<String, Estimate>,
    name: &str,
    bootstrap: &Bootstrap,
    values: impl Iterator<Item = Option<f64>>,
) {
    let estimate = bootstrap.estimate_known(&values.collect::<Vec<_>>());
    scores.extend(estimate.map(|estimate| (name.to_string(), estimate)));
}

/// The offset that has most weight over all examples.
fn best_offset(numbers: &[Numbers]) -> Option<isize> {
    let mut sums: BTreeMap<isize, f64> = BTreeMap::new();
    for (offset, mean) in numbers.iter().filter_map(|numbers| numbers.offsets.as_ref()).flat_map(Offsets::iter) {
        *sums.entry(offset).or_default() += mean;
    }
    sums.into_iter().reduce(|best, other| if other.1 > best.1 { other } else { best }).map(|(offset, _)| offset)
}
