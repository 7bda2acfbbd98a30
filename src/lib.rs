//! Drawbridge: a token-verifying edge gateway.
//!
//! A Cloudflare Worker that stands in front of an HTTP backend, verifies the caller's JSON Web
//! Token and fetches from the backend only after that. What happens to a request, in order:
//!
//! 1. The configuration was parsed and validated when the isolate started ([`config`]).
//! 2. The path must have one meaning ([`path`]).
//! 3. A preflight ends here, where there are rules for it ([`cors`]); otherwise the most specific
//!    route decides who may pass ([`route`]). On a public one, everybody.
//! 4. The headers hold exactly one credential ([`credential`]).
//! 5. It is a compact JWS with a strict header ([`token`]), signed with an algorithm that the
//!    provider allows ([`signature`]), by a key of its issuer ([`jwk`], [`key_cache`]), unless that
//!    was found before ([`verified_tokens`]).
//! 6. Its claims hold: types and time ([`claims`]), then issuer, audience and what the provider
//!    demands ([`provider`]). This makes a [`session::Session`].
//! 7. The session has what the route demands ([`requirement`]).
//! 8. Only a session or a public route makes an [`upstream::Forward`], which the shell sends.
//!
//! Everything else is refused with a stable code ([`reject`]). [`gateway`] joins the steps. This
//! core knows no clock, no network and no JavaScript; the shell around it, for `wasm32` only, is
//! in `edge`.

pub mod access_token;
pub mod answer;
pub mod assertion;
pub mod claims;
pub mod config;
pub mod cors;
pub mod credential;
pub mod discovery;
#[cfg(target_arch = "wasm32")]
mod edge;
pub mod gateway;
pub mod health;
pub mod http_url;
pub mod identity;
pub mod json;
pub mod jwk;
pub mod key_cache;
pub mod key_store;
pub mod observer;
pub mod path;
pub mod provider;
pub mod reject;
pub mod request;
pub mod requirement;
pub mod route;
pub mod secret;
pub mod self_test;
pub mod session;
pub mod signature;
pub mod stored_set;
pub mod time;
pub mod token;
pub mod upstream;
pub mod verified_tokens;
pub mod verifier;
