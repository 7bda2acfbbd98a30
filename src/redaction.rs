//! Text for messages and the log, without the tokens and secrets in it.
//!
//! Callers put tokens into paths, issuers put URLs with secrets into claims, and users write a
//! secret where its name belongs. What looks like one is shortened wherever text leaves.

mod name;

pub(crate) use name::{MAX_NAME_BYTES, is_identifier, looks_like_name};

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The number of characters that are left of a token or a secret. They help to find it.
const SHOWN_BYTES: usize = 4;

/// The number of characters that are decoded to recognise a token. Every header is longer: the
/// shortest one that names an algorithm has 19 characters.
const RECOGNISED_BYTES: usize = 16;

/// The length of the shortest word that can be taken for a secret, in bytes.
const MIN_SECRET_BYTES: usize = 16;

/// Returns text in which every token is shortened: everything that begins like a JSON object in
/// base64url, as a compact JWS or JWE does (RFC 7515, section 7.1; RFC 7516, section 7.1). Parts of
/// it may be percent-encoded.
pub fn without_tokens(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, token)) = token_start(rest).and_then(|at| rest.split_at_checked(at)) {
        let belongs = |c: char| c.is_ascii_alphanumeric() || "-_.%=+~".contains(c);
        shown.push_str(before);
        push_shortened(&mut shown, token);
        rest = token.trim_start_matches(belongs);
    }
    if shown.is_empty() {
        return Cow::Borrowed(text);
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// Returns a value that may be a URL, without user name, password, query and fragment, and with
/// shortened tokens.
pub fn without_query(value: &str) -> String {
    let shown = match value.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", host_and_path(rest)),
        None => {
            let start = value.split('?').next().unwrap_or_default();
            let start = match start.split_once('#') {
                Some((start, _)) if start.contains([':', '/']) => start,
                _ => start,
            };
            match start.rsplit_once('@') {
                Some((user, host)) if user.contains(':') => host.to_owned(),
                _ => start.to_owned(),
            }
        }
    };
    without_tokens(&shown).into_owned()
}

/// Returns a message without the tokens, the secrets and the private parts of URLs in it.
pub fn redacted(message: &str) -> String {
    let mut shown = String::new();
    let mut rest = message;
    while let Some((before, after)) = rest.split_once("://") {
        let scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let is_quoted = before.trim_end_matches(scheme).ends_with('"');
        let (url, after) = after.split_at_checked(url_length(after, is_quoted)).unwrap_or_default();
        for part in [before, "://", host_and_path(url)] {
            shown.push_str(part);
        }
        rest = after;
    }
    shown.push_str(rest);
    without_secrets(&without_tokens(&shown))
}

/// Returns where the next token begins, in bytes.
fn token_start(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..bytes.len()).find(|at| match bytes.get(*at..) {
        Some(from @ ([b'e', b'y' | b'w' | b'%', ..] | [b'%', b'6', b'5', ..])) => {
            begins_with_object(from)
        }
        _ => false,
    })
}

/// Returns whether text begins like a JSON object in base64url: with `{`, white space, and `"`.
fn begins_with_object(text: &[u8]) -> bool {
    let mut first = Vec::with_capacity(RECOGNISED_BYTES);
    let mut rest = text;
    while first.len() < RECOGNISED_BYTES {
        let (byte, after) = match rest {
            [b'%', high, low, after @ ..] => (hex(*high).zip(hex(*low)), after),
            [byte, after @ ..] => (Some((*byte >> 4, *byte & 15)), after),
            [] => return false,
        };
        let Some((high, low)) = byte else { return false };
        first.push((high << 4) | low);
        rest = after;
    }
    URL_SAFE_NO_PAD.decode(first).is_ok_and(|json| {
        let inside = json.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
        inside.is_some_and(|inside| inside.first().is_none_or(|byte| *byte == b'"'))
    })
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Returns the part of a URL after `://` that may be shown. A user name or a password may have
/// characters that end a host, such as `/` or `?`.
fn host_and_path(mut rest: &str) -> &str {
    loop {
        let authority = rest.split(['/', '\\', '?', '#']).next().unwrap_or_default();
        let port = authority.rsplit_once(':').map_or("", |(_, port)| port);
        let is_port = port.ends_with(']') || port.bytes().all(|byte| byte.is_ascii_digit());
        match rest.split_once('@') {
            Some((_, after)) if authority.contains('@') || !is_port => rest = after,
            _ => return rest.split(['?', '#']).next().unwrap_or_default(),
        }
    }
}

/// Returns the length of the URL at the start of a text, in bytes. A quoted one ends with its quote.
fn url_length(text: &str, is_quoted: bool) -> usize {
    let mut is_escaped = false;
    let end = text.char_indices().find(|(_, c)| {
        let ends = !is_escaped && (*c == '"' || (!is_quoted && (*c == '`' || c.is_whitespace())));
        is_escaped = *c == '\\' && !is_escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at)
}

/// Shortens every word that looks like a secret: it is long, and its parts are not made of words.
fn without_secrets(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-+=".contains(c);
    while let Some(start) = rest.find(is_part) {
        let (before, from) = rest.split_at_checked(start).unwrap_or_default();
        rest = from.trim_start_matches(is_part);
        let word = from.strip_suffix(rest).unwrap_or_default();
        shown.push_str(before);
        if word.len() >= MIN_SECRET_BYTES && !is_uuid(word) && !is_made_of_words(word) {
            push_shortened(&mut shown, word);
        } else {
            shown.push_str(word);
        }
    }
    shown.push_str(rest);
    shown
}

fn is_made_of_words(text: &str) -> bool {
    text.split(['-', '+', '=', '_']).all(name::is_word)
}

/// Returns whether text has the form of a UUID (RFC 9562, section 4). Tenants and audiences have
/// such names.
fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

fn push_shortened(shown: &mut String, secret: &str) {
    shown.push_str(secret.get(..SHOWN_BYTES).unwrap_or_default());
    shown.push('…');
}

#[cfg(test)]
mod tests;
