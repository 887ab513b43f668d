//! The layers give what the plain Burn expressions give that their docs name: values, and gradients of every input.

#[path = "../../tests/bridge/draw.rs"]
mod draw;
mod gelu;
mod layers;
