//! Headlight's tasks, a file each. Each works an example by hand, and says where a model must look and why.

pub mod addition;
pub mod brackets;
pub mod copy;
pub mod dates;
pub(crate) mod draw;
pub mod file;
pub mod histogram;
pub mod induction;
pub mod recall;
pub mod repeat;
pub mod reverse;
pub mod sort;

use crate::TaskSpec;

/// All of them, from the plainest on.
pub static TASKS: &[&TaskSpec] = &[
    &copy::SPEC,
    &reverse::SPEC,
    &repeat::SPEC,
    &sort::SPEC,
    &histogram::SPEC,
    &recall::SPEC,
    &induction::SPEC,
    &brackets::SPEC,
    &addition::SPEC,
    &dates::SPEC,
    &file::SPEC,
];
