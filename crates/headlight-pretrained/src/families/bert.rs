//! BERT: Devlin et al., [BERT: Pre-training of Deep Bidirectional Transformers for Language
//! Understanding](https://arxiv.org/abs/1810.04805). MiniLM (Wang et al., [2020](https://arxiv.org/abs/2002.10957)) and most models of
//! sentences are one, too.
//!
//! An encoder alone: learned positions, an embedding for each of two texts, and the norm of their sum; blocks with norms after each part
//! and exact GELU.
//!
//! Its relatives are made of the same parts, and say in a [`Plan`] what theirs are.

mod head;
mod plan;

use burn::nn::{Embedding, Linear};
use burn::tensor::Tensor;
use headlight_model::{
    BesideTokens, Block, BlockStack, FeedForward, MultiHeadAttention, Norm, NormPlacement, Sequences, Stack, Tokens,
    Unembedding,
};
use serde::Deserialize;
use serde_json::json;

use crate::checkpoint::Checkpoint;
use crate::config::Rest;
use crate::error::PretrainedError;
use crate::family::{Embedded, Family, Pretrained};
use crate::labelled;
use crate::model::{Entry, Facts, Model, Predicts};
use crate::parts::{check_sizes, counted, learned_positions, nonlinearity, padding};
use crate::tensors::{Bias, Tensors};
use head::{Classifies, Head};

pub(super) use head::{HeadPlan, LabelActivation};
pub(super) use plan::{Layers, Names, Plan, Positions};

pub(crate) const FAMILY: Entry = Entry {
    model_types: &["bert"],
    open,
    // What heads for labels read, the output layer once more, and a buffer.
    not_needed: &["pooler.", "cls.predictions.decoder.", "position_ids"],
    not_built: &["cls.seq_relationship.", "classifier.", "qa_outputs."],
};

/// Also RoBERTa's.
#[derive(Debug, Deserialize)]
pub(super) struct Config {
    vocab_size: usize,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    hidden_act: String,
    max_position_embeddings: usize,
    type_vocab_size: usize,
    pub(super) pad_token_id: Option<usize>,
    #[serde(default = "epsilon")]
    layer_norm_eps: f64,
    #[serde(flatten)]
    rest: Rest,
}

/// The ε of the first models, whose configurations don't name it.
pub(super) fn epsilon() -> f64 {
    1e-12
}

/// Also RoBERTa's.
pub(super) const NAMES: Names = Names {
    projection: None,
    layers: Layers::Numbered("encoder.layer"),
    query_key_value: ["attention.self.query", "attention.self.key", "attention.self.value"],
    output: "attention.output.dense",
    up_down: ["intermediate.dense", "output.dense"],
    norms: ["attention.output.LayerNorm", "output.LayerNorm"],
};

fn open(checkpoint: &mut Checkpoint) -> Result<(Model, Facts), PretrainedError> {
    let config: Config = checkpoint.config_as()?;
    let head = HeadPlan {
        masked_token: [
            "cls.predictions.transform.dense",
            "cls.predictions.transform.LayerNorm",
            "cls.predictions.bias",
        ],
        activation: nonlinearity(&config.hidden_act)?,
        label: ["pooler.dense", "classifier"],
        label_activation: LabelActivation::Tanh,
    };
    let tensors = checkpoint.tensors();
    tensors.drop_prefix("bert.");
    // The first models that were published.
    tensors.rename_ends(".LayerNorm.gamma", ".LayerNorm.weight");
    tensors.rename_ends(".LayerNorm.beta", ".LayerNorm.bias");
    read(&config.plan(Positions::Numbered, head)?, checkpoint)
}

