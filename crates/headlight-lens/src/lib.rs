//! What attention heads do, tried out.
//!
//! ```
//! use burn::tensor::Device;
//! use headlight_lens::scale_entropy;
//!
//! // How undecided a softmax over 16 random keys is, in nats: wide heads need the scale √d_head to stay undecided.
//! let [narrow, wide] = [4, 256].map(|d_head| scale_entropy(d_head, 64, 16, 0, 0, &Device::default()));
//! assert!((wide.scaled - narrow.scaled).abs() < 0.3);
//! assert!(wide.unscaled < narrow.unscaled - 1.0);
//! ```
//!
//! So far: what the heads of a model attend to ([`head_scores`]) and when they came to do it ([`training`]), what each kind of mask makes
//! of one head's scores ([`under_each_mask`]), what the scale √d_head is for ([`scale_entropy`]), and a model of one head over any words
//! with its initial parameters, on which attention can be followed number by number ([`Untrained`]).

mod examples;
mod names;
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
pub use circuits::{Composition, Copying, RandomBaseline, circuits, compositions, copying, output_value, query_key};
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
pub use scale_entropy::{ScaleEntropy, scale_entropy};
pub use scores::{HeadScores, Thresholds, head_scores};
pub use training::{Moment, training};
pub use untrained::{PAD, Untrained};
pub use why::{Asked, Terms, Why, why};
