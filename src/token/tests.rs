use super::*;

fn code(text: &str) -> &'static str {
    UntrustedToken::parse(text).map(|_| "ok").unwrap_or_else(|rejection| rejection.code())
}

fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

#[test]
fn three_parts_exactly() {
    let header = encode(r#"{"alg":"RS256"}"#);
    assert_eq!(code(&format!("{header}.e30.AAAA")), "ok");
    for text in ["", ".", "a", "a.b", &format!("{header}.e30"), &format!("{header}.e30.AAAA.AAAA")]
    {
        assert_eq!(code(text), "token_malformed", "{text}");
    }
    // Five parts are a JWE, RFC 7516.
    assert_eq!(code(&format!("{header}.e30.AAAA.AAAA.AAAA")), "token_malformed");
}

#[test]
fn base64url_is_canonical_and_unpadded() {
    let header = encode(r#"{"alg":"RS256"}"#);
    for part in ["AA==", "AB", "A", "A A", "AA\n", "A+A", "A/A", "Ä"] {
        assert_eq!(code(&format!("{header}.e30.{part}")), "token_malformed", "{part}");
        assert_eq!(code(&format!("{header}.{part}.AAAA")), "token_malformed", "{part}");
        assert_eq!(code(&format!("{part}.e30.AAAA")), "token_malformed", "{part}");
    }
}

#[test]
fn the_header_is_strict() {
    for (header, expected) in [
        (r#"{"alg":"RS256","kid":"1","typ":"JWT","jku":"https://evil.example"}"#, "ok"),
        (r#"{"alg":"none"}"#, "ok"), // well-formed; no provider allows it
        (r#"{}"#, "header_malformed"),
        (r#"[]"#, "header_malformed"),
        (r#"{"alg":1}"#, "header_malformed"),
        (r#"{"alg":null}"#, "header_malformed"),
        (r#"{"alg":["RS256"]}"#, "header_malformed"),
        (r#"{"alg":"RS256","kid":7}"#, "header_malformed"),
        (r#"{"alg":"RS256","typ":null}"#, "header_malformed"),
        (r#"{"alg":"RS256","alg":"none"}"#, "header_malformed"),
        (r#"{"alg":"RS256","crit":[]}"#, "header_critical"),
        (r#"{"alg":"RS256","crit":null}"#, "header_critical"),
        (r#"{"alg":"RS256","crit":["b64"],"b64":false}"#, "header_critical"),
    ] {
        assert_eq!(code(&format!("{}.e30.AAAA", encode(header))), expected, "{header}");
    }
}

#[test]
fn debug_shows_nothing_of_a_token() {
    let text = format!("{}.{}.AAAA", encode(r#"{"alg":"RS256"}"#), encode(r#"{"sub":"marked"}"#));
    let token = UntrustedToken::parse(&text).unwrap();
    assert_eq!(format!("{token:?}"), "UntrustedToken(REDACTED)");
    let signed = SignedToken::of(br#"{"sub":"marked"}"#);
    assert_eq!(format!("{signed:?}"), "SignedToken(REDACTED)");
}

#[test]
fn the_issuer_is_a_string_before_and_after_the_signature() {
    for (payload, expected) in [
        (r#"{"iss":"https://i.example"}"#, Ok(Some("https://i.example"))),
        ("{}", Ok(None)),
        (r#"{"iss":1}"#, Err("claims_malformed")),
        ("[]", Err("claims_malformed")),
    ] {
        let text = format!("{}.{}.AAAA", encode(r#"{"alg":"RS256"}"#), encode(payload));
        let token = UntrustedToken::parse(&text).unwrap();
        assert_eq!(token.claimed_issuer().map_err(|rejection| rejection.code()), expected);
        let signed = SignedToken::of(payload.as_bytes());
        assert_eq!(signed.issuer().map_err(|rejection| rejection.code()), expected);
    }
}
