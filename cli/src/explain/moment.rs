//! Moments, as people write and read them.

use drawbridge::time::UnixMillis;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Returns the moment that this machine's clock shows.
#[expect(clippy::disallowed_methods, reason = "the command line is a shell of its own")]
pub fn now() -> UnixMillis {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let millis = since.map(|since| since.as_millis()).unwrap_or_default();
    UnixMillis::new(u64::try_from(millis).unwrap_or(u64::MAX))
}

/// Reads a moment: RFC 3339, or Unix seconds.
///
/// # Errors
/// The text is neither.
pub fn parse(text: &str) -> Result<UnixMillis, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(UnixMillis::from_seconds(seconds));
    }
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok();
    let millis = moment.and_then(|moment| {
        u64::try_from(moment.unix_timestamp_nanos().checked_div(1_000_000)?).ok()
    });
    millis
        .map(UnixMillis::new)
        .ok_or_else(|| "must be a moment such as 2026-11-21T14:00:00Z, or Unix seconds".to_owned())
}

/// Returns a moment as RFC 3339, or as Unix seconds if RFC 3339 has no year for it.
pub fn shown(seconds: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(seconds).ok();
    moment.and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_else(|| seconds.to_string())
}

/// Returns how far a moment lies from now: `in 1 min 5 s`, `2 h 3 min ago`.
pub fn distance(seconds: i64, now: UnixMillis) -> String {
    let now = i64::try_from(now.seconds()).unwrap_or(i64::MAX);
    let difference = seconds.saturating_sub(now);
    let text = duration(difference.unsigned_abs());
    match difference {
        0 => "now".to_owned(),
        1.. => format!("in {text}"),
        _ => format!("{text} ago"),
    }
}

/// Returns a duration in its two largest units.
fn duration(seconds: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (size, name) in UNITS {
        let count = rest.checked_div(size).unwrap_or_default();
        rest = rest.checked_rem(size).unwrap_or_default();
        if count > 0 {
            parts.push(format!("{count} {name}"));
        } else if !parts.is_empty() {
            break;
        }
        if parts.len() == 2 {
            break;
        }
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests;
