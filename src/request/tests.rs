use super::*;

#[test]
fn a_url_is_taken_apart() {
    for (url, origin, path, query) in [
        ("https://a.example/", "https://a.example", "/", ""),
        ("https://a.example/b/c?d=/e?f", "https://a.example", "/b/c", "?d=/e?f"),
        ("http://127.0.0.1:8787/b?", "http://127.0.0.1:8787", "/b", "?"),
        ("https://a.example/b#c?d", "https://a.example", "/b", ""),
        ("https://a.example/b?c#d", "https://a.example", "/b", "?c"),
    ] {
        let request = Request::new("GET", url, Headers::default()).unwrap();
        assert_eq!((request.origin, request.path.as_sent(), request.query), (origin, path, query));
    }
}

#[test]
fn a_url_without_a_path_is_refused() {
    for url in ["", "https://a.example", "https://a.example?x", "a", "*"] {
        assert!(Request::new("GET", url, Headers::default()).is_err(), "{url}");
    }
}

#[test]
fn what_would_show_a_caller_the_backends_request_is_refused() {
    let of = |method, url| Request::new(method, url, Headers::default()).map(|_| ());
    for method in ["CONNECT", "TRACE"] {
        let allowed = ALLOWED_METHODS.map(str::to_owned).into();
        assert_eq!(of(method, "https://a.example/b"), Err(Rejection::MethodNotAllowed { allowed }));
    }
    for method in ALLOWED_METHODS.into_iter().chain(["PROPFIND", "trace"]) {
        assert_eq!(of(method, "https://a.example/b"), Ok(()));
    }
}

#[test]
fn a_head_request_is_known_by_its_method() {
    for (method, is_head) in [("HEAD", true), ("GET", false), ("head", false)] {
        let request = Request::new(method, "https://a.example/b", Headers::default());
        assert_eq!(request.unwrap().is_head(), is_head, "{method}");
    }
}

#[test]
fn fields_are_found_by_name_and_shown_without_their_values() {
    let headers = Headers::from_iter([("a", "marked"), ("b", ""), ("a", "second")]);
    let found = ["a", "b", "c"].map(|name| headers.get(name));
    assert_eq!(found, [Some("marked"), Some(""), None]);
    assert_eq!(format!("{headers:?}"), r#"["a", "b", "a"]"#);
}
