//! `sweep.json`: written a line a run, read whole or for one run.

use std::fmt;

use headlight_record::sweep::SweepAxis;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::several::SWEEP_VERSION;

use super::plan::{PlannedRun, SweepPlan};

/// That of the Headlight that is at work.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The plan as its file has it.
pub(super) fn to_text(plan: &SweepPlan) -> serde_json::Result<String> {
    let runs: Result<Vec<String>, _> = plan.runs.iter().map(serde_json::to_string).collect();
    Ok(format!(
        "{{\n  \"version\": {SWEEP_VERSION},\n  \"headlight\": \"{VERSION}\",\n  \"task\": {},\n  \"axes\": {},\n  \"runs\": [\n    {}\n  ]\n}}\n",
        serde_json::to_string(&plan.task)?,
        serde_json::to_string(&plan.axes)?,
        runs?.join(",\n    ")
    ))
}

/// The plan in a file's text, and the version of the Headlight that wrote it.
pub(super) fn plan_in(text: &[u8]) -> serde_json::Result<(SweepPlan, Option<String>)> {
    #[derive(Deserialize)]
    struct Header {
        headlight: Option<String>,
        task: String,
        axes: Vec<SweepAxis>,
        runs: Vec<PlannedRun>,
    }
    let Header { headlight, task, axes, runs } = serde_json::from_slice(text)?;
    Ok((SweepPlan { task, axes, runs }, headlight))
}

/// One run of the plan in a file's text, without making the others, where it has a run of that number; and how many it has.
pub(super) fn run_in(text: &[u8], number: usize) -> serde_json::Result<(Option<PlannedRun>, usize)> {
    let mut file = serde_json::Deserializer::from_slice(text);
    let found = OfTheFile { number }.deserialize(&mut file)?;
    file.end()?;
    Ok(found)
}

/// The run of this number, out of the whole file.
struct OfTheFile {
    number: usize,
}

/// The same, out of the list of runs.
struct OfTheRuns {
    number: usize,
}

impl<'de> DeserializeSeed<'de> for OfTheFile {
    type Value = (Option<PlannedRun>, usize);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OfTheFile {
    type Value = (Option<PlannedRun>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a plan of runs")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == "runs" {
                found = Some(map.next_value_seed(OfTheRuns { number: self.number })?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        found.ok_or_else(|| Error::missing_field("runs"))
    }
}

impl<'de> DeserializeSeed<'de> for OfTheRuns {
    type Value = (Option<PlannedRun>, usize);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for OfTheRuns {
    type Value = (Option<PlannedRun>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of runs")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut runs: A) -> Result<Self::Value, A::Error> {
        let (mut found, mut count) = (None, 0);
        loop {
            if count == self.number {
                found = runs.next_element()?;
                if found.is_none() {
                    return Ok((None, count));
                }
            } else if runs.next_element::<IgnoredAny>()?.is_none() {
                return Ok((found, count));
            }
            count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use headlight_model::Architecture;
    use headlight_train::tasks;

    use super::*;
    use crate::RunConfig;

    #[test]
    fn one_run_is_read_as_it_is_read_with_all_the_others() {
        let config = RunConfig::for_task(&tasks::copy::SPEC, Architecture::Decoder);
        let axes = vec![SweepAxis { name: "seed".to_string(), values: ["0", "1", "2"].map(str::to_string).to_vec() }];
        let run = |seed: u64| {
            let mut config = config.clone();
            config.training.seed = seed;
            (vec![seed.to_string()], config)
        };
        let plan = SweepPlan::new("copy", axes, (0..3).map(run));
        let text = to_text(&plan).expect("JSON");
        assert_eq!(plan_in(text.as_bytes()).expect("a plan"), (plan.clone(), Some(VERSION.to_string())));
        for number in 0..3 {
            let found = run_in(text.as_bytes(), number).expect("a plan");
            assert_eq!(found, (Some(plan.runs[number].clone()), 3));
        }
        assert_eq!(run_in(text.as_bytes(), 3).expect("a plan"), (None, 3));
        for damaged in [&text[..text.len() - 3], &format!("{text}x")[..], "{}", "[]"] {
            assert!(run_in(damaged.as_bytes(), 0).is_err(), "{damaged}");
        }
    }
}
