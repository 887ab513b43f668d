//! What a crate that must not know something has to do without: packages it must not be built from, and paths that must not stand in it.

/// One of the words of the last column of ARCHITECTURE.md's table.
pub struct Word {
    pub word: &'static str,
    /// Packages that must not be among the dependencies, however deep. A name that ends with `*` stands for all that begin so.
    pub packages: &'static [&'static str],
    /// Paths that must not be named in the source, outside code that a feature switches off. Macros end with `!`.
    pub paths: &'static [&'static str],
}

const fn word(word: &'static str, packages: &'static [&'static str], paths: &'static [&'static str]) -> Word {
    Word { word, packages, paths }
}

pub const WORDS: [Word; 15] = [
    word("Burn", &["burn", "burn-*"], &[]),
    // What depends on Burn through others may still not touch a tensor itself.
    word("tensors", &[], &["burn"]),
    word("optimisers", &[], &["burn::optim", "burn::module::Optimizer", "headlight_flex::FusedAdamW"]),
    word("models", &["headlight-model"], &[]),
    word("devices", &["headlight-device"], &[]),
    word("tasks", &["headlight-train"], &[]),
    word("training", &["headlight-train", "headlight-runs"], &[]),
    // A picture may be read without that: what a vision transformer sees is a PNG.
    word("drawing", &["headlight-plot", "headlight-report", "plotters", "gif"], &["png::Encoder"]),
    word(
        "the terminal",
        &["clap", "indicatif"],
        &["print!", "println!", "eprint!", "eprintln!", "dbg!", "std::io::stdin", "std::io::stdout", "std::io::stderr"],
    ),
    word("files", &["headlight-runs"], &["std::fs", "tempfile"]),
    // What is handed on in bytes, whoever else of the dependencies knows files.
    word("the file system", &[], &["std::fs", "tempfile"]),
    word("clocks", &[], &["std::time::Instant", "std::time::SystemTime"]),
    word("threads", &[], &["std::thread", "rayon"]),
    word("command-line flags", &["clap"], &["std::env"]),
    // What a browser doesn't have.
    word(
        "the operating system",
        &["headlight-runs"],
        &[
            "std::fs",
            "std::time::Instant",
            "std::time::SystemTime",
            "std::process",
            "std::thread",
            "std::env",
            "std::net",
            "std::os",
            "rayon",
            "tempfile",
            "mimalloc",
            "libmimalloc_sys",
        ],
    ),
];

impl Word {
    /// Finds the word.
    pub fn find(word: &str) -> &'static Self {
        WORDS.iter().find(|known| known.word == word).unwrap_or_else(|| {
            let words = WORDS.map(|known| known.word).join(", ");
            panic!("nothing checks that a crate must not know '{word}'; what is checked: {words}")
        })
    }

    pub fn forbids_package(&self, package: &str) -> bool {
        self.packages.iter().any(|forbidden| match forbidden.strip_suffix('*') {
            Some(beginning) => package.starts_with(beginning),
            None => package == *forbidden,
        })
    }

    pub fn forbids_path(&self, path: &[String]) -> bool {
        self.paths.iter().any(|forbidden| {
            let mut segments = forbidden.split("::");
            let is_longer = path.len() >= segments.clone().count();
            is_longer && path.iter().zip(&mut segments).all(|(segment, forbidden)| segment == forbidden)
        })
    }
}
