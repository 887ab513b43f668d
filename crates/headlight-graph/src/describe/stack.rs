//! Encoder and decoder: embedding, blocks, and what stands behind the last of them.

use headlight_model::{Activation, NormPlacement, Positions, TransformerConfig};

use super::attention::{Attention, attend};
use super::build::Build;
use crate::{Axis, Dimension, Element, Operation, ValueId};

/// What one half of a transformer reads.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) ids: ValueId,
    pub(super) length: Axis,
}

/// One half of a transformer, while it is described.
struct Stack<'a> {
    build: &'a mut Build,
    config: &'a TransformerConfig,
    name: &'static str,
    length: Axis,
    angles: Option<[ValueId; 2]>,
}

/// From the source to what the encoder understood.
pub(super) fn encoder(build: &mut Build, config: &TransformerConfig, source: Part) -> ValueId {
    let (mut stack, mut hidden) = Stack::begin(build, config, "encoder", source);
    for layer in 0..config.n_layers {
        let path = format!("encoder.blocks.{layer}");
        hidden = stack.around(&path, "norm_attention", "add_attention", hidden, |stack, x| {
            let path = format!("{path}.self_attention");
            stack.attend(&path, [x, x, x], source.length, None, &format!("encoder_self_{layer}"))
        });
        hidden = stack.feed_forward(&path, hidden);
    }
    let memory = stack.last_norm(hidden);
    build.rename(memory, "memory");
    memory
}

/// From the target, and what the encoder understood where there is one, to the logits.
pub(super) fn decoder(build: &mut Build, config: &TransformerConfig, target: Part, memory: Option<ValueId>) -> ValueId {
    let (mut stack, mut hidden) = Stack::begin(build, config, "decoder", target);
    let mask = stack.mask(target);
    for layer in 0..config.n_layers {
        let path = format!("decoder.blocks.{layer}");
        hidden = stack.around(&path, "norm_attention", "add_attention", hidden, |stack, x| {
            let path = format!("{path}.self_attention");
            stack.attend(&path, [x, x, x], target.length, Some(mask), &format!("decoder_self_{layer}"))
        });
        if let Some(memory) = memory {
            hidden = stack.around(&path, "cross.norm", "cross.add", hidden, |stack, x| {
                let path = format!("{path}.cross.attention");
                // Places have no say in cross attention.
                let angles = stack.angles.take();
                let attended =
                    stack.attend(&path, [x, memory, memory], Axis::SourceLength, None, &format!("cross_{layer}"));
                stack.angles = angles;
                attended
            });
        }
        hidden = stack.feed_forward(&path, hidden);
    }
    let hidden = stack.last_norm(hidden);
    let logits = stack.output(hidden);
    build.rename(logits, "logits");
    logits
}

impl<'a> Stack<'a> {
    /// Token embeddings and, where they are added, those of the positions.
    fn begin(build: &'a mut Build, config: &'a TransformerConfig, name: &'static str, part: Part) -> (Self, ValueId) {
        let Part { ids, length } = part;
        let (d_model, d_head) = (config.d_model, config.d_model / config.n_heads);
        let at = |rest: &str| format!("{name}.embedding.{rest}");
        let table = build.parameter(&at("tokens.weight"), &[config.vocab_size, d_model]);
        let hidden = [Axis::BatchSize.into(), length.into(), d_model.into()].into();
        let tokens = build.node(&at("tokens"), Operation::TokenVectors, &[ids], &[table], hidden);
        let positions_shape = [length.into(), d_model.into()].into();
        let mut angles = None;
        let positions = match config.positions {
            Positions::Sinusoidal => {
                Some(build.node(&at("positions"), Operation::SinusoidalPositions, &[ids], &[], positions_shape))
            }
            Positions::Learned => {
                let table = build.parameter(&at("positions.weight"), &[config.max_length, d_model]);
                Some(build.node(&at("positions"), Operation::LearnedPositions, &[ids], &[table], positions_shape))
            }
            Positions::Rotary => {
                let shape = [length.into(), (d_head / 2).into()].into();
                let operation = Operation::RotaryAngles;
                let path = format!("{name}.angles");
                let made = build.node_of(Element::Float64, &path, operation, &[ids, ids], &[], shape);
                angles = Some([made, made]);
                None
            }
            Positions::Alibi | Positions::None => None,
        };
        let hidden = match positions {
            Some(positions) => build.same_shape(&at("add"), Operation::Add, &[tokens, positions], &[]),
            None => tokens,
        };
        (Self { build, config, name, length, angles }, hidden)
    }

