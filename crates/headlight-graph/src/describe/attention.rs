use super::build::Build;
use crate::{Axis, Dimension, Operation, Shape, ValueId};

/// The sizes of one attention.
pub(super) struct Attention {
    pub(super) d_model: usize,
    pub(super) n_heads: usize,
    pub(super) bias: bool,
    pub(super) queries: Axis,
    pub(super) keys: Axis,
}

/// Multi-head attention, opened up: `headlight-model`'s `MultiHeadAttention::forward_with_attention`, step by step. `inputs` are
/// query, key and value; `angles` those of the queries and the keys, where their positions rotate them; `added` is added to the scores. The
/// attention weights are called `weights` outside.
pub(super) fn attend(
    build: &mut Build,
    path: &str,
    attention: &Attention,
    inputs: [ValueId; 3],
    angles: Option<[ValueId; 2]>,
    added: Option<ValueId>,
    weights: &str,
) -> ValueId {
    let Attention { d_model, n_heads, bias, queries, keys } = *attention;
    let at = |name: &str| if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
    let batch: Dimension = Axis::BatchSize.into();
    let heads = |length: Axis| Shape::from([batch, n_heads.into(), length.into(), (d_model / n_heads).into()]);

    // 1. Project, and give each head its own slice of the width.
    let mut project = |name: &str, input: ValueId, length: Axis| {
        let d_input = match build.shape(input).0.last() {
            Some(Dimension::Fixed(width)) => *width,
            _ => unreachable!("the last axis of what attention reads has a fixed width"),
        };
        let linear = build.linear(&at(name), input, d_input, d_model, bias, length);
        build.node(&at(&format!("{name}.heads")), Operation::SplitHeads, &[linear], &[], heads(length))
    };
    let [query, key, value] = inputs;
    let (mut query, mut key, value) =
        (project("query", query, queries), project("key", key, keys), project("value", value, keys));
    if let Some([query_angles, key_angles]) = angles {
        query = build.same_shape(&at("query.rotated"), Operation::Rotate, &[query, query_angles], &[]);
        key = build.same_shape(&at("key.rotated"), Operation::Rotate, &[key, key_angles], &[]);
    }

    // 2. Every head looks for itself.
    let shape = Shape::from([batch, n_heads.into(), queries.into(), keys.into()]);
    let mut scores = build.node(&at("scores"), Operation::Scores, &[query, key], &[], shape);
    if let Some(added) = added {
        scores = build.same_shape(&at("masked"), Operation::Add, &[scores, added], &[]);
    }
    let softmax = build.same_shape(&at("softmax"), Operation::Softmax, &[scores], &[]);
    build.attention(softmax, weights);

    // 3. Gather the values that it found.
    let context = build.node(&at("context"), Operation::WeightedSum, &[softmax, value], &[], heads(queries));

    // 4. Put the heads side by side again and let the output layer mix them.
    let joined = [batch, queries.into(), d_model.into()].into();
    let joined = build.node(&at("context.joined"), Operation::JoinHeads, &[context], &[], joined);
    build.linear(&at("output"), joined, d_model, d_model, bias, queries)
}
