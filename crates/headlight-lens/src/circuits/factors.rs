//! The matrices of heads as they act on the stream, with the norms in between folded in.

use burn::tensor::{Device, Int, Tensor, TensorData};
use headlight_model::{AttentionKind, Head, Norm, NormKind, NormPlacement, NormSite, Stack, Traceable};
use nalgebra::DMatrix;

use crate::sites::{keys_of, queries_of};

/// A head's matrices, of which those that read the stream have γ and the centring of a norm folded in, as TransformerLens's
/// `fold_ln` does. A row vector x of the stream is projected as x W.
pub(super) struct Factors {
    /// W_Q, `[d_model, d_head]`.
    pub(super) query: DMatrix<f64>,
    /// W_K, likewise.
    pub(super) key: DMatrix<f64>,
    /// W_V, likewise.
    pub(super) value: DMatrix<f64>,
    /// W_O, `[d_head, d_model]`: it writes, and nothing is folded in.
    pub(super) output: DMatrix<f64>,
}

impl Factors {
    /// As they read what `writer` adds to the stream; without one, the embedding. In a pre-norm model, each part reads all that is in
    /// the stream through one norm, its own; in a post-norm model, through all those that the stream has passed since.
    pub(super) fn new<M: Traceable + ?Sized>(model: &M, head: Head, writer: Option<Head>) -> Self {
        let matrices = model.head(head);
        let written_to = |stack: Stack| writer.filter(|writer| queries_of(writer.kind) == stack).map(own_norm);
        let (queries, keys) = (queries_of(head.kind), keys_of(head.kind));
        let query = norms(model, queries, written_to(queries), Some(own_norm(head)));
        let key = match head.kind {
            AttentionKind::Cross => norms(model, keys, written_to(keys), None),
            AttentionKind::EncoderSelf | AttentionKind::DecoderSelf => query.clone(),
        };
        Self {
            query: folded(&query, matrix(matrices.query)),
            key: folded(&key, matrix(matrices.key)),
            value: folded(&key, matrix(matrices.value)),
            output: matrix(matrices.output),
        }
    }
}

/// A matrix of `[d_model, …]` that reads the final norm's output, as it reads what a head adds to the stream.
pub(super) fn behind_norms<M: Traceable + ?Sized>(model: &M, head: Head, matrix: DMatrix<f64>) -> DMatrix<f64> {
    folded(&norms(model, queries_of(head.kind), Some(own_norm(head)), None), matrix)
}

/// Rows of the embedding of a stack's tokens: `[tokens, d_model]`.
///
/// # Panics
///
/// When there is no such token.
pub(super) fn embedded<M: Traceable + ?Sized>(model: &M, stack: Stack, tokens: &[usize]) -> DMatrix<f64> {
    let table = model.token_embedding(stack);
    let tokens = numbers(tokens, table.dims()[0], &table.device());
    matrix(table.select(0, tokens))
}

/// Columns of W_U: `[d_model, answers]`.
///
/// # Panics
///
/// When the output layer is not linear, or there is no such answer.
pub(super) fn unembedding<M: Traceable + ?Sized>(model: &M, answers: &[usize]) -> DMatrix<f64> {
    let weight = model.unembedding().expect("a head that reaches the logits does so linearly").weight;
    let answers = numbers(answers, weight.dims()[1], &weight.device());
    matrix(weight.select(1, answers))
}

fn numbers(numbers: &[usize], count: usize, device: &Device) -> Tensor<1, Int> {
    assert!(numbers.iter().all(|number| *number < count), "tokens are 0 … {}", count - 1);
    let ids: Vec<i64> = numbers.iter().map(|number| *number as i64).collect();
    Tensor::from_data(TensorData::new(ids, [numbers.len()]), device)
}

/// Whether the output layer, a linear one, reads the stream that a head writes to.
pub(super) fn reaches_logits<M: Traceable + ?Sized>(model: &M, head: Head) -> bool {
    queries_of(head.kind) == model.output_stack() && model.unembedding().is_some()
}

pub(super) fn matrix(tensor: Tensor<2>) -> DMatrix<f64> {
    let [rows, columns] = tensor.dims();
    DMatrix::from_row_iterator(rows, columns, tensor.into_data().iter::<f64>())
}

/// The norm at a head's attention.
fn own_norm(head: Head) -> NormSite {
    match head.kind {
        AttentionKind::Cross => NormSite::CrossAttention(head.layer),
        AttentionKind::EncoderSelf | AttentionKind::DecoderSelf => {
            NormSite::SelfAttention(queries_of(head.kind), head.layer)
        }
    }
}

/// γ of the norms, in order, between what is written to a stream by the part at one norm and read by the part at another; without a
/// writer, from the embedding; without a reader, to the end of the stack.
fn norms<M: Traceable + ?Sized>(
    model: &M,
    stack: Stack,
    writer: Option<NormSite>,
    reader: Option<NormSite>,
) -> Vec<Folded> {
    let sites = match model.norm_placement() {
        NormPlacement::Pre => vec![reader.unwrap_or(NormSite::Final(stack))],
        // A part writes just before its own norm, and reads just before it, too.
        NormPlacement::Post => {
            let all = (0..model.n_layers(stack.self_attention())).flat_map(|layer| {
                let cross = (stack == Stack::Decoder).then_some(NormSite::CrossAttention(layer));
                let within = [NormSite::SelfAttention(stack, layer)].into_iter().chain(cross);
                within.chain([NormSite::FeedForward(stack, layer)])
            });
            let since = all.skip_while(|site| writer.is_some_and(|writer| *site != writer));
            since.take_while(|site| Some(*site) != reader).collect()
        }
    };
    let fold = |norm: Norm| Folded { gamma: norm.gamma.val().into_data().iter().collect(), kind: norm.kind() };
    sites.into_iter().filter_map(|site| model.norm(site)).map(fold).collect()
}

/// What is folded in of a norm.
#[derive(Clone)]
struct Folded {
    gamma: Vec<f64>,
    kind: NormKind,
}

/// The matrix that reads what goes into norms of a fixed scale, in place of one that reads what comes out: `[d_model, columns]`.
fn folded(norms: &[Folded], mut matrix: DMatrix<f64>) -> DMatrix<f64> {
    for Folded { gamma, kind } in norms.iter().rev() {
        for mut column in matrix.column_iter_mut() {
            column.iter_mut().zip(gamma).for_each(|(x, gamma)| *x *= gamma);
            if *kind == NormKind::Layer {
                let mean = column.mean();
                column.iter_mut().for_each(|x| *x -= mean);
            }
        }
    }
    matrix
}
