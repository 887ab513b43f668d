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
use headlight_record::findings::Counted;

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
        let examples = Examples {
            batches: vec![batch],
            vocabulary,
            answers,
            counted: Counted::default(),
            origin: Origin::default(),
            seed: 0,
        };
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

/// A model that is not quite what it should be.
pub struct Altered {
    model: Transformer,
    /// Times this are the matrices that it hands out.
    matrices: f64,
    /// Times this are the logits of a batch's last example.
    last_logits: f64,
}

impl Altered {
    /// Its heads are not quite those that it hands out.
    pub fn mislabelled(model: Transformer) -> Self {
        Self { model, matrices: 1.01, last_logits: 1.0 }
    }

    /// About a batch's last example it is as good as undecided.
    pub fn undecided_about_the_last(model: Transformer) -> Self {
        Self { model, matrices: 1.0, last_logits: 1e-7 }
    }
}

impl Traceable for Altered {
    type Input = Sequences;

    fn trace(&self, input: &Sequences, interventions: &[Intervention]) -> Trace {
        let trace = Traceable::trace(&self.model, input, interventions);
        let [batch_size, ..] = trace.logits.dims();
        let last = trace.logits.clone().narrow(0, batch_size - 1, 1) * self.last_logits;
        let logits = match batch_size {
            1 => last,
            _ => Tensor::cat(vec![trace.logits.clone().narrow(0, 0, batch_size - 1), last], 0),
        };
        Trace { logits, ..trace }
    }

    fn unembed(&self, stream: Tensor<3>) -> Tensor<3> {
        self.model.unembed(stream)
    }

    fn n_layers(&self, kind: AttentionKind) -> usize {
        self.model.n_layers(kind)
    }

    fn n_heads(&self, kind: AttentionKind) -> usize {
        self.model.n_heads(kind)
    }

    fn head(&self, head: Head) -> HeadMatrices {
        let matrices = self.model.head(head);
        HeadMatrices { query: matrices.query * self.matrices, output: matrices.output * self.matrices, ..matrices }
    }

    fn output_bias(&self, kind: AttentionKind, layer: usize) -> Option<Tensor<1>> {
        self.model.output_bias(kind, layer)
    }

    fn norm_placement(&self) -> NormPlacement {
        self.model.norm_placement()
    }

    fn norm(&self, site: NormSite) -> Option<Norm> {
        self.model.norm(site)
    }

    fn token_embedding(&self, stack: Stack) -> Tensor<2> {
        self.model.token_embedding(stack)
    }

    fn unembedding(&self) -> Option<Unembedding> {
        self.model.unembedding()
    }
}
