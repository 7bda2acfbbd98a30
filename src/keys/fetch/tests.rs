use super::*;

const NOW: UnixMillis = UnixMillis::from_seconds(1_800_000_000);
const ISSUER: &str = "https://a.example";
const METADATA: &str = "https://a.example/.well-known/openid-configuration";
const KEYS: &str = "https://a.example/keys";

/// The public key of RFC 8037, appendix A.2.
const JWKS: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

fn source(location: KeyLocation, with_token: bool) -> KeySource {
    let client_credentials = with_token.then(|| ClientCredentials {
        token_url: "https://auth.example/token".into(),
        scope: None,
        client_id_secret_name: "ID".into(),
        client_secret_secret_name: "SECRET".into(),
    });
    KeySource { name: ISSUER.into(), location, client_credentials }
}

fn at_uri(with_token: bool) -> KeySource {
    source(KeyLocation::Uri(KEYS.into()), with_token)
}

fn metadata() -> String {
    format!(r#"{{"issuer":"{ISSUER}","jwks_uri":"{KEYS}"}}"#)
}

fn reply(status: u16, body: &str) -> Result<Reply, String> {
    Ok(Reply { status, etag: Some("\"2\"".into()), body: body.into() })
}

fn validator(uri: &str) -> Option<Validator> {
    Some(Validator { etag: "\"1\"".into(), jwks_uri: uri.into() })
}

/// Returns the URL of a call, and its header fields other than `accept`.
fn sent(next: Next<'_>) -> (String, Vec<String>) {
    let Next::Send(call) = next else { panic!("{next:?}") };
    assert_eq!((call.method, call.body), ("GET", None));
    let mut fields = call.headers.iter().map(|(name, value)| format!("{name}: {value}"));
    assert_eq!(fields.next().as_deref(), Some("accept: application/json"));
    let fields = fields.collect();
    (call.url, fields)
}

/// Returns whether the issuer refused the previous token.
fn authorise(next: Next<'_>) -> bool {
    let Next::Authorise { credentials, refused } = next else { panic!("{next:?}") };
    assert_eq!(credentials.token_url, "https://auth.example/token");
    refused
}

fn set(next: Next<'_>) -> Fetched {
    let Next::Done(Ok(Outcome::Set(set))) = next else { panic!("{next:?}") };
    set
}

fn error(next: Next<'_>) -> String {
    let Next::Done(Err(error)) = next else { panic!("{next:?}") };
    error.to_string()
}

#[test]
fn a_configured_url_is_asked_at_once() {
    let source = at_uri(false);
    let (mut fetch, next) = KeyFetch::start(&source, None, NOW);
    assert_eq!(sent(next), (KEYS.into(), vec![]));
    let set = set(fetch.replied(reply(200, JWKS)));
    assert_eq!((&*set.document, &*set.jwks_uri, set.fetched_at), (JWKS, KEYS, NOW));
    assert_eq!((set.etag.as_deref(), set.keys.keys().len()), (Some("\"2\""), 1));
}

#[test]
fn metadata_lead_to_the_keys() {
    let source = source(KeyLocation::Discovery, false);
    let (mut fetch, next) = KeyFetch::start(&source, None, NOW);
    assert_eq!(sent(next), (METADATA.into(), vec![]));
    assert_eq!(sent(fetch.replied(reply(200, &metadata()))), (KEYS.into(), vec![]));
    assert_eq!(&*set(fetch.replied(reply(200, JWKS))).jwks_uri, KEYS);
}

#[test]
fn unusable_metadata_end_the_fetch() {
    for (reply, expected) in [
        (reply(404, &metadata()), "metadata: status 404"),
        (reply(304, &metadata()), "metadata: status 304"),
        (Err("no response".into()), "metadata: no response"),
        (reply(200, "{}"), "the metadata names another issuer"),
    ] {
        let source = source(KeyLocation::Discovery, false);
        let (mut fetch, _) = KeyFetch::start(&source, None, NOW);
        assert_eq!(error(fetch.replied(reply)), expected);
    }
}

#[test]
fn an_unusable_key_set_ends_the_fetch() {
    let not_utf8 = Ok(Reply { status: 200, etag: None, body: vec![0xff] });
    for (reply, expected) in [
        (reply(500, JWKS), "status 500"),
        (reply(401, JWKS), "status 401"),
        // The request was not conditional, so 304 is not a valid reply.
        (reply(304, ""), "status 304"),
        (Err("the response is too large".into()), "the response is too large"),
        (not_utf8, "the key set is not UTF-8"),
    ] {
        let source = at_uri(false);
        let (mut fetch, _) = KeyFetch::start(&source, None, NOW);
        assert_eq!(error(fetch.replied(reply)), expected);
    }
    let source = at_uri(false);
    let (mut fetch, _) = KeyFetch::start(&source, None, NOW);
    let fault = KeySet::parse(b"{}").unwrap_err().to_string();
    assert_eq!(error(fetch.replied(reply(200, "{}"))), fault);
}

#[test]
fn keys_in_the_configuration_are_not_fetched() {
    let keys = Rc::new(KeySet::parse(JWKS.as_bytes()).unwrap());
    let source = source(KeyLocation::Inline(keys), false);
    let (_, next) = KeyFetch::start(&source, None, NOW);
    assert_eq!(error(next), "keys in the configuration are not fetched");
}

#[test]
fn a_set_may_be_unchanged_since_its_entity_tag() {
    let source = source(KeyLocation::Discovery, false);
    let (mut fetch, next) = KeyFetch::start(&source, validator(KEYS), NOW);
    assert_eq!(sent(next), (METADATA.into(), vec![]));
    let next = fetch.replied(reply(200, &metadata()));
    assert_eq!(sent(next), (KEYS.into(), vec!["if-none-match: \"1\"".into()]));
    let Next::Done(Ok(Outcome::NotModified { etag, fetched_at })) = fetch.replied(reply(304, ""))
    else {
        panic!()
    };
    assert_eq!((etag.as_str(), fetched_at), ("\"1\"", NOW));
}

#[test]
fn an_entity_tag_of_another_url_is_not_used() {
    let source = at_uri(false);
    let (_, next) = KeyFetch::start(&source, validator("https://a.example/old"), NOW);
    assert_eq!(sent(next), (KEYS.into(), vec![]));
}

#[test]
fn an_entity_tag_that_no_field_may_hold_is_dropped() {
    for tag in ["a b", "ä", "a\nb"] {
        let source = at_uri(false);
        let (mut fetch, _) = KeyFetch::start(&source, None, NOW);
        let reply = Reply { status: 200, etag: Some(tag.into()), body: JWKS.into() };
        assert_eq!(set(fetch.replied(Ok(reply))).etag, None, "{tag}");
    }
}

#[test]
fn an_access_token_is_sent_if_the_source_requires_one() {
    let source = at_uri(true);
    let (mut fetch, next) = KeyFetch::start(&source, validator(KEYS), NOW);
    assert!(!authorise(next));
    let fields = ["if-none-match: \"1\"", "authorization: Bearer t1"].map(str::to_owned);
    assert_eq!(sent(fetch.authorised(Ok("t1"))), (KEYS.into(), fields.into()));
    assert_eq!(&*set(fetch.replied(reply(200, JWKS))).document, JWKS);
}

#[test]
fn a_refused_access_token_is_replaced_once() {
    let source = at_uri(true);
    let (mut fetch, next) = KeyFetch::start(&source, None, NOW);
    assert!(!authorise(next));
    sent(fetch.authorised(Ok("t1")));
    assert!(authorise(fetch.replied(reply(401, ""))));
    let fields = vec!["authorization: Bearer t2".to_owned()];
    assert_eq!(sent(fetch.authorised(Ok("t2"))), (KEYS.into(), fields));
    let Next::Done(Err(refused)) = fetch.replied(reply(401, "")) else { panic!("not the end") };
    assert_eq!((refused.to_string().as_str(), refused.refuses_token()), ("status 401", true));
    let other = FetchError::Status { document: Document::Metadata, url: KEYS.into(), status: 401 };
    assert!(!other.refuses_token());
}

#[test]
fn a_missing_access_token_ends_the_fetch() {
    let source = at_uri(true);
    let (mut fetch, _) = KeyFetch::start(&source, None, NOW);
    let cause = "access token: status 500";
    assert_eq!(error(fetch.authorised(Err(cause.into()))), cause);
}

#[test]
fn a_token_that_the_fetch_did_not_ask_for_ends_the_fetch() {
    let source = source(KeyLocation::Discovery, true);
    let (mut fetch, _) = KeyFetch::start(&source, None, NOW);
    assert_eq!(error(fetch.authorised(Ok("t1"))), "no access token was asked for");
}
