//! Why a head's query attends to a key: one score, split into what each part of the model before it brings.

mod findings;
mod score;
mod split;

use headlight_model::{AttentionKind, Traceable};
use headlight_record::Origin;

use crate::LensError;
use crate::decomposition::{Part, TOLERANCE, largest};
use crate::examples::{Example, Examples};
use crate::names::{find_head, kinds};
use crate::visible::Visible;

pub use score::{Asked, Terms};

/// One score q · k / √d_head of a head, as an exact sum: Σ over the query's parts and the key's parts of q_part · k_part / √d_head, and
/// what a bias of the positions adds (Elhage et al., [2021](https://transformer-circuits.pub/2021/framework/index.html), split the
/// attention scores of two-layer models so). Norms are at the scale that they have, so that the parts add up.
#[derive(Clone, Debug)]
pub struct Why {
    /// Which score.
    pub asked: Asked,
    /// The parts of the query.
    pub query_parts: Vec<Part>,
    /// The parts of the key.
    pub key_parts: Vec<Part>,
    /// The terms of each example.
    pub terms: Vec<Terms>,
    /// By how much a sum is off at most, in units of the largest score where that is above 1.
    pub error: f64,
    kinds: Vec<AttentionKind>,
    /// Of these examples, which are those that have both positions.
    examples: Vec<Example>,
    vocabulary: Vec<String>,
    seed: u64,
    origin: Origin,
}

/// Splits one score of every example that has these positions.
///
/// # Errors
///
/// When the model has no such head, no example has these positions, the key is masked, such as a later token, or the parts do
/// not add up to the score within 1e-4: then the model computes something else than its parameters say.
pub fn why<M: Traceable + ?Sized>(model: &M, examples: &Examples<M::Input>, asked: Asked) -> Result<Why, LensError> {
    let Asked { head, query, key } = asked;
    find_head(model, head.into())?;
    if head.kind == AttentionKind::DecoderSelf && key > query {
        return Err(LensError::LaterKey { query, key });
    }
    let longest = |length: fn(&Example, AttentionKind) -> usize| {
        examples.iter().map(|example| length(example, head.kind)).max().unwrap_or(0)
    };
    let queries = |example: &Example, kind| example.queries(kind).len();
    let keys = |example: &Example, kind| example.keys(kind).len();
    for (what, position, length) in [("query", query, longest(queries)), ("key", key, longest(keys))] {
        if position >= length {
            return Err(LensError::NoPosition { what, position, length });
        }
    }
    let mut found: Option<Why> = None;
    for batch in &examples.batches {
        let has_both = |example: &Example| query < queries(example, head.kind) && key < keys(example, head.kind);
        if !batch.examples.iter().all(has_both) {
            continue; // the examples of a batch are of one shape
        }
        let visible = Visible::of(model, &batch.input);
        let seen = &visible.rows(head.kind, head.layer)[query];
        if !seen.contains(&key) {
            return Err(LensError::MaskedKey { query, key });
        }
        let trace = model.trace(&batch.input, &[]);
        let of_batch = split::split(model, &trace, &batch.examples, asked, seen);
        let why = found.get_or_insert_with(|| Why {
            asked,
            query_parts: of_batch.query_parts.clone(),
            key_parts: of_batch.key_parts.clone(),
            terms: Vec::new(),
            error: 0.0,
            kinds: kinds(model),
            examples: Vec::new(),
            vocabulary: examples.vocabulary.clone(),
            seed: examples.seed,
            origin: examples.origin.clone(),
        });
        why.terms.extend(of_batch.terms);
        why.examples.extend(batch.examples.iter().cloned());
    }
    // Some example is long enough for the query and some for the key, and none for both.
    let mut why = found.ok_or(LensError::NoExample { query, key })?;
    why.error = largest(why.terms.iter().map(Terms::error));
    // Written so that NaN is refused too.
    if why.error < TOLERANCE { Ok(why) } else { Err(LensError::Sum { of: "a score", error: why.error }) }
}
