use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

/// What the tensors are computed on. Which of them can start depends on the Cargo features of the build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceName {
    /// Burn's pure-Rust processor device: the default, and the fastest here for small models.
    Flex,
    /// The older processor device on the ndarray crate.
    Ndarray,
    /// A graphics card through WebGPU.
    Wgpu,
}

/// Why there is no such device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// No device has this name.
    #[error("no device is called '{0}': choose flex, ndarray or wgpu")]
    Unknown(String),
    /// The device was left out of this build.
    #[error("this build has no {0}: build it with --features {0}")]
    NotBuilt(DeviceName),
}

impl DeviceName {
    /// Every name.
    pub const ALL: [Self; 3] = [Self::Flex, Self::Ndarray, Self::Wgpu];

    /// The devices in this build.
    pub fn built() -> impl Iterator<Item = Self> {
        let has = |device: &Self| match device {
            Self::Flex => cfg!(feature = "flex"),
            Self::Ndarray => cfg!(feature = "ndarray"),
            Self::Wgpu => cfg!(feature = "wgpu"),
        };
        Self::ALL.into_iter().filter(has)
    }

    /// Opens the device, without autodiff; training adds that with `device.autodiff()`.
    ///
    /// # Errors
    ///
    /// When the device was not compiled in; the message names the feature to build with.
    pub fn open(self) -> Result<Device, DeviceError> {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => Ok(Device::flex()),
            #[cfg(feature = "ndarray")]
            // Deprecated by Burn in favour of flex; kept because people still ask for it by name.
            #[expect(deprecated)]
            Self::Ndarray => Ok(Device::ndarray()),
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
            #[cfg(not(all(feature = "flex", feature = "ndarray", feature = "wgpu")))]
            missing => Err(DeviceError::NotBuilt(missing)),
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
        f.write_str(match self {
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::Wgpu => "wgpu",
        })
    }
}

impl FromStr for DeviceName {
    type Err = DeviceError;

    fn from_str(name: &str) -> Result<Self, DeviceError> {
        let found = Self::ALL.into_iter().find(|device| device.to_string() == name);
        found.ok_or_else(|| DeviceError::Unknown(name.to_string()))
    }
}
