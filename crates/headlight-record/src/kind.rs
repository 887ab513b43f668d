use serde::{Deserialize, Serialize};

/// Which attention of a transformer the weights belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttentionKind {
    /// The source looks at itself (encoder).
    EncoderSelf,
    /// The target looks at itself and never ahead (decoder).
    DecoderSelf,
    /// The target looks at the source.
    Cross,
}

impl AttentionKind {
    /// All kinds, in the order in which data flows through an encoder–decoder.
    pub const ALL: [Self; 3] = [Self::EncoderSelf, Self::DecoderSelf, Self::Cross];

    /// The name used in files: `encoder_self`, `decoder_self` or `cross`.
    pub fn name(self) -> &'static str {
        match self {
            Self::EncoderSelf => "encoder_self",
            Self::DecoderSelf => "decoder_self",
            Self::Cross => "cross",
        }
    }

    /// The name used in titles: `encoder self-attention`, …
    pub fn title(self) -> &'static str {
        match self {
            Self::EncoderSelf => "encoder self-attention",
            Self::DecoderSelf => "decoder self-attention",
            Self::Cross => "cross attention",
        }
    }
}

impl std::fmt::Display for AttentionKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
