use super::*;

fn cors(origins: &[&str]) -> Cors {
    Cors {
        allowed_origins: origins.iter().map(|o| (*o).to_owned()).collect(),
        allowed_headers: vec!["content-type".into(), "x-session-id".into()],
        exposed_headers: vec!["x-total".into()],
        allow_credentials: !origins.contains(&"*"),
        max_age_seconds: 600,
    }
}

fn text(headers: Vec<(&str, String)>) -> String {
    headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

#[test]
fn the_fields_of_an_answer_are_known_beforehand() {
    let all = cors(&["https://a.example"]).headers(Some("https://a.example"));
    assert_eq!(all.iter().map(|(name, _)| *name).collect::<Vec<_>>(), RESPONSE_FIELDS);
}

#[test]
fn an_allowed_origin_is_named() {
    let cors = cors(&["https://a.example", "http://localhost:5173"]);
    assert_eq!(
        text(cors.headers(Some("http://localhost:5173"))),
        "vary: Origin\naccess-control-allow-origin: http://localhost:5173\n\
         access-control-allow-credentials: true\naccess-control-expose-headers: x-total\n",
    );
    assert_eq!(
        text(cors.preflight_headers("https://a.example")),
        "vary: Origin\naccess-control-allow-origin: https://a.example\n\
         access-control-allow-credentials: true\n\
         access-control-allow-methods: GET, HEAD, POST, PUT, PATCH, DELETE\n\
         access-control-allow-headers: content-type, x-session-id\naccess-control-max-age: 600\n",
    );
}

#[test]
fn another_origin_gets_nothing() {
    let cors = cors(&["https://a.example"]);
    for origin in [
        "https://b.example",
        "https://a.example:443",
        "https://a.example.evil",
        "HTTPS://a.example",
        "null",
        "*",
        "",
    ] {
        assert_eq!(text(cors.headers(Some(origin))), "vary: Origin\n", "{origin}");
        assert_eq!(text(cors.preflight_headers(origin)), "vary: Origin\n", "{origin}");
    }
    assert_eq!(text(cors.headers(None)), "vary: Origin\n");
}

#[test]
fn every_origin_never_with_credentials() {
    let headers = text(cors(&["*"]).headers(Some("https://b.example")));
    assert!(headers.contains("access-control-allow-origin: *\n"));
    assert!(!headers.contains("credentials"));
}
