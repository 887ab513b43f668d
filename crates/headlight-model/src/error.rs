/// Why a configuration is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Heads share the width of the model evenly, or not at all.
    #[error(
        "{n_heads} heads do not divide a width of {d_model}: choose at least one head, and a d_model that is a multiple of the heads"
    )]
    Heads {
        /// The width asked for.
        d_model: usize,
        /// The heads asked for.
        n_heads: usize,
    },
    /// A size that must be positive.
    #[error("{name} is 0, but must be at least 1")]
    Zero {
        /// The field's name.
        name: &'static str,
    },
    /// Sinusoidal positions come in pairs of sine and cosine.
    #[error("sinusoidal positions need an even width, and d_model is {d_model}")]
    OddWidth {
        /// The width asked for.
        d_model: usize,
    },
    /// Rotary positions turn pairs of a head's features.
    #[error(
        "rotary positions need heads of even width, and {n_heads} heads share a width of {d_model}: choose a d_model that is an \
         even multiple of the heads"
    )]
    OddHead {
        /// The width asked for.
        d_model: usize,
        /// The heads asked for.
        n_heads: usize,
    },
    /// ALiBi's distances are those of a decoder that looks back.
    #[error("alibi positions are for a decoder alone: with an encoder choose sinusoidal, learned or rotary")]
    AlibiWithEncoder,
    /// A probability that leaves nothing, or is none.
    #[error("dropout {dropout} is not in [0, 1)")]
    Dropout {
        /// The number asked for, as text.
        dropout: String,
    },
}

/// Why weights could not be turned into bytes, or bytes into weights.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// The bytes are no safetensors, or a tensor in them cannot be read.
    #[error("damaged weights: {0}")]
    Damaged(String),
    /// The tensors are not the ones that this module has.
    #[error("these weights belong to another model: {0}")]
    Mismatch(String),
}
