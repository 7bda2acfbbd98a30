use super::*;

fn kept(url: &str, fields: &[(&'static str, &'static str)]) -> KeptRequest {
    let headers = fields.iter().copied().collect();
    KeptRequest::of(&Incoming { method: "PUT", url, headers })
}

#[test]
fn a_request_is_kept_without_query_and_credential() {
    let fields = [
        ("authorization", "Bearer marked"),
        ("cf-ray", "8a1-FRA"),
        ("origin", "https://app.example"),
        ("x-session-id", "marked"),
    ];
    let kept = kept("https://a.example/orders/1?token=marked#marked", &fields);
    assert!(!kept.lines.contains("marked"));
    let incoming = kept.incoming();
    assert_eq!((incoming.method, incoming.url), ("PUT", "https://a.example/orders/1"));
    assert_eq!(incoming.ray(), Some("8a1-FRA"));
    assert_eq!(incoming.headers.get(ORIGIN), Some("https://app.example"));
    assert_eq!(incoming.headers.get("authorization"), None);
}

#[test]
fn absent_and_empty_fields_stay_absent() {
    for fields in [&[][..], &[("cf-ray", ""), ("origin", "")]] {
        let kept = kept("https://a.example/", fields);
        let incoming = kept.incoming();
        assert_eq!((incoming.ray(), incoming.headers.get(ORIGIN)), (None, None));
    }
}
