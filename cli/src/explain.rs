//! `drawbridge explain`: one request through the pipeline, step by step.

mod curl;
mod exchange;
mod keys;
mod moment;
mod record;
mod report;
mod request;
mod verdict;

use std::io::{self, Read as _};
use std::path::PathBuf;

use drawbridge::config::Config;
use drawbridge::config::Secrets;
use drawbridge::pipeline::{Gateway, Incoming, Verdict};
use drawbridge::rejection::Rejection;
use drawbridge::time::UnixMillis;

use crate::configuration::settings::Settings;
use crate::configuration::{self, Checked};
use crate::document::{Document, Unusable};
use crate::finding::{Finding, Severity};
use crate::output::Output;
use keys::Keys;
use record::Record;
use report::Report;
use request::{Received, Wanted};
use verdict::Told;

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

/// The request that is asked about.
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

/// Judges the request as the worker does, fetching keys as it would.
fn walk(
    config: Config,
    mut keys: Keys,
    request: &Received,
    now: UnixMillis,
) -> Result<Report, String> {
    let secrets = stand_ins(&config);
    let gateway = Gateway::new(config, secrets, || [0; 16])
        .map_err(|faults| faults.first().map(ToString::to_string).unwrap_or_default())?;
    let incoming = Incoming {
        method: &request.method,
        url: &request.url,
        headers: request.headers.iter().map(|(n, value)| (n.as_str(), value.as_str())).collect(),
    };
    let mut store = gateway.key_caches();
    // An attempt for each source, and the one that a key which none of them has brings about.
    let rounds = store.sources().len().saturating_add(2);
    for round in 1..=rounds {
        let mut record = Record::new(gateway.config(), &keys, now);
        let verdict = gateway.judge_observed(&incoming, &mut store, now, &mut record).verdict;
        let is_final = !matches!(verdict, Verdict::Wait { .. }) || round == rounds;
        if is_final {
            let mut told = verdict::tell(&verdict, &gateway, request, &mut record);
            if let (Verdict::Forward(_), Some(refused)) =
                (&verdict, body_refused(request, &gateway, &incoming))
            {
                record.say("", Rejection::BodyNotAllowed.detail());
                told = refused;
            }
            return Ok(Report::new(record, told));
        }
        drop(record);
        for (source, start) in store.take_starts() {
            keys.carry_out(gateway.config(), source, &start, &mut store, now);
        }
    }
    Err("the keys could not be decided on".into())
}

/// What the shell, which alone sees the body, makes of a request that may pass.
fn body_refused(request: &Received, gateway: &Gateway, incoming: &Incoming<'_>) -> Option<Told> {
    let refused = request.has_body && matches!(request.method.as_str(), "GET" | "HEAD");
    refused.then(|| {
        let refusal = gateway.refuse(incoming, &Rejection::BodyNotAllowed);
        verdict::told_refusal(refusal.status, refusal.code, &Rejection::BodyNotAllowed.detail())
    })
}

/// The worker needs its secrets; an explanation does not, and so cannot show them. Only a monitor's
/// is compared with what it offers, and taken from the environment where that has it.
fn stand_ins(config: &Config) -> Secrets {
    let policies = config.upstreams.iter().filter_map(|upstream| upstream.assertion.as_ref());
    let keys: Vec<&String> = policies.flat_map(|policy| &policy.signing_key_secret_names).collect();
    let names = config.secret_names().into_iter();
    names
        .map(|name| {
            let is_key = keys.iter().any(|key| *key == name);
            let is_monitors = config.health_secret_name.as_deref() == Some(name);
            let own = is_monitors.then(|| std::env::var(name).ok()).flatten();
            let own = own.filter(|value| !value.is_empty());
            let stand_in = if is_key { STAND_IN_KEY } else { "stand-in" };
            (name.to_owned(), own.unwrap_or_else(|| stand_in.to_owned()))
        })
        .collect()
}

/// Everybody's: RFC 8037, appendix A.1.
const STAND_IN_KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

fn misconfigured(
    file: &str,
    faults: &[Finding],
    request: &Received,
    now: UnixMillis,
    as_json: bool,
) -> Output {
    let detail = Rejection::Misconfigured.detail();
    let told = verdict::told_refusal(500, Rejection::Misconfigured.code(), &detail);
    let lines: String = faults.iter().map(|fault| fault.line(file)).collect();
    let mut output = Report::without_steps(told).output(file, request, now, as_json);
    output.stderr = lines;
    output
}

#[cfg(test)]
mod tests;
