//! Names of devices, and the devices that they name.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::adapter::{Adapter, WgpuAdapter};
use crate::error::DeviceError;
#[cfg(feature = "wgpu")]
use crate::wgpu;

/// What the tensors are computed on. Which of them can start depends on the Cargo features of the build, and `wgpu` on the
/// machine too.
///
/// As text, also in `config.json`: `flex`, `ndarray`, `wgpu`, or `wgpu` with an adapter, such as `wgpu:discrete` or `wgpu:1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DeviceName {
    /// Burn's pure-Rust processor device: the default, and the fastest here for small models.
    Flex,
    /// The older processor device on the ndarray crate.
    Ndarray,
    /// A graphics card through WebGPU.
    Wgpu(WgpuAdapter),
}

impl DeviceName {
    /// Every device; of wgpu's adapters, the one it takes by itself.
    pub const ALL: [Self; 3] = [Self::Flex, Self::Ndarray, Self::Wgpu(WgpuAdapter::Fastest)];

    /// The devices in this build.
    pub fn built() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|device| device.is_built())
    }

    /// Whether it is in this build.
    pub fn is_built(self) -> bool {
        match self {
            Self::Flex => cfg!(feature = "flex"),
            Self::Ndarray => cfg!(feature = "ndarray"),
            Self::Wgpu(_) => cfg!(feature = "wgpu"),
        }
    }

    /// The Cargo feature that builds it in: the name without an adapter.
    pub fn feature(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::Wgpu(_) => "wgpu",
        }
    }

    /// Whether replicas on several threads make it faster: true of processor devices, where Burn runs one operation after the other.
    pub fn takes_threads(self) -> bool {
        !matches!(self, Self::Wgpu(_))
    }

    /// The adapter that [`open`](Self::open) would start: of a device on wgpu, where this machine has it.
    pub fn adapter(self) -> Option<Adapter> {
        #[cfg(feature = "wgpu")]
        if let Self::Wgpu(adapter) = self {
            return wgpu::adapter(adapter);
        }
        None
    }

    /// Opens the device, without autodiff; training adds that with `device.autodiff()`. wgpu starts its adapter here, once in a
    /// process.
    ///
    /// # Errors
    ///
    /// When the device was not compiled in, this machine has no such adapter, or it does not start.
    pub fn open(self) -> Result<Device, DeviceError> {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => Ok(Device::flex()),
            #[cfg(feature = "ndarray")]
            // Deprecated by Burn in favour of flex; kept because people still ask for it by name.
            #[expect(deprecated)]
            Self::Ndarray => Ok(Device::ndarray()),
            #[cfg(feature = "wgpu")]
            Self::Wgpu(adapter) => wgpu::start(adapter),
            #[cfg(not(all(feature = "flex", feature = "ndarray", feature = "wgpu")))]
            missing => Err(DeviceError::NotBuilt { feature: missing.feature() }),
        }
    }
}

impl Default for DeviceName {
    /// The first that is in this build.
    fn default() -> Self {
        Self::built().next().unwrap_or(Self::Flex)
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wgpu(adapter) if *adapter != WgpuAdapter::Fastest => write!(f, "wgpu:{adapter}"),
            device => f.pad(device.feature()),
        }
    }
}

impl FromStr for DeviceName {
    type Err = DeviceError;

    fn from_str(name: &str) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::Unknown(name.to_string());
        match name.strip_prefix("wgpu:") {
            Some(adapter) => adapter.parse().map(Self::Wgpu).map_err(|()| unknown()),
            None => Self::ALL.into_iter().find(|device| device.feature() == name).ok_or_else(unknown),
        }
    }
}

impl TryFrom<String> for DeviceName {
    type Error = DeviceError;

    fn try_from(name: String) -> Result<Self, DeviceError> {
        name.parse()
    }
}

impl From<DeviceName> for String {
    fn from(device: DeviceName) -> Self {
        device.to_string()
    }
}
