use burn::tensor::{Int, Tensor, TensorData};
use headlight_model::{AttentionKind, Head, Norm, NormSite, Rotary, Stack, Trace, Traceable};

use super::score::{Asked, Terms};
use crate::decomposition::{Decomposition, Part, floats, tokens};
use crate::examples::Example;

/// The parts of a batch's queries and keys, and what each pair of them gives.
pub(super) struct Split {
    pub(super) query_parts: Vec<Part>,
    pub(super) key_parts: Vec<Part>,
    pub(super) terms: Vec<Terms>,
}

/// The score of each example of a batch. `seen` are the keys that the query sees.
pub(super) fn split<M: Traceable + ?Sized>(
    model: &M,
    trace: &Trace,
    examples: &[Example],
    asked: Asked,
    seen: &[usize],
) -> Split {
    let Asked { head, query, key } = asked;
    let matrices = model.head(head);
    let [of_query, of_key] = readings(model, trace, examples, head);
    let [query_bias, key_bias] = match matrices.biases {
        Some([query, key, _]) => [Some((Part::QueryBias, query)), Some((Part::KeyBias, key))],
        None => [None, None],
    };
    let rotary = matrices.rotary.as_ref();
    let [of_queries, of_keys] = match &matrices.norms {
        Some([of_queries, of_keys]) => [Some(of_queries), Some(of_keys)],
        None => [None, None],
    };
    // 1. Project every part, and normalise and rotate it as the whole is.
    let (query_parts, q) = projected(&of_query, matrices.query, query_bias, of_queries, rotary); // [batch_size, parts, queries, d_head]
    let (key_parts, k) = projected(&of_key, matrices.key, key_bias, of_keys, rotary); //        [batch_size, parts, keys, d_head]
    let [batch_size, n_query_parts, _, d_head] = q.dims();
    let [_, n_key_parts, keys, _] = k.dims();

    // 2. The query, the key, and the mean of the keys that the query sees.
    let at: Vec<i64> = seen.iter().map(|key| *key as i64).collect();
    let at = Tensor::<1, Int>::from_data(TensorData::new(at, [seen.len()]), &k.device());
    let q: Tensor<3> = q.narrow(2, query, 1).squeeze_dim(2); // [batch_size, query parts, d_head]
    let mean: Tensor<3> = k.clone().select(2, at).mean_dim(2).squeeze_dim(2);
    let k: Tensor<3> = k.narrow(2, key, 1).squeeze_dim(2); //   [batch_size, key parts, d_head]

    // 3. Each part of the query with each part of the key, scaled as scores are.
    let with = |k: Tensor<3>| floats(q.clone().matmul(k.transpose()) / (d_head as f64).sqrt()); // [batch_size, query parts, key parts]
    let (score, above_mean) = (with(k.clone()), with(k - mean));

    // 4. What the model computed.
    let of = trace.attention(head.kind)[head.layer];
    let [_, n_heads, queries, _] = of.query.dims();
    let row = |tensor: &Tensor<4>| {
        let all = tensor.clone().expand([batch_size, n_heads, queries, keys]);
        let row: Tensor<2> = all.narrow(1, head.head, 1).narrow(2, query, 1).reshape([batch_size, keys]);
        floats(row)
    };
    let products = of.query.clone().matmul(of.key.clone().transpose()) / (d_head as f64).sqrt();
    let (products, weights, biases) = (row(&products), row(&of.weights), of.bias.as_ref().map(row));

    let count = n_query_parts * n_key_parts;
    let terms = (0..batch_size).map(|example| {
        let above_mean_of = |row: &[f64]| {
            let row = &row[example * keys..][..keys];
            [row[key], row[key] - seen.iter().map(|key| row[*key]).sum::<f64>() / seen.len() as f64]
        };
        let bias = biases.as_ref().map(|biases| above_mean_of(biases));
        let product = above_mean_of(&products);
        let [added, added_above] = bias.unwrap_or_default();
        Terms {
            score: score[example * count..][..count].to_vec(),
            above_mean: above_mean[example * count..][..count].to_vec(),
            bias,
            given: [product[0] + added, product[1] + added_above],
            weight: weights[example * keys + key],
        }
    });
    let terms = terms.collect();
    Split { query_parts, key_parts, terms }
}

/// The parts of what queries and keys are projected from, `[batch_size, queries or keys, d_model]`.
fn readings<M: Traceable + ?Sized>(model: &M, trace: &Trace, examples: &[Example], head: Head) -> [Decomposition; 2] {
    let device = trace.logits.device();
    let reading =
        |stack: Stack, site: NormSite| Decomposition::of_reading(model, trace, tokens(examples, stack, &device), site);
    let within = |stack: Stack| {
        let both = reading(stack, NormSite::SelfAttention(stack, head.layer));
        [both.clone(), both]
    };
    match head.kind {
        AttentionKind::EncoderSelf => within(Stack::Encoder),
        AttentionKind::DecoderSelf => within(Stack::Decoder),
        AttentionKind::Cross => [
            reading(Stack::Decoder, NormSite::CrossAttention(head.layer)),
            reading(Stack::Encoder, NormSite::Final(Stack::Encoder)),
        ],
    }
}

/// Every part's share of the queries or keys of one head, with the projection's bias as the last part, `[batch_size, parts, positions,
/// d_head]`.
fn projected(
    of: &Decomposition,
    matrix: Tensor<2>,
    bias: Option<(Part, Tensor<1>)>,
    norm: Option<&Norm>,
    rotary: Option<&Rotary>,
) -> (Vec<Part>, Tensor<4>) {
    let [batch_size, positions, _] = of.whole.dims();
    let [_, d_head] = matrix.dims();
    let mut parts: Vec<Part> = of.parts.iter().map(|(part, _)| *part).collect();
    let mut shares: Vec<Tensor<3>> =
        of.parts.iter().map(|(_, part)| part.clone().matmul(matrix.clone().unsqueeze())).collect();
    if let Some((part, bias)) = bias {
        parts.push(part);
        shares.push(bias.unsqueeze::<3>().expand([batch_size, positions, d_head]));
    }
    if let Some(norm) = norm {
        let whole = shares.iter().cloned().reduce(|sum, share| sum + share).expect("a stream has parts");
        shares = shares.into_iter().map(|share| norm.share(&whole, share)).collect();
    }
    let shares: Tensor<4> = Tensor::stack(shares, 1);
    // Rotating is linear: the parts rotated add up to the whole rotated.
    let shares = match rotary {
        Some(rotary) => rotary.rotate(shares, 0),
        None => shares,
    };
    (parts, shares)
}
