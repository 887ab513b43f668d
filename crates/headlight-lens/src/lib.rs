//! What attention heads do, tried out.
//!
//! ```
//! use burn::tensor::Device;
//! use headlight_lens::{AblationConfig, Examples, Thresholds, ablate, head_scores};
//! use headlight_model::Architecture;
//! use headlight_record::Origin;
//! use headlight_train::{ModelConfig, Replicas, Task, Training, TrainingConfig, tasks};
//!
//! // A small decoder that learns to say four symbols backwards.
//! let device = Device::default();
//! let task = Task { length: 4, symbols: 6, ..Task::new(&tasks::reverse::SPEC, Architecture::Decoder) };
//! let config = TrainingConfig { max_steps: 100, ..TrainingConfig::for_task(&task) };
//! let model = ModelConfig { d_model: 32, n_heads: 2, n_layers: 1, d_ff: 64, ..ModelConfig::default() };
//! let mut training = Training::new(&model.for_task(&task, 0), task.clone(), config, Replicas::new(1)?, &device)?;
//! while !training.is_done() {
//!     training.step()?;
//! }
//! let model = training.model();
//! let examples = Examples::of_task(&task, &task.held_out(0, 64).examples, Origin::default(), 0, &device);
//!
//! // How much does each head attend to the keys that the task needs, and what fails without what it says of this example?
//! let scores = head_scores(&model, &examples, None, &Thresholds::default());
//! let findings = ablate(&model, &examples, &AblationConfig::default())?;
//! for (head, ablation) in scores.heads.iter().zip(&findings.ablations) {
//!     println!("{}: needed {}, exact match {:+.2}", head.head, head.scores["needed"], ablation.exact_match_change);
//! }
//! assert!(findings.ablations[..2].iter().any(|ablation| ablation.loss_change > 0.1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Each lens takes a model that is [`Traceable`](headlight_model::Traceable) and [`Examples`], and gives findings as plain data:
//!
//! - [`head_scores`]: what each head attends to, [`recorded_roles`]: the same from a record alone, and [`training`]: when it came to;
//! - [`ablate`]: what fails when heads and feed-forward layers are replaced;
//! - [`patch()`]: which activations of one question bring its answer back in the pass of another;
//! - [`logits()`]: what each layer's stream says of the answer, and which parts say it;
//! - [`why()`]: why a query attends to a key;
//! - [`circuits()`]: what heads can do, read from their parameters alone;
//! - [`flow()`]: what reaches an output through all layers;
//! - [`explanation()`]: whether attention explains the answers;
//! - [`check()`]: whether an output depends on what it must not see.
//!
//! Beside them, for a lesson: one head under each mask ([`under_each_mask`]), what the scale √d_head is for ([`scale_entropy`]), and a
//! head with its initial parameters on any words ([`Untrained`]).

mod examples;
mod sequences;
mod texts;
mod visible;
mod names;
mod sites;
mod bootstrap;
mod outcome;
mod check;
mod decomposition;
mod logits;
mod patch;
mod why;
mod partners;
mod ablation;
mod explanation;
mod rank_correlation;
mod repeated;
mod scores;
mod training;
mod circuits;
mod flow;
mod each_mask;
mod error;
mod scale_entropy;
mod untrained;

pub use ablation::{AblationConfig, ablate, ablate_heads};
pub use bootstrap::Bootstrap;
pub use check::{AttentionPart, Changed, Leak, LeakCheck, LeakReport, Place, Verdict, Weight, check};
pub use circuits::{
    Composition, Copying, RandomBaseline, circuits, compositions, copying, output_value, query_key, smallest_vocabulary,
};
pub use decomposition::{Decomposition, Part, tokens};
pub use each_mask::{MaskedRecord, under_each_mask};
pub use error::LensError;
pub use examples::{Example, ExampleBatch, Examples, Prediction};
pub use explanation::{OtherRun, explanation};
pub use flow::{Network, Residual, Shares, ValueWeighted, Weights, flow};
pub use logits::{
    Attribution, Logits, Standing, TopTokens, attribution, logits, logits_by_layer, standings, top_tokens,
};
pub use names::find_head;
pub use outcome::{Outcome, outcomes, outcomes_of};
pub use patch::{Metric, Pair, PairBatch, Pairs, Patched, Patching, Role, pairs_of_one_token, patch, patched};
pub use rank_correlation::rank_correlation;
pub use repeated::takes_repeated_tokens;
pub use scale_entropy::{ScaleEntropy, scale_entropy};
pub use scores::{HeadScores, Thresholds, head_scores, recorded_roles};
pub use texts::{Reads, Text};
pub use training::{Moment, training};
pub use untrained::{PAD, Untrained};
pub use why::{Asked, Terms, Why, why};
