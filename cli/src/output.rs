//! What a command prints: in colour on a terminal, plain elsewhere.

use std::fmt::{Display, Write as _};
use std::io::Write as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use drawbridge::redaction;

/// The style of what stops a request or makes a configuration invalid.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// The style of what is in order.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// The style of what is allowed and risky.
pub const RISKY: Style = AnsiColor::Yellow.on_default().bold();
/// The style of commands to type, and of headings.
pub const STRONG: Style = Style::new().bold();
/// The style of what is of less interest.
pub const FAINT: Style = Style::new().dimmed();

/// What a command prints when it is done, and its exit status.
#[derive(Debug, Default)]
pub struct Output {
    /// The command's result.
    pub stdout: String,
    /// Everything else.
    pub stderr: String,
    /// The exit status: 0 if all is in order, 1 if not, 2 if the command could not do its work.
    pub status: u8,
}

impl Output {
    /// Returns the output of a command that could not do its work.
    pub fn of_failure(message: &str) -> Self {
        let mut stderr = paint(BAD, "error:");
        let _ = writeln!(stderr, " {}", without_tokens(&plain(message)));
        Self { stderr, status: 2, ..Self::default() }
    }

    /// Returns the output for arguments that are wrong or ask for help.
    pub fn of_usage(error: &clap::Error) -> Self {
        let text = error.render().ansi().to_string();
        let text = format!("{}\n", without_tokens(text.trim_end()));
        match error.use_stderr() {
            true => Self { stderr: text, status: 2, ..Self::default() },
            false => Self { stdout: text, ..Self::default() },
        }
    }

    /// Writes the output, and returns the exit status. A reader that is gone changes neither.
    pub fn print(self) -> ExitCode {
        let _ = anstream::stderr().write_all(self.stderr.as_bytes());
        let mut stdout = anstream::stdout();
        let _ = stdout.write_all(self.stdout.as_bytes());
        let _ = stdout.flush();
        ExitCode::from(self.status)
    }
}

/// Returns text in a style, without control characters.
pub fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{}{style:#}", plain(&text.to_string()))
}

/// Returns text that cannot steer a terminal, whoever wrote it: control characters, and characters
/// that change the direction of writing, become escapes.
pub fn plain(text: &str) -> String {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) {
            plain.extend(c.escape_unicode());
        } else {
            plain.push(c);
        }
    }
    plain
}

/// Returns text in which `<token>` replaces everything that begins like a JSON object in base64url,
/// as every token does. A message about a misplaced argument repeats the argument, which may be a
/// token. The core shortens the same tokens in other spellings.
pub fn without_tokens(text: &str) -> String {
    const START: &str = "eyJ";
    let mut shown = String::with_capacity(text.len());
    let text = redaction::without_tokens(text);
    let mut rest = &*text;
    while let Some((before, token)) = rest.split_once(START) {
        shown.push_str(before);
        shown.push_str("<token>");
        rest = token.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "-_.=…".contains(c));
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests;
