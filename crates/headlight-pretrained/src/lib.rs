//! Models that others made, read from bytes: one file a family, built from the parts of `headlight-model`, each a
//! [`Traceable`](headlight_model::Traceable), so that every lens and every intervention works on it.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use headlight_model::{AttentionKind, Sequences, Traceable};
//! use headlight_pretrained::Compiled;
//!
//! let device = Device::default();
//! let json = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/programs/previous.json"));
//! let safetensors = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/programs/previous.safetensors"));
//! let model = Compiled::from_bytes(json, safetensors, &device)?;
//! assert_eq!(model.program().says, "one head looks at the token before");
//!
//! // BOS a b: the head looks from position 2 at position 1, because a program says so and not because it was trained.
//! let ids = ["BOS", "a", "b"].map(|token| model.program().token(token).expect("it is in the vocabulary") as i64);
//! let input = Sequences { source: None, target: Tensor::from_data([ids], &device).into() };
//! let trace = model.trace(&input, &[]);
//! let weights = trace.attention(AttentionKind::EncoderSelf)[0].weights.clone(); // [batch_size, n_heads, queries, keys]
//! assert!(weights.slice([0..1, 0..1, 2..3, 1..2]).into_scalar::<f32>() > 0.99);
//! # Ok::<(), headlight_pretrained::CompiledError>(())
//! ```
//!
//! Families: [`Compiled`], transformers compiled from programs. What some of them hear and see is
//! made by [`speech`] and [`image`].

mod answer;
mod checkpoint;
mod compiled;
mod config;
mod error;
mod families;
mod family;
mod generate;
pub mod hub;
pub mod image;
mod labelled;
mod model;
mod output;
mod parts;
mod prompt;
mod rotary;
mod sentence;
pub mod speech;
mod tensors;
mod text;
mod window;

pub use answer::{Answer, Labels};
pub use checkpoint::{Checkpoint, CheckpointError};
pub use compiled::{Compiled, CompiledError, Program, Question};
pub use error::PretrainedError;
pub use families::{Opened, known_families, open};
pub use family::{Attended, Attends, Embedded, Family, Pretrained};
pub use generate::{Ending, Generated, Generation, Longest};
pub use headlight_model::Keep;
pub use labelled::Scores;
pub use model::{Facts, Model, Patches, Predicts, Speech};
pub use prompt::{Numbers, Prompt, PromptError, Sequence, Takes};
pub use sentence::sentence_embedding;
pub use tensors::{Bias, StoredTensor, TensorFileError, Tensors};
pub use text::{Encoding, Tokenizer, TokenizerError};
