/// Why a picture cannot be seen.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// Bytes that begin as no picture does that is read.
    #[error("not a PNG or JPEG file: convert the picture to PNG")]
    Format,
    /// A picture that is cut off or damaged.
    #[error("damaged: {0}")]
    Damaged(String),
    /// A picture of more pixels than are read.
    #[error("has {width} × {height} pixels, more than the {most} that are read: make it smaller")]
    Large {
        /// In pixels.
        width: usize,
        /// In pixels.
        height: usize,
        /// As many as it may have.
        most: usize,
    },
    /// A picture whose colours Pillow, and so transformers, would turn into others.
    #[error("holds {0}: convert it to RGB with 8 bits a channel")]
    Colours(&'static str),
    /// A configuration that is no JSON, or has something else in the place of an option.
    #[error("the image processor's configuration cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// An option that would change the pixels and is not known.
    #[error("the image processor's option {name} = {value} is not known")]
    Option {
        /// Its name.
        name: String,
        /// What it is set to.
        value: String,
    },
}

impl ImageError {
    /// What a decoder says, of which some end with a line break.
    pub(super) fn damaged(error: &dyn std::error::Error) -> Self {
        Self::Damaged(error.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
    }
}
