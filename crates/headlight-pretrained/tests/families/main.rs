//! Models of all families, beside what transformers computes.

#[path = "../../../headlight-model/tests/device/mod.rs"]
mod device;
mod as_in_transformers;
mod generated;
mod golden;
mod heads;
mod changed;
mod decoded;
mod interventions;
mod left_padding;
mod mutated;
mod padding;
mod refused;
