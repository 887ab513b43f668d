//! Why a device cannot be opened.

use std::error::Error;
use std::sync::Arc;

use crate::adapter::{Adapter, WgpuAdapter};
use crate::remote::RemoteError;

/// Why a device cannot be opened. `DeviceName::default()` always can; whether it may be chosen instead, the caller knows.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DeviceError {
    /// No device has this name.
    #[error(
        "unknown device '{0}': choose flex, ndarray or wgpu, or one of wgpu's adapters: wgpu:discrete, wgpu:integrated, \
         wgpu:cpu or a number, such as wgpu:0; or another machine's: remote:HOST:PORT"
    )]
    Unknown(String),
    /// The device is not in this build.
    #[error("{feature} is not in this build: build with --features {feature}")]
    NotBuilt {
        /// The Cargo feature that builds it in.
        feature: &'static str,
    },
    /// This machine has nothing for wgpu to compute on.
    #[error("wgpu finds no adapter on this machine: install the graphics card's driver (on Linux, its Vulkan driver)")]
    NoAdapters,
    /// This machine has adapters, but not the one asked for.
    #[error("wgpu has no adapter '{wanted}' on this machine, which has {}", listed(adapters))]
    NoSuchAdapter {
        /// The one asked for.
        wanted: WgpuAdapter,
        /// The adapters of this machine.
        adapters: Vec<Adapter>,
    },
    /// An adapter on which Burn's shaders would not run.
    #[error("{adapter} cannot be used: {lacks}; this machine has {}", listed(adapters))]
    Limits {
        /// Its name.
        adapter: String,
        /// What it lacks.
        lacks: String,
        /// The adapters of this machine.
        adapters: Vec<Adapter>,
    },
    /// Another machine's device that cannot be used.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// An adapter that would not start.
    #[error("wgpu could not start {adapter}: {source}")]
    Start {
        /// Its name.
        adapter: String,
        /// wgpu's own error.
        source: Arc<dyn Error + Send + Sync>,
    },
}

impl DeviceError {
    /// Whether the machine failed, rather than the request having been wrong.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::Start { .. } => true,
            Self::Remote(error) => error.is_failure(),
            _ => false,
        }
    }

    /// Whether the message names adapters that can be chosen instead.
    pub fn names_adapters(&self) -> bool {
        match self {
            Self::NoSuchAdapter { adapters, .. } | Self::Limits { adapters, .. } => usable(adapters).next().is_some(),
            _ => false,
        }
    }
}

/// The adapters that can compute, each with its index among all.
fn usable(adapters: &[Adapter]) -> impl Iterator<Item = (usize, &Adapter)> {
    adapters.iter().enumerate().filter(|(_, adapter)| adapter.lacks.is_none())
}

fn listed(adapters: &[Adapter]) -> String {
    let names: Vec<_> = usable(adapters).map(|(index, adapter)| format!("wgpu:{index} ({})", adapter.name)).collect();
    if names.is_empty() { "none that can compute".to_string() } else { names.join(", ") }
}
