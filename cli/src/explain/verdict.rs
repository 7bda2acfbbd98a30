//! What becomes of the request.

use drawbridge::answer::Answer;
use drawbridge::config::Config;
use drawbridge::pipeline::{Gateway, Step, Verdict};
use drawbridge::upstream::{FORWARDED_HOST, FORWARDED_PROTO, Forward};
use serde_json::{Value, json};

use super::request::Received;
use super::transcript::Transcript;
use crate::output::without_tokens;

/// A verdict in one line, as data, and as an exit status.
#[derive(Debug)]
pub struct Summary {
    pub allowed: bool,
    pub line: String,
    pub data: Value,
}

impl Summary {
    /// Summarises a verdict, and adds to the transcript's last step what a backend or the caller
    /// would receive.
    pub fn of(
        verdict: &Verdict,
        gateway: &Gateway,
        request: &Received,
        transcript: &mut Transcript<'_>,
    ) -> Self {
        match verdict {
            Verdict::Forward(forward) => forwarded(forward, gateway, request, transcript),
            Verdict::Answer(answer) => answered(answer, transcript),
            Verdict::Health { detailed } => health(*detailed, transcript),
            Verdict::Reject(response) => {
                let detail =
                    transcript.rejection.as_ref().map(|rejection| rejection.detail().into_owned());
                let detail = detail.unwrap_or_default();
                transcript.say("", format!("{}: {detail}", response.code));
                Self::of_refusal(response.status, response.code, &detail)
            }
            // Only if the pipeline asks for more attempts than there are rounds.
            Verdict::Wait { .. } => Self {
                allowed: false,
                line: "undecided: keys are still being fetched".into(),
                data: json!({"outcome": "undecided"}),
            },
        }
    }

    /// Summarises a refusal.
    pub fn of_refusal(status: u16, code: &str, detail: &str) -> Self {
        Self {
            allowed: false,
            line: format!("refused: {status} {code}: {detail}"),
            data: json!({"outcome": "refused", "status": status, "code": code, "detail": detail}),
        }
    }
}

fn answered(answer: &Answer, transcript: &mut Transcript<'_>) -> Summary {
    let what = match transcript.entries.last().map(|entry| entry.step) {
        Some(Step::Preflight) => "the preflight's answer",
        Some(Step::OwnPage) => "a page of the worker's own",
        _ => "the session",
    };
    transcript.say("", format!("status {}, {what}", answer.status));
    for (name, value) in &answer.headers {
        transcript.say("header", format!("{name}: {value}"));
    }
    if !answer.body.is_empty() {
        transcript.say("body", answer.body.clone());
    }
    let headers: Vec<Value> =
        answer.headers.iter().map(|(name, value)| json!([name, value])).collect();
    Summary {
        allowed: true,
        line: format!("answered at the edge: {}, {what}", answer.status),
        data: json!({"outcome": "answered", "status": answer.status, "headers": headers, "body": answer.body}),
    }
}

fn health(detailed: bool, transcript: &mut Transcript<'_>) -> Summary {
    let what = if detailed { "the state of each key source" } else { "the state of the keys" };
    transcript.say("", what);
    Summary {
        allowed: true,
        line: format!("answered at the edge: {what}"),
        data: json!({"outcome": "health", "detailed": detailed}),
    }
}

fn forwarded(
    forward: &Forward,
    gateway: &Gateway,
    request: &Received,
    transcript: &mut Transcript<'_>,
) -> Summary {
    transcript.say("", format!("{} {}", request.method, forward.url()));
    let set = fields_set(forward, gateway.config());
    for (name, value) in &set {
        transcript.say("set", format!("{name}: {value}"));
    }
    let (removed, passed) = fields_removed(forward, gateway, request);
    if !removed.is_empty() {
        transcript.say("removed", removed.join(", "));
    }
    if !passed.is_empty() {
        transcript.say("passed on", passed.join(", "));
    }
    for name in forward.omitted() {
        transcript.say("left out", format!("{name}: the claim is an object"));
    }
    let set: serde_json::Map<String, Value> =
        set.into_iter().map(|(name, value)| (name, value.into())).collect();
    Summary {
        allowed: true,
        line: format!("forwarded: {} {}", request.method, forward.url()),
        data: json!({"outcome": "forwarded", "method": request.method, "url": without_tokens(forward.url()), "set": set, "removed": removed, "passed_on": passed}),
    }
}

/// Returns the fields that the worker writes. An assertion, a secret or an access token is named
/// and not shown.
fn fields_set(forward: &Forward, config: &Config) -> Vec<(String, String)> {
    let upstream = config.upstreams.get(forward.upstream());
    let hidden = |name: &str| name == drawbridge::upstream::ASSERTION_HEADER;
    let identity = forward.identity().iter().map(|(name, value)| {
        let shown = if hidden(name) { "<assertion>".to_owned() } else { value.clone() };
        (name.clone(), shown)
    });
    let secret = upstream.and_then(|upstream| upstream.shared_secret.as_ref());
    let secret = secret.map(|secret| (secret.header.clone(), format!("<{}>", secret.secret_name)));
    let access = upstream.and_then(|upstream| upstream.client_credentials.as_ref());
    let access = access.map(|_| ("authorization".to_owned(), "Bearer <access token>".to_owned()));
    let forwarded = forward.forwarded().into_iter().flat_map(|forwarded| {
        let host = (FORWARDED_HOST.to_owned(), forwarded.host.clone());
        [host, (FORWARDED_PROTO.to_owned(), forwarded.scheme.to_owned())]
    });
    identity.chain(forwarded).chain(secret).chain(access).collect()
}

/// Returns the request's own fields that the backend does not get, and those that it does.
fn fields_removed(
    forward: &Forward,
    gateway: &Gateway,
    request: &Received,
) -> (Vec<String>, Vec<String>) {
    let names = request.headers.iter().map(|(name, _)| name.clone()).filter(|name| name != "host");
    names.partition(|name| gateway.removes(forward, name))
}
