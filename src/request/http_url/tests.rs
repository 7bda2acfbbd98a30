use super::*;

#[test]
fn urls_have_one_form() {
    for (text, origin, base) in [
        ("https://api.example.com", "https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com", "https://api.example.com"),
        (
            "HTTPS://API.Example.COM:443/Base/",
            "https://api.example.com",
            "https://api.example.com/Base",
        ),
        ("https://a.example:8443/b", "https://a.example:8443", "https://a.example:8443/b"),
        ("http://localhost:8787", "http://localhost:8787", "http://localhost:8787"),
        ("http://127.0.0.1:80", "http://127.0.0.1", "http://127.0.0.1"),
        ("http://[::1]:3000/x", "http://[::1]:3000", "http://[::1]:3000/x"),
        (
            "https://xn--bcher-kva.example",
            "https://xn--bcher-kva.example",
            "https://xn--bcher-kva.example",
        ),
    ] {
        let url = HttpUrl::parse(text).unwrap();
        assert_eq!((url.origin(), url.base().as_str()), (origin, base));
    }
}

#[test]
fn everything_else_is_refused() {
    for text in [
        "",
        "api.example.com",
        "ftp://a.example",
        "http://a.example",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "https://",
        "https:///a",
        "https://u:p@a.example",
        "https://a.example?b",
        "https://a.example/b#c",
        "https://a.example:0",
        "https://a.example:",
        "https://a.example:99999",
        "https://a.example:08",
        "https://a..example",
        "https://a b",
        "https://bücher.example",
        "https://a.example/../b",
        "https://a.example//b",
        "https://[::1",
        "https://[0:0::1]",
        "https://0x7f.1",
        "https://127.1",
        "https://a.example.",
        "https://a\\b",
        "https://a.example/a b",
    ] {
        assert!(HttpUrl::parse(text).is_err(), "{text}");
    }
    assert!(HttpUrl::parse(&format!("https://a.example/{}", "a".repeat(400))).is_err());
}

fn parse(text: &str) -> HttpUrl {
    HttpUrl::parse(text).unwrap()
}

#[test]
fn a_url_is_at_most_so_long() {
    let long = |length: usize| format!("https://a.example/{}", "a".repeat(length - 18));
    assert_eq!(long(MAX_BYTES).len(), MAX_BYTES);
    assert!(HttpUrl::parse(&long(MAX_BYTES)).is_ok());
    assert!(HttpUrl::parse(&long(MAX_BYTES + 1)).is_err());
}

#[test]
fn a_url_shows_itself_and_takes_a_path() {
    for (text, shown, joined) in [
        ("https://A.example", "https://a.example", "https://a.example/x"),
        ("https://a.example/b/", "https://a.example/b/", "https://a.example/b/x"),
        ("https://a.example/b", "https://a.example/b", "https://a.example/b/x"),
    ] {
        let url = parse(text);
        assert_eq!((url.to_string(), url.join("/x")), (shown.to_owned(), joined.to_owned()));
    }
}

#[test]
fn addresses_and_this_machine_are_known() {
    for (text, address, loopback) in [
        ("https://a.example", false, false),
        ("https://a_b-c.example", false, false),
        ("https://0x.example", false, false),
        ("https://localhost", false, true),
        ("https://127.0.0.1:1", true, true),
        ("https://127.9.9.9", true, true),
        ("https://[::1]:1", true, true),
        ("https://192.0.2.1", true, false),
        ("https://[2001:db8::1]", true, false),
    ] {
        let url = parse(text);
        assert_eq!((url.is_ip_address(), url.is_loopback()), (address, loopback), "{text}");
        let (_, authority) = url.origin().split_once("://").unwrap();
        assert_eq!(is_loopback_host(split_port(authority).0), loopback, "{text}");
    }
}

#[test]
fn a_port_follows_the_last_colon_outside_of_brackets() {
    for (authority, expected) in [
        ("a.example", ("a.example", None)),
        ("a.example:80", ("a.example", Some("80"))),
        ("[::1]", ("[::1]", None)),
        ("[::1]:80", ("[::1]", Some("80"))),
    ] {
        assert_eq!(split_port(authority), expected);
    }
}

#[test]
fn faults_are_named() {
    for (text, fault) in [
        ("http://a.example", "must be https (http is for loopback hosts only)"),
        ("https://a.example/?b", "must have no query and no fragment"),
        ("https://a.example:80x", "has an invalid port \"80x\""),
        ("https://a.example:+80", "has an invalid port \"+80\""),
        ("https://[::0]", "must write its IPv6 address as [::]"),
        ("https://a.0x1", "has an invalid IPv4 address \"a.0x1\""),
        (
            "https://a.example/;b",
            "has a path that is not plain: The path has a path parameter (;).",
        ),
    ] {
        assert_eq!(HttpUrl::parse(text).unwrap_err(), fault);
    }
}
