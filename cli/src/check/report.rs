//! What `check` says of a file.

use std::fmt::Write as _;

use serde_json::json;

use crate::finding::{Finding, Severity};
use crate::output::{BAD, FAINT, GOOD, Output, RISKY, STRONG, paint, plain};

/// The result of a check.
pub struct Report<'a> {
    pub file: &'a str,
    pub environment: Option<&'a str>,
    pub findings: Vec<Finding>,
    /// The names of the file's other environments, which were not checked.
    pub unchecked: Vec<&'a str>,
    /// The names of the secrets that the configuration needs.
    pub secrets: Vec<&'a str>,
}

impl Report<'_> {
    /// Returns the report as text or as JSON, with the exit status.
    pub fn output(&self, as_json: bool) -> Output {
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
            "notes": list(Severity::Note),
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
