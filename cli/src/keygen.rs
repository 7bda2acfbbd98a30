//! `drawbridge keygen`: a key with which the worker signs its assertions.

mod key;

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;

use crate::output::{Output, STRONG, paint};
use key::Key;

/// Makes an Ed25519 key for assertions.
///
/// The secret goes into a file that only its owner can read; the public key is written to standard
/// output.
#[derive(clap::Args)]
pub struct Arguments {
    /// The file, which must not exist.
    #[arg(short, long, value_name = "FILE", default_value = "assertion-key.json")]
    out: PathBuf,
}

/// Runs the command.
pub fn run(Arguments { out }: &Arguments) -> Output {
    let mut seed = [0; 32];
    if let Err(error) = getrandom::fill(&mut seed) {
        return Output::of_failure(&format!("the system has no randomness: {error}"));
    }
    let key = Key::new(&SigningKey::from_bytes(&seed));
    if let Err(error) = write(out, &key.secret_jwk()) {
        let cause = match error.kind() {
            io::ErrorKind::AlreadyExists => "it exists, and is not overwritten".to_owned(),
            _ => error.to_string(),
        };
        return Output::of_failure(&format!("cannot write {}: {cause}", out.display()));
    }
    let file = out.display().to_string();
    let quoted = shell_words::quote(&file);
    let mut stderr = String::new();
    let _ = writeln!(stderr, "The secret is in {file}, which only you can read. Next:");
    let put = format!("npx wrangler secret put ASSERTION_KEY < {quoted}");
    let _ = writeln!(stderr, "  {}", paint(STRONG, put));
    let _ = writeln!(stderr, "  {}", paint(STRONG, format!("rm {quoted}")));
    let _ = writeln!(stderr, "The public key, which the worker also publishes:");
    Output { stdout: format!("{}\n", key.public_jwk()), stderr, status: 0 }
}

/// Writes a new file that only its owner can read, and waits until the disk has it.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = create(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

/// Creates a file that only its owner can read.
///
/// # Errors
/// The file exists, or cannot be created.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
