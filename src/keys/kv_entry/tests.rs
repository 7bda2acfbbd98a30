use super::*;

const NOW: UnixMillis = UnixMillis::from_seconds(1_800_000_000);
const DOCUMENT: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

fn entry(fetched_at: UnixMillis) -> String {
    let keys = Rc::new(KeySet::parse(DOCUMENT.as_bytes()).unwrap());
    let set = Fetched {
        keys,
        document: DOCUMENT.into(),
        jwks_uri: "https://a.example/keys".into(),
        etag: Some("\"1\"".into()),
        fetched_at,
    };
    write("https://a.example", &set)
}

fn read_ours(text: &str) -> Result<Fetched, String> {
    read(text, "https://a.example", |uri| uri == "https://a.example/keys", NOW)
}

#[test]
fn an_entry_is_read_as_it_was_written() {
    let set = read_ours(&entry(NOW)).unwrap();
    assert_eq!(
        (&*set.document, set.etag.as_deref(), set.fetched_at),
        (DOCUMENT, Some("\"1\""), NOW)
    );
}

#[test]
fn anything_else_is_treated_as_absent() {
    let good = entry(NOW);
    assert!(read(&good, "https://b.example", |_| true, NOW).is_err());
    assert!(read(&good, "https://a.example", |_| false, NOW).is_err());
    assert!(read_ours(&entry(NOW.plus(MAX_CLOCK_LEAD_MILLIS + 1))).is_err());
    for (length, _) in good.char_indices() {
        assert!(read_ours(good.get(..length).unwrap()).is_err(), "truncated to {length}");
    }
    for text in ["", "null", "[]", "{}", "garbage", &good.replace("Ed25519", "X25519")] {
        assert!(read_ours(text).is_err(), "{text}");
    }
}

#[test]
fn a_clock_that_is_slightly_ahead_does_not_make_a_set_younger() {
    assert_eq!(read_ours(&entry(NOW.plus(MAX_CLOCK_LEAD_MILLIS))).unwrap().fetched_at, NOW);
}
