//! Devices by name: what a user types, and what Burn computes on.
//!
//! ```
//! use headlight_device::DeviceName;
//!
//! let name: DeviceName = "flex".parse()?;
//! let device = name.open()?; // training adds autodiff: device.autodiff()
//! # let _ = device;
//! # Ok::<(), headlight_device::DeviceError>(())
//! ```
//!
//! Which devices can be opened depends on the Cargo features of the build (`flex`, `ndarray`, `wgpu`, `remote`), and wgpu on the
//! machine too.

mod adapter;
mod error;
mod name;
mod remote;
#[cfg(feature = "wgpu")]
mod wgpu;

pub use adapter::{Adapter, AdapterKind, WgpuAdapter};
pub use error::DeviceError;
pub use name::DeviceName;
#[cfg(feature = "remote")]
pub use remote::{Identity, Server, Transport, Visit, allow_remote, uses_remote, wait_for_loss};
pub use remote::{RemoteAddress, RemoteError, Remotes, Token, TokenError};

/// The adapters that wgpu finds on this machine, in wgpu's order: those of the first graphics interface that has a graphics
/// card, or has anything at all. None where wgpu is not in this build. Looked for once in a process.
pub fn adapters() -> Vec<Adapter> {
    #[cfg(feature = "wgpu")]
    return wgpu::adapters();
    #[cfg(not(feature = "wgpu"))]
    Vec::new()
}

/// Waits until the adapters that were started have done what this thread asked of them. For the end of a process: a driver that is
/// unloaded while it works may crash, as SwiftShader does.
pub fn wait_for_adapters() {
    #[cfg(feature = "wgpu")]
    wgpu::wait();
}
