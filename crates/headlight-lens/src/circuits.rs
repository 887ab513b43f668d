//! What heads can do, read from their parameters alone: which token attends to which, what that writes, and which head reads which.

mod charts;
mod composition;
mod copying;
mod factors;
mod matrices;
mod tables;

use headlight_model::{BesideTokens, Head, NormPlacement, Traceable};
use headlight_record::Findings;
use headlight_record::findings::{Estimate, HeadFinding, Score};

pub use self::composition::{Composition, RandomBaseline, compositions};
use self::copying::copying_of;
pub use self::copying::{Copying, copying};
pub use self::matrices::{output_value, query_key};

use crate::examples::Examples;
use crate::names::{heads, kinds};
use crate::sites::{keys_of, queries_of};

/// More tokens than this are not drawn side by side.
const MOST_TOKENS: usize = 64;

/// The token → token matrices of every head, whether it copies, and how the heads compose (Elhage et al.,
/// [2021](https://transformer-circuits.pub/2021/framework/index.html)). Of the examples, only the names of the tokens are read.
///
/// The matrices are those of tokens without positions or biases. `tokens` chooses those that are drawn; without it, all are that every
/// stack has. More than 64 are not drawn, as a note says.
///
/// # Panics
///
/// When a token is not one of every stack's vocabulary.
pub fn circuits<M: Traceable + ?Sized>(model: &M, examples: &Examples<M::Input>, tokens: Option<&[usize]>) -> Findings {
    let (kinds, compositions) = (kinds(model), compositions(model, examples.seed));
    let tokens = tokens.map_or_else(|| (0..smallest_vocabulary(model)).collect(), <[usize]>::to_vec);
    let is_drawn = tokens.len() <= MOST_TOKENS;
    // A head copies where it raises the token that it reads: so answers must be tokens.
    let is_told = examples.vocabulary == examples.answers;
    let all = heads(model);
    let copying = if is_told { copying_of(model, &all) } else { vec![None; all.len()] };
    let copying: Vec<_> = all.into_iter().zip(copying).collect();
    let mut findings = Findings {
        lens: "circuits".to_string(),
        origin: examples.origin.clone(),
        seed: examples.seed,
        scores: [("copying", "copying score"), ("positive", "eigenvalues > 0")]
            .map(|(name, title)| Score { name: name.to_string(), title: title.to_string() })
            .to_vec(),
        heads: copying.iter().map(|(head, found)| head_finding(*head, *found)).collect(),
        tables: vec![tables::of_heads(&copying, &kinds), tables::of_pairs(&compositions, &kinds)],
        ..Findings::default()
    };
    findings.tables.retain(|table| !table.rows.is_empty());
    for kind in kinds.iter().filter(|_| is_drawn) {
        findings.charts.extend(charts::of_kind(model, *kind, &tokens, examples));
    }
    findings.charts.extend(charts::of_pairs(&compositions, &kinds));
    findings.notes = notes(model, &compositions);
    if !is_told {
        findings
            .notes
            .push("answers are not the tokens that are attended to, so no head has a copying score".to_string());
    }
    if !is_drawn {
        findings.notes.push(format!(
            "{} tokens are too many to draw each with each, so only composition is drawn: choose up to {MOST_TOKENS}",
            tokens.len()
        ));
    }
    findings
}

/// How many tokens every stack of a model has: one that translates may have a vocabulary for each language.
pub fn smallest_vocabulary<M: Traceable + ?Sized>(model: &M) -> usize {
    let stacks = kinds(model).into_iter().flat_map(|kind| [queries_of(kind), keys_of(kind)]);
    stacks.map(|stack| model.token_embedding(stack).dims()[0]).min().unwrap_or(0)
}

/// Properties of parameters are not means over examples: each is its own interval, over none.
fn head_finding(head: Head, copying: Option<Copying>) -> HeadFinding {
    let exact = |number: f64| Estimate { mean: number, low: number, high: number, examples: 0 };
    let scores = copying.into_iter().flat_map(|found| [("copying", found.score), ("positive", found.positive)]);
    let scores = scores.map(|(name, number)| (name.to_string(), exact(number))).collect();
    HeadFinding { head, roles: Vec::new(), scores }
}

/// What the figures leave out.
fn notes<M: Traceable + ?Sized>(model: &M, compositions: &[Composition]) -> Vec<String> {
    let heads = heads(model);
    let is_rotary = heads.iter().any(|head| model.head(*head).rotary.is_some());
    let has_norms = heads.iter().any(|head| model.head(*head).norms.is_some());
    let is_linear = model.unembedding().is_some();
    let is_silent = is_linear && heads.iter().any(|head| !factors::reaches_logits(model, *head));
    let mut stacks = heads.iter().flat_map(|head| [queries_of(head.kind), keys_of(head.kind)]);
    let is_mixed = stacks.any(|stack| model.beside_tokens(stack) == BesideTokens::Others);
    let is_post = model.norm_placement() == NormPlacement::Post;
    let parts = [
        (true, "read from the parameters alone: no examples, no positions, no biases"),
        (true, "norms are folded in, γ and the mean, as TransformerLens's fold_ln does; their scale is not"),
        (is_post, "post-norm: what a head writes is folded through every norm on its way"),
        (is_rotary, "rotary positions: the scores are those of a query and a key at one position"),
        (has_norms, "queries and keys are normalised head by head, and the γ of these norms is left out"),
        (is_mixed, "the norm of the embedding is left out: tokens are those of the table, before it"),
        (!is_linear, "the output layer is not linear, so no head has a copying score"),
        (is_silent, "heads of the encoder do not write to the logits, and have no copying score"),
        (!compositions.is_empty(), "random: composition of random matrices of these shapes, mean and spread of 100"),
    ];
    parts.into_iter().filter(|(applies, _)| *applies).map(|(_, note)| note.to_string()).collect()
}
