//! `drawbridge keygen`: a key with which the worker signs its assertions.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use sha2::{Digest as _, Sha256};

use crate::output::{Output, STRONG, paint};

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

/// An Ed25519 key pair as the members of a JWK (RFC 8037, section 2).
struct Key {
    id: String,
    secret: String,
    public: String,
}

impl Key {
    fn new(key: &SigningKey) -> Self {
        let public = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        // RFC 7638, section 3: the required members in the order of their names, without white space.
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#);
        let id = URL_SAFE_NO_PAD.encode(Sha256::digest(members));
        Self { id, secret: URL_SAFE_NO_PAD.encode(key.to_bytes()), public }
    }

    fn secret_jwk(&self) -> String {
        let Self { id, secret, public } = self;
        format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"{id}","d":"{secret}","x":"{public}"}}"#)
    }

    fn public_jwk(&self) -> String {
        let Self { id, public, .. } = self;
        format!(
            r#"{{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":"{id}","x":"{public}"}}"#
        )
    }
}

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

#[cfg(test)]
mod tests;
