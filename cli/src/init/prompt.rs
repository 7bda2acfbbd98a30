//! The terminal on which `init` asks.

use std::io::{self, BufRead as _, Write as _};

use clap::ValueEnum as _;
use drawbridge::provider::Question;

use super::platform::Platform;
use crate::output::{BAD, FAINT, STRONG, paint};

/// The person at the terminal.
pub struct Prompt {
    input: io::StdinLock<'static>,
}

impl Prompt {
    /// Takes standard input for as long as the value lives.
    pub fn new() -> Self {
        Self { input: io::stdin().lock() }
    }

    /// Asks until a platform is named.
    ///
    /// # Errors
    /// The input has ended.
    pub fn platform(&mut self) -> Result<Platform, String> {
        let names = Platform::names();
        let question = format!("Platform: {}", names.join(", "));
        loop {
            let answer = self.answer(&question, names.first().copied())?;
            match Platform::from_str(&answer, true) {
                Ok(platform) => return Ok(platform),
                Err(_) => self.say(&format!("must be {}", alternatives(&names))),
            }
        }
    }

    /// Asks a question, and returns the values that the answer lists.
    ///
    /// # Errors
    /// The input has ended.
    pub fn values(&mut self, question: &Question) -> Result<Vec<String>, String> {
        let answer = self.answer(question.text, question.default)?;
        let values = answer.split(',').map(|value| value.trim().to_owned());
        Ok(values.filter(|value| !value.is_empty()).collect())
    }

    /// Asks whether to do something. An empty line and the end of the input mean no.
    pub fn confirm(&mut self, question: &str) -> bool {
        let answer = self.answer(&format!("{question} (yes, no)"), Some("no"));
        answer.is_ok_and(|answer| matches!(answer.as_str(), "y" | "yes"))
    }

    /// Says what is wrong with an answer.
    pub fn say(&mut self, message: &str) {
        self.write(&format!("{}\n", paint(BAD, message)));
    }

    /// Asks until there is an answer: a line that is not empty, or the default.
    fn answer(&mut self, question: &str, default: Option<&str>) -> Result<String, String> {
        loop {
            let hint = default.map(|default| format!(" [{default}]")).unwrap_or_default();
            self.write(&format!("{}{}: ", paint(STRONG, question), paint(FAINT, hint)));
            let mut line = String::new();
            if self.input.read_line(&mut line).map_err(|_| NO_ANSWER)? == 0 {
                self.write("\n");
                return Err(NO_ANSWER.to_owned());
            }
            match (line.trim(), default) {
                ("", Some(default)) => return Ok(default.to_owned()),
                ("", None) => {}
                (answer, _) => return Ok(answer.to_owned()),
            }
        }
    }

    /// Writes to standard error. If the terminal is gone, the next read notices.
    fn write(&mut self, text: &str) {
        let mut stderr = anstream::stderr();
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }
}

/// Returns `a, b or c`.
fn alternatives(names: &[&str]) -> String {
    match names {
        [names @ .., last] if !names.is_empty() => format!("{} or {last}", names.join(", ")),
        names => names.concat(),
    }
}

const NO_ANSWER: &str = "there was no answer";
