//! One HTTP exchange with the bounds of the worker's own: no redirects, so long, so much.

use std::time::Duration;

use ureq::http::Request;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

/// What is asked for.
pub struct Call<'a> {
    pub url: &'a str,
    /// `authorization`.
    pub authorization: Option<String>,
    /// A form; with one it is a POST.
    pub form: Option<String>,
    pub timeout: Duration,
    pub max_bytes: usize,
}

/// A response with its body.
pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Call<'_> {
    /// Carries it out.
    ///
    /// # Errors
    /// Why there is no response, in the worker's words.
    pub fn send(self) -> Result<Response, String> {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(self.timeout))
            .tls_config(tls)
            .build()
            .into();
        let mut request = Request::builder().uri(self.url).header("accept", "application/json");
        if let Some(authorization) = self.authorization {
            request = request.header("authorization", authorization);
        }
        let response = match self.form {
            Some(form) => request
                .method("POST")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form)
                .map(|request| agent.run(request)),
            None => request.body(()).map(|request| agent.run(request)),
        };
        let response = response.map_err(|_| "the URL is none")?.map_err(|error| cause(&error))?;
        let status = response.status().as_u16();
        let body = read(response.into_body(), self.max_bytes)?;
        Ok(Response { status, body })
    }
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
