use super::*;

fn choose(public_urls: &[&str], asked: &str, is_cached: bool) -> Option<String> {
    let urls: Vec<HttpUrl> = public_urls.iter().map(|url| HttpUrl::parse(url).unwrap()).collect();
    let Forwarded { host, scheme } = Forwarded::choose(&urls, asked, is_cached)?;
    Some(format!("{scheme} {host}"))
}

#[test]
fn the_public_url_whose_host_was_asked_counts_else_the_first() {
    let urls = ["https://api.example.com/base", "https://b.example:8443", "http://localhost:8787"];
    for (asked, expected) in [
        ("https://api.example.com", "https api.example.com"),
        ("http://api.example.com", "https api.example.com"),
        ("https://b.example:8443", "https b.example:8443"),
        ("http://localhost:8787", "http localhost:8787"),
        ("https://b.example", "https api.example.com"),
        ("https://attacker.example", "https api.example.com"),
        ("https://api.example.com:8443", "https api.example.com"),
        ("", "https api.example.com"),
    ] {
        assert_eq!(choose(&urls, asked, false).as_deref(), Some(expected), "{asked}");
        assert_eq!(choose(&urls, asked, true).as_deref(), Some("https api.example.com"), "{asked}");
    }
    assert_eq!(choose(&[], "https://api.example.com", false), None);
}

#[test]
fn without_a_public_url_it_is_the_requests_own() {
    let url = HttpUrl::parse("https://own.example:8443").unwrap();
    for (origin, scheme) in [("http://own.example:8443", "http"), ("https://own.example", "https")]
    {
        let expected = Forwarded { host: "own.example:8443".to_owned(), scheme };
        assert_eq!(Forwarded::of(&url, origin), expected);
    }
}
