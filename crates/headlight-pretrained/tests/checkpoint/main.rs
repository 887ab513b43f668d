//! Directories as transformers writes them.

#[path = "../../../headlight-model/tests/device/mod.rs"]
mod device;
mod made;
mod opened;
mod refused;
