use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context;
use headlight_record::records_from_bytes;
use serde_json::{Map, Value};
use tempfile::TempDir;
use wait4::Wait4;

use crate::plan::Work;
use crate::work::{Asked, Case, Lens};

/// Headlight's programs: this one for its cases, and `headlight` for the whole process.
pub(crate) struct Programs {
    benches: PathBuf,
    headlight: Option<PathBuf>,
    /// What holds a trained run, where a lens looks at one.
    trained: Option<TempDir>,
}

/// What a process said and took.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) fields: Map<String, Value>,
    /// From its start to its end.
    pub(crate) seconds: f64,
    pub(crate) peak_mib: Option<f64>,
}

impl Programs {
    /// Looks for `headlight` beside this program, if any of the works needs it, and trains the run that the lenses look at.
    pub(crate) fn find(works: &[Work]) -> anyhow::Result<Self> {
        let benches = std::env::current_exe().context("cannot tell where this program is")?;
        let headlight = benches.with_file_name(format!("headlight{}", std::env::consts::EXE_SUFFIX));
        let headlight = headlight.is_file().then_some(headlight);
        let any = |is: fn(&Case) -> bool| works.iter().any(|work| is(&work.case));
        anyhow::ensure!(
            headlight.is_some() || !any(|case| matches!(case, Case::Whole | Case::Lens { .. } | Case::Attend(_))),
            "the headlight program is not built: run `cargo build` first"
        );
        let trained = match &headlight {
            Some(headlight) if any(|case| matches!(case, Case::Lens { .. })) => Some(train(headlight)?.0),
            _ => None,
        };
        Ok(Self { benches, headlight, trained })
    }

    /// The run that the lenses look at; without a lens there is none.
    pub(crate) fn run_of_lenses(&self) -> Option<PathBuf> {
        self.trained.as_ref().map(|directory| directory.path().join(RUN))
    }

    /// Headlight does the case in a process of its own.
    pub(crate) fn run(&self, case: &Case) -> anyhow::Result<Answer> {
        match (case, &self.headlight) {
            (Case::Whole, Some(headlight)) => whole(headlight),
            (Case::Lens { lens: which }, Some(headlight)) => lens(headlight, *which, self.run_of_lenses()),
            (Case::Attend(asked), Some(headlight)) => attend(headlight, asked),
            _ => run(Command::new(&self.benches).arg("case").arg(case.to_json())),
        }
    }
}

/// The run's name in its directory.
const RUN: &str = "run";

/// Trains until solved and draws. The answer's fields are those of the run's result.json.
fn whole(headlight: &Path) -> anyhow::Result<Answer> {
    let (directory, answer) = train(headlight)?;
    let drawn = directory.path().join(RUN).join("heatmaps/decoder_self_grid.png");
    anyhow::ensure!(drawn.is_file(), "headlight drew no grid");
    Ok(answer)
}

fn train(headlight: &Path) -> anyhow::Result<(TempDir, Answer)> {
    let directory = tempfile::tempdir()?;
    let run = directory.path().join(RUN);
    let (_, answer) = finish(Command::new(headlight).args(["train", "copy", "--out"]).arg(&run))?;
    let result = std::fs::read_to_string(run.join("result.json"))?;
    let fields: Map<String, Value> = serde_json::from_str(&result)?;
    anyhow::ensure!(fields.get("solved") == Some(&Value::Bool(true)), "headlight did not solve the task");
    Ok((directory, Answer { fields, ..answer }))
}

/// A lens on the trained run. The field `seconds` is the whole process's, as the peer's is that of its work.
fn lens(headlight: &Path, lens: Lens, run: Option<PathBuf>) -> anyhow::Result<Answer> {
    let run = run.context("no run was trained")?;
    let (_, answer) = finish(Command::new(headlight).args(["lens", lens.name()]).arg(run))?;
    let fields = Map::from_iter([("seconds".to_string(), answer.seconds.into())]);
    Ok(Answer { fields, ..answer })
}

/// Every head of a model, in a picture and a page. That the picture is there and as many tokens were seen as the peer sees is
/// looked at when the time is taken.
fn attend(headlight: &Path, asked: &Asked) -> anyhow::Result<Answer> {
    let directory = tempfile::tempdir()?;
    let out = directory.path().join(RUN);
    let (_, answer) = finish(
        Command::new(headlight)
            .arg("attend")
            .args([asked.model.as_os_str(), asked.text.as_ref()])
            .arg("--out")
            .arg(&out),
    )?;
    let records = records_from_bytes(&std::fs::read(out.join("attention.safetensors"))?)?;
    for record in &records {
        let [.., queries, _] = record.shape();
        anyhow::ensure!(queries == asked.n_tokens, "{queries} tokens instead of {}", asked.n_tokens);
        let drawn = out.join("heatmaps").join(format!("{}_grid.png", record.kind()));
        anyhow::ensure!(drawn.is_file(), "headlight drew no picture");
    }
    Ok(answer)
}

/// Runs a program that prints a line of JSON.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<Answer> {
    let (output, answer) = finish(command)?;
    let fields = parse(&output).with_context(|| format!("no line of JSON came from {command:?}"))?;
    Ok(Answer { fields, ..answer })
}

/// What a program printed, and an answer without fields.
fn finish(command: &mut Command) -> anyhow::Result<(String, Answer)> {
    let mut errors = tempfile::tempfile()?;
    let begin = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(errors.try_clone()?)
        .spawn()
        .with_context(|| format!("'{}' does not start", command.get_program().display()))?;
    let mut output = String::new();
    let mut stdout = child.stdout.take().expect("it was asked for just now");
    stdout.read_to_string(&mut output)?;
    // The system counts the peak for us, however short it was.
    let ended = child.wait4()?;
    let seconds = begin.elapsed().as_secs_f64();
    if !ended.status.success() {
        errors.rewind()?;
        let mut text = String::new();
        errors.read_to_string(&mut text)?;
        let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("no message");
        anyhow::bail!("{}: {}", ended.status, last.trim());
    }
    let peak_mib = (ended.rusage.maxrss > 0).then_some(ended.rusage.maxrss as f64 / (1 << 20) as f64);
    Ok((output, Answer { fields: Map::new(), seconds, peak_mib }))
}

/// The last line that is a JSON object: libraries may print before it.
fn parse(output: &str) -> anyhow::Result<Map<String, Value>> {
    let line = output.lines().rev().find(|line| line.starts_with('{')).context("it printed something else")?;
    Ok(serde_json::from_str(line)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_json_is_the_answer() {
        let output = "a warning\n{\"steps_per_second\": 1.0}\n{\"steps_per_second\": 72.5, \"solved\": true}\n\n";
        let fields = parse(output).expect("there is one");
        assert_eq!(fields["steps_per_second"], 72.5);
        assert!(parse("nothing").is_err());
        assert!(parse("{\"broken\": ").is_err());
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run(&mut Command::new("/nonexistent/python")).expect_err("it is not there");
        assert!(error.to_string().contains("'/nonexistent/python' does not start"), "{error}");
    }
}
