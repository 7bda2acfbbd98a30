//! `drawbridge init`: a first wrangler.toml, from a few answers.

mod answers;
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
use answers::{Answers, Given};
use platform::Platform;
use prompt::Prompt;
use question::Question;

/// Writes a wrangler.toml that passes `check`.
///
/// On a terminal, what no option says is asked.
#[derive(clap::Args)]
pub struct Arguments {
    /// Who signs the tokens.
    #[arg(long, value_enum)]
    platform: Option<Platform>,
    /// merchant-center: where the projects are (gcp-au, gcp-eu, gcp-us, aws-eu, aws-us); several
    /// with commas.
    #[arg(long, value_delimiter = ',')]
    region: Vec<String>,
    /// oidc: the issuer, exactly as in the tokens' `iss`.
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
    /// oidc: what the tokens' `aud` must name; several with commas.
    #[arg(long, value_delimiter = ',')]
    audience: Vec<String>,
    /// oidc: what the tokens are signed with, RS256 or EdDSA.
    #[arg(long, value_delimiter = ',')]
    algorithm: Vec<String>,
    /// The address that callers use, as in X-Forward-To.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Where verified requests go.
    #[arg(long, value_name = "URL")]
    backend: Option<String>,
    /// The file.
    #[arg(short, long, value_name = "FILE", default_value = "wrangler.toml")]
    out: PathBuf,
    /// Overwrite the file.
    #[arg(long)]
    force: bool,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Output {
    let Arguments { out, force, .. } = &arguments;
    let (out, force) = (out.clone(), *force);
    let mut prompt = io::stdin().is_terminal().then(Prompt::new);
    if out.exists() && !force && !may_replace(&out, prompt.as_mut()) {
        let file = out.display();
        return Output::of_failure(&format!(
            "{file} exists; --force overwrites it, --out FILE writes another"
        ));
    }
    let answers = match Answers::collect(given(arguments), prompt.as_mut()) {
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

/// Returns what the options say, by question.
fn given(arguments: Arguments) -> Given {
    let Arguments { platform, region, issuer, audience, algorithm, public_url, backend, .. } =
        arguments;
    let options = [
        (Question::Regions, region),
        (Question::Issuer, issuer.into_iter().collect()),
        (Question::Audiences, audience),
        (Question::Algorithms, algorithm),
        (Question::PublicUrl, public_url.into_iter().collect()),
        (Question::Backend, backend.into_iter().collect()),
    ];
    let is_given = |(_, values): &(Question, Vec<String>)| !values.is_empty();
    Given { platform, values: options.into_iter().filter(is_given).collect() }
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
