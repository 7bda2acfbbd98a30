//! A folder of its own for each test, in which the command line runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder that is empty when the test begins.
pub struct Folder(PathBuf);

/// What a command has printed, and its exit status.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Folder {
    /// Makes the folder of the test with that name.
    pub fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), text).unwrap();
        self
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Returns the command line with these arguments. Nobody is at the keyboard.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_drawbridge"));
        command.args(arguments).current_dir(&self.0).stdin(Stdio::null());
        // Each of these decides about colour or width, `CI` too.
        for name in ["CI", "CLICOLOR", "CLICOLOR_FORCE", "NO_COLOR", "COLUMNS"] {
            command.env_remove(name);
        }
        command.env("TERM", "xterm-256color");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        Said::of(self.command(arguments).output().unwrap())
    }
}

impl Said {
    pub fn of(Output { status, stdout, stderr }: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { status: status.code().unwrap(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// Checks that the command printed this to standard output, and nothing else.
    pub fn is(&self, status: i32, stdout: &str) {
        let expected = Self { status, stdout: stdout.into(), stderr: String::new() };
        assert_eq!(*self, expected, "\n{}", self.stdout);
    }

    /// Checks that the command could not do its work, for this reason.
    pub fn fails(&self, message: &str) {
        let expected =
            Self { status: 2, stdout: String::new(), stderr: format!("error: {message}\n") };
        assert_eq!(*self, expected, "\n{}", self.stderr);
    }
}
