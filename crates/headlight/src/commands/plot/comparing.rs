//! Heads, runs and files against each other: mean, maximum, difference.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, ValueEnum};
use headlight_plot::{Drawn, Picture, PlotOptions, draw};
use headlight_record::{AttentionRecord, Combination, check_alike, combine_records};

use crate::commands::layers::{layer_in, layers_in};
use crate::commands::numbers::Numbers;
use crate::commands::source::{Source, SourceArguments};

#[derive(Args)]
pub(super) struct ComparingArguments {
    /// Combine heads into one: the mean or the maximum of a layer's heads, or of two sources or two heads
    #[arg(long, value_enum, value_name = "HOW")]
    combine: Option<How>,
    /// With --combine: another run or file of the same shape
    #[arg(long, value_name = "SOURCE", requires = "combine", conflicts_with_all = ["with_head", "minus", "minus_head"])]
    with: Option<PathBuf>,
    /// With --combine, --layer and --head: another head, given as its layer and number
    #[arg(long, value_name = "L,H", value_parser = layer_and_head, requires_all = ["combine", "layer", "head"],
          conflicts_with_all = ["minus", "minus_head"])]
    with_head: Option<(usize, usize)>,
    /// Subtract the weights of another run or file of the same shape
    #[arg(long, value_name = "SOURCE", conflicts_with_all = ["minus_head"])]
    minus: Option<PathBuf>,
    /// With --layer and --head: subtract the weights of another head, given as its layer and number
    #[arg(long, value_name = "L,H", value_parser = layer_and_head, requires_all = ["layer", "head"], conflicts_with = "combine")]
    minus_head: Option<(usize, usize)>,
}

#[derive(Clone, Copy, ValueEnum)]
enum How {
    /// The mean weight of each cell
    Mean,
    /// The largest weight of each cell
    Maximum,
}

/// Which layers and heads a request is about: all where it names none.
#[derive(Clone, Copy)]
pub(super) struct Choice<'a> {
    pub(super) layer: Option<&'a Numbers>,
    pub(super) head: Option<&'a Numbers>,
}

/// Records as they are to be drawn.
pub(super) struct Combined {
    pub(super) records: Vec<AttentionRecord>,
    /// What they were made of, for a file's name and in words, if they were made of several.
    pub(super) made: Option<[String; 2]>,
    pub(super) layer: Option<Numbers>,
    pub(super) head: Option<Numbers>,
}

impl Combined {
    /// The layers and heads of a record that are to be drawn.
    pub(super) fn chosen(&self, record: &AttentionRecord) -> anyhow::Result<(Vec<usize>, Vec<usize>)> {
        Choice { layer: self.layer.as_ref(), head: self.head.as_ref() }.of(record)
    }

    /// The name of a picture of a record, or of all: `cross_L0_H1_lines`. Pictures of different things have different names.
    pub(super) fn file_name(&self, record: Option<&AttentionRecord>, what: &str) -> String {
        let mut words: Vec<String> = record.iter().map(|record| record.kind().to_string()).collect();
        words.extend(Numbers::file_words(self.layer.as_ref(), self.head.as_ref()));
        words.extend(self.made.iter().map(|[file, _]| file.clone()));
        words.extend(Some(what.to_string()).filter(|what| !what.is_empty()));
        words.join("_")
    }
}

impl Choice<'_> {
    fn of(&self, record: &AttentionRecord) -> anyhow::Result<(Vec<usize>, Vec<usize>)> {
        let [_, heads, ..] = record.shape();
        Ok((layers_in(record, self.layer)?, Numbers::or_all(self.head, heads)))
    }

    /// The only layer and the only head that were chosen.
    fn one(&self, record: &AttentionRecord, flag: &str) -> anyhow::Result<(usize, usize)> {
        match self.of(record)? {
            (layers, heads) if layers.len() == 1 && heads.len() == 1 => Ok((layers[0], heads[0])),
            _ => bail!("{flag} compares two heads: choose one with --layer and one with --head"),
        }
    }
}

impl ComparingArguments {
    pub(super) fn is_difference(&self) -> bool {
        self.minus.is_some() || self.minus_head.is_some()
    }

