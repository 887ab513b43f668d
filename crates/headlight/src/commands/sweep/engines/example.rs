//! A sweep for tests, in a directory whose name a shell must be told with care, trained by a stand-in that writes down how it is called.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::commands::sweep::engine::Work;

/// Run 1 asks to be tried again once, run 2 each time; run 3 is a wrong request, and the others have an outcome.
const STAND_IN: &str = r#"#!/bin/sh
here=$(dirname "$0")
printf '%s\n' "$4" >> "$here/calls"
[ "$1 $2" = "sweep --run" ] && [ -e "$3/here" ] || exit 99
case $4 in
  1) [ -e "$here/again" ] || { touch "$here/again"; exit 75; };;
  2) exit 75;;
  3) exit 2;;
esac
"#;

pub(super) struct Example {
    pub(super) place: tempfile::TempDir,
    pub(super) work: Work,
}

impl Example {
    pub(super) fn of(numbers: &[usize]) -> Self {
        let place = tempfile::tempdir().expect("a temporary directory");
        let directory = place.path().join("it's \"{}\" $HOME\\ \n#a sweep");
        std::fs::create_dir(&directory).expect("a directory");
        std::fs::write(directory.join("here"), "").expect("a file");
        let program = place.path().join("a 'program'");
        write_program(&program, STAND_IN);
        let numbers = numbers.to_vec();
        let work = Work {
            directory,
            numbers,
            program,
            workers: 2,
            at_most: Some(4),
            threads: 1,
            retries: 2,
            hosts: Vec::new(),
            sbatch: vec!["--partition=gpu".to_string()],
            plan_crc32: 0x17,
            again: "headlight sweep --resume x".to_string(),
        };
        Self { place, work }
    }

    /// The numbers of the runs that were called for since the last question.
    pub(super) fn calls(&self) -> Vec<usize> {
        let path = self.place.path().join("calls");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let _ = std::fs::remove_file(path);
        text.lines().map(|line| line.parse().expect("a number")).collect()
    }

    /// A search path on which nobody sleeps.
    pub(super) fn path_without_sleep(&self) -> String {
        let bin = self.place.path().join("bin");
        std::fs::create_dir_all(&bin).expect("a directory");
        write_program(&bin.join("sleep"), "#!/bin/sh\n");
        format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default())
    }
}

fn write_program(path: &Path, text: &str) -> PathBuf {
    std::fs::write(path, text).expect("a file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a program");
    path.to_owned()
}
