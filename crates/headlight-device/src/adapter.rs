use std::fmt;
use std::str::FromStr;

/// Which of wgpu's adapters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WgpuAdapter {
    /// The first of the kind that is likely the fastest: discrete, then integrated, virtual, unknown, and a processor last.
    #[default]
    Fastest,
    /// The first graphics card of its own.
    Discrete,
    /// The first graphics unit within a processor.
    Integrated,
    /// A processor that does a graphics card's work, such as SwiftShader or lavapipe.
    Cpu,
    /// By its place in the list of [`adapters`](crate::adapters), from 0.
    Index(usize),
}

/// An adapter that wgpu found: a graphics card, or something that does its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// What it calls itself.
    pub name: String,
    /// What sort of thing it is.
    pub kind: AdapterKind,
    /// The graphics interface it is reached by: Vulkan, Metal or Dx12.
    pub api: String,
    /// Its driver and that one's version, as far as it says.
    pub driver: String,
    /// Why nothing can be computed on it; `None` where it can.
    pub lacks: Option<String>,
}

impl Adapter {
    /// The likely fastest is the least; those that cannot compute come last.
    pub fn speed(&self) -> impl Ord + use<> {
        (self.lacks.is_some(), self.kind)
    }
}

/// What sort of thing an adapter is, the likely fastest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdapterKind {
    /// A graphics card of its own.
    Discrete,
    /// A graphics unit within a processor.
    Integrated,
    /// A share of a card, in a virtual machine.
    Virtual,
    /// It does not say.
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
