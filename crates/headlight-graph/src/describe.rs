//! Headlight's models as graphs. A description is made from a configuration alone; no model need exist.

mod attention;
mod build;
mod stack;

use headlight_model::{
    Architecture, ConfigError, MultiHeadAttentionConfig, SingleHeadAttentionConfig, TransformerConfig,
};

use self::attention::{Attention, attend};
use self::build::Build;
use self::stack::{Part, decoder, encoder};
use crate::{Axis, Dimension, Element, Graph, Operation, Shape, ValueId};

impl Graph {
    /// A whole transformer: from `tokens` to `logits`, or with an encoder from `source` and `target`.
    ///
    /// # Errors
    ///
    /// When no model can be made of the configuration.
    pub fn of_transformer(config: &TransformerConfig) -> Result<Self, ConfigError> {
        check(config)?;
        let mut build = Build::new(&format!("headlight {}", config.architecture));
        let logits = match config.architecture {
            Architecture::Decoder => {
                let tokens = ids(&mut build, "tokens", Axis::SeqLength);
                decoder(&mut build, config, Part { ids: tokens, length: Axis::SeqLength }, None)
            }
            Architecture::EncoderDecoder => {
                let source = Part { ids: ids(&mut build, "source", Axis::SourceLength), length: Axis::SourceLength };
                let target = Part { ids: ids(&mut build, "target", Axis::TargetLength), length: Axis::TargetLength };
                let memory = encoder(&mut build, config, source);
                decoder(&mut build, config, target, Some(memory))
            }
        };
        Ok(build.finish(&[logits]))
    }

    /// The first half of an encoder–decoder: from `source` to `memory`, what the encoder understood.
    ///
    /// # Errors
    ///
    /// When no model can be made of the configuration.
    ///
    /// # Panics
    ///
    /// When the model has no encoder.
    pub fn of_encoder(config: &TransformerConfig) -> Result<Self, ConfigError> {
        check(config)?;
        assert_eq!(config.architecture, Architecture::EncoderDecoder, "a decoder alone has no encoder to describe");
        let mut build = Build::new("headlight encoder");
        let source = Part { ids: ids(&mut build, "source", Axis::SourceLength), length: Axis::SourceLength };
        let memory = encoder(&mut build, config, source);
        Ok(build.finish(&[memory]))
    }

    /// The second half of an encoder–decoder: from `target` and `memory` to `logits`.
    ///
    /// # Errors
    ///
    /// When no model can be made of the configuration.
    ///
    /// # Panics
    ///
    /// When the model has no encoder, so that its decoder is [the whole](Self::of_transformer).
    pub fn of_decoder(config: &TransformerConfig) -> Result<Self, ConfigError> {
        check(config)?;
        assert_eq!(config.architecture, Architecture::EncoderDecoder, "a decoder alone is a whole transformer");
        let mut build = Build::new("headlight decoder");
        let target = Part { ids: ids(&mut build, "target", Axis::TargetLength), length: Axis::TargetLength };
        let states = Shape::from([Axis::BatchSize.into(), Axis::SourceLength.into(), config.d_model.into()]);
        let memory = build.input("memory", states, Element::Float32);
        let logits = decoder(&mut build, config, target, Some(memory));
        Ok(build.finish(&[logits]))
    }

    /// Multi-head attention by itself: from `query`, `key` and `value` to `output`.
    ///
    /// # Errors
    ///
    /// When no module can be made of the configuration.
    pub fn of_attention(config: &MultiHeadAttentionConfig) -> Result<Self, ConfigError> {
        // Every field is named, as in `check` below.
        let MultiHeadAttentionConfig { d_model, n_heads, kdim, vdim, bias, rotary, dropout: _, seed: _ } = *config;
        MultiHeadAttentionConfig::new(d_model, n_heads);
        if rotary && !d_model.is_multiple_of(2 * n_heads) {
            return Err(ConfigError::OddHead { d_model, n_heads });
        }
        let mut build = Build::new("headlight multi-head attention");
        let query = rows(&mut build, "query", Axis::Queries, d_model);
        let key = rows(&mut build, "key", Axis::Keys, kdim);
        let value = rows(&mut build, "value", Axis::Keys, vdim);
        let angles = rotary.then(|| {
            let d_head = d_model / n_heads;
            let mut angles = |name, inputs: &[ValueId], axis: Axis| {
                let shape = [axis.into(), (d_head / 2).into()].into();
                build.node_of(Element::Float64, name, Operation::RotaryAngles, inputs, &[], shape)
            };
            [angles("query_angles", &[query, key], Axis::Queries), angles("key_angles", &[key, key], Axis::Keys)]
        });
        let shape = Attention { d_model, n_heads, bias, queries: Axis::Queries, keys: Axis::Keys };
        let output = attend(&mut build, "", &shape, [query, key, value], angles, None, "weights");
        build.rename(output, "output");
        Ok(build.finish(&[output]))
    }

    /// One head by itself: from `query`, `key` and `value` to `context`.
    ///
    /// # Panics
    ///
    /// When `d_model` is 0.
    pub fn of_single_head(config: &SingleHeadAttentionConfig) -> Self {
        let d_model = config.d_model;
        assert!(d_model > 0, "d_model is 0, but must be at least 1");
        let mut build = Build::new("headlight single-head attention");
        let inputs = [("query", Axis::Queries), ("key", Axis::Keys), ("value", Axis::Keys)];
        let [query, key, value] = inputs.map(|(name, axis)| {
            let input = rows(&mut build, name, axis, d_model);
            build.linear(name, input, d_model, d_model, true, axis)
        });
        let batch: Dimension = Axis::BatchSize.into();
        let weights = Shape::from([batch, Axis::Queries.into(), Axis::Keys.into()]);
        let scores = build.node("scores", Operation::Scores, &[query, key], &[], weights.clone());
        let softmax = build.node("softmax", Operation::Softmax, &[scores], &[], weights);
        build.attention(softmax, "weights");
        let context = [batch, Axis::Queries.into(), d_model.into()].into();
        let context = build.node("context", Operation::WeightedSum, &[softmax, value], &[], context);
        build.finish(&[context])
    }
}

/// Whether a model can be made of this. Every field is named, so that a new one does not compile before it is either described
/// or found here to have no say in what a trained model computes.
fn check(config: &TransformerConfig) -> Result<(), ConfigError> {
    let TransformerConfig {
        // Described above.
        architecture: _,
        // Described in stack.rs.
        vocab_size: _,
        max_length: _,
        d_model: _,
        n_heads: _,
        n_layers: _,
        d_ff: _,
        positions: _,
        norm: _,
        activation: _,
        tie_weights: _,
        // For training and for a model's initial parameters.
        dropout: _,
        seed: _,
    } = config;
    config.check()
}

/// An input of token numbers, `[batch_size, length]`.
fn ids(build: &mut Build, name: &str, length: Axis) -> ValueId {
    build.input(name, [Axis::BatchSize.into(), length.into()].into(), Element::Int64)
}

/// An input of vectors, `[batch_size, length, width]`.
fn rows(build: &mut Build, name: &str, length: Axis, width: usize) -> ValueId {
    build.input(name, [Axis::BatchSize.into(), length.into(), width.into()].into(), Element::Float32)
}
