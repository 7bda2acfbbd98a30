use super::*;

fn received(url: &str, headers: &[&str]) -> Result<Received, String> {
    let headers = headers.iter().map(|text| header(text).unwrap());
    let headers = headers.filter_map(|(name, value)| Some((name, value?))).collect();
    Wanted { method: "GET".into(), url: url.into(), headers, has_body: false }.received()
}

#[test]
fn urls_are_read_as_the_runtime_reads_them() {
    for (url, expected, notes) in [
        ("https://A.example", "https://a.example/", &[][..]),
        ("https://a.example:443/x#y", "https://a.example/x", &[]),
        (
            "https://a.example/a/../b?c",
            "https://a.example/b?c",
            &["the runtime reads the path as /b"],
        ),
        (
            "https://a.example/a\\b",
            "https://a.example/a/b",
            &["the runtime reads the path as /a/b"],
        ),
        (
            "https://a.example/%2e%2e/b",
            "https://a.example/b",
            &["the runtime reads the path as /b"],
        ),
        ("https://a.example//b%2F", "https://a.example//b%2F", &[]),
    ] {
        let received = received(url, &[]).unwrap();
        assert_eq!(
            (received.url.as_str(), received.notes.as_slice()),
            (expected, &*notes.iter().map(|&n| n.to_owned()).collect::<Vec<_>>()),
            "{url}"
        );
    }
    for url in ["", "a.example", "ftp://a.example", "https://u:p@a.example", "https://"] {
        assert!(received(url, &[]).is_err(), "{url}");
    }
}

#[test]
fn fields_of_one_name_are_joined_and_host_counts() {
    let received =
        received("https://a.example:8443/x?y", &["X-A: 1", "x-a:  2 ", "Host: b.example"]).unwrap();
    assert_eq!(received.url, "https://b.example/x?y");
    assert_eq!(received.headers[0], ("x-a".to_owned(), "1, 2".to_owned()));
}
