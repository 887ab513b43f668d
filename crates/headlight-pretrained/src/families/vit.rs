//! ViT: Dosovitskiy et al., [An Image is Worth 16x16 Words: Transformers for Image Recognition at
//! Scale](https://arxiv.org/abs/2010.11929).
//!
//! An encoder alone, whose tokens are the patches of a picture and one of its own before them, from which the label is read: learned
//! positions, norms before each part and after the last block, exact GELU.

use burn::module::Param;
use burn::nn::{Embedding, Linear};
use burn::tensor::Tensor;
use headlight_model::{
    Block, BlockStack, FeedForward, MultiHeadAttention, NormPlacement, ParametersError, Stack, Unembedding,
};
use serde::Deserialize;
use serde_json::json;

use crate::checkpoint::Checkpoint;
use crate::config::Rest;
use crate::error::PretrainedError;
use crate::family::{Embedded, Family, Pretrained};
use crate::labelled;
use crate::model::{Entry, Facts, Model, Patches, Predicts};
use crate::parts::{check_sizes, learned_positions, nonlinearity};
use crate::tensors::{Bias, Tensors};

pub(crate) const FAMILY: Entry = Entry {
    model_types: &["vit"],
    open,
    // A layer that no classifier reads, and what stands for a patch to be guessed.
    not_needed: &["pooler.", "embeddings.mask_token"],
    // The patches themselves.
    not_built: &["decoder."],
};

#[derive(Debug, Deserialize)]
struct Config {
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    hidden_act: String,
    layer_norm_eps: f64,
    image_size: usize,
    patch_size: usize,
    num_channels: usize,
    #[serde(default = "yes")]
    qkv_bias: bool,
    #[serde(flatten)]
    rest: Rest,
}

/// What older configurations, which do not speak of these biases, mean.
fn yes() -> bool {
    true
}

#[derive(Debug)]
struct Vit {
    patches: Patches,
    /// From `channels · patch_size · patch_size` pixels to d_model.
    projection: Linear,
    /// `[1, 1, d_model]`
    class_token: Tensor<3>,
    /// The class token's first, `[1 + rows · columns, d_model]`.
    positions: Embedding,
    encoder: BlockStack,
    /// From d_model to labels.
    classifier: Option<Linear>,
}

fn open(checkpoint: &mut Checkpoint) -> Result<(Model, Facts), PretrainedError> {
    let config: Config = checkpoint.config_as()?;
    let fixed = [("is_decoder", json!(false)), ("pruned_heads", json!({}))];
    let of_no_effect = ["encoder_stride", "pooler_act", "pooler_output_size"];
    config.rest.check(&fixed, &of_no_effect)?;
    check_sizes(config.num_hidden_layers, config.hidden_size, config.num_attention_heads)?;
    let patches = patches(&config)?;
    let tensors = checkpoint.tensors();
    tensors.drop_prefix("vit.");
    let vit = Vit::new(&config, patches, tensors)?;
    let predicts = match &vit.classifier {
        Some(layer) => {
            let [_, n_labels] = layer.weight.dims();
            let (names, scores) = labelled::classifier(checkpoint.config(), n_labels)?;
            Predicts::Label { names, scores }
        }
        None => Predicts::Nothing,
    };
    let [n_positions, _] = vit.positions.weight.dims();
    let facts = Facts { patches: Some(patches), ..Facts::new(predicts, 0, Some(n_positions)) };
    Ok((Model::Image(Box::new(Pretrained(vit))), facts))
}

fn patches(config: &Config) -> Result<Patches, PretrainedError> {
    let (image, patch) = (config.image_size, config.patch_size);
    if patch == 0 || image == 0 || !image.is_multiple_of(patch) {
        return Err(PretrainedError::Config(format!("patches of {patch} pixels do not fill a picture of {image}")));
    }
    Ok(Patches { picture: [config.num_channels, image, image], grid: [image / patch; 2], first: 1 })
}

impl Vit {
    fn new(config: &Config, patches: Patches, tensors: &mut Tensors) -> Result<Self, PretrainedError> {
        let (d_model, patch, [rows, columns]) = (config.hidden_size, config.patch_size, patches.grid);

        // A convolution whose windows do not overlap is a linear layer on each of them.
        let name = "embeddings.patch_embeddings.projection";
        let kernel = tensors.get(&format!("{name}.weight"), [d_model, config.num_channels, patch, patch])?;
        let weight = kernel.flatten::<2>(1, 3).transpose(); // [channels · patch_size · patch_size, d_model]
        let bias = tensors.get(&format!("{name}.bias"), [d_model])?;
        let projection = Linear { weight: Param::from_tensor(weight), bias: Some(Param::from_tensor(bias)) };

        let n_positions = rows.saturating_mul(columns).saturating_add(1);
        let positions: Tensor<3> = tensors.get("embeddings.position_embeddings", [1, n_positions, d_model])?;
        let norm = tensors.layer_norm("layernorm", d_model, config.layer_norm_eps)?;
        let blocks = (0..config.num_hidden_layers).map(|layer| block(config, tensors, layer));
        Ok(Self {
            patches,
            projection,
            encoder: BlockStack { blocks: blocks.collect::<Result<_, _>>()?, norm: Some(norm) },
            class_token: tensors.get("embeddings.cls_token", [1, 1, d_model])?,
            positions: Embedding { weight: Param::from_tensor(positions.squeeze_dim(0)) },
            classifier: classifier(tensors, d_model)?,
        })
    }

