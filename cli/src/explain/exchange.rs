//! HTTP exchanges with issuers. As in the worker, no redirect is followed, and duration and size are
//! bounded.

use std::time::Duration;

use drawbridge::keys::exchange::{Call, Reply};
use drawbridge::time::UnixMillis;
use ureq::http::Request;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::moment;

/// Carries out a call.
///
/// # Errors
/// Why there is no complete response, in the worker's words.
pub fn send(call: &Call, deadline: UnixMillis, max_bytes: usize) -> Result<Reply, String> {
    // For ureq, a timeout of zero is none.
    let millis = deadline.since(moment::now()).max(1);
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(Duration::from_millis(millis)))
        .tls_config(tls)
        .build()
        .into();
    let mut request = Request::builder().method(call.method).uri(&call.url);
    for (name, value) in &call.headers {
        request = request.header(*name, value);
    }
    let response = match &call.body {
        Some(body) => request.body(body.as_str()).map(|request| agent.run(request)),
        None => request.body(()).map(|request| agent.run(request)),
    };
    let response = response.map_err(|_| "the URL is none")?.map_err(|error| cause(&error))?;
    let etag = response.headers().get("etag").and_then(|etag| etag.to_str().ok());
    let (status, etag) = (response.status().as_u16(), etag.map(str::to_owned));
    let body = read(response.into_body(), max_bytes)?;
    Ok(Reply { status, etag, body })
}

/// Reads a body of at most `max_bytes`.
fn read(body: Body, max_bytes: usize) -> Result<Vec<u8>, String> {
    // ureq refuses a body that reaches its limit.
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    body.into_with_config().limit(limit).read_to_vec().map_err(|error| cause(&error))
}

fn cause(error: &ureq::Error) -> String {
    match error {
        ureq::Error::BodyExceedsLimit(_) => "the response is too large".to_owned(),
        ureq::Error::Timeout(_) => "the response took too long".to_owned(),
        error => format!("no response: {error}"),
    }
}