impl Config {
    pub(super) fn plan(&self, positions: Positions, head: HeadPlan) -> Result<Plan, PretrainedError> {
        let fixed = [
            ("position_embedding_type", json!("absolute")),
            ("is_decoder", json!(false)),
            ("add_cross_attention", json!(false)),
            ("tie_word_embeddings", json!(true)),
            ("pruned_heads", json!({})),
        ];
        // A pooler that transformers does not build.
        let of_no_effect = [
            "directionality",
            "pooler_fc_size",
            "pooler_num_attention_heads",
            "pooler_num_fc_layers",
            "pooler_size_per_head",
            "pooler_type",
        ];
        self.rest.check(&fixed, &of_no_effect)?;
        Ok(Plan {
            vocab_size: self.vocab_size,
            d_embedding: self.hidden_size,
            d_model: self.hidden_size,
            n_layers: self.num_hidden_layers,
            n_heads: self.num_attention_heads,
            d_ff: self.intermediate_size,
            n_positions: self.max_position_embeddings,
            positions,
            n_segments: self.type_vocab_size,
            epsilon: self.layer_norm_eps,
            activation: nonlinearity(&self.hidden_act)?,
            names: NAMES,
            head,
        })
    }
}

#[derive(Debug)]
struct Bert {
    embedding: BertEmbedding,
    encoder: BlockStack,
    head: Head,
}

#[derive(Debug)]
struct BertEmbedding {
    /// `[vocab_size, d_embedding]`
    tokens: Embedding,
    /// `[n_positions, d_embedding]`
    table: Embedding,
    positions: Positions,
    /// `[n_segments, d_embedding]`
    segments: Option<Embedding>,
    norm: Norm,
    /// From d_embedding to d_model.
    projection: Option<Linear>,
}

/// Reads a model of this kind.
pub(super) fn read(plan: &Plan, checkpoint: &mut Checkpoint) -> Result<(Model, Facts), PretrainedError> {
    check_sizes(plan.n_layers, plan.d_model, plan.n_heads)?;
    let first = plan.positions.first();
    if first >= plan.n_positions {
        let n_positions = plan.n_positions;
        return Err(PretrainedError::Config(format!("{n_positions} positions, and the first token's is {first}")));
    }
    let classifies = Classifies::of(checkpoint.config());
    let tensors = checkpoint.tensors();
    let embedding = BertEmbedding::new(plan, tensors)?;
    let encoder = BlockStack { blocks: blocks(plan, tensors)?, norm: None };
    let head = Head::read(plan.head, &embedding.tokens, plan.d_model, plan.epsilon, classifies, tensors)?;
    let predicts = match &head {
        Head::MaskedToken { .. } => Predicts::MaskedToken,
        Head::Label { classifier, .. } => {
            let [_, n_labels] = classifier.weight.dims();
            let (names, scores) = labelled::classifier(checkpoint.config(), n_labels)?;
            Predicts::Label { names, scores }
        }
        Head::Nothing => Predicts::Nothing,
    };
    let facts = Facts::new(predicts, plan.vocab_size, Some(plan.n_positions - first));
    let facts = Facts { n_segments: plan.n_segments, ..facts };
    Ok((Model::Text(Box::new(Pretrained(Bert { embedding, encoder, head }))), facts))
}

impl BertEmbedding {
    fn new(plan: &Plan, tensors: &mut Tensors) -> Result<Self, PretrainedError> {
        let Plan { vocab_size, d_embedding, d_model, n_positions, n_segments, .. } = *plan;
        let mut table = |name: &str, rows: usize| tensors.embedding(name, [rows, d_embedding]);
        Ok(Self {
            tokens: table("embeddings.word_embeddings.weight", vocab_size)?,
            table: table("embeddings.position_embeddings.weight", n_positions)?,
            positions: plan.positions,
            segments: match n_segments {
                0 => None,
                rows => Some(table("embeddings.token_type_embeddings.weight", rows)?),
            },
            norm: tensors.layer_norm("embeddings.LayerNorm", d_embedding, plan.epsilon)?,
            projection: match plan.names.projection {
                Some(name) => Some(tensors.linear(name, [d_embedding, d_model], Bias::With)?),
                None => None,
            },
        })
    }

