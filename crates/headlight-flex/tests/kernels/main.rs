//! Every kernel against plain loops in `f64`: values, and gradients against slopes.

mod adamw;
mod attention;
mod layer_norm;
mod linear;
mod matrix;

mod formulas;
mod oracle;
mod slopes;
