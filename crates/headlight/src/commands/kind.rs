use clap::ValueEnum;
use headlight_record::AttentionKind;

/// Which attention is meant.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KindArgument {
    /// The source attends to itself
    #[value(alias = "encoder_self")]
    EncoderSelf,
    /// The target attends to itself, and never to later tokens
    #[value(alias = "decoder_self")]
    DecoderSelf,
    /// The target attends to the source
    Cross,
}

impl KindArgument {
    pub(crate) fn kind(self) -> AttentionKind {
        match self {
            Self::EncoderSelf => AttentionKind::EncoderSelf,
            Self::DecoderSelf => AttentionKind::DecoderSelf,
            Self::Cross => AttentionKind::Cross,
        }
    }
}
