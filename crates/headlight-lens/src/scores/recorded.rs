//! Roles of heads from a record alone, without the model.

use std::collections::BTreeMap;

use headlight_record::findings::{Estimate, Score};
use headlight_record::sweep::HeadRoles;
use headlight_record::{AttentionRecord, Head};

use super::estimates::{every_score, on_examples};
use super::numbers::{Numbers, Rows};
use super::roles::{Thresholds, by_excess};
use crate::Bootstrap;
use crate::examples::Example;

/// What the heads of a record are called, by the scores of [`head_scores`](super::head_scores) on the record's one example: as there, a role
/// is a score that passes its threshold and is above that of uniform attention. Of one example a score has no interval, so it is over many
/// records, such as those of many seeds, that such roles say something.
pub fn recorded_roles(record: &AttentionRecord, thresholds: &Thresholds) -> Vec<HeadRoles> {
    let [layers, heads, ..] = record.shape();
    let (kind, bootstrap) = (record.kind(), Bootstrap::new(1, 0));
    let (example, vocabulary) = example_of(record);
    let rows = Rows::new(&example, kind, &vocabulary);
    let score = |numbers: Numbers| on_examples(&[numbers], false, &bootstrap);
    let uniform = score(rows.numbers(&rows.uniform()));
    let every: Vec<Score> = every_score().into_iter().filter(|score| Thresholds::is_role(&score.name)).collect();
    let found = |(layer, head): (usize, usize)| {
        let scores: BTreeMap<String, Estimate> = score(rows.numbers(record.head(layer, head)));
        let is_passed = |score: &&Score| {
            let name = score.name.as_str();
            scores.get(name).is_some_and(|found| thresholds.is_passed(name, *found, uniform.get(name).copied()))
        };
        let roles = by_excess(every.iter().filter(is_passed).collect(), &scores, &uniform);
        let roles = roles.into_iter().map(|role| (role.title.clone(), scores[&role.name].mean)).collect();
        HeadRoles { head: Head { kind, layer: record.layer_number(layer), head }, roles }
    };
    (0..layers).flat_map(|layer| (0..heads).map(move |head| (layer, head))).map(found).collect()
}

/// The example of a record, its tokens by their places in a vocabulary of their own.
fn example_of(record: &AttentionRecord) -> (Example, Vec<String>) {
    use headlight_record::AttentionKind::{Cross, DecoderSelf, EncoderSelf};
    let mut vocabulary: Vec<String> = Vec::new();
    let mut ids = |tokens: &[String]| -> Vec<usize> {
        let id = |token: &String| match vocabulary.iter().position(|known| known == token) {
            Some(id) => id,
            None => {
                vocabulary.push(token.clone());
                vocabulary.len() - 1
            }
        };
        tokens.iter().map(id).collect()
    };
    let (queries, keys) = (ids(record.query_tokens()), ids(record.key_tokens()));
    let (source, target) = match record.kind() {
        EncoderSelf => (queries, Vec::new()),
        DecoderSelf => (Vec::new(), queries),
        Cross => (keys, queries),
    };
    let needed = record.alignment().map(|needed| (record.kind(), needed.to_vec())).into_iter().collect();
    (Example { source, target, answer: Vec::new(), needed }, vocabulary)
}
