//! The keys that verify signatures: JWK Sets, how they are fetched, and how they are cached.

mod cache;
mod caches;
mod client_credentials;
pub mod discovery;
pub mod exchange;
pub mod fetch;
mod jwk_set;
pub mod kv_entry;
mod source;

pub use cache::{
    AfterKvRead, CachePolicy, Fetched, KeyCache, KeyState, KeysFrom, Lookup, Miss, Outcome, Start,
    Validator,
};
pub use caches::{Failure, KeyCaches};
pub use client_credentials::grant;
pub use client_credentials::{AccessLookup, AccessToken, AccessTokenCache, ClientCredentials};
pub use jwk_set::{Key, KeySet, KeySetFault, MAX_CANDIDATES, MAX_KEYS, SkipReason, SkippedKey};
pub use source::{KeyLocation, KeySource, KeySources};
