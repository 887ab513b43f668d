//! Models of every kind with vectors that are neither 0 nor 1, and examples for each: random tokens, of which some are asked.
#![allow(dead_code, reason = "each test file uses some of it")]

use burn::module::Module;
use burn::tensor::Tensor;
use headlight_lens::{Example, ExampleBatch, Examples, Prediction};
use headlight_model::{
    AttentionKind, Head, HeadMatrices, Intervention, Norm, NormPlacement, NormSite, Sequences, Stack, Tokens, Trace,
    Traceable, Transformer, TransformerConfig, Unembedding,
};
use headlight_record::Origin;

use crate::models::{Uneven, VOCAB_SIZE, example, models};

/// Every choice of a configuration, with a model of it and a batch of two examples whose answers are the target's last three positions.
pub fn kinds() -> impl Iterator<Item = (TransformerConfig, Transformer, Examples<Sequences>)> {
    models().map(|config| {
        let (model, source, target) = example(&config);
        let sources = source.as_ref().map(rows).unwrap_or_default();
        let targets = rows(&target);
        let examples = targets.iter().enumerate().map(|(row, target)| Example {
            source: sources.get(row).cloned().unwrap_or_default(),
            target: target.clone(),
            answer: (4..7).map(|position| Prediction { position, token: (2 * position + row) % VOCAB_SIZE }).collect(),
            needed: Default::default(),
        });
        let batch = ExampleBatch { examples: examples.collect(), input: Sequences { source, target } };
        let names: Vec<String> = (0..VOCAB_SIZE).map(|token| format!("t{token}")).collect();
        let (vocabulary, answers) = (names.clone(), names);
        let examples = Examples { batches: vec![batch], vocabulary, answers, origin: Origin::default(), seed: 0 };
        (config, model.map(&mut Uneven), examples)
    })
}

fn rows(tokens: &Tokens) -> Vec<Vec<usize>> {
    let [_, seq_length] = tokens.ids.dims();
    let ids: Vec<usize> = tokens.ids.clone().into_data().iter::<i64>().map(|id| id as usize).collect();
    ids.chunks(seq_length).map(<[usize]>::to_vec).collect()
}

pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().expect("these tensors hold f32")
}

/// A model whose heads are not quite those that it hands out.
pub struct Mislabelled(pub Transformer);

impl Traceable for Mislabelled {
    type Input = Sequences;

    fn trace(&self, input: &Sequences, interventions: &[Intervention]) -> Trace {
        Traceable::trace(&self.0, input, interventions)
    }

    fn unembed(&self, stream: Tensor<3>) -> Tensor<3> {
        self.0.unembed(stream)
    }

    fn n_layers(&self, kind: AttentionKind) -> usize {
        self.0.n_layers(kind)
    }

    fn n_heads(&self, kind: AttentionKind) -> usize {
        self.0.n_heads(kind)
    }

    fn head(&self, head: Head) -> HeadMatrices {
        let matrices = self.0.head(head);
        HeadMatrices { query: matrices.query * 1.01, output: matrices.output * 1.01, ..matrices }
    }

    fn output_bias(&self, kind: AttentionKind, layer: usize) -> Option<Tensor<1>> {
        self.0.output_bias(kind, layer)
    }

    fn norm_placement(&self) -> NormPlacement {
        self.0.norm_placement()
    }

    fn norm(&self, site: NormSite) -> Option<Norm> {
        self.0.norm(site)
    }

    fn token_embedding(&self, stack: Stack) -> Tensor<2> {
        self.0.token_embedding(stack)
    }

    fn unembedding(&self) -> Unembedding {
        self.0.unembedding()
    }
}
