use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::AttentionKind;

/// One head of a model. Written as `L0H2`, or as `cross:L0H2` where the model has several kinds of attention.
///
/// ```
/// use headlight_record::{AttentionKind, Head};
///
/// let head = Head { kind: AttentionKind::Cross, layer: 0, head: 2 };
/// assert_eq!(head.to_string(), "cross:L0H2");
/// assert_eq!(head.short(), "L0H2");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Head {
    /// Encoder self-attention, decoder self-attention or cross attention.
    pub kind: AttentionKind,
    /// Its layer, from 0.
    pub layer: usize,
    /// Its number in the layer, from 0.
    pub head: usize,
}

/// A head as it is asked for: without a kind, it is that of whichever attention has such a head, which only the model can say.
///
/// ```
/// use headlight_record::{AttentionKind, HeadName};
///
/// assert_eq!("cross:L0H2".parse(), Ok(HeadName { kind: Some(AttentionKind::Cross), layer: 0, head: 2 }));
/// assert_eq!("L0H2".parse(), Ok(HeadName { kind: None, layer: 0, head: 2 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeadName {
    /// Its kind of attention, where that is said.
    pub kind: Option<AttentionKind>,
    /// Its layer, from 0.
    pub layer: usize,
    /// Its number in the layer, from 0.
    pub head: usize,
}

/// A text that names no head.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a head: write L0H2, or cross:L0H2 with its kind of attention")]
pub struct HeadNameError(String);

impl Head {
    /// Layer and head without the kind: `L0H2`.
    pub fn short(self) -> String {
        format!("L{}H{}", self.layer, self.head)
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}:L{}H{}", self.kind, self.layer, self.head))
    }
}

impl From<Head> for HeadName {
    fn from(Head { kind, layer, head }: Head) -> Self {
        Self { kind: Some(kind), layer, head }
    }
}

impl fmt::Display for HeadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind.map_or(String::new(), |kind| format!("{kind}:"));
        f.pad(&format!("{kind}L{}H{}", self.layer, self.head))
    }
}

impl FromStr for HeadName {
    type Err = HeadNameError;

    fn from_str(text: &str) -> Result<Self, HeadNameError> {
        let parse = || {
            let (kind, short) = match text.split_once(':') {
                Some((kind, short)) => {
                    (Some(AttentionKind::ALL.into_iter().find(|known| known.name() == kind)?), short)
                }
                None => (None, text),
            };
            let (layer, head) = short.strip_prefix(['L', 'l'])?.split_once(['H', 'h'])?;
            Some(Self { kind, layer: layer.parse().ok()?, head: head.parse().ok()? })
        };
        parse().ok_or_else(|| HeadNameError(text.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_as_they_are_written() {
        for kind in AttentionKind::ALL {
            let head = Head { kind, layer: 11, head: 3 };
            assert_eq!(head.to_string().parse(), Ok(HeadName::from(head)));
            assert_eq!(HeadName::from(head).to_string(), head.to_string());
        }
        let named = HeadName { kind: None, layer: 1, head: 0 };
        assert_eq!(("l1h0".parse(), named.to_string()), (Ok(named), "L1H0".to_string()));
        for text in ["", "L0", "H0", "L0H", "LaHb", "encoder:L0H0", "L0H-1"] {
            assert!(text.parse::<HeadName>().is_err(), "{text}");
        }
    }
}
