//! A fault or risk in a file, with its place.

use drawbridge::redaction::redacted;
use serde::Serialize;

use crate::output::{BAD, FAINT, RISKY, STRONG, paint, plain};

/// A fault or risk that the writer of a file should know.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    #[serde(flatten)]
    pub position: Position,
    #[serde(skip)]
    pub severity: Severity,
    /// The path of the setting, such as `providers[0].regions[1]`; empty for the file itself.
    pub place: String,
    pub message: String,
}

/// A line and a column, in characters, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The worker would refuse every request.
    Error,
    /// The setting is allowed and risky.
    Warning,
    /// The setting is in order, and has a consequence elsewhere that a user may not expect.
    Note,
}

impl Finding {
    /// Makes a finding whose place and message hold no token, no secret and no private part of a URL.
    pub fn new(position: Position, severity: Severity, place: &str, message: &str) -> Self {
        Self { position, severity, place: redacted(place), message: redacted(message) }
    }

    /// Returns the finding as one line: `wrangler.toml:12:8: error: providers[0].kind: is …`.
    pub fn line(&self, file: &str) -> String {
        let Position { line, column } = self.position;
        let severity = match self.severity {
            Severity::Error => paint(BAD, "error"),
            Severity::Warning => paint(RISKY, "warning"),
            Severity::Note => paint(FAINT, "note"),
        };
        let place = paint(STRONG, format!("{file}:{line}:{column}:"));
        let message = match self.place.as_str() {
            "" => self.message.clone(),
            place => format!("{place}: {}", self.message),
        };
        format!("{place} {severity}: {}\n", plain(&message))
    }
}

impl Position {
    /// Returns the line and column of an offset in a text.
    pub fn of(text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let before = before.strip_prefix('\u{feff}').unwrap_or(before);
        let line = before.matches('\n').count().saturating_add(1);
        let last = before.rsplit('\n').next().unwrap_or_default();
        Self { line, column: last.chars().count().saturating_add(1) }
    }
}

#[cfg(test)]
mod tests;
