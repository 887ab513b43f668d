//! What a lens looks at: examples in batches, as a model reads them, and what is asked of each.

use std::collections::BTreeMap;

use burn::tensor::Device;
use headlight_model::{AttentionKind, Sequences, Tokens};
use headlight_record::Origin;
use headlight_record::findings::Counted;
use headlight_train::{Batch, Task};

/// Small batches stay in the processor's cache.
const BATCH_SIZE: usize = 64;

/// Examples of a model that takes an `I`, such as [`Sequences`].
#[derive(Clone, Debug)]
pub struct Examples<I> {
    /// Batches of examples of one shape each, so that none has padding.
    pub batches: Vec<ExampleBatch<I>>,
    /// What each token of a sequence is called, by its number.
    pub vocabulary: Vec<String>,
    /// What each token of an answer is called, by its number in the logits.
    pub answers: Vec<String>,
    /// Of what a share of right answers is one.
    pub counted: Counted,
    /// The task, the model, and the step at which the model was.
    pub origin: Origin,
    /// Seed of all that a lens draws.
    pub seed: u64,
}

/// Examples of one shape, side by side.
#[derive(Clone, Debug)]
pub struct ExampleBatch<I> {
    /// What the model reads: a row for each example.
    pub input: I,
    /// What is known of each row.
    pub examples: Vec<Example>,
}

/// One example, teacher-forced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The tokens that the encoder reads; empty where there is none.
    pub source: Vec<usize>,
    /// The tokens that the decoder reads; empty where there is none.
    pub target: Vec<usize>,
    /// What is to be predicted, from the first token of the answer to the last.
    pub answer: Vec<Prediction>,
    /// For each kind of attention of which the task says it: for each query, the keys that it needs; an empty set where it needs none.
    pub needed: BTreeMap<AttentionKind, Vec<Vec<usize>>>,
}

/// A token that is to be predicted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// At which position of the stack that the output layer reads.
    pub position: usize,
    /// Its number in the logits.
    pub token: usize,
}

impl Example {
    /// The tokens at the queries of a kind of attention.
    pub fn queries(&self, kind: AttentionKind) -> &[usize] {
        match kind {
            AttentionKind::EncoderSelf => &self.source,
            AttentionKind::DecoderSelf | AttentionKind::Cross => &self.target,
        }
    }

    /// The tokens at its keys.
    pub fn keys(&self, kind: AttentionKind) -> &[usize] {
        match kind {
            AttentionKind::EncoderSelf | AttentionKind::Cross => &self.source,
            AttentionKind::DecoderSelf => &self.target,
        }
    }
}

impl<I> Examples<I> {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.iter().count()
    }

    /// All examples, in the order of the batches, in which a lens gives its numbers too.
    pub fn iter(&self) -> impl Iterator<Item = &Example> {
        self.batches.iter().flat_map(|batch| &batch.examples)
    }
}

impl Examples<Sequences> {
    /// Examples of a task as a [`Transformer`](headlight_model::Transformer) reads them.
    ///
    /// # Panics
    ///
    /// When there is none, or one has no answer.
    pub fn of_task(
        task: &Task,
        examples: &[headlight_train::Example],
        origin: Origin,
        seed: u64,
        device: &Device,
    ) -> Self {
        assert!(!examples.is_empty(), "there is no example to look at");
        let mut by_shape: BTreeMap<[usize; 2], Vec<&headlight_train::Example>> = BTreeMap::new();
        for example in examples {
            by_shape.entry([example.source.len(), example.answer.len()]).or_default().push(example);
        }
        let batches = by_shape.values().flat_map(|alike| alike.chunks(BATCH_SIZE)).map(|alike| {
            let alike: Vec<headlight_train::Example> = alike.iter().copied().cloned().collect();
            let Batch { source, target, .. } = Batch::new(task, &alike, device);
            let examples = alike.iter().map(|example| Example::of_task(task, example)).collect();
            ExampleBatch { input: Sequences { source, target }, examples }
        });
        let vocabulary = task.vocabulary();
        let vocabulary: Vec<String> = (0..vocabulary.size()).map(|id| vocabulary.token(id).to_string()).collect();
        Self {
            batches: batches.collect(),
            answers: vocabulary.clone(),
            vocabulary,
            counted: Counted::Answers,
            origin,
            seed,
        }
    }

    /// The same examples in the same order, in batches of at most so many: what a lens keeps of a batch must fit into memory.
    ///
    /// # Panics
    ///
    /// When `at_most` is 0.
    pub fn in_batches_of(self, at_most: usize) -> Self {
        let batches = self.batches.into_iter().flat_map(|batch| batch.in_batches_of(at_most)).collect();
        Self { batches, ..self }
    }
}

impl ExampleBatch<Sequences> {
    fn in_batches_of(self, at_most: usize) -> Vec<Self> {
        let Self { input: Sequences { source, target }, examples } = self;
        let of = |tokens: &Tokens, first: usize, count: usize| Tokens {
            ids: tokens.ids.clone().narrow(0, first, count),
            padding: tokens.padding.clone().map(|padding| padding.narrow(0, first, count)),
            segments: tokens.segments.clone().map(|segments| segments.narrow(0, first, count)),
        };
        let chunks = examples.chunks(at_most).enumerate().map(|(at, examples)| {
            let (first, count) = (at * at_most, examples.len());
            let source = source.as_ref().map(|source| of(source, first, count));
            Self { input: Sequences { source, target: of(&target, first, count) }, examples: examples.to_vec() }
        });
        chunks.collect()
    }
}

impl Example {
    fn of_task(task: &Task, example: &headlight_train::Example) -> Self {
        let target = task.target(example);
        // An answer's last token is predicted where the target ends.
        let first = target.len() - example.answer.len();
        let answer =
            example.answer.iter().enumerate().map(|(at, token)| Prediction { position: first + at, token: *token });
        let needed = AttentionKind::ALL.into_iter().filter_map(|kind| Some((kind, task.alignment(kind, example)?)));
        Self {
            source: task.prompt(&example.source).source.unwrap_or_default(),
            answer: answer.collect(),
            needed: needed.collect(),
            target,
        }
    }
}