    /// Nobody looks ahead; with ALiBi, far tokens are hard to see.
    fn mask(&mut self, target: Part) -> ValueId {
        let length: Dimension = self.length.into();
        let path = format!("{}.causal_mask", self.name);
        let causal = self.build.node(&path, Operation::CausalMask, &[target.ids], &[], [length, length].into());
        if self.config.positions != Positions::Alibi {
            return causal;
        }
        let shape = [self.config.n_heads.into(), length, length].into();
        let path = format!("{}.alibi", self.name);
        let biases = self.build.node(&path, Operation::AlibiBiases, &[target.ids], &[], shape);
        self.build.same_shape(&format!("{}.mask", self.name), Operation::Add, &[biases, causal], &[])
    }

    /// One part of a block and the stream around it, pre-norm or post-norm.
    fn around(
        &mut self,
        path: &str,
        norm: &str,
        add: &str,
        hidden: ValueId,
        part: impl FnOnce(&mut Self, ValueId) -> ValueId,
    ) -> ValueId {
        let (norm, add) = (format!("{path}.{norm}"), format!("{path}.{add}"));
        match self.config.norm {
            NormPlacement::Pre => {
                let normed = self.build.layer_norm(&norm, hidden, self.config.d_model);
                let answer = part(self, normed);
                self.build.same_shape(&add, Operation::Add, &[hidden, answer], &[])
            }
            NormPlacement::Post => {
                let answer = part(self, hidden);
                let sum = self.build.same_shape(&add, Operation::Add, &[hidden, answer], &[]);
                self.build.layer_norm(&norm, sum, self.config.d_model)
            }
        }
    }

    fn attend(
        &mut self,
        path: &str,
        inputs: [ValueId; 3],
        keys: Axis,
        added: Option<ValueId>,
        weights: &str,
    ) -> ValueId {
        let TransformerConfig { d_model, n_heads, .. } = *self.config;
        let attention = Attention { d_model, n_heads, bias: true, queries: self.length, keys };
        attend(self.build, path, &attention, inputs, self.angles, added, weights)
    }

    fn feed_forward(&mut self, path: &str, hidden: ValueId) -> ValueId {
        self.around(path, "norm_feed_forward", "add_feed_forward", hidden, |stack, x| {
            let TransformerConfig { d_model, d_ff, activation, .. } = *stack.config;
            let (build, length) = (&mut *stack.build, stack.length);
            let at = |name: &str| format!("{path}.feed_forward.{name}");
            let up = build.linear(&at("up"), x, d_model, d_ff, true, length);
            let (name, operation) = match activation {
                Activation::Relu => ("relu", Operation::Relu),
                Activation::Gelu => ("gelu", Operation::Gelu),
            };
            let activated = build.same_shape(&at(name), operation, &[up], &[]);
            build.linear(&at("down"), activated, d_ff, d_model, true, length)
        })
    }

    /// Post-norm blocks leave the stream normalised.
    fn last_norm(&mut self, hidden: ValueId) -> ValueId {
        match self.config.norm {
            NormPlacement::Pre => self.build.layer_norm(&format!("{}.norm", self.name), hidden, self.config.d_model),
            NormPlacement::Post => hidden,
        }
    }

    fn output(&mut self, hidden: ValueId) -> ValueId {
        let TransformerConfig { d_model, vocab_size, tie_weights, .. } = *self.config;
        let path = format!("{}.output", self.name);
        if !tie_weights {
            return self.build.linear(&path, hidden, d_model, vocab_size, true, self.length);
        }
        let table = self.build.find_parameter(&format!("{}.embedding.tokens.weight", self.name));
        let shape = [Axis::BatchSize.into(), self.length.into(), vocab_size.into()].into();
        self.build.node(&path, Operation::Unembed, &[hidden], &[table], shape)
    }
}
