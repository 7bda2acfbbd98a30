//! `drawbridge init`: a first wrangler.toml, from a few answers.

mod answers;
mod options;
mod platform;
mod prompt;
mod question;
mod template;

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use crate::configuration::settings::Settings;
use crate::configuration::{self, Checked};
use crate::document::{Document, Unusable};
use crate::finding::Severity;
use crate::output::{Output, STRONG, paint};
use answers::Answers;
use options::Options;
use platform::Platform;
use prompt::Prompt;

/// Writes a wrangler.toml that passes `check`.
///
/// On a terminal, what no option says is asked.
#[derive(clap::Args)]
pub struct Arguments {
    /// Who signs the tokens.
    #[arg(long, value_enum)]
    platform: Option<Platform>,
    #[command(flatten)]
    options: Options,
    /// The file.
    #[arg(short, long, value_name = "FILE", default_value = "wrangler.toml")]
    out: PathBuf,
    /// Overwrite the file.
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Output {
    let Arguments { platform, options, out, force } = arguments;
    let mut prompt = io::stdin().is_terminal().then(Prompt::new);
    if out.exists() && !force && !may_replace(&out, prompt.as_mut()) {
        let file = out.display();
        return Output::of_failure(&format!(
            "{file} exists; --force overwrites it, --out FILE writes another"
        ));
    }
    let answers = match Answers::collect(platform, options, prompt.as_mut()) {
        Ok(answers) => answers,
        Err(message) => return Output::of_failure(&message),
    };
    let text = template::fill(&answers);
    let secrets = match check(&out, &text) {
        Ok(secrets) => secrets,
        Err(message) => return Output::of_failure(&message),
    };
    // The user has agreed to overwrite a file that exists. A file that appears after this line is not
    // overwritten.
    let replace = out.exists();
    if let Err(error) = write(&out, &text, replace) {
        return Output::of_failure(&format!("cannot write {}: {error}", out.display()));
    }
    Output { stdout: next_steps(&out, &secrets), ..Output::default() }
}

/// Asks whether the file may be overwritten.
fn may_replace(out: &Path, prompt: Option<&mut Prompt>) -> bool {
    let question = format!("{} exists. Overwrite it?", out.display());
    prompt.is_some_and(|prompt| prompt.confirm(&question))
}

/// Checks the text as `check` would, and returns the names of its secrets.
fn check(out: &Path, text: &str) -> Result<Vec<String>, String> {
    let document = match Document::parse(out.display().to_string(), text.to_owned(), false) {
        Ok(document) => document,
        Err(Unusable::Invalid { finding, .. }) => return Err(finding.message),
        Err(Unusable::Unreadable(cause)) => return Err(cause),
    };
    let settings = Settings::of(&document, None)?;
    let Checked { config, findings } = configuration::check(&settings);
    match findings.iter().find(|finding| finding.severity == Severity::Error) {
        Some(fault) => Err(format!("{}: {}", fault.place, fault.message)),
        None => {
            let names = config.iter().flat_map(|config| config.secret_names());
            Ok(names.map(str::to_owned).collect())
        }
    }
}

fn write(out: &Path, text: &str, replace: bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(!replace).truncate(replace);
    options.open(out)?.write_all(text.as_bytes())
}

fn next_steps(out: &Path, secrets: &[String]) -> String {
    let file = out.display().to_string();
    let quoted = shell_words::quote(&file);
    let (check, deploy) = match file.as_str() {
        "wrangler.toml" => ("npm run check".to_owned(), "npm run deploy".to_owned()),
        _ => (format!("npm run check -- {quoted}"), format!("npm run deploy -- --config {quoted}")),
    };
    let puts = secrets.iter().map(|name| format!("npx wrangler secret put {name}"));
    let steps = [check].into_iter().chain(puts).chain([deploy]);
    let mut text = format!("{file} is written. Next:\n");
    for step in steps {
        let _ = writeln!(text, "  {}", paint(STRONG, step));
    }
    text
}
