//! Machines that are reached by ssh: which of them can take part, asked before anything is trained.

use std::process::{Command, Output, Stdio};

use super::process::{Program, last_line};
use super::shell::text;
use crate::commands::sweep::engine::Work;
use crate::commands::sweep::progress::Progress;
use crate::shell_words::quoted;

const SSH: Program = Program { name: "ssh", of: "ssh", install: "apt install openssh-client" };

/// How ssh is to be called: it asks nobody, and takes a host for lost that says nothing for a quarter of a minute.
pub(super) const SSH_COMMAND: &str =
    "ssh -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=3";

/// How ssh ends where it did not come to the other side.
const NO_CONNECTION: i32 = 255;

/// Begins each answer, since a login may greet.
const MARK: &str = "headlight-answer ";

/// This machine, among the hosts.
const HERE: &str = ":";

/// A host as it was given.
#[derive(Debug, PartialEq, Eq)]
struct Host<'a> {
    /// Runs at a time.
    runs: Option<usize>,
    /// For ssh.
    login: &'a str,
}

/// What a machine sees.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    plan: String,
    is_writable: bool,
    version: String,
    has_perl: bool,
    cores: usize,
}

/// Refuses what is not written as a host, and hosts on a machine that has no ssh.
pub(super) fn check(hosts: &[String]) -> anyhow::Result<()> {
    let hosts = hosts.iter().map(|host| Host::parse(host)).collect::<anyhow::Result<Vec<_>>>()?;
    if hosts.iter().any(|host| host.login != HERE) {
        SSH.output(Command::new(SSH.name).arg("-V"), "")?;
    }
    Ok(())
}

/// Those hosts of `work` that answer, each with how many runs it takes at a time, as GNU parallel reads them.
///
/// # Errors
///
/// When none answers, or one that does cannot take part.
pub(super) fn that_answer(work: &Work, progress: &Progress) -> anyhow::Result<Vec<String>> {
    let hosts = work.hosts.iter().map(|host| Host::parse(host)).collect::<anyhow::Result<Vec<_>>>()?;
    let question = question(work)?;
    let mut sh = Command::new("sh");
    let here = Program { name: "sh", of: "sh", install: "apt install dash" }.output(sh.arg("-s"), &question)?;
    let Some(here) = Answer::parse(&here.stdout) else { anyhow::bail!("sh: {}", last_line(&here.stderr)) };

    // All at once: one that does not answer takes its time.
    let mut asked = Vec::new();
    for host in hosts.iter().filter(|host| host.login != HERE) {
        let mut words = SSH_COMMAND.split(' ');
        let mut ssh = Command::new(words.next().unwrap_or(SSH.name));
        ssh.args(words).args(["--", host.login, "/bin/sh -s"]).stdin(Stdio::piped());
        asked.push((host.login, SSH.start(&mut ssh, &question)?));
    }
    let mut answers = Vec::new();
    for (login, child) in asked {
        answers.push((login, child.wait_with_output()?));
    }

    let mut ready = Vec::new();
    let mut silence = String::new();
    for host in &hosts {
        let cores = match answers.iter().find(|(login, _)| *login == host.login) {
            None => work.workers * work.threads.max(1),
            Some((login, output)) if output.status.code() == Some(NO_CONNECTION) => {
                silence = last_line(&output.stderr);
                progress.note(format_args!("host {login} does not answer, and is left out: {silence}"));
                continue;
            }
            Some((login, output)) => cores_of(login, output, &here, work)?,
        };
        let runs = host.runs.unwrap_or((cores / work.threads.max(1)).max(1));
        let runs = work.at_most.map_or(runs, |most| runs.min(most));
        ready.push(format!("{runs}/{}", host.login));
    }
    anyhow::ensure!(!ready.is_empty(), "no host answers: {silence}");
    Ok(ready)
}