    /// The pixels of each patch, channel by channel and row by row in it.
    ///
    /// # Shapes
    ///
    /// - pixels: `[batch_size, channels, height, width]`
    /// - patches: `[batch_size, rows · columns, channels · patch_size · patch_size]`
    fn patches(&self, pixels: Tensor<4>) -> Tensor<3> {
        let Patches { picture, grid: [rows, columns], .. } = self.patches;
        let ([batch_size, size @ ..], [channels, height, width]) = (pixels.dims(), picture);
        assert!(size == picture, "a picture of {size:?}, and the model reads {picture:?} (channels, height, width)");
        let (down, right) = (height / rows, width / columns);
        let cut = pixels.reshape([batch_size, channels, rows, down, columns, right]);
        cut.permute([0, 2, 4, 1, 3, 5]).reshape([batch_size, rows * columns, channels * down * right])
    }
}

/// Absent in a model without a head.
fn classifier(tensors: &mut Tensors, d_model: usize) -> Result<Option<Linear>, ParametersError> {
    if !tensors.has("classifier.weight") {
        return Ok(None);
    }
    let n_labels = tensors.rows("classifier.weight")?;
    tensors.linear("classifier", [d_model, n_labels], Bias::With).map(Some)
}

/// x + attention(norm(x)), then x + feed-forward(norm(x)).
fn block(config: &Config, tensors: &mut Tensors, layer: usize) -> Result<Block, PretrainedError> {
    let (d_model, d_ff) = (config.hidden_size, config.intermediate_size);
    let name = |part: &str| format!("encoder.layer.{layer}.{part}");

    let bias = if config.qkv_bias { Bias::With } else { Bias::Without };
    let mut project = |part: &str| tensors.linear(&name(part), [d_model, d_model], bias);
    let [query, key, value] = ["query", "key", "value"].map(|part| project(&format!("attention.attention.{part}")));
    let output = tensors.linear(&name("attention.output.dense"), [d_model, d_model], Bias::With)?;
    let attention = MultiHeadAttention::from_layers([query?, key?, value?, output], config.num_attention_heads);

    let up = tensors.linear(&name("intermediate.dense"), [d_model, d_ff], Bias::With)?;
    let down = tensors.linear(&name("output.dense"), [d_ff, d_model], Bias::With)?;
    let feed_forward = FeedForward::from_layers(up, None, down, nonlinearity(&config.hidden_act)?);

    let mut norm = |part: &str| tensors.layer_norm(&name(part), d_model, config.layer_norm_eps);
    let norms = [norm("layernorm_before")?, norm("layernorm_after")?];
    Ok(Block::from_parts(NormPlacement::Pre, norms, attention, None, feed_forward))
}

impl Family for Vit {
    type Input = Tensor<4>;

    fn blocks(&self, stack: Stack) -> Option<&BlockStack> {
        (stack == Stack::Encoder).then_some(&self.encoder)
    }

    /// (class token, patch₁ E, patch₂ E, …) + positions
    fn embed(&self, _: Stack, pixels: &Tensor<4>) -> Embedded {
        let patches = self.projection.forward(self.patches(pixels.clone())); // [batch_size, rows · columns, d_model]
        let [batch_size, n_patches, d_model] = patches.dims();
        let class_token = self.class_token.clone().expand([batch_size, 1, d_model]);
        let tokens = Tensor::cat(vec![class_token, patches], 1);
        Embedded { stream: tokens + learned_positions(&self.positions, 0, n_patches + 1), mask: None }
    }

    fn token_embedding(&self, _: Stack) -> Option<Tensor<2>> {
        None
    }

    fn logits(&self, output: Tensor<3>) -> Tensor<3> {
        match &self.classifier {
            Some(classifier) => classifier.forward(output),
            None => output,
        }
    }

    fn unembedding(&self) -> Option<Unembedding> {
        let Linear { weight, bias } = self.classifier.as_ref()?;
        Some(Unembedding { weight: weight.val(), bias: bias.as_ref().map(Param::val) })
    }
}
