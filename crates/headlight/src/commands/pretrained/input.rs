//! What a model is asked: a text, a sound, a picture, or numbers.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;
use headlight_pretrained::image::Rgb;
use headlight_pretrained::{Opened, Prompt, Sequence, Takes};

use super::ids::Ids;
use super::media::{Sound, given, picture, sound};
use super::vocabulary::{Spelling, Vocabulary};

#[derive(Args, Default)]
pub(crate) struct InputArguments {
    /// What the model reads; for a model of speech a WAV file, for a model of pictures a PNG or JPEG file
    #[arg(value_name = "TEXT", conflicts_with_all = ["ids", "features"])]
    text: Option<String>,
    /// A second text, which the model reads together with the first
    #[arg(long, value_name = "TEXT", requires = "text")]
    second: Option<String>,
    /// What the decoder of an encoder–decoder model reads [default: what it continues with by itself]
    #[arg(long, value_name = "TEXT", conflicts_with = "target_ids")]
    target: Option<String>,
    /// With what the decoder continues with by itself: at most so many tokens [default: 64]
    #[arg(long, value_name = "N", conflicts_with_all = ["target", "target_ids"], value_parser = clap::value_parser!(u32).range(1..))]
    max_tokens: Option<u32>,
    /// Show tokens as the vocabulary spells them: Ġcat, ##ing, ▁the
    #[arg(long)]
    raw_tokens: bool,
    /// Token numbers instead of TEXT, such as "17 4 33"
    #[arg(long, value_name = "NUMBERS", conflicts_with = "features")]
    ids: Option<Ids>,
    /// With --ids: 0 or 1 for each token, the text that it belongs to
    #[arg(long, value_name = "NUMBERS", requires = "ids")]
    segment_ids: Option<Ids>,
    /// With --ids: 1 for each token that only fills the sequence up, 0 for the others
    #[arg(long, value_name = "NUMBERS", requires = "ids")]
    padding: Option<Ids>,
    /// Token numbers that the decoder of an encoder–decoder model reads, instead of --target
    #[arg(long, value_name = "NUMBERS")]
    target_ids: Option<Ids>,
    /// A sound's features or a picture's pixels that another program computed, instead of TEXT
    #[arg(long, value_name = "FILE.npy")]
    features: Option<PathBuf>,
}

/// What a model is asked.
pub(crate) struct Input {
    pub(crate) prompt: Prompt,
    pub(crate) vocabulary: Vocabulary,
    /// In words, for titles.
    pub(crate) words: String,
    /// Whether somebody said what the decoder reads; otherwise the model itself continues it.
    pub(crate) target_is_given: bool,
    /// As many tokens it may do so by at most.
    pub(crate) most_new: Option<usize>,
    /// The picture as the model sees it.
    pub(crate) picture: Option<Rgb>,
    /// How long the model hears, in seconds, and how much of that is sound.
    pub(crate) seconds: Option<[f64; 2]>,
}

impl InputArguments {
    /// A text, and nothing else.
    pub(crate) fn text(text: &str) -> Self {
        Self { text: Some(text.to_owned()), ..Self::default() }
    }

    /// What the model of a directory is asked.
    pub(crate) fn read(&self, model: &Opened, directory: &Path) -> anyhow::Result<Input> {
        let takes = model.takes();
        self.refuse_what_is_idle_for(takes)?;
        let vocabulary = Vocabulary::of(directory, if self.raw_tokens { Spelling::Raw } else { Spelling::Readable })?;
        let mut input = Input {
            prompt: Prompt::Text { source: None, target: Sequence::default() },
            vocabulary,
            words: self.words(takes),
            target_is_given: self.target.is_some()
                || self.target_ids.is_some()
                || matches!(takes, Takes::Text | Takes::Image),
            most_new: self.max_tokens.map(|most| most as usize),
            picture: None,
            seconds: None,
        };
        input.prompt = match takes {
            Takes::Text => Prompt::Text { source: None, target: self.sequence(model, &input.vocabulary)? },
            Takes::SourceAndTarget => Prompt::Text {
                source: Some(self.sequence(model, &input.vocabulary)?),
                target: self.target(model, &input.vocabulary)?,
            },
            Takes::Speech => {
                let Sound { features, seconds } = self.sound(model, directory)?;
                input.seconds = seconds;
                Prompt::Speech { features, target: self.target(model, &input.vocabulary)? }
            }
            Takes::Image => match (&self.features, &self.text) {
                (Some(file), _) => Prompt::Image(given(file)?),
                (None, Some(file)) => {
                    let (pixels, seen) = picture(directory, Path::new(file))?;
                    input.picture = Some(seen);
                    Prompt::Image(pixels)
                }
                (None, None) => bail!("nothing to attend to: give a PNG or JPEG file, or --features FILE.npy"),
            },
        };
        Ok(input)
    }

