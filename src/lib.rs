//! Drawbridge: a token-verifying edge gateway.
//!
//! A Cloudflare Worker that stands in front of an HTTP backend, verifies the caller's JSON Web
//! Token and fetches from the backend only after that. What happens to a request, in order:
//!
//! 1. The configuration was parsed and validated when the isolate started ([`settings`],
//!    [`config`]).
//! 2. The path must have one meaning ([`request`]).
//! 3. A preflight ends here if the configuration has rules for it. Otherwise the most specific
//!    route decides who may pass ([`route`]). Everybody passes a public route.
//! 4. The header fields hold exactly one credential ([`request`]).
//! 5. The credential is a compact JWS with a strict header ([`token`]), signed with an algorithm
//!    that the provider allows ([`signature`]), by a key of its issuer ([`keys`]). A remembered
//!    token was verified with these keys before.
//! 6. Its claims hold: types and time ([`token`]), then issuer, audience and what the provider
//!    demands ([`provider`]). The result is a [`session::Session`].
//! 7. The session has what the route demands ([`route`]).
//! 8. Only a session or a public route makes an [`upstream::Forward`], which the shell sends.
//!
//! Every other request is refused with a stable code ([`rejection`]). [`pipeline`] joins the
//! steps. This core knows no clock, no network and no JavaScript. The shell around it is `edge`,
//! which exists for `wasm32` only.

pub mod answer;
pub mod config;
#[cfg(target_arch = "wasm32")]
mod edge;
pub mod health;
pub mod json;
pub mod keys;
pub mod pipeline;
pub mod provider;
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
