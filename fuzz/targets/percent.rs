//! The simplest reader of percent-encoding (RFC 3986, section 2.1).

/// Decodes once. Text that is not a valid encoding stays.
pub fn decode(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let byte = text.get(at + 1..at + 3).filter(|_| text[at] == b'%').and_then(hex);
        decoded.push(byte.unwrap_or(text[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    decoded
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    Some((digit(digits[0])? * 16 + digit(digits[1])?) as u8)
}
