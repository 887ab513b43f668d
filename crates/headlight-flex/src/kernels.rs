//! The hot arithmetic of a small transformer on plain slices of `f32`, each piece with its hand-written backward pass.
//!
//! This is the fast path, not the one to learn from: `headlight-model` says the same in equations, and its tests prove the two
//! equal. What is fast about it: matrix products read transposed and strided inputs where they lie (the [gemm] crate); passes
//! over elements are merged and use the widest vector instructions that the processor has, found out at run time (the
//! [pulp] crate); attention of more than a few tokens never stores a whole matrix of scores.
//!
//! ```
//! use headlight_flex::kernels::{Activation, Matrix, linear};
//!
//! let input = [1.0, 2.0]; //                       one row of two numbers
//! let weight = Matrix::new(&[3.0, -4.0, 5.0, -6.0], [2, 2]);
//! let output = linear::forward(Matrix::new(&input, [1, 2]), weight, &[0.5, 0.5], Activation::Relu);
//! assert_eq!(output, [13.5, 0.0]);
//! ```
//!
//! Every function gives the same numbers, bit for bit, at any count of threads: where a sum is split, its parts have a fixed size. (How
//! attention's output is laid out may differ, and it says so: [`attention::Layout`].) Without the Cargo feature `threads` there is one.

mod gelu;
mod matrix;
mod parallel;
mod vector;

pub mod adamw;
pub mod attention;
pub mod layer_norm;
pub mod linear;

pub use linear::Activation;
pub use matrix::{Matrix, MatrixMut, matmul, matmul_add};
