//! One HTTP exchange with the bounds of the worker's own: no redirects, so long, so much.

use std::time::Duration;

use drawbridge::keys::exchange::{Call, Reply};
use ureq::http::Request;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

/// Carries out an exchange.
///
/// # Errors
/// Why there is no response, in the worker's words.
pub fn send(call: &Call, timeout: Duration, max_bytes: usize) -> Result<Reply, String> {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(timeout))
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

fn read(body: Body, max_bytes: usize) -> Result<Vec<u8>, String> {
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    let read = body.into_with_config().limit(limit).read_to_vec();
    let too_large = || "the response is too large".to_owned();
    let body = read.map_err(|error| match error {
        ureq::Error::BodyExceedsLimit(_) => too_large(),
        error => cause(&error),
    })?;
    if body.len() > max_bytes { Err(too_large()) } else { Ok(body) }
}

fn cause(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "the response took too long".to_owned(),
        error => format!("no response: {error}"),
    }
}
