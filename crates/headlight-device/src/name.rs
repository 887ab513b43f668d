//! Names of devices, and the devices that they name.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::adapter::{Adapter, WgpuAdapter};
use crate::error::DeviceError;
#[cfg(feature = "remote")]
use crate::remote;
use crate::remote::{RemoteError, Remotes};
#[cfg(feature = "wgpu")]
use crate::wgpu;

/// What the tensors are computed on. Which of them can start depends on the Cargo features of the build, and `wgpu` on the
/// machine too.
///
/// As text, also in `config.json`: `flex`, `ndarray`, `wgpu`, `wgpu` with an adapter, such as `wgpu:discrete` or `wgpu:1`, or
/// [`Remotes`], such as `remote:gpu:3000`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DeviceName {
    /// Burn's pure-Rust processor device: the default, and the fastest here for small models.
    Flex,
    /// The older processor device on the ndarray crate.
    Ndarray,
    /// A graphics card through WebGPU.
    Wgpu(WgpuAdapter),
    /// What other machines serve.
    Remote(Remotes),
}

impl DeviceName {
    /// Every device of this machine; of wgpu's adapters, the one it takes by itself.
    pub const ALL: [Self; 3] = [Self::Flex, Self::Ndarray, Self::Wgpu(WgpuAdapter::Fastest)];

    /// The devices of this machine in this build.
    pub fn built() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|device| device.is_built())
    }

    /// Opens the device that a run was trained on, where nobody asked for a device. Of several servers it would be the first, but another
    /// machine's device is not used: a run may be anybody's, and whoever answers at an address is shown the token.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and where another machine's device is in this build.
    pub fn open_unasked(&self) -> Result<Device, DeviceError> {
        match self.first() {
            Self::Remote(_) if self.is_built() => Err(RemoteError::NotAsked.into()),
            device => device.open(),
        }
    }

    /// Whether it is in this build.
    pub fn is_built(&self) -> bool {
        match self {
            Self::Flex => cfg!(feature = "flex"),
            Self::Ndarray => cfg!(feature = "ndarray"),
            Self::Wgpu(_) => cfg!(feature = "wgpu"),
            Self::Remote(_) => cfg!(feature = "remote"),
        }
    }

    /// The Cargo feature that builds it in: the name without an adapter or a machine.
    pub fn feature(&self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::Wgpu(_) => "wgpu",
            Self::Remote(_) => "remote",
        }
    }

    /// Whether replicas on several threads make it faster: true of processor devices, where Burn runs one operation after the other.
    /// Several servers have a replica each, without being told.
    pub fn takes_threads(&self) -> bool {
        matches!(self, Self::Flex | Self::Ndarray)
    }

    /// Itself, or the first of several: for what takes one.
    pub fn first(&self) -> Self {
        match self {
            Self::Remote(remotes) => Self::Remote(remotes.first()),
            device => device.clone(),
        }
    }

    /// The adapter that [`open`](Self::open) would start: of a device on wgpu, where this machine has it.
    pub fn adapter(&self) -> Option<Adapter> {
        #[cfg(feature = "wgpu")]
        if let Self::Wgpu(adapter) = self {
            return wgpu::adapter(*adapter);
        }
        None
    }

    /// Opens the device, without autodiff; training adds that with `device.autodiff()`. wgpu starts its adapter here, once in a
    /// process, and a device of another machine is connected to, also once.
    ///
    /// # Errors
    ///
    /// When the device was not compiled in, this machine has no such adapter, it does not start, its server cannot be used, or
    /// several servers are named.
    pub fn open(&self) -> Result<Device, DeviceError> {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => Ok(Device::flex()),
            #[cfg(feature = "ndarray")]
            // Deprecated by Burn in favour of flex; kept because people still ask for it by name.
            #[expect(deprecated)]
            Self::Ndarray => Ok(Device::ndarray()),
            #[cfg(feature = "wgpu")]
            Self::Wgpu(adapter) => wgpu::start(*adapter),
            #[cfg(feature = "remote")]
            Self::Remote(remotes) => Ok(remote::open(remotes.only()?)?),
            #[cfg(not(all(feature = "flex", feature = "ndarray", feature = "wgpu", feature = "remote")))]
            missing => Err(DeviceError::NotBuilt { feature: missing.feature() }),
        }
    }

    /// Opens the devices that compute parts of a batch, where several servers are named; none of any other name, whose one device
    /// [`open`](Self::open) opens.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_parts(&self) -> Result<Vec<Device>, DeviceError> {
        #[cfg(feature = "remote")]
        if let Self::Remote(remotes) = self
            && remotes.addresses().len() > 1
        {
            return remotes.addresses().iter().map(|address| Ok(remote::open(address)?)).collect();
        }
        Ok(Vec::new())
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
            Self::Remote(remotes) => remotes.fmt(f),
            device => f.pad(device.feature()),
        }
    }
}

impl FromStr for DeviceName {
    type Err = DeviceError;

    fn from_str(name: &str) -> Result<Self, DeviceError> {
        let unknown = || DeviceError::Unknown(name.to_string());
        if let Some(remotes) = Remotes::parse(name) {
            return Ok(Self::Remote(remotes?));
        }
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
