//! One request through the pipeline.

use drawbridge::config::Config;
use drawbridge::pipeline::{Gateway, Incoming, Verdict};
use drawbridge::rejection::Rejection;
use drawbridge::secrets::Secrets;
use drawbridge::time::UnixMillis;

use super::keys::Keys;
use super::report::Report;
use super::request::Received;
use super::transcript::Transcript;
use super::verdict::Summary;

/// Judges the request as the worker does, and fetches keys when the worker would.
///
/// # Errors
/// The gateway cannot be set up, or the keys cannot be decided on.
pub fn walk(
    config: Config,
    mut keys: Keys,
    request: &Received,
    now: UnixMillis,
) -> Result<Report, String> {
    let secrets = stand_ins(&config);
    let gateway = Gateway::new(config, secrets, || [0; 16])
        .map_err(|faults| faults.first().map(ToString::to_string).unwrap_or_default())?;
    let incoming = incoming(request);
    let mut store = gateway.key_caches();
    // Each source may need an attempt, and a key id that no source knows brings about one more.
    let rounds = store.sources().len().saturating_add(2);
    for round in 1..=rounds {
        let mut transcript = Transcript::new(gateway.config(), &keys, now);
        let verdict = gateway.judge_observed(&incoming, &mut store, now, &mut transcript).verdict;
        let is_final = !matches!(verdict, Verdict::Wait { .. }) || round == rounds;
        if is_final {
            let mut summary = Summary::of(&verdict, &gateway, request, &mut transcript);
            if let Some(rejection) = refused_by_the_shell(&verdict, request) {
                transcript.say("", rejection.detail());
                let response = gateway.reject(&incoming, &rejection);
                summary = Summary::of_refusal(response.status, response.code, &rejection.detail());
            }
            return Ok(Report::new(transcript, summary));
        }
        drop(transcript);
        keys.carry_out_all(gateway.config(), &mut store, now);
    }
    Err("the keys could not be decided on".into())
}

/// Returns the request in the form that the pipeline takes.
fn incoming(request: &Received) -> Incoming<'_> {
    let fields = request.headers.iter();
    Incoming {
        method: &request.method,
        url: &request.url,
        headers: fields.map(|(name, value)| (name.as_str(), value.as_str())).collect(),
    }
}

/// Returns why the worker's shell, which alone sees the body and all fields, does not send a request
/// that may pass.
fn refused_by_the_shell(verdict: &Verdict, request: &Received) -> Option<Rejection> {
    let Verdict::Forward(forward) = verdict else { return None };
    if request.has_unsendable_body() {
        return Some(Rejection::BodyNotAllowed);
    }
    forward.check_fields(&request.method, &request.headers).err()
}

/// Returns a value for each secret that the configuration names.
///
/// The worker needs its secrets. An explanation must not show them, so it has stand-ins instead.
/// The monitor's secret alone is the real one if the environment has it, because the request's own
/// secret is compared with it.
fn stand_ins(config: &Config) -> Secrets {
    let policies = config.upstreams.iter().filter_map(|upstream| upstream.assertion.as_ref());
    let keys: Vec<&String> = policies.flat_map(|policy| &policy.signing_key_secret_names).collect();
    let stand_in = |name: &str| {
        let is_key = keys.iter().any(|key| *key == name);
        let is_monitors = config.health_secret_name.as_deref() == Some(name);
        let own = is_monitors.then(|| std::env::var(name).ok()).flatten();
        let own = own.filter(|value| !value.is_empty());
        own.unwrap_or_else(|| if is_key { STAND_IN_KEY } else { "stand-in" }.to_owned())
    };
    let names = config.secret_names().into_iter();
    names.map(|name| (name.to_owned(), stand_in(name))).collect()
}

/// A key that everybody has: RFC 8037, appendix A.1.
const STAND_IN_KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

#[cfg(test)]
mod tests;
