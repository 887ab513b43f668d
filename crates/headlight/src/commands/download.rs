//! A model from Hugging Face's servers into the local cache: the one command that uses the network.

use clap::Args;

#[derive(Args)]
pub(crate) struct DownloadArguments {
    /// Name of the model, such as gpt2 or sentence-transformers/all-MiniLM-L6-v2
    #[arg(value_name = "NAME")]
    name: String,
    /// Branch, tag or commit
    #[arg(long, value_name = "REVISION", default_value = "main")]
    revision: String,
}

#[cfg(not(feature = "download"))]
pub(crate) fn download(arguments: &DownloadArguments) -> anyhow::Result<()> {
    let DownloadArguments { name, revision } = arguments;
    anyhow::bail!(
        "this build never uses the network, so that it cannot download {name} ({revision}): build Headlight with \
         'cargo install --path crates/headlight --features download'"
    )
}

/// Downloads a model, or what is missing of it.
#[cfg(feature = "download")]
pub(crate) fn download(arguments: &DownloadArguments) -> anyhow::Result<()> {
    use headlight_pretrained::hub::{Download, DownloadProgress};

    use crate::output::say;

    let root = super::cache::root();
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let endpoint = variable("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".to_owned());
    let token = variable("HF_TOKEN");
    let request = Download {
        name: &arguments.name,
        revision: &arguments.revision,
        root: &root,
        endpoint: &endpoint,
        token: token.as_deref(),
    };
    let progress = DownloadProgress::default();
    let directory = std::thread::scope(|scope| {
        let download = scope.spawn(|| request.run(&progress));
        show(&progress, || download.is_finished());
        download.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    say(directory.display())
}

/// Says on standard error which file comes, and how much of it is there, until all is.
#[cfg(feature = "download")]
fn show(progress: &headlight_pretrained::hub::DownloadProgress, is_done: impl Fn() -> bool) {
    use std::io::IsTerminal;
    use std::time::Duration;

    use indicatif::{ProgressBar, ProgressStyle};

    use crate::output::note;

    let style = ProgressStyle::with_template("{bar:30.cyan/dim} {bytes}/{total_bytes} {msg}");
    let style = style.expect("the template is a constant");
    let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(0).with_style(style));
    let mut last = String::new();
    while !is_done() {
        let step = progress.now();
        let what = format!("{} ({} of {})", step.file, step.nth, step.n_files);
        if let Some(bar) = &bar {
            bar.set_length(step.bytes_of_file);
            bar.set_position(step.bytes);
            bar.set_message(what);
        } else if what != last && !step.file.is_empty() {
            note(&what);
            last = what;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    bar.iter().for_each(ProgressBar::finish_and_clear);
}
