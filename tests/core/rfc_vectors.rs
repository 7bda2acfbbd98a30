//! The examples of the JOSE specifications, verified by the code that verifies tokens.

use drawbridge::keys::KeySet;
use drawbridge::rejection::Rejection;
use drawbridge::signature::Algorithm;
use drawbridge::token::{SignedToken, UntrustedToken};

/// Key and token of RFC 7515, appendix A.2.
const RFC7515_A2_KEY: &str = r#"{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}"#;
const RFC7515_A2: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

/// Key and token of RFC 7520, sections 3.3 and 4.1.
const RFC7520_KEY: &str = r#"{"kty":"RSA","kid":"bilbo.baggins@hobbiton.example","use":"sig","n":"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw","e":"AQAB"}"#;
const RFC7520_4_1: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZXhhbXBsZSJ9.SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4.MRjdkly7_-oTPTS3AXP41iQIGKa80A0ZmTuV5MEaHoxnW2e5CZ5NlKtainoFmKZopdHM1O2U4mwzJdQx996ivp83xuglII7PNDi84wnB-BDkoBwA78185hX-Es4JIwmDLJK3lfWRa-XtL0RnltuYv746iYTh_qHRD68BNt1uSNCrUCTJDt5aAE6x8wW1Kt9eRo4QPocSadnHXFxnt8Is9UzpERV0ePPQdLuW3IS_de3xyIrDaLGdjluPxUAhb6L2aXic1U12podGU0KLUQSE_oI-ZnmKJ3F4uOZDnd6QZWJushZ41Axf_fcIe8u9ipH84ogoree7vjbU5y18kDquDg";

/// Key and token of RFC 8037, appendices A.2 and A.4.
const RFC8037_KEY: &str =
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const RFC8037_A4: &str = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

fn verify(token: &str, key: &str) -> Result<SignedToken, Rejection> {
    let set = KeySet::parse(format!("{{\"keys\":[{key}]}}").as_bytes()).unwrap();
    let token = UntrustedToken::parse(token)?;
    let algorithm = Algorithm::from_name(&token.header().algorithm).unwrap();
    let key_id = token.header().key_id.clone();
    token.verify(set.candidates(algorithm, key_id.as_deref())).map(|(signed, _)| signed)
}

#[test]
fn rfc_7515_appendix_a_2() {
    let members = verify(RFC7515_A2, RFC7515_A2_KEY).unwrap().members().unwrap();
    assert_eq!(members.get("iss").unwrap(), "joe");
    assert_eq!(members.get("exp").unwrap(), 1_300_819_380);
    assert_eq!(members.get("http://example.com/is_root").unwrap(), true);
}

#[test]
fn rfc_7520_section_4_1() {
    // The payload is a sentence: the signature is valid, but the payload is no claims set.
    let code = verify(RFC7520_4_1, RFC7520_KEY).unwrap().members().unwrap_err().code();
    assert_eq!(code, "claims_malformed");
}

#[test]
fn rfc_8037_appendix_a_4() {
    let code = verify(RFC8037_A4, RFC8037_KEY).unwrap().members().unwrap_err().code();
    assert_eq!(code, "claims_malformed");
}

#[test]
fn every_changed_character_is_noticed() {
    for (token, key) in
        [(RFC7515_A2, RFC7515_A2_KEY), (RFC7520_4_1, RFC7520_KEY), (RFC8037_A4, RFC8037_KEY)]
    {
        // A changed header can be refused before the signature is verified, so the header stays.
        let payload = token.find('.').unwrap() + 1;
        for at in payload..token.len() {
            let (before, rest) = token.split_at(at);
            let replacement = if rest.starts_with('A') { "B" } else { "A" };
            let changed = format!("{before}{replacement}{}", rest.get(1..).unwrap());
            assert!(verify(&changed, key).is_err(), "character {at}");
        }
    }
}

#[test]
fn no_key_verifies_the_token_of_another() {
    let refused = |token, key| verify(token, key).unwrap_err().code();
    assert_eq!(refused(RFC7515_A2, RFC7520_KEY), "signature_invalid");
    assert_eq!(refused(RFC7520_4_1, RFC7515_A2_KEY), "signature_invalid");
    assert_eq!(refused(RFC8037_A4, RFC7515_A2_KEY), "signature_invalid");
}