impl<'a> Host<'a> {
    fn parse(text: &'a str) -> anyhow::Result<Self> {
        let (runs, login) = match text.split_once('/') {
            Some((runs, login)) => (Some(runs), login),
            None => (None, text),
        };
        let runs = runs.map(str::parse::<usize>).transpose().ok().filter(|runs| *runs != Some(0));
        let is_login = |login: &str| login.chars().all(|c| c.is_ascii_alphanumeric() || "@._-:[]%".contains(c));
        match runs {
            Some(runs) if !login.is_empty() && !login.starts_with('-') && is_login(login) => Ok(Self { runs, login }),
            _ => anyhow::bail!(
                "'{text}' is not a host: write HOST, USER@HOST, 4/HOST for four runs at a time, or : for this machine; ports and keys belong in ~/.ssh/config"
            ),
        }
    }
}

/// A script for `sh`, whose answers name the machine's view of the sweep.
fn question(work: &Work) -> anyhow::Result<String> {
    let (directory, program) = (text(&work.directory)?, quoted(text(&work.program)?));
    let (plan, directory) = (quoted(&format!("{directory}/sweep.json")), quoted(directory));
    Ok(format!(
        "echo \"{MARK}plan $(cksum 2>&1 < {plan})\"\n\
         [ -w {directory} ] && echo '{MARK}writable'\n\
         echo \"{MARK}version $({program} --version 2> /dev/null)\"\n\
         command -v perl > /dev/null && echo '{MARK}perl'\n\
         echo \"{MARK}cores $(getconf _NPROCESSORS_ONLN)\"\n"
    ))
}

impl Answer {
    /// `None` where not everything was answered.
    fn parse(output: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(output);
        let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(MARK)).collect();
        let answer = |name: &str| lines.iter().find_map(|line| line.strip_prefix(name)).map(str::trim);
        Some(Self {
            plan: answer("plan ")?.to_string(),
            is_writable: lines.contains(&"writable"),
            version: answer("version")?.to_string(),
            has_perl: lines.contains(&"perl"),
            cores: answer("cores")?.parse().unwrap_or(1),
        })
    }
}

/// How many cores a host has that can take part.
fn cores_of(login: &str, output: &Output, here: &Answer, work: &Work) -> anyhow::Result<usize> {
    let (directory, program) = (work.directory.display(), work.program.display());
    let Some(there) = Answer::parse(&output.stdout) else {
        anyhow::bail!("host {login}: {}", last_line(&output.stderr));
    };
    let Answer { plan, is_writable, version, has_perl, cores } = there;
    match () {
        () if plan != here.plan => anyhow::bail!(
            "host {login} does not see this sweep in {directory}: the directory must be on a file system that the hosts share, under the same path"
        ),
        () if !is_writable => anyhow::bail!("host {login} cannot write to {directory}"),
        () if version.is_empty() => {
            anyhow::bail!("host {login}: {program} is missing there: install the same version at that path")
        }
        () if version != here.version => {
            anyhow::bail!(
                "host {login} has {version}, but this machine {}: install the same version at that path",
                here.version
            )
        }
        () if !has_perl => anyhow::bail!("host {login} has no perl, which GNU parallel needs there: apt install perl"),
        () => Ok(cores),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_may_say_how_many_runs_it_takes() {
        let parsed = |text| Host::parse(text).ok();
        assert_eq!(parsed("lab-1"), Some(Host { runs: None, login: "lab-1" }));
        assert_eq!(parsed("8/ada@lab.example"), Some(Host { runs: Some(8), login: "ada@lab.example" }));
        assert_eq!(parsed("2/:"), Some(Host { runs: Some(2), login: HERE }));
        for wrong in ["", "0/a", "x/a", "4/", "-oProxyCommand=x", "a b", "ssh -p 22 a", "a;b", "1/2/a"] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_answer_is_read_beside_a_greeting() {
        let text = format!("Welcome!\n{MARK}plan 1 2\n{MARK}writable\n{MARK}version headlight 1\n{MARK}cores 8\n");
        let answer = Answer::parse(text.as_bytes()).expect("an answer");
        let version = "headlight 1".to_string();
        assert_eq!(answer, Answer { plan: "1 2".to_string(), is_writable: true, version, has_perl: false, cores: 8 });
        assert_eq!(Answer::parse(b"Welcome!\n"), None);
    }
}
