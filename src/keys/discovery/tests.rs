use super::*;

fn read(issuer: &str, document: &str) -> Result<String, &'static str> {
    jwks_uri(document.as_bytes(), issuer)
}

#[test]
fn the_metadata_is_below_the_issuer() {
    let expected = "https://a.example/tenant/.well-known/openid-configuration";
    assert_eq!(metadata_url("https://a.example/tenant"), expected);
    assert_eq!(metadata_url("https://a.example/tenant/"), expected);
}

#[test]
fn the_issuer_is_compared_exactly() {
    let document = r#"{"issuer":"https://a.example/","jwks_uri":"https://b.example/keys?v=1"}"#;
    assert_eq!(read("https://a.example/", document).unwrap(), "https://b.example/keys?v=1");
    for issuer in ["https://a.example", "https://A.example/", "https://b.example/"] {
        assert!(read(issuer, document).is_err(), "{issuer}");
    }
}

#[test]
fn keys_are_not_fetched_from_loopback_or_ip_addresses() {
    for uri in [
        "http://a.example/keys",
        "https://127.0.0.1/keys",
        "https://localhost/keys",
        "https://[::1]/keys",
        "https://10.0.0.1/keys",
        "https://169.254.169.254/latest",
        "https://[fd00::1]/keys",
        "file:///etc/passwd",
        "https://2130706433/",
        "keys",
        "",
    ] {
        let document = format!(r#"{{"issuer":"https://a.example","jwks_uri":"{uri}"}}"#);
        assert!(read("https://a.example", &document).is_err(), "{uri}");
    }
    let document = r#"{"issuer":"http://127.0.0.1:1","jwks_uri":"http://127.0.0.1:2/keys"}"#;
    assert!(read("http://127.0.0.1:1", document).is_ok());
    for document in [
        "",
        "[]",
        "{}",
        r#"{"issuer":"https://a.example"}"#,
        r#"{"issuer":"https://a.example","jwks_uri":1}"#,
    ] {
        assert!(read("https://a.example", document).is_err(), "{document}");
    }
}
