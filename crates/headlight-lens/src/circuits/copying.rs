//! Whether what a head writes raises the token that it read.

use headlight_model::{Head, Stack, Traceable};
use nalgebra::DMatrix;

use super::factors::{Factors, behind_norms, matrix, reaches_logits};
use crate::sites::keys_of;

/// So many tokens at once.
const AT_ONCE: usize = 4096;

/// The eigenvalues λ of W_E W_V W_O W_U, which takes a token that is attended to, to what it adds to the logits (Elhage et al.,
/// [2021](https://transformer-circuits.pub/2021/framework/index.html), "Copying / primacy of the OV circuit eigenvalues").
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Copying {
    /// Σ λ / Σ |λ|: 1 where every token raises itself, −1 where each lowers itself.
    pub score: f64,
    /// Share of those that are not 0 whose real part is positive.
    pub positive: f64,
}

/// `None` where the head does not write to the stream that the output layer reads, or reads other tokens than the model says.
pub fn copying<M: Traceable + ?Sized>(model: &M, head: Head) -> Option<Copying> {
    copying_of(model, &[head])[0]
}

/// The same of each of these heads. The tokens are gone through once for each stack, and not again for each head.
pub(super) fn copying_of<M: Traceable + ?Sized>(model: &M, heads: &[Head]) -> Vec<Option<Copying>> {
    let mut of_stacks: Vec<(Stack, Option<DMatrix<f64>>)> = Vec::new();
    let mut of_head = |head: &Head| {
        if !reaches_logits(model, *head) {
            return None;
        }
        let stack = keys_of(head.kind);
        let at = of_stacks.iter().position(|(known, _)| *known == stack).unwrap_or_else(|| {
            of_stacks.push((stack, unembedded_embedding(model, stack)));
            of_stacks.len() - 1
        });
        let tokens = of_stacks[at].1.clone()?;
        let Factors { value, output, .. } = Factors::new(model, *head, None);
        // A B and B A have the same eigenvalues but for zeros: this one is [d_head, d_head], whatever the size of the vocabulary.
        of_eigenvalues(output * (behind_norms(model, *head, tokens) * value))
    };
    heads.iter().map(&mut of_head).collect()
}

/// W_U W_E: `[d_model, d_model]`. `None` where the model says other tokens than this stack reads.
fn unembedded_embedding<M: Traceable + ?Sized>(model: &M, stack: Stack) -> Option<DMatrix<f64>> {
    let (embedding, unembedding) = (model.token_embedding(stack), model.unembedding()?.weight);
    let [vocab_size, d_model] = embedding.dims();
    if unembedding.dims()[1] != vocab_size {
        return None;
    }
    // Products of many tokens on the device, and their sum in 64 bits.
    let product = |first: usize| {
        let count = AT_ONCE.min(vocab_size - first);
        matrix(unembedding.clone().narrow(1, first, count).matmul(embedding.clone().narrow(0, first, count)))
    };
    Some(
        (0..vocab_size)
            .step_by(AT_ONCE)
            .map(product)
            .fold(DMatrix::zeros(d_model, d_model), |sum, product| sum + product),
    )
}

fn of_eigenvalues(matrix: DMatrix<f64>) -> Option<Copying> {
    let eigenvalues = matrix.complex_eigenvalues();
    let sizes: f64 = eigenvalues.iter().map(|value| value.re.hypot(value.im)).sum();
    // What rounding leaves of a zero counts as one.
    let others: Vec<f64> =
        eigenvalues.iter().filter(|value| value.re.hypot(value.im) > 1e-6 * sizes).map(|value| value.re).collect();
    if others.is_empty() {
        return None;
    }
    let positive = others.iter().filter(|real| **real > 0.0).count();
    let sum: f64 = eigenvalues.iter().map(|value| value.re).sum();
    Some(Copying { score: sum / sizes, positive: positive as f64 / others.len() as f64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_is_that_of_eigenvalues_known_by_hand() {
        let of = |rows: [[f64; 2]; 2]| of_eigenvalues(DMatrix::from_fn(2, 2, |row, column| rows[row][column]));
        assert_eq!(of([[0.0; 2]; 2]), None);
        assert_eq!(of([[2.0, 0.0], [0.0, 5.0]]), Some(Copying { score: 1.0, positive: 1.0 }));
        let mixed = of([[3.0, 7.0], [0.0, -1.0]]).expect("it has eigenvalues 3 and −1");
        assert!((mixed.score - 0.5).abs() < 1e-12 && mixed.positive == 0.5, "{mixed:?}");
        // A quarter turn: ±i, whose real parts are 0.
        let turn = of([[0.0, -1.0], [1.0, 0.0]]).expect("it has eigenvalues");
        assert!(turn.score.abs() < 1e-12, "{turn:?}");
        let spiral = of([[1.0, -1.0], [1.0, 1.0]]).expect("1 ± i");
        assert!((spiral.score - 0.5f64.sqrt()).abs() < 1e-12 && spiral.positive == 1.0, "{spiral:?}");
    }
}
