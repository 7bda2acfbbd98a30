//! `drawbridge check`: every fault and every risk of a configuration, with its place.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use crate::configuration::settings::Settings;
use crate::configuration::{self, Checked};
use crate::document::{Document, Unusable};
use crate::finding::{Finding, Severity};
use crate::output::{BAD, FAINT, GOOD, Output, RISKY, STRONG, paint, plain};

/// Names every fault and every risk of a configuration, with its place in the file.
///
/// Exit status: 0 without faults (there may be warnings), 1 with faults, 2 where the file cannot be
/// read.
#[derive(clap::Args)]
pub struct Arguments {
    /// The file; without it wrangler.json, wrangler.jsonc or wrangler.toml of this folder.
    file: Option<PathBuf>,
    /// The environment, as wrangler's option of that name.
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// Write JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(Arguments { file, env, json }: &Arguments) -> Output {
    let path = file.clone().unwrap_or_else(configuration::default_file);
    let document = match Document::read(&path) {
        Ok(document) => document,
        Err(Unusable::Unreadable(cause)) => return Output::of_failure(&cause),
        Err(Unusable::Invalid { file, finding }) => {
            let report = Report {
                file: &file,
                environment: env.as_deref(),
                findings: vec![finding],
                unchecked: Vec::new(),
                secrets: Vec::new(),
            };
            return report.output(*json);
        }
    };
    let settings = match Settings::of(&document, env.as_deref()) {
        Ok(settings) => settings,
        Err(cause) => return Output::of_failure(&cause),
    };
    let Checked { config, findings } = configuration::check(&settings);
    let mut secrets: Vec<&str> = config.iter().flat_map(|config| config.secret_names()).collect();
    secrets.sort_unstable();
    secrets.dedup();
    let unchecked = if env.is_none() { settings.others() } else { Vec::new() };
    let environment = settings.environment();
    Report { file: &document.file, environment, findings, unchecked, secrets }.output(*json)
}

struct Report<'a> {
    file: &'a str,
    environment: Option<&'a str>,
    findings: Vec<Finding>,
    /// Other environments of the file.
    unchecked: Vec<&'a str>,
    secrets: Vec<&'a str>,
}

impl Report<'_> {
    fn output(&self, as_json: bool) -> Output {
        let stdout = if as_json { self.json() } else { self.text() };
        let status = u8::from(self.of(Severity::Error).next().is_some());
        Output { stdout, status, ..Output::default() }
    }

    fn of(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.severity == severity)
    }

    fn json(&self) -> String {
        let list = |severity| self.of(severity).collect::<Vec<_>>();
        let errors = list(Severity::Error);
        let report = json!({
            "file": self.file,
            "environment": self.environment,
            "valid": errors.is_empty(),
            "errors": errors,
            "warnings": list(Severity::Warning),
            "unchecked_environments": self.unchecked,
            "secrets": self.secrets,
        });
        format!("{report:#}\n")
    }

    fn text(&self) -> String {
        let mut text: String =
            self.findings.iter().map(|finding| finding.line(self.file)).collect();
        let errors = self.of(Severity::Error).count();
        let warnings = self.of(Severity::Warning).count();
        let verdict = match errors {
            0 => paint(GOOD, "valid"),
            count => paint(BAD, counted(count, "error")),
        };
        let _ = write!(text, "{}: {verdict}", plain(self.file));
        if warnings > 0 {
            let _ = write!(text, ", {}", paint(RISKY, counted(warnings, "warning")));
        }
        text.push('\n');
        if !self.unchecked.is_empty() {
            let names = self.unchecked.join(", ");
            let hint = format!("not checked: the environments {names} (--env NAME)");
            let _ = writeln!(text, "{}", paint(FAINT, hint));
        }
        if !self.secrets.is_empty() {
            let option = self.environment.map(|name| format!(" --env {name}")).unwrap_or_default();
            text.push_str("secrets that must be set:\n");
            for name in &self.secrets {
                let command = format!("npx wrangler secret put {name}{option}");
                let _ = writeln!(text, "  {}", paint(STRONG, command));
            }
        }
        text
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