    /// A flag that would change nothing is a misunderstanding.
    fn refuse_what_is_idle_for(&self, takes: Takes) -> anyhow::Result<()> {
        let target = self.target.as_ref().map(|_| "--target").or(self.target_ids.as_ref().map(|_| "--target-ids"));
        let of_text = self.ids.as_ref().map(|_| "--ids").or(self.second.as_ref().map(|_| "--second"));
        let features = self.features.as_ref().map(|_| "--features");
        let target = target.or(self.max_tokens.map(|_| "--max-tokens"));
        let (what, idle) = match takes {
            Takes::Text => ("one sequence of tokens", target.or(features)),
            Takes::SourceAndTarget => ("a source and a target of tokens", features),
            Takes::Speech => ("a sound", of_text),
            Takes::Image => ("a picture", of_text.or(target)),
        };
        match idle {
            Some(flag) => bail!("the model takes {what}: leave out {flag}"),
            None => Ok(()),
        }
    }

    fn sequence(&self, model: &Opened, vocabulary: &Vocabulary) -> anyhow::Result<Sequence> {
        match (&self.ids, &self.text) {
            (Some(Ids(ids)), _) => Ok(Sequence {
                ids: ids.clone(),
                segments: self.segment_ids.as_ref().map(|Ids(segments)| segments.clone()),
                padding: self.padding.as_ref().map(marks).transpose()?,
            }),
            (None, Some(text)) => {
                let sequence = vocabulary.encode(text, self.second.as_deref())?;
                let segments = sequence.segments.filter(|_| model.facts.n_segments > 0);
                Ok(Sequence { segments, ..sequence })
            }
            (None, None) => bail!("nothing to attend to: give a text, or token numbers with --ids \"17 4 33\""),
        }
    }

    /// What the decoder reads: its first tokens, and behind them those that were given.
    fn target(&self, model: &Opened, vocabulary: &Vocabulary) -> anyhow::Result<Sequence> {
        let start = &model.start;
        let ids = match (&self.target_ids, &self.target) {
            (Some(Ids(ids)), _) => ids.clone(),
            (None, Some(text)) => {
                let mut given = vocabulary.encode_target(text)?;
                if given.last().is_some_and(|last| model.end.contains(last)) {
                    given.pop(); // nothing is predicted behind it
                }
                [&start[..], &given[..]].concat()
            }
            (None, None) if start.is_empty() => {
                bail!("config.json does not say which token the decoder begins with: give --target-ids")
            }
            (None, None) => start.clone(),
        };
        Ok(Sequence { ids, ..Sequence::default() })
    }

    fn sound(&self, model: &Opened, directory: &Path) -> anyhow::Result<Sound> {
        match (&self.features, &self.text) {
            (Some(file), _) => Ok(Sound { features: given(file)?, seconds: None }),
            (None, Some(file)) => sound(directory, Path::new(file), model.facts.sound.map(|[bands, _]| bands)),
            (None, None) => bail!("nothing to attend to: give a WAV file, or --features FILE.npy"),
        }
    }

    /// What is asked, in words.
    fn words(&self, takes: Takes) -> String {
        let ids = || self.ids.as_ref().map(|Ids(ids)| ids.iter().map(usize::to_string).collect::<Vec<_>>().join(" "));
        let name = |file: &Path| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let features = || self.features.as_deref().map(name);
        let is_file = matches!(takes, Takes::Speech | Takes::Image);
        let text = self.text.as_ref().map(|text| if is_file { name(Path::new(text)) } else { text.clone() });
        let text = text.map(|text| match &self.second {
            Some(second) => format!("{text} · {second}"),
            None => text,
        });
        text.or_else(ids).or_else(features).unwrap_or_default()
    }
}

impl Input {
    /// The positions of the tokens that stand for a word to be guessed.
    pub(crate) fn masks(&self) -> Vec<usize> {
        let mask = self.vocabulary.mask();
        let target = self.prompt.target();
        (0..target.len()).filter(|position| mask == Some(target[*position])).collect()
    }
}

/// Whether each token is padding.
fn marks(Ids(marks): &Ids) -> anyhow::Result<Vec<bool>> {
    let mark = |mark: &usize| match mark {
        0 | 1 => Ok(*mark == 1),
        other => bail!("--padding has 1 for padding and 0 for other tokens, not {other}"),
    };
    marks.iter().map(mark).collect()
}
