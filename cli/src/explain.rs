//! `drawbridge explain`: one request through the pipeline, step by step.

mod curl;
mod exchange;
mod fetch;
mod keys;
mod moment;
mod report;
mod request;
mod transcript;
mod verdict;
mod walk;

use std::io::{self, Read as _};
use std::path::PathBuf;

use drawbridge::rejection::Rejection;
use drawbridge::time::UnixMillis;

use crate::configuration::settings::Settings;
use crate::configuration::{self, Checked};
use crate::document::{Document, Unusable};
use crate::finding::{Finding, Severity};
use crate::output::Output;
use keys::Keys;
use report::Report;
use request::{Received, Wanted};
use verdict::Summary;
use walk::walk;

/// Walks a request through the pipeline, and says where and why it stops.
///
/// The verdict is the worker's own: the same code decides. The token itself is never shown.
///
/// Exit status: 0 where the request may pass, 1 where it is refused, 2 where nothing can be said.
#[derive(clap::Args)]
pub struct Arguments {
    /// The request's URL, as a caller or the Merchant Center's gateway sends it.
    #[arg(long, required_unless_present = "curl", conflicts_with = "curl")]
    url: Option<String>,
    /// The request's method.
    #[arg(short = 'X', long, default_value = "GET", conflicts_with = "curl")]
    method: String,
    /// A header field of the request, as "Name: value".
    #[arg(short = 'H', long = "header", value_name = "FIELD", conflicts_with = "curl")]
    headers: Vec<String>,
    /// The request as a curl line; "-" reads it from standard input.
    #[arg(long, value_name = "LINE", allow_hyphen_values = true)]
    curl: Option<String>,
    /// The configuration; without it wrangler.json, wrangler.jsonc or wrangler.toml of this folder.
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The environment, as wrangler's option of that name.
    #[arg(short, long, value_name = "NAME")]
    env: Option<String>,
    /// A file with a JWK Set, instead of fetching any: FILE, or SOURCE=FILE where the configuration
    /// has several issuers. SOURCE is an issuer, or a provider with one.
    #[arg(long, value_name = "[SOURCE=]FILE")]
    jwks: Vec<String>,
    /// The moment of the request instead of the present: RFC 3339, or Unix seconds.
    #[arg(long, value_name = "MOMENT")]
    now: Option<String>,
    /// Write JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Output {
    match explain(arguments) {
        Ok(output) => output,
        Err(message) => Output::of_failure(&message),
    }
}

fn explain(arguments: &Arguments) -> Result<Output, String> {
    let now = match &arguments.now {
        Some(text) => moment::parse(text).map_err(|message| format!("--now {message}"))?,
        None => moment::now(),
    };
    let request =
        wanted(arguments)?.received().map_err(|message| format!("the request {message}"))?;
    let path = arguments.config.clone().unwrap_or_else(configuration::default_file);
    let document = match Document::read(&path) {
        Ok(document) => document,
        Err(Unusable::Unreadable(cause)) => return Err(cause),
        Err(Unusable::Invalid { file, finding }) => {
            return Ok(misconfigured(&file, &[finding], &request, now, arguments.json));
        }
    };
    let settings = Settings::of(&document, arguments.env.as_deref())?;
    let Checked { config, findings } = configuration::check(&settings);
    let mut faults = findings;
    faults.retain(|finding| finding.severity == Severity::Error);
    let config = match config {
        Some(config) if faults.is_empty() => config,
        _ => return Ok(misconfigured(&document.file, &faults, &request, now, arguments.json)),
    };
    let keys = Keys::new(&arguments.jwks, &config)?;
    let report = walk(config, keys, &request, now)?;
    Ok(report.output(&document.file, &request, now, arguments.json))
}

/// Returns the request that the arguments describe.
fn wanted(Arguments { url, method, headers, curl, .. }: &Arguments) -> Result<Wanted, String> {
    if let Some(line) = curl {
        let line = match line.as_str() {
            "-" => {
                let mut text = String::new();
                let read = io::stdin().lock().take(1 << 20).read_to_string(&mut text);
                read.map_err(|error| format!("cannot read standard input: {error}"))?;
                text
            }
            line => line.to_owned(),
        };
        return curl::parse(&line).map_err(|message| format!("the curl line {message}"));
    }
    let fields = headers.iter().map(|text| request::header(text)).collect::<Result<Vec<_>, _>>();
    let fields = fields.map_err(|message| format!("the request {message}"))?;
    Ok(Wanted {
        method: method.clone(),
        url: url.clone().unwrap_or_default(),
        headers: fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
        has_body: false,
    })
}

/// Explains the refusal of every request: the configuration has faults.
fn misconfigured(
    file: &str,
    faults: &[Finding],
    request: &Received,
    now: UnixMillis,
    as_json: bool,
) -> Output {
    let detail = Rejection::Misconfigured.detail();
    let summary = Summary::of_refusal(500, Rejection::Misconfigured.code(), &detail);
    let lines: String = faults.iter().map(|fault| fault.line(file)).collect();
    let mut output = Report::without_steps(summary).output(file, request, now, as_json);
    output.stderr = lines;
    output
}
