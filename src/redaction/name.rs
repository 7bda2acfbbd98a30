//! How a name that a person has given differs from a secret.

/// The length of the longest name that is shown, in bytes.
pub(crate) const MAX_NAME_BYTES: usize = 64;

/// The greatest number of digits in a name. A date has eight.
const MAX_DIGITS: usize = 12;

/// The greatest number of letters in one part of a name, such as AUTHENTICATION.
const MAX_LETTERS: usize = 14;

/// Words of which a longer part, such as MERCHANTCENTERSECRET, must have one.
const USUAL_WORDS: [&str; 7] =
    ["authenti", "backend", "client", "schluessel", "secret", "service", "token"];

/// The greatest number of consonants in a row in a part of a name that is no abbreviation.
const MAX_CONSONANTS: usize = 4;

/// The greatest number of parts in a name without separators, such as the three of jtlClientId.
const MAX_PARTS: usize = 5;

/// The greatest number of letters in an abbreviation, such as HTTPS.
const MAX_ABBREVIATION: usize = 5;

/// Returns whether text can be the name of a variable, secret or binding.
pub(crate) fn is_identifier(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
}

/// Returns whether an identifier looks like a name: words of letters with few digits, such as
/// `JTL_CLIENT_SECRET_2` or `jtlClientSecret`. A secret, such as hexadecimal digits, base64 or a
/// random password, does not.
pub(crate) fn looks_like_name(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    is_identifier(text)
        && text.len() <= MAX_NAME_BYTES
        && digits <= MAX_DIGITS
        && text.split('_').all(|word| is_word(word) && parts(word).all(is_pronounceable))
}

/// Returns whether text without separators is made of words in a usual form: `secret`, `SECRET`,
/// `clientSecret`, each with up to five digits at its end. Up to three characters and any number
/// count as a word.
pub(super) fn is_word(text: &str) -> bool {
    if text.len() <= 3 || text.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    let mut rest = text;
    if parts(text).count() > MAX_PARTS {
        return false;
    }
    for part in parts(text) {
        let is_first = rest.len() == text.len();
        rest = rest.strip_prefix(part).unwrap_or_default();
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let is_capitals = letters.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_speakable = is_first || is_capitals || letters.contains(is_vowel);
        // After digits, only a capital and small letters begin another word: auth0Client.
        let goes_on = letters.len() == part.len()
            || rest.is_empty()
            || matches!(rest.as_bytes(), [b'A'..=b'Z', b'a'..=b'z', ..]);
        if letters.len() < 2
            || !is_speakable
            || part.len().saturating_sub(letters.len()) > 5
            || !goes_on
        {
            return false;
        }
    }
    true
}

/// Splits text of letters and digits into parts such as `jtl`, `Client`, `API` and `V2`.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let upper = count(rest, 0, u8::is_ascii_uppercase);
        let lower = count(rest, upper, u8::is_ascii_lowercase);
        let letters = match (upper, lower) {
            (_, 0) => upper,
            (0 | 1, _) => upper.saturating_add(lower),
            _ => upper.saturating_sub(1),
        };
        let length = letters.saturating_add(count(rest, letters, u8::is_ascii_digit));
        let (part, after) = rest.split_at_checked(length.max(1))?;
        rest = after;
        Some(part)
    })
}

fn count(text: &str, from: usize, is_counted: fn(&u8) -> bool) -> usize {
    text.bytes().skip(from).take_while(is_counted).count()
}

fn is_vowel(c: char) -> bool {
    "aeiouyAEIOUY".contains(c)
}

/// Returns whether a part of a name can be a word or a short abbreviation.
fn is_pronounceable(part: &str) -> bool {
    let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
    let has = |word: &&str| letters.to_ascii_lowercase().contains(*word);
    letters.len() <= MAX_ABBREVIATION
        || USUAL_WORDS.iter().any(has)
        || (letters.len() <= MAX_LETTERS
            && letters.split(is_vowel).all(|run| run.len() <= MAX_CONSONANTS))
}

#[cfg(test)]
mod tests;
