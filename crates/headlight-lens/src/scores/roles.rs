//! What a head is called by its scores.

use std::collections::BTreeMap;

use headlight_record::findings::{Estimate, Score};

use super::pattern::PATTERNS;

/// Unless another threshold is asked for. It is below a half, since heads of a layer share their work.
const THRESHOLD: f64 = 0.4;

/// How high a score must be for a head to be called by it.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    all: f64,
    of: BTreeMap<String, f64>,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { all: THRESHOLD, of: BTreeMap::new() }
    }
}

impl Thresholds {
    /// The same for all scores.
    pub fn of_all(threshold: f64) -> Self {
        Self { all: threshold, ..Self::default() }
    }

    /// Another one for the score of this name, and for the same on random tokens that come twice.
    pub fn with(mut self, name: &str, threshold: f64) -> Self {
        self.of.insert(name.to_string(), threshold);
        self
    }

    /// The names that there are thresholds for.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PATTERNS.iter().map(|pattern| pattern.name)
    }

    /// Whether a head is called by a score of this name: patterns name heads, an entropy does not.
    pub(super) fn is_role(name: &str) -> bool {
        let name = name.strip_prefix(REPEATED).unwrap_or(name);
        Self::names().any(|known| known == name)
    }

    /// The threshold of a score.
    pub fn of(&self, name: &str) -> f64 {
        let name = name.strip_prefix(REPEATED).unwrap_or(name);
        self.of.get(name).copied().unwrap_or(self.all)
    }

    /// Whether a score passes: it is as high as asked for, and surely higher than that of a head which attends evenly to all.
    pub(super) fn is_passed(&self, name: &str, score: Estimate, uniform: Option<Estimate>) -> bool {
        score.mean >= self.of(name) && uniform.is_none_or(|uniform| score.low > uniform.mean)
    }

    /// All of them in words, with the titles that `scores` has for their names.
    pub fn in_words(&self, scores: &[Score]) -> String {
        let named = |(name, threshold): (&String, &f64)| {
            let title = scores.iter().find(|score| score.name == *name).map_or(name, |score| &score.title);
            format!(", {title} {threshold}")
        };
        format!("{}{}", self.all, self.of.iter().map(named).collect::<String>())
    }
}

/// The scores that a head is called by, the one that is furthest above what uniform attention scores first: a head that
/// attends to itself scores no less for equal tokens, of which it is one, but uniform attention scores more for these, too. What only
/// random tokens showed comes last.
pub(super) fn by_excess<'a>(
    mut roles: Vec<&'a Score>,
    found: &BTreeMap<String, Estimate>,
    uniform: &BTreeMap<String, Estimate>,
) -> Vec<&'a Score> {
    let excess = |score: &Score| found[&score.name].mean - uniform.get(&score.name).map_or(0.0, |uniform| uniform.mean);
    // Stable: where two are as far above, what is said of the keys themselves stays first.
    roles.sort_by(|one, other| excess(other).total_cmp(&excess(one)));
    roles.sort_by_key(|score| score.name.starts_with(REPEATED));
    roles
}

/// How the names of scores on random tokens that come twice begin.
pub(super) const REPEATED: &str = "repeated_";
