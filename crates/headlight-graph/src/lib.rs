//! One description of a model, as plain data, and three readers of it: a summary, an ONNX file and a drawing.
//!
//! ```
//! use headlight_graph::{Graph, Lengths, Summary};
//! use headlight_model::MultiHeadAttentionConfig;
//!
//! let attention = MultiHeadAttentionConfig::new(9, 3); // d_model 9, 3 heads
//! let graph = Graph::of_attention(&attention)?;
//! let summary = Summary::new(&graph, Lengths::new(1, 2)); // one sequence of 2 tokens
//!
//! assert_eq!(summary.total.parameters, 4 * (9 * 9 + 9));
//! println!("{summary}");
//! # Ok::<(), headlight_model::ConfigError>(())
//! ```
//!
//! In reading order: [`Graph`], [`Operation`], [`Summary`], [`onnx_bytes`], [`graph_svg`], [`pytorch_parameters`].

mod shape;
mod graph;
mod describe;
mod summary;
mod onnx;
mod parameters;
mod drawing;
mod pytorch;
mod error;

pub use drawing::graph_svg;
pub use error::{GraphError, Mismatch};
pub use graph::{Element, Graph, Node, Operation, Parameter, ParameterId, Value, ValueId};
pub use onnx::{OPSETS, OnnxOptions, onnx_bytes, schema};
pub use pytorch::pytorch_parameters;
pub use shape::{Axis, Dimension, Lengths, Shape};
pub use summary::{Row, Summary, Total};
