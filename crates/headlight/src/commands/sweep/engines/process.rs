//! The program of an engine, while it runs.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::outcomes::Outcomes;
use crate::interrupt;

/// A program that is missing, and how one comes by it.
#[derive(Clone, Copy)]
pub(super) struct Program {
    pub(super) name: &'static str,
    /// What it is part of.
    pub(super) of: &'static str,
    pub(super) install: &'static str,
}

/// How often we look whether it has ended or the user asks to stop.
const GLANCE: Duration = Duration::from_millis(50);

/// Ctrl-C reaches every process of a terminal; a signal to us alone is passed on after so long.
const UNTIL_PASSED_ON: Duration = Duration::from_millis(500);

impl Program {
    /// Starts it with `input` as its standard input.
    ///
    /// # Errors
    ///
    /// When it is not installed, or does not start.
    pub(super) fn start(self, command: &mut Command, input: &str) -> anyhow::Result<Child> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| self.missing(&error))?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that ends before it has read everything says why on its standard error.
            let input = input.to_string();
            std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        }
        Ok(child)
    }

    /// What it says, run to its end.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub(super) fn output(self, command: &mut Command, input: &str) -> anyhow::Result<Output> {
        Ok(self.start(command, input)?.wait_with_output()?)
    }

    /// That it is not there.
    pub(super) fn absent(self) -> anyhow::Error {
        let Self { of, install, .. } = self;
        anyhow::anyhow!("{of} is not installed: {install}")
    }

    fn missing(self, error: &std::io::Error) -> anyhow::Error {
        match error.kind() {
            ErrorKind::NotFound => self.absent(),
            _ => anyhow::anyhow!("{}: {error}", self.name),
        }
    }
}

/// The last line that a failed program said.
pub(super) fn last_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_end().lines().last().unwrap_or("it said nothing").to_string()
}

/// Waits until the engine has ended, shows which runs have, and gives what it says on standard error. Where the user asks to stop, so
/// is the engine.
///
/// # Errors
///
/// When the engine cannot be waited for.
pub(super) fn follow(mut child: Child, outcomes: &mut Outcomes) -> anyhow::Result<(ExitStatus, Vec<String>)> {
    if let Some(mut output) = child.stdout.take() {
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    }
    let lines = child.stderr.take().map(lines);
    let mut asked: Option<Instant> = None;
    let mut passed_on = false;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if interrupt::is_asked() && !passed_on && asked.get_or_insert_with(Instant::now).elapsed() > UNTIL_PASSED_ON {
            passed_on = true;
            let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        }
        outcomes.glance();
        std::thread::sleep(GLANCE);
    };
    // A process that outlives the engine may hold its standard error open.
    let mut said = Vec::new();
    while let Some(line) = lines.as_ref().and_then(|lines| lines.recv_timeout(UNTIL_PASSED_ON).ok()) {
        said.push(line);
    }
    Ok((status, said))
}

/// The lines of a stream, read as they come.
fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            let _ = sender.send(String::from_utf8_lossy(&line).trim_end().to_string());
        }
    });
    receiver
}