    /// The first flag that was given.
    pub(super) fn flag(&self) -> Option<&'static str> {
        let given = [
            (self.combine.is_some(), "--combine"),
            (self.minus.is_some(), "--minus"),
            (self.minus_head.is_some(), "--minus-head"),
        ];
        given.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag)
    }

    /// What is drawn instead of the records of `source`.
    pub(super) fn combined(
        &self,
        records: Vec<AttentionRecord>,
        source: &SourceArguments,
        choice: Choice<'_>,
    ) -> anyhow::Result<Combined> {
        let (layer, head) = (choice.layer.cloned(), choice.head.cloned());
        let Some(how) = self.combine else { return Ok(Combined { records, made: None, layer, head }) };
        let (combination, word) = match how {
            How::Mean => (Combination::Mean, "mean"),
            How::Maximum => (Combination::Maximum, "maximum"),
        };
        if let Some(path) = &self.with {
            let others = Source::open(&source.at(path), choice.layer)?.records;
            let two = |record: &AttentionRecord| {
                let other = same_kind(record, &others, source)?;
                check_fit(record, other, source)?;
                Ok(combine_records(&[record.clone(), other.clone()], combination)?)
            };
            let records = records.iter().map(two).collect::<anyhow::Result<_>>()?;
            let words = format!("{word} of {} and {}", name(source.path()), name(path));
            return Ok(Combined {
                records,
                made: Some([format!("{word}_with_{}", source.at(path).slug()), words]),
                layer,
                head,
            });
        }
        if let Some(other) = self.with_head {
            let mut pairs = Vec::new();
            let mut made = None;
            for record in &records {
                let one = choice.one(record, "--with-head")?;
                let pair = [one, (layer_in(record, other.0)?, other.1)];
                check_heads(record, &pair)?;
                pairs.push(combine_records(&pair.map(|(layer, head)| record.one_head(layer, head)), combination)?);
                made = Some([
                    format!("{}_{word}_{}", short(one), short(other)),
                    format!("{word} of {} and {}", long(one), long(other)),
                ]);
            }
            return Ok(Combined { records: pairs, made, layer: None, head: None });
        }
        let mut of_heads = Vec::new();
        for record in &records {
            let (layers, heads) = choice.of(record)?;
            Picture::Heads { record, layers: &layers, heads: &heads }.check()?;
            of_heads.push(record.chosen_heads(&heads).combine_heads(combination));
        }
        let made = match &choice.head {
            None => [word.to_string(), format!("{word} of the heads")],
            Some(Numbers(heads)) => {
                let listed = |between| heads.iter().map(usize::to_string).collect::<Vec<_>>().join(between);
                [format!("H{}_{word}", listed("+")), format!("{word} of the heads {}", listed(", "))]
            }
        };
        Ok(Combined { records: of_heads, made: Some(made), layer, head: None })
    }

    /// One picture of each record, less what the request takes away.
    pub(super) fn differences(
        &self,
        combined: &Combined,
        source: &SourceArguments,
        options: &PlotOptions,
    ) -> anyhow::Result<Vec<(String, Drawn)>> {
        let mut pictures = Vec::new();
        let extension = options.format.extension();
        let others = match &self.minus {
            None => None,
            Some(path) => {
                let choice = Choice { layer: combined.layer.as_ref(), head: combined.head.as_ref() };
                let others = Source::open(&source.at(path), choice.layer)?.records;
                let others = self.combined(others, source, choice)?.records;
                Some((others, name(path), format!("minus_{}", source.at(path).slug())))
            }
        };
        for record in &combined.records {
            let (layers, heads) = combined.chosen(record)?;
            if let Some((others, other_name, minus)) = &others {
                let mut first = name(source.path());
                if let Some([_, words]) = &combined.made {
                    first = format!("{words}: {first}");
                }
                let other = same_kind(record, others, source)?;
                check_fit(record, other, source)?;
                let picture = Picture::Difference {
                    records: [&record.in_common(other), other],
                    names: [&first, other_name],
                    layers: &layers,
                    heads: &heads,
                };
                let file = format!("{}.{extension}", combined.file_name(Some(record), minus));
                pictures.push((file, draw(&picture, options)?));
            } else if let Some(other) = self.minus_head {
                let choice = Choice { layer: combined.layer.as_ref(), head: combined.head.as_ref() };
                let pair = [choice.one(record, "--minus-head")?, (layer_in(record, other.0)?, other.1)];
                check_heads(record, &pair)?;
                let [one, two] = pair.map(|(layer, head)| record.one_head(layer, head));
                let [first, second] = pair.map(long);
                let picture =
                    Picture::Difference { records: [&one, &two], names: [&first, &second], layers: &[0], heads: &[0] };
                let file = format!("{}_{}_minus_{}.{extension}", record.kind(), short(pair[0]), short(other));
                pictures.push((file, draw(&picture, options)?));
            }
        }
        Ok(pictures)
    }
}

/// That cells of the two stand for the same.
fn check_fit(record: &AttentionRecord, other: &AttentionRecord, source: &SourceArguments) -> anyhow::Result<()> {
    let Err(error) = check_alike(record, other) else { return Ok(()) };
    let hint = if source.path().is_dir() { "; --input asks both runs the same question" } else { "" };
    bail!("{error}: choose two of the same shape, on the same tokens{hint}")
}

fn check_heads(record: &AttentionRecord, heads: &[(usize, usize)]) -> anyhow::Result<()> {
    for (layer, head) in heads {
        Picture::Heads { record, layers: &[*layer], heads: &[*head] }.check()?;
    }
    Ok(())
}

fn same_kind<'r>(
    record: &AttentionRecord,
    others: &'r [AttentionRecord],
    source: &SourceArguments,
) -> anyhow::Result<&'r AttentionRecord> {
    let hint = if source.path().is_dir() { "" } else { ", or say what both are with --kind" };
    match others.iter().find(|other| other.kind() == record.kind()) {
        Some(other) => Ok(other),
        None => bail!("the other source has no {}: choose one that has{hint}", record.kind().title()),
    }
}

fn name(path: &Path) -> String {
    path.components().collect::<PathBuf>().display().to_string()
}

fn short((layer, head): (usize, usize)) -> String {
    format!("L{layer}_H{head}")
}

fn long((layer, head): (usize, usize)) -> String {
    format!("layer {layer} · head {head}")
}

fn layer_and_head(text: &str) -> Result<(usize, usize), String> {
    let wrong = || "not a head: write its layer and its number, such as 1,0".to_string();
    let (layer, head) = text.split_once(',').ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse().map_err(|_| wrong());
    Ok((number(layer)?, number(head)?))
}
