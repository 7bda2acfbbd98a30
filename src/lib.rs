//! Drawbridge: a token-verifying edge gateway.
//!
//! Drawbridge is a Cloudflare Worker in front of an HTTP backend. It verifies the caller's JSON Web
//! Token before it fetches from the backend. What happens to a request, in order:
//!
//! 1. The configuration was parsed and validated when the isolate started ([`settings`],
//!    [`config`]).
//! 2. The path must have one meaning ([`request`]).
//! 3. A preflight ends here if the configuration has rules for it. Otherwise the most specific
//!    route decides who may pass ([`route`]). Anyone may use a public route.
//! 4. The header fields hold exactly one credential ([`request`]).
//! 5. The credential is a compact JWS with a strict header ([`token`]). A key of its issuer
//!    ([`keys`]) has signed it, with an algorithm that the provider allows ([`signature`]). The
//!    signature of a remembered token was verified with the same keys for an earlier request.
//! 6. The claims of the token hold: types and time ([`token`]), then issuer, audience and what the
//!    provider demands ([`provider`]). The result is a [`session::Session`].
//! 7. The session has what the route demands ([`route`]).
//! 8. Only a session or a public route makes an [`upstream::Forward`], which the shell sends.
//!
//! Drawbridge refuses every other request with a stable code ([`rejection`]). [`pipeline`] joins
//! the steps. This core reads no clock, uses no network and calls no JavaScript. The shell around
//! the core is `edge`, which exists for `wasm32` only.

pub mod answer;
pub mod config;
#[cfg(target_arch = "wasm32")]
mod edge;
pub mod health;
pub mod json;
pub mod keys;
pub mod pipeline;
pub mod provider;
pub mod redaction;
pub mod rejection;
pub mod request;
pub mod route;
pub mod secrets;
pub mod session;
pub mod settings;
pub mod signature;
pub mod slots;
pub mod time;
pub mod token;
pub mod upstream;
