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
/// assert_eq!("cross:L0H2".parse(), Ok(head));
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

/// A text that names no head.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no head: write L0H2, or cross:L0H2 with its kind of attention")]
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

/// Without a kind, decoder self-attention is meant: the only attention of most models.
impl FromStr for Head {
    type Err = HeadNameError;

    fn from_str(text: &str) -> Result<Self, HeadNameError> {
        let parse = || {
            let (kind, short) = match text.split_once(':') {
                Some((kind, short)) => (AttentionKind::ALL.into_iter().find(|known| known.name() == kind)?, short),
                None => (AttentionKind::DecoderSelf, text),
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
            assert_eq!(head.to_string().parse(), Ok(head));
        }
        assert_eq!("l1h0".parse(), Ok(Head { kind: AttentionKind::DecoderSelf, layer: 1, head: 0 }));
        for text in ["", "L0", "H0", "L0H", "LaHb", "encoder:L0H0", "L0H-1"] {
            assert!(text.parse::<Head>().is_err(), "{text}");
        }
    }
}
