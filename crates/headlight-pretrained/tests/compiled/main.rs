//! Transformers compiled from programs, against JAX.

mod as_in_jax;
#[path = "../../../headlight-model/tests/device/mod.rs"]
mod device;
mod golden;
mod refused;
mod traced;
