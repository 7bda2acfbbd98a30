use super::*;

#[test]
fn a_backend_answers_in_the_names_of_the_gateways_rules_alone() {
    let forward = Forward::without_identity(3, "https://a.example/".into());
    assert_eq!((forward.upstream(), forward.url()), (3, "https://a.example/"));
    assert_eq!(forward.response_headers(), None);
    let headers = vec![("vary", "Origin".to_owned())];
    let forward = forward.with_cors(headers.clone());
    assert_eq!(forward.response_headers(), Some(&headers[..]));
    assert_eq!((forward.upstream(), forward.url()), (3, "https://a.example/"));
}

#[test]
fn what_a_request_carries_is_named_without_its_values() {
    let mut forward = Forward::without_identity(0, "https://a.example/".into());
    forward.add("x-verified-assertion", "marked".into());
    forward.keep("authorization");
    let identity = ("x-verified-assertion".to_owned(), "marked".to_owned());
    assert_eq!((forward.identity(), forward.kept()), (&[identity][..], Some("authorization")));
    let shown = format!("{forward:?}");
    assert!(shown.contains("x-verified-assertion") && !shown.contains("marked"), "{shown}");
}
