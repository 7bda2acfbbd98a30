//! The terminal on which `init` asks.

use std::io::{self, BufRead as _, Write as _};

use clap::ValueEnum as _;

use super::platform::Platform;
use super::question::Question;
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
        loop {
            let answer = self.answer("Platform: merchant-center, jtl, oidc", "merchant-center")?;
            match Platform::from_str(&answer, true) {
                Ok(platform) => return Ok(platform),
                Err(_) => self.say("must be merchant-center, jtl or oidc"),
            }
        }
    }

    /// Asks a question, and returns the values that the answer lists.
    ///
    /// # Errors
    /// The input has ended.
    pub fn values(&mut self, question: Question) -> Result<Vec<String>, String> {
        let answer = self.answer(question.text(), question.default())?;
        let values = answer.split(',').map(|value| value.trim().to_owned());
        Ok(values.filter(|value| !value.is_empty()).collect())
    }

    /// Asks whether to do something. An empty line and the end of the input mean no.
    pub fn confirm(&mut self, question: &str) -> bool {
        let answer = self.answer(&format!("{question} (yes, no)"), "no");
        answer.is_ok_and(|answer| matches!(answer.as_str(), "y" | "yes"))
    }

    /// Says what is wrong with an answer.
    pub fn say(&mut self, message: &str) {
        self.write(&format!("{}\n", paint(BAD, message)));
    }

    /// Asks until there is an answer: a line that is not empty, or the default.
    fn answer<'a>(
        &mut self,
        question: &str,
        default: impl Into<Option<&'a str>>,
    ) -> Result<String, String> {
        let default = default.into();
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

const NO_ANSWER: &str = "there was no answer";
