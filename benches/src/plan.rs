//! What is to be done, and the rows of the table that it gives.

use headlight_model::Architecture;
use serde::Serialize;

use crate::work::{Case, Form, Group, Lens, Measure, Pass, Pictures, Size, Subject};

/// A case and the rows of the table that it gives.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub(crate) case: Case,
    pub(crate) rows: Vec<RowKind>,
}

/// What a row shows.
#[derive(Clone, Debug)]
pub(crate) struct RowKind {
    pub(crate) group: Group,
    pub(crate) label: String,
    pub(crate) unit: Unit,
    pub(crate) reading: Reading,
    pub(crate) targets: Option<Targets>,
}

/// Where a row's number comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reading {
    /// A field of the line of JSON that the process prints.
    Field(&'static str),
    /// The time from the process's start to its end.
    Seconds,
    /// The process's peak memory.
    Peak,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    StepsPerSecond,
    Seconds,
    Milliseconds,
    Mebibytes,
}

/// How many times better than the peer Headlight is to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Targets {
    pub(crate) at_least: f64,
    pub(crate) aim: f64,
}

impl Targets {
    const TRAINING: Self = Self { at_least: 1.5, aim: 2.0 };
    const TRAINING_MEMORY: Self = Self { at_least: 6.0, aim: 10.0 };
    const WHOLE: Self = Self { at_least: 4.0, aim: 8.0 };
    const ATTENTION: Self = Self { at_least: 1.0, aim: 1.5 };
    const DRAWING: Self = Self { at_least: 10.0, aim: 30.0 };
    const LENS: Self = Self { at_least: 1.0, aim: 10.0 };
    const ATTEND: Self = Self { at_least: 5.0, aim: 10.0 };
    const FORWARD: Self = Self { at_least: 1.0, aim: 1.5 };
    /// What Python, PyTorch and transformers take by themselves counts for less, the larger a model is.
    const SMALL_MODEL_MEMORY: Self = Self { at_least: 5.0, aim: 5.0 };
    const LARGE_MODEL_MEMORY: Self = Self { at_least: 2.0, aim: 2.0 };
}

impl Unit {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Self::StepsPerSecond => "steps/s",
            Self::Seconds => "s",
            Self::Milliseconds => "ms",
            Self::Mebibytes => "MiB",
        }
    }

    /// How many times better `ours` is than `theirs`; more is better in this unit or less, as it may be.
    pub(crate) fn ratio(self, ours: f64, theirs: f64) -> f64 {
        match self {
            Self::StepsPerSecond => ours / theirs,
            Self::Seconds | Self::Milliseconds | Self::Mebibytes => theirs / ours,
        }
    }
}

/// Everything that the groups ask for, in the table's order. Of pretrained models the subjects are measured.
pub(crate) fn works(groups: &[Group], steps: u32, subjects: &[Subject]) -> Vec<Work> {
    let wanted = Group::ALL.into_iter().filter(|group| groups.contains(group));
    let works = wanted.flat_map(|group| match group {
        Group::Training => training(steps),
        Group::Whole => vec![whole()],
        Group::Attention => attention(),
        Group::Memory => attention_memory(),
        Group::Drawing => drawing(),
        Group::Lens => vec![lens(Lens::Heads), lens(Lens::Ablate)],
        Group::Pretrained => subjects.iter().flat_map(pretrained).collect(),
    });
    works.collect()
}

fn training(steps: u32) -> Vec<Work> {
    let work = |architecture| {
        let row = |label: &str, unit, reading, targets| RowKind {
            group: Group::Training,
            label: format!("{label}, {architecture}"),
            unit,
            reading,
            targets: Some(targets),
        };
        let rows = vec![
            row("training", Unit::StepsPerSecond, Reading::Field("steps_per_second"), Targets::TRAINING),
            row("peak memory in training", Unit::Mebibytes, Reading::Peak, Targets::TRAINING_MEMORY),
        ];
        Work { case: Case::Training { architecture, steps }, rows }
    };
    vec![work(Architecture::Decoder), work(Architecture::EncoderDecoder)]
}

fn whole() -> Work {
    let row = RowKind {
        group: Group::Whole,
        label: "start to solved and drawn".to_string(),
        unit: Unit::Seconds,
        reading: Reading::Seconds,
        targets: Some(Targets::WHOLE),
    };
    Work { case: Case::Whole, rows: vec![row] }
}

fn attention() -> Vec<Work> {
    let sizes = [(64, 4, 10, 8), (512, 8, 8, 512), (512, 8, 1, 4096)];
    let sizes =
        sizes.map(|(d_model, n_heads, batch_size, seq_length)| Size { d_model, n_heads, batch_size, seq_length });
    let forms = [
        (Form::Core, "core"),
        (Form::Module, "module without weights"),
        (Form::ModuleWithWeights, "module with weights"),
    ];
    let mut works = Vec::new();
    for size in sizes {
        for (form, name) in forms {
            for pass in [Pass::Forward, Pass::ForwardBackward] {
                let row = RowKind {
                    group: Group::Attention,
                    label: format!("{name}, {} × {} tokens, {}", size.batch_size, size.seq_length, pass.label()),
                    unit: Unit::Milliseconds,
                    reading: Reading::Field("median_ms"),
                    // Weights take memory of n², whoever returns them; the issue asks for speed without them.
                    targets: (form != Form::ModuleWithWeights).then_some(Targets::ATTENTION),
                };
                works
                    .push(Work { case: Case::Attention { form, pass, size, measure: Measure::Time }, rows: vec![row] });
            }
        }
    }
    works
}

