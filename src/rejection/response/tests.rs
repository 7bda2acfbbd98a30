use super::*;
use serde_json::{Value, json};

const CONTEXT: RejectionContext<'static> = RejectionContext {
    wording: Wording::Standard,
    head: false,
    ray: Some("8f0-FRA"),
    realm: "https://api.example.com",
    reject_status: 401,
};

fn header<'a>(response: &'a RejectionResponse, name: &str) -> Option<&'a str> {
    response.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
}

#[test]
fn a_refused_token_gets_a_problem_and_a_challenge() {
    let response = RejectionResponse::new(
        &Rejection::AudienceMismatch { expected: vec!["https://api.example.com/orders".into()] },
        &CONTEXT,
    );
    let detail = "The token's aud must be https://api.example.com/orders.";
    assert_eq!(response.status, 401);
    assert_eq!(
        header(&response, "www-authenticate").unwrap(),
        format!(
            "Bearer realm=\"https://api.example.com\", error=\"invalid_token\", \
             error_description=\"{detail}\""
        ),
    );
    assert_eq!(
        serde_json::from_str::<Value>(&response.body).unwrap(),
        json!({
            "type": "urn:drawbridge:problem:audience_mismatch",
            "title": "Wrong audience",
            "status": 401,
            "detail": detail,
            "code": "audience_mismatch",
            "instance": "8f0-FRA",
            "error": "invalid_token",
            "message": detail,
        }),
    );
}

#[test]
fn jtl_clients_read_the_texts_of_the_tutorial() {
    let context = RejectionContext { wording: Wording::JtlTutorial, ..CONTEXT };
    let missing = RejectionResponse::new(
        &Rejection::TokenMissing { expected: "X-Session-ID".into() },
        &context,
    );
    assert_eq!(missing.status, 400);
    assert!(missing.body.contains("\"error\":\"Session token is required\""));
    let invalid = RejectionResponse::new(&Rejection::SignatureInvalid, &context);
    assert_eq!(invalid.status, 401);
    assert!(invalid.body.contains("\"error\":\"Failed to verify session token\""));
}

#[test]
fn others_read_the_codes_of_rfc_6750() {
    let missing = RejectionResponse::new(
        &Rejection::TokenMissing { expected: "a Bearer token".into() },
        &CONTEXT,
    );
    assert_eq!(missing.status, 401);
    assert!(missing.body.contains("\"error\":\"invalid_request\""));
    let invalid = RejectionResponse::new(&Rejection::SignatureInvalid, &CONTEXT);
    assert_eq!(invalid.status, 401);
    assert!(invalid.body.contains("\"error\":\"invalid_token\""));
}

#[test]
fn the_challenge_cannot_be_broken_out_of() {
    let response = RejectionResponse::new(
        &Rejection::ClaimMissing { claim: "a\"b\\c\r\nx: y\u{e9}".into() },
        &CONTEXT,
    );
    let challenge = header(&response, "www-authenticate").unwrap();
    assert!(challenge.ends_with("error_description=\"The token has no claim a?b?c??x: y?.\""));
}

#[test]
fn unavailable_keys_are_not_the_callers_fault() {
    let response =
        RejectionResponse::new(&Rejection::KeysUnavailable { retry_after_seconds: 30 }, &CONTEXT);
    assert_eq!(response.status, 503);
    assert_eq!(header(&response, "retry-after"), Some("30"));
    assert_eq!(header(&response, "www-authenticate"), None);
}

#[test]
fn head_gets_no_body() {
    let response = RejectionResponse::new(
        &Rejection::SignatureInvalid,
        &RejectionContext { head: true, ..CONTEXT },
    );
    assert_eq!((response.status, response.body.as_str()), (401, ""));
}