    /// norm(word[token] + segment[text] + position[…])
    ///
    /// # Shapes
    ///
    /// - stream: `[batch_size, seq_length, d_model]`
    fn forward(&self, tokens: &Tokens) -> Tensor<3> {
        let words = self.tokens.forward(tokens.ids.clone()); // [batch_size, seq_length, d_embedding]
        let of_segments =
            |segments: &Embedding| segments.forward(tokens.segments.clone().unwrap_or_else(|| tokens.ids.zeros_like()));
        let sum = match &self.segments {
            Some(segments) => words + of_segments(segments),
            None => words,
        };
        let x = self.norm.forward(sum + self.positions(tokens));
        match &self.projection {
            Some(projection) => projection.forward(x),
            None => x,
        }
    }

    /// `[batch_size, seq_length, d_embedding]`, or the same for all sequences: `[1, …]`
    fn positions(&self, tokens: &Tokens) -> Tensor<3> {
        let [_, seq_length] = tokens.ids.dims();
        // Panics where there are too few of them, whichever the tokens have.
        let numbered = learned_positions(&self.table, self.positions.first(), seq_length);
        let Positions::Counted { padding } = self.positions else { return numbered };
        let is_padding = tokens.ids.clone().equal_elem(padding as i64);
        let position = counted(&Tokens { padding: Some(is_padding), ..tokens.clone() }) + padding as i64;
        self.table.forward(position)
    }
}

fn blocks(plan: &Plan, tensors: &mut Tensors) -> Result<Vec<Block>, PretrainedError> {
    match plan.names.layers {
        Layers::Numbered(prefix) => {
            (0..plan.n_layers).map(|layer| block(plan, tensors, &format!("{prefix}.{layer}"))).collect()
        }
        // Copies share their parameters.
        Layers::Shared(prefix) => Ok(vec![block(plan, tensors, prefix)?; plan.n_layers]),
    }
}

/// norm(x + attention(x)), then norm(x + feed-forward(x)).
fn block(plan: &Plan, tensors: &mut Tensors, prefix: &str) -> Result<Block, PretrainedError> {
    let Plan { d_model, d_ff, names, .. } = plan;
    let (d_model, d_ff) = (*d_model, *d_ff);
    let mut linear = |part: &str, widths| tensors.linear(&format!("{prefix}.{part}"), widths, Bias::With);

    let [query, key, value] = names.query_key_value.map(|part| linear(part, [d_model, d_model]));
    let layers = [query?, key?, value?, linear(names.output, [d_model, d_model])?];
    let attention = MultiHeadAttention::from_layers(layers, plan.n_heads);

    let [up, down] = names.up_down;
    let (up, down) = (linear(up, [d_model, d_ff])?, linear(down, [d_ff, d_model])?);
    let feed_forward = FeedForward::from_layers(up, None, down, plan.activation);

    let [after_attention, after_feed_forward] = names.norms;
    let mut norm = |part: &str| tensors.layer_norm(&format!("{prefix}.{part}"), d_model, plan.epsilon);
    let norms = [norm(after_attention)?, norm(after_feed_forward)?];
    Ok(Block::from_parts(NormPlacement::Post, norms, attention, None, feed_forward))
}

impl Family for Bert {
    type Input = Sequences;

    fn blocks(&self, stack: Stack) -> Option<&BlockStack> {
        (stack == Stack::Encoder).then_some(&self.encoder)
    }

    fn embed(&self, _: Stack, Sequences { target, .. }: &Sequences) -> Embedded {
        Embedded { stream: self.embedding.forward(target), mask: padding(target) }
    }

    /// Before the norm of the embedding, which comes last.
    fn token_embedding(&self, stack: Stack) -> Option<Tensor<2>> {
        let words = || self.embedding.tokens.weight.val();
        (stack == Stack::Encoder).then(|| match &self.embedding.projection {
            Some(projection) => words().matmul(projection.weight.val()),
            None => words(),
        })
    }

    fn beside_tokens(&self, _: Stack) -> BesideTokens {
        BesideTokens::Others // positions, segments, and the norm of the sum
    }

    fn logits(&self, output: Tensor<3>) -> Tensor<3> {
        self.head.logits(output, &self.embedding.tokens)
    }

    fn unembedding(&self) -> Option<Unembedding> {
        None // more than one layer, or none
    }
}
