//! A walk through the pipeline, as text and as JSON.

use std::fmt::Write as _;

use drawbridge::pipeline::Step;
use drawbridge::time::UnixMillis;
use serde_json::{Map, Value, json};

use super::moment;
use super::request::Received;
use super::transcript::{Entry, Transcript};
use super::verdict::Summary;
use crate::output::{BAD, FAINT, GOOD, Output, STRONG, paint, plain, without_tokens};

/// A finished walk.
pub struct Report {
    entries: Vec<Entry>,
    header: Option<Value>,
    claims: Option<Map<String, Value>>,
    claims_are_verified: bool,
    summary: Summary,
}

impl Report {
    /// Returns the report of a walk.
    pub fn new(transcript: Transcript<'_>, summary: Summary) -> Self {
        Self {
            claims_are_verified: transcript.claims_are_verified(),
            entries: transcript.entries,
            header: transcript.header,
            claims: transcript.claims,
            summary,
        }
    }

    /// Returns the report of a request that came to no step, because the configuration is invalid.
    pub fn without_steps(summary: Summary) -> Self {
        Self {
            entries: Vec::new(),
            header: None,
            claims: None,
            claims_are_verified: false,
            summary,
        }
    }

    /// Returns the steps and the verdict.
    #[cfg(test)]
    pub fn parts(&self) -> (&[Entry], &Summary) {
        (&self.entries, &self.summary)
    }

    /// Returns the report as text or as JSON, with the exit status.
    pub fn output(self, file: &str, request: &Received, now: UnixMillis, as_json: bool) -> Output {
        let stdout = if as_json { self.json(request, now) } else { self.text(file, request, now) };
        Output { stdout, status: u8::from(!self.summary.allowed), ..Output::default() }
    }

    fn json(&self, request: &Received, now: UnixMillis) -> String {
        let steps: Vec<Value> = self
            .entries
            .iter()
            .enumerate()
            .map(|(index, Entry { step, facts })| {
                let facts: Vec<Value> = facts
                    .iter()
                    .map(|(label, text)| json!({"label": label, "text": without_tokens(text)}))
                    .collect();
                json!({"step": name(*step), "passed": self.passed(index), "facts": facts})
            })
            .collect();
        let missed: Vec<&str> = self.missed().map(name).collect();
        let report = json!({
            "request": {"method": request.method, "url": without_tokens(&request.url), "notes": request.notes},
            "now": moment::shown(i64::try_from(now.seconds()).unwrap_or(i64::MAX)),
            "steps": steps,
            "not_reached": missed,
            "header": self.header,
            "claims": self.claims,
            "claims_verified": self.claims_are_verified,
            "verdict": self.summary.data,
        });
        format!("{report:#}\n")
    }

    fn text(&self, file: &str, request: &Received, now: UnixMillis) -> String {
        let moment = moment::shown(i64::try_from(now.seconds()).unwrap_or(i64::MAX));
        let url = without_tokens(&request.url);
        let mut text = format!("{}\n", paint(STRONG, format!("{} {url}", request.method)));
        let _ = writeln!(text, "{}", paint(FAINT, format!("at {moment}, with {file}")));
        for note in &request.notes {
            let _ = writeln!(text, "{}", paint(FAINT, note));
        }
        text.push('\n');
        for (index, entry) in self.entries.iter().enumerate() {
            let mark = if self.passed(index) { paint(GOOD, "ok  ") } else { paint(BAD, "stop") };
            let _ = write!(text, "{mark}  {}", paint(STRONG, format!("{:<12}", name(entry.step))));
            for (index, (label, fact)) in entry.facts.iter().enumerate() {
                let indent = if index == 0 { "" } else { "\n                  " };
                let label = match *label {
                    "" => String::new(),
                    label => format!("{} ", paint(FAINT, format!("{label}:"))),
                };
                let _ = write!(text, "{indent}{label}{}", plain(&without_tokens(fact)));
            }
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        let missed: Vec<&str> = self.missed().map(name).collect();
        if !missed.is_empty() {
            let _ =
                writeln!(text, "{}", paint(FAINT, format!("not reached: {}", missed.join(", "))));
        }
        if let Some(header) = &self.header {
            let _ = write!(text, "\n{}\n{}", paint(STRONG, "header"), block(header));
        }
        if let Some(claims) = &self.claims {
            let heading = match self.claims_are_verified {
                true => "claims, signed by the issuer",
                false => "claims, not verified: anybody may have written them",
            };
            let claims = Value::Object(claims.clone());
            let _ = write!(text, "\n{}\n{}", paint(STRONG, heading), block(&claims));
        }
        let style = if self.summary.allowed { GOOD } else { BAD };
        let line = without_tokens(&self.summary.line);
        let _ = writeln!(
            text,
            "{}{}",
            if self.entries.is_empty() { "" } else { "\n" },
            paint(style, line)
        );
        text
    }

    /// Returns whether the request has passed a step. A refused request has passed all steps but the
    /// last one.
    fn passed(&self, index: usize) -> bool {
        self.summary.allowed || index.saturating_add(1) < self.entries.len()
    }

    /// Returns the steps that a refused request has not come to.
    fn missed(&self) -> impl Iterator<Item = Step> {
        let last = self.entries.last().map(|entry| entry.step);
        let steps = STEPS.into_iter().filter(move |step| last.is_some_and(|last| *step > last));
        steps.filter(|_| !self.summary.allowed)
    }
}

/// The steps that a request with a token takes. A refused request has not come to all of them.
const STEPS: [Step; 10] = [
    Step::Path,
    Step::Route,
    Step::Credential,
    Step::Token,
    Step::Issuer,
    Step::Key,
    Step::Signature,
    Step::Claims,
    Step::Provider,
    Step::Requirement,
];

/// Returns a step's name.
fn name(step: Step) -> &'static str {
    match step {
        Step::Path => "path",
        Step::OwnPage => "own page",
        Step::Preflight => "preflight",
        Step::Route => "route",
        Step::Credential => "credential",
        Step::Token => "token",
        Step::Issuer => "issuer",
        Step::Key => "key",
        Step::Signature => "signature",
        Step::Claims => "claims",
        Step::Provider => "provider",
        Step::Requirement => "requirement",
        Step::Outcome => "outcome",
    }
}

/// Returns JSON as an indented block.
fn block(value: &Value) -> String {
    let text = format!("{value:#}");
    text.lines().map(|line| format!("  {}\n", plain(&without_tokens(line)))).collect()
}
