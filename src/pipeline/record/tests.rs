use super::*;

const TIME: UnixMillis = UnixMillis::from_seconds(1_800_000_000);

fn config() -> Config {
    let text = r#"{
        "providers": [{"name": "mc", "kind": "merchant-center", "regions": ["gcp-eu"]}],
        "routes": [{"path": "/open", "access": "public"}, {"path": "/orders/*"}],
        "unmatched": "deny",
        "upstreams": {"origin": {"url": "https://backend.example.com"}}
    }"#;
    Config::parse([("DRAWBRIDGE", text)]).unwrap()
}

fn record() -> Record {
    Record {
        route: Some(1),
        provider: Some(0),
        key_id: Some("key-1".into()),
        keys_from: Some(KeysFrom::Issuer),
        verified_before: true,
        found: None,
        would_refuse: None,
    }
}

fn ended(outcome: End<'static>) -> Ended<'static> {
    Ended {
        time: TIME,
        ray: Some("8a1-FRA"),
        method: "GET",
        url: "https://api.example.com/orders/1?secret=1#2",
        outcome,
        status: 200,
        upstream_millis: Some(12),
    }
}

#[test]
fn an_allowed_request_is_told_without_its_path() {
    assert_eq!(
        record().line(Some(&config()), &ended(End::Allowed)).json(),
        r#"{"event":"request","time":1800000000000,"ray":"8a1-FRA","method":"GET","route":"/orders/*","provider":"mc","outcome":"allowed","status":200,"key_id":"key-1","keys_from":"issuer","verified_before":true,"upstream_ms":12}"#,
    );
}

#[test]
fn a_refused_request_is_told_with_path_and_code_and_all_that_its_record_has() {
    let refused = Ended {
        status: 504,
        ..ended(End::Refused {
            code: "upstream_timeout",
            detail: "The backend did not answer in time.",
        })
    };
    assert_eq!(
        record().line(Some(&config()), &refused).json(),
        r#"{"event":"request","time":1800000000000,"ray":"8a1-FRA","method":"GET","path":"/orders/1","route":"/orders/*","provider":"mc","outcome":"refused","code":"upstream_timeout","detail":"The backend did not answer in time.","status":504,"key_id":"key-1","keys_from":"issuer","verified_before":true,"upstream_ms":12}"#,
    );
}

#[test]
fn what_is_not_known_is_left_out() {
    let ended = Ended { ray: None, upstream_millis: None, ..ended(End::Answered) };
    let expected = r#"{"event":"request","time":1800000000000,"method":"GET","path":"/orders/1","outcome":"answered","status":200}"#;
    assert_eq!(Record::default().line(Some(&config()), &ended).json(), expected);
    // If the configuration is invalid, routes and providers have no names.
    assert_eq!(Record::default().line(None, &ended).json(), expected);
}

#[test]
fn a_long_key_id_is_cut_at_a_character() {
    for (id, expected) in [
        ("", String::new()),
        (&*"ä".repeat(64), "ä".repeat(64)),
        (&*"ä".repeat(65), "ä".repeat(64)),
    ] {
        assert_eq!(shortened(id), expected);
    }
}

#[test]
fn a_data_point_has_a_place_for_each_member() {
    let config = config();
    assert_eq!(
        record().line(Some(&config), &ended(End::Allowed)).data_point(),
        r#"{"indexes":["mc"],"blobs":["allowed","","mc","/orders/*","GET"],"doubles":[200,12]}"#,
    );
    let outcome = End::Refused { code: "token_missing", detail: "" };
    let refused = Ended { status: 401, upstream_millis: None, ..ended(outcome) };
    assert_eq!(
        Record::default().line(Some(&config), &refused).data_point(),
        r#"{"indexes":[""],"blobs":["refused","token_missing","","","GET"],"doubles":[401,0]}"#,
    );
}

#[test]
fn the_pattern_of_a_route_is_known_by_its_index() {
    let config = config();
    let of = |route| Record { route, ..Record::default() }.route_pattern(&config);
    assert_eq!([of(Some(0)), of(Some(2)), of(None)], [Some("/open"), None, None]);
}

const TOKEN: &str = "eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl";

#[test]
fn a_token_in_path_detail_or_key_id_is_shortened() {
    let url = format!("https://api.example.com/files/{TOKEN}/x;t={TOKEN}?secret=1");
    let detail = format!("The token's aud must be https://api.example.com/files/{TOKEN}.");
    let outcome = End::Refused { code: "audience_mismatch", detail: &detail };
    let record = Record { key_id: Some(TOKEN.into()), ..Record::default() };
    let line = record.line(None, &Ended { url: &url, outcome, ..ended(End::Answered) }).json();
    assert_eq!(
        line,
        r#"{"event":"request","time":1800000000000,"ray":"8a1-FRA","method":"GET","path":"/files/eyJh…/x;t=eyJh…","outcome":"refused","code":"audience_mismatch","detail":"The token's aud must be https://api.example.com/files/eyJh…","status":200,"key_id":"eyJh…","upstream_ms":12}"#,
    );
}

#[test]
fn a_wrong_claim_is_told_without_its_private_parts() {
    let found = |values: &[&str]| FoundClaim::new(values.iter().copied(), false).value;
    assert_eq!(found(&["orders-api"]), "orders-api");
    assert_eq!(
        found(&["https://u:p@a.example/x?key=secret#x", TOKEN, "b"]),
        "https://a.example/x, eyJh…, b",
    );
    assert_eq!(found(&[&"ä".repeat(201)]), "ä".repeat(200));
    assert_eq!(found(&[&"ä".repeat(199), "b"]), format!("{},", "ä".repeat(199)));
    assert_eq!(found(&["a"; 10_000]).chars().count(), 200);
    let record = |unverified| Record {
        found: Some(FoundClaim::new(["\u{7}\"x"], unverified)),
        ..Record::default()
    };
    let json = |unverified| record(unverified).line(None, &ended(End::Answered)).json();
    assert!(json(false).ends_with(r#""status":200,"found":"\u0007\"x","upstream_ms":12}"#));
    let marked = r#""status":200,"found":"\u0007\"x","found_unverified":true,"upstream_ms":12}"#;
    assert!(json(true).ends_with(marked));
}
