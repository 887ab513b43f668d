use hf_hub::api::sync::ApiError;

/// Why a model was not downloaded.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// No name.
    #[error("'{0}' is not a model's name, such as gpt2 or sentence-transformers/all-MiniLM-L6-v2")]
    NoName(String),
    /// No name of a revision.
    #[error("'{0}' is not the name of a revision, such as main")]
    NoRevision(String),
    /// The server does not give it.
    #[error("{endpoint} has no model {name} with a revision {revision}, or gives it to some only (status {status})")]
    Refused {
        /// The server.
        endpoint: String,
        /// The model.
        name: String,
        /// The revision.
        revision: String,
        /// HTTP's number for why.
        status: u16,
    },
    /// Something else between the server and the disk.
    #[error("cannot download {what} from {endpoint}: {source}")]
    Failed {
        /// The model, or its file.
        what: String,
        /// The server.
        endpoint: String,
        /// What happened.
        source: Box<ApiError>,
    },
    /// No configuration.
    #[error("{0} is not a model of transformers: it has no config.json")]
    NoConfig(String),
    /// No parameters that are read.
    #[error("{0} has no model.safetensors: it has its parameters in another format alone")]
    NoParameters(String),
    /// A file of another length or checksum.
    #[error("{file} came damaged from {endpoint}, and was removed: try again")]
    Damaged {
        /// The file.
        file: String,
        /// The server.
        endpoint: String,
    },
    /// Another commit than at the start.
    #[error("{name} changed while its revision {revision} was downloaded: try again")]
    Changed {
        /// The model.
        name: String,
        /// The revision.
        revision: String,
    },
}
