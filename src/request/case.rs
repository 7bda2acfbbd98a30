//! Paths in the form in which a backend that ignores case sees them.

/// Returns whether two segments in normal form are the same to the rules.
pub(crate) fn is_same_segment(a: &str, b: &str, ignore_case: bool) -> bool {
    folded(a, ignore_case) == folded(b, ignore_case)
}

/// Returns the text in the form in which a backend that ignores case may see it. If `ignore_case`
/// is false, returns the text unchanged.
///
/// The text is converted to upper case and then to lower case, because each conversion alone keeps
/// some letters apart: `K` (U+212A) is a `k` in lower case, `ſ` (U+017F) an `S` in upper case.
pub(crate) fn folded(text: &str, ignore_case: bool) -> String {
    if !ignore_case {
        return text.to_owned();
    }
    if text.is_ascii() && !text.contains('%') {
        return text.to_ascii_lowercase();
    }
    let upper: String = decoded_letters(text).chars().flat_map(char::to_uppercase).collect();
    upper.chars().flat_map(char::to_lowercase).collect()
}

/// Decodes the percent-encoded bytes of characters outside of ASCII.
fn decoded_letters(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, encoded)) = rest.split_once('%') {
        bytes.extend(before.bytes());
        let byte = encoded.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.filter(|byte| !byte.is_ascii()) {
            Some(byte) => {
                bytes.push(byte);
                rest = encoded.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(b'%');
                rest = encoded;
            }
        }
    }
    bytes.extend(rest.bytes());
    // `RequestPath::parse` makes sure that decoded paths and patterns are UTF-8.
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