fn attention_memory() -> Vec<Work> {
    let mut works = Vec::new();
    for pass in [Pass::Forward, Pass::ForwardBackward] {
        for seq_length in [2048, 4096, 8192] {
            let row = RowKind {
                group: Group::Memory,
                label: format!("memory of the core, {seq_length} tokens, {}", pass.label()),
                unit: Unit::Mebibytes,
                reading: Reading::Field("added_mib"),
                targets: None,
            };
            let size = Size { d_model: 512, n_heads: 8, batch_size: 1, seq_length };
            let case = Case::Attention { form: Form::Core, pass, size, measure: Measure::Memory };
            works.push(Work { case, rows: vec![row] });
        }
    }
    works
}

fn drawing() -> Vec<Work> {
    let row = |label: &str, field| RowKind {
        group: Group::Drawing,
        label: label.to_string(),
        unit: Unit::Milliseconds,
        reading: Reading::Field(field),
        targets: Some(Targets::DRAWING),
    };
    let small = vec![row("grid of 4 heads, 21 × 21", "grid4_ms"), row("4 single heads, 21 × 21", "singles4_ms")];
    let big = vec![row("grid of 144 heads, 32 × 32", "grid144_ms")];
    vec![
        Work { case: Case::Drawing { pictures: Pictures::Small }, rows: small },
        Work { case: Case::Drawing { pictures: Pictures::Big }, rows: big },
    ]
}

/// Against the peer's whole process, and against its work alone, without the imports: Headlight's whole process both times, of which
/// the first is what one waits for.
fn lens(lens: Lens) -> Work {
    let row = |of: &str, reading, targets| RowKind {
        group: Group::Lens,
        label: format!("lens {}, {of}", lens.name()),
        unit: Unit::Seconds,
        reading,
        targets,
    };
    let rows = vec![
        row("whole process", Reading::Seconds, Some(Targets::LENS)),
        row("the peer's work alone", Reading::Field("seconds"), None),
    ];
    Work { case: Case::Lens { lens }, rows }
}

/// With a text of each length, the command and the passes by themselves.
fn pretrained(subject: &Subject) -> Vec<Work> {
    const LARGE: u64 = 250_000_000;
    let memory = if subject.bytes < LARGE { Targets::SMALL_MODEL_MEMORY } else { Targets::LARGE_MODEL_MEMORY };
    let works = subject.asked.iter().flat_map(|asked| {
        let row = |what: &str, unit, reading, targets| RowKind {
            group: Group::Pretrained,
            label: format!("{what}, {}, {} tokens", subject.name, asked.n_tokens),
            unit,
            reading,
            targets: Some(targets),
        };
        let whole = vec![
            row("start to picture", Unit::Seconds, Reading::Seconds, Targets::ATTEND),
            row("peak memory", Unit::Mebibytes, Reading::Peak, memory),
        ];
        let forward = row("forward", Unit::Milliseconds, Reading::Field("forward_ms"), Targets::FORWARD);
        [
            Work { case: Case::Attend(asked.clone()), rows: whole },
            Work { case: Case::Forward(asked.clone()), rows: vec![forward] },
        ]
    });
    works.collect()
}

/// A model that is not there, with one short text.
#[cfg(test)]
pub(crate) fn subject(bytes: u64) -> Subject {
    let asked = crate::work::Asked { model: "/nonexistent".into(), text: "one \"two\"".to_string(), n_tokens: 2 };
    Subject { name: "gpt2 of 3 MB".to_string(), bytes, asked: vec![asked] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_comes_back_from_its_json() {
        for work in works(&Group::ALL, 300, &[subject(3_000_000)]) {
            assert_eq!(Case::from_json(&work.case.to_json()), Ok(work.case));
        }
        assert!(Case::from_json("\"training\"").is_err());
    }

    #[test]
    fn only_what_is_asked_for_is_done_in_the_tables_order() {
        let groups: Vec<_> = works(&[Group::Drawing, Group::Training], 7, &[subject(3_000_000)])
            .iter()
            .map(|work| work.rows[0].group)
            .collect();
        assert_eq!(groups, [Group::Training, Group::Training, Group::Drawing, Group::Drawing]);
    }

    #[test]
    fn memory_has_a_target_by_the_models_size() {
        let targets = |bytes| {
            let works = works(&[Group::Pretrained], 7, &[subject(bytes)]);
            let rows = works.iter().flat_map(|work| &work.rows);
            rows.filter_map(|row| Some((row.label.clone(), row.targets?.at_least))).collect::<Vec<_>>()
        };
        let named = |what: &str| format!("{what}, gpt2 of 3 MB, 2 tokens");
        let expected =
            |memory| [(named("start to picture"), 5.0), (named("peak memory"), memory), (named("forward"), 1.0)];
        assert_eq!(targets(91_000_000), expected(5.0));
        assert_eq!(targets(498_000_000), expected(2.0));
        assert!(works(&[Group::Pretrained], 7, &[]).is_empty());
    }

    #[test]
    fn a_ratio_is_above_one_where_headlight_is_better() {
        assert_eq!(Unit::StepsPerSecond.ratio(150.0, 75.0), 2.0);
        assert_eq!(Unit::Milliseconds.ratio(10.0, 30.0), 3.0);
        assert_eq!(Unit::Mebibytes.ratio(100.0, 50.0), 0.5);
    }
}
