//! What each token does to each, through one head.

use headlight_model::{Head, Stack, Traceable};
use nalgebra::DMatrix;

use super::factors::{Factors, behind_norms, embedded, reaches_logits, unembedding};
use crate::sites::{keys_of, queries_of};

/// W_E W_Q W_Kᵀ W_Eᵀ / √d_head of one head: the score that each token's query gives each token's key, without positions and biases,
/// the norms folded in at scale 1.
///
/// # Shapes
///
/// - scores: `[tokens, tokens]`, rows are queries; by row
///
/// # Panics
///
/// When there is no such head or token.
pub fn query_key<M: Traceable + ?Sized>(model: &M, head: Head, tokens: &[usize]) -> Vec<Vec<f64>> {
    let Factors { query, key, .. } = Factors::new(model, head, None);
    let embedded = |stack: Stack| embedded(model, stack, tokens);
    let (queries, keys) = (embedded(queries_of(head.kind)) * &query, embedded(keys_of(head.kind)) * key);
    by_row(&(queries * keys.transpose() / (query.ncols() as f64).sqrt()))
}

/// W_E W_V W_O W_U of one head: what a token that gets all the weight adds to the logit of each answer, without biases, the norms folded
/// in at scale 1. `None` where the output layer does not read what the head writes.
///
/// # Shapes
///
/// - logits: `[tokens, answers]`, rows are tokens that are attended to; by row
///
/// # Panics
///
/// When there is no such head, token or answer.
pub fn output_value<M: Traceable + ?Sized>(
    model: &M,
    head: Head,
    tokens: &[usize],
    answers: &[usize],
) -> Option<Vec<Vec<f64>>> {
    if !reaches_logits(model, head) {
        return None;
    }
    let Factors { value, output, .. } = Factors::new(model, head, None);
    let values = embedded(model, keys_of(head.kind), tokens) * value;
    Some(by_row(&(values * (output * behind_norms(model, head, unembedding(model, answers))))))
}

fn by_row(matrix: &DMatrix<f64>) -> Vec<Vec<f64>> {
    matrix.row_iter().map(|row| row.iter().copied().collect()).collect()
}
