//! A model whose attention weights are given, whatever it reads.

use burn::tensor::{Device, Tensor, TensorData};
use headlight_device::DeviceName;
use headlight_lens::{Example, ExampleBatch, Examples};
use headlight_model::{
    AttentionKind, AttentionTrace, Head, HeadMatrices, Intervention, LayerTrace, Norm, NormPlacement, NormSite, Stack,
    StackTrace, Trace, Traceable, Unembedding,
};
use headlight_record::Origin;
use headlight_record::findings::Counted;

/// One layer of heads with these weights, `[queries, keys]` each, on one example.
pub struct Fixed {
    pub kind: AttentionKind,
    pub heads: Vec<Vec<f32>>,
    /// Queries and keys.
    pub size: [usize; 2],
}

pub fn device() -> Device {
    DeviceName::default().open().expect("the default device")
}

impl Traceable for Fixed {
    type Input = ();

    fn trace(&self, (): &(), interventions: &[Intervention]) -> Trace {
        assert!(interventions.is_empty(), "nothing can be changed here");
        let (device, [queries, keys]) = (device(), self.size);
        let shape = [1, self.heads.len(), queries, keys];
        let weights = Tensor::<4>::from_data(TensorData::new(self.heads.concat(), shape), &device);
        let nothing = Tensor::<4>::zeros([1, self.heads.len(), 1, 1], &device);
        let stream = Tensor::<3>::zeros([1, queries, 1], &device);
        let attention = AttentionTrace {
            query: nothing.clone(),
            key: nothing.clone(),
            value: nothing.clone(),
            bias: None,
            weights,
            context: nothing,
            output: stream.clone(),
        };
        let is_cross = self.kind == AttentionKind::Cross;
        let layer = LayerTrace {
            before: stream.clone(),
            self_attention: attention.clone(),
            after_self_attention: stream.clone(),
            cross_attention: is_cross.then_some(attention),
            after_attention: stream.clone(),
            feed_forward: stream.clone(),
            after: stream.clone(),
        };
        let stack = StackTrace {
            embedding: stream.clone(),
            layers: vec![layer],
            stream: stream.clone(),
            output: stream.clone(),
        };
        match self.kind {
            AttentionKind::EncoderSelf => Trace { encoder: Some(stack), decoder: None, logits: stream },
            AttentionKind::DecoderSelf | AttentionKind::Cross => {
                Trace { encoder: None, decoder: Some(stack), logits: stream }
            }
        }
    }

    fn n_layers(&self, kind: AttentionKind) -> usize {
        usize::from(kind == self.kind)
    }

    fn n_heads(&self, kind: AttentionKind) -> usize {
        if kind == self.kind { self.heads.len() } else { 0 }
    }

    fn unembed(&self, _: Tensor<3>) -> Tensor<3> {
        panic!("scores ask for weights alone")
    }

    fn head(&self, _: Head) -> HeadMatrices {
        panic!("scores ask for weights alone")
    }

    fn output_bias(&self, _: AttentionKind, _: usize) -> Option<Tensor<1>> {
        panic!("scores ask for weights alone")
    }

    fn norm_placement(&self) -> NormPlacement {
        panic!("scores ask for weights alone")
    }

    fn norm(&self, _: NormSite) -> Option<Norm> {
        panic!("scores ask for weights alone")
    }

    fn token_embedding(&self, _: Stack) -> Tensor<2> {
        panic!("scores ask for weights alone")
    }

    fn unembedding(&self) -> Option<Unembedding> {
        panic!("scores ask for weights alone")
    }
}

/// An example that nothing is asked of, of tokens named by their letters; `^` is the beginning.
pub fn example(source: &str, target: &str) -> Example {
    let tokens = |text: &str| text.chars().map(|c| if c == '^' { 0 } else { c as usize - 'a' as usize + 1 }).collect();
    Example { source: tokens(source), target: tokens(target), answer: Vec::new(), needed: Default::default() }
}

/// One example alone.
pub fn alone(example: Example) -> Examples<()> {
    let vocabulary: Vec<String> =
        ["BOS".to_string()].into_iter().chain(('a'..='z').map(|letter| letter.to_string())).collect();
    Examples {
        batches: vec![ExampleBatch { input: (), examples: vec![example] }],
        answers: vocabulary.clone(),
        vocabulary,
        counted: Counted::default(),
        origin: Origin::default(),
        seed: 0,
    }
}
