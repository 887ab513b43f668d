//! A server of a device, on a free port of this machine.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command};

use super::program::command;

/// It must be found in no file and no message.
pub const TOKEN: &str = "a-token-of-24-characters";

/// It is killed when it goes.
pub struct Server {
    child: Child,
    /// What `--device` takes.
    pub device: String,
    pub port: u16,
}

impl Server {
    /// `headlight serve` with these options, in a directory with a `token.txt`.
    pub fn start(directory: &Path, options: &str) -> Self {
        let mut child =
            command(directory, &format!("serve --token-file token.txt {options}")).spawn().expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut lines = lines.map(|line| line.expect("UTF-8"));
        let first = lines.next().expect("it says what it serves");
        let port = first.split(" on ").nth(1).and_then(|rest| rest.split([':', ' ']).nth(1)?.parse().ok());
        // How this machine reaches it is said last.
        let second = lines.next().expect("it says how it is reached");
        let device = second.split("--device ").nth(1).expect("a name").to_string();
        Self { child, device, port: port.expect("a port") }
    }

    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill").success());
    }

    /// Waits for its end, and returns its exit code and what it said on standard error.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().expect("it ends").code();
        let mut said = String::new();
        let stderr = self.child.stderr.take().expect("a pipe");
        std::io::Read::read_to_string(&mut { stderr }, &mut said).expect("UTF-8");
        (code, said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A directory with tokens: the one of [`Server::start`], and another.
pub fn with_tokens() -> tempfile::TempDir {
    let directory = super::program::temporary();
    for (name, token) in [("token.txt", TOKEN.to_string()), ("other.txt", "another-token-of-32-characters!!".into())] {
        let file = directory.path().join(name);
        std::fs::write(&file, token + "\n").expect("a file");
        #[cfg(unix)]
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a file of ours");
    }
    directory
}
