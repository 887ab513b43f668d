//! wgpu's adapters as plain data, and how a user chooses one.

use std::fmt;
use std::str::FromStr;

/// Which of wgpu's adapters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WgpuAdapter {
    /// The first of the kind that is likely the fastest: discrete, then integrated, virtual, unknown, and a processor last.
    #[default]
    Fastest,
    /// The first separate graphics card.
    Discrete,
    /// The first graphics unit integrated in a processor.
    Integrated,
    /// A graphics driver that runs on the processor, such as SwiftShader or lavapipe.
    Cpu,
    /// By its index in the list that `adapters()` returns, from 0.
    Index(usize),
}

/// An adapter that wgpu found: a graphics card, or something that stands in for one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// Its name.
    pub name: String,
    /// What kind of adapter it is.
    pub kind: AdapterKind,
    /// The graphics API that reaches it: Vulkan, Metal or Dx12.
    pub api: String,
    /// Its driver and the driver's version, as far as they are known.
    pub driver: String,
    /// Why it cannot be used; `None` if it can.
    pub lacks: Option<String>,
}

impl Adapter {
    /// A sort key: the likely fastest first, those that cannot compute last.
    pub fn speed(&self) -> impl Ord + use<> {
        (self.lacks.is_some(), self.kind)
    }
}

/// What kind of adapter it is, the likely fastest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdapterKind {
    /// A separate graphics card.
    Discrete,
    /// A graphics unit integrated in a processor.
    Integrated,
    /// A share of a card, in a virtual machine.
    Virtual,
    /// Not known.
    Unknown,
    /// A processor.
    Cpu,
}

impl fmt::Display for WgpuAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fastest => f.write_str("fastest"),
            Self::Discrete => f.write_str("discrete"),
            Self::Integrated => f.write_str("integrated"),
            Self::Cpu => f.write_str("cpu"),
            Self::Index(index) => write!(f, "{index}"),
        }
    }
}

impl FromStr for WgpuAdapter {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match name {
            "discrete" => Ok(Self::Discrete),
            "integrated" => Ok(Self::Integrated),
            "cpu" => Ok(Self::Cpu),
            // Digits alone: `parse` would take a plus sign too, and then two names would mean one device.
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().map(Self::Index).map_err(drop),
            _ => Err(()),
        }
    }
}

impl fmt::Display for AdapterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Discrete => "discrete",
            Self::Integrated => "integrated",
            Self::Virtual => "virtual",
            Self::Unknown => "unknown",
            Self::Cpu => "cpu",
        })
    }
}
