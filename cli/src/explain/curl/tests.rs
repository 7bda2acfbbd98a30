use super::*;

fn read(line: &str) -> (String, String, Vec<String>, bool) {
    let Wanted { method, url, headers, has_body } = parse(line).unwrap();
    let headers = headers.into_iter().map(|(name, value)| format!("{name}: {value}"));
    (method, url, headers.collect(), has_body)
}

#[test]
fn what_browsers_and_documentation_write_is_read() {
    let lines = "curl 'https://a.example/x?y=1' \\\n  -H 'Authorization: Bearer a.b.c' \\\n  -H $'sec-ch-ua: \"Not\\u0021A\"' \\\n  --compressed";
    assert_eq!(
        read(lines),
        (
            "GET".into(),
            "https://a.example/x?y=1".into(),
            vec!["authorization: Bearer a.b.c".into(), "sec-ch-ua: \"Not!A\"".into()],
            false,
        ),
    );
    for (line, method, url, has_body) in [
        ("curl a.example", "GET", "http://a.example", false),
        (
            "$ /usr/bin/curl -sSLo out -XDELETE https://a.example/",
            "DELETE",
            "https://a.example/",
            false,
        ),
        ("curl -I --url https://a.example", "HEAD", "https://a.example", false),
        ("curl https://a.example -d a=1 --data-raw '-b'", "POST", "https://a.example", true),
        ("curl -G https://a.example -d a=1 -d b", "GET", "https://a.example?a=1&b", false),
        ("curl -X GET https://a.example --json '{}'", "GET", "https://a.example", true),
        ("curl -T file https://a.example/x", "PUT", "https://a.example/x", true),
        ("curl -s -s -X GET -X PUT https://a.example", "PUT", "https://a.example", false),
    ] {
        let read = read(line);
        assert_eq!((read.0.as_str(), read.1.as_str(), read.3), (method, url, has_body), "{line}");
    }
}

#[test]
fn headers_that_are_given_replace_curls_own() {
    let headers = |line: &str| read(&format!("curl https://a.example {line}")).2;
    assert_eq!(headers("-u a:b"), ["authorization: Basic YTpi"]);
    assert_eq!(headers("-u a:b -H 'Authorization: Bearer x'"), ["authorization: Bearer x"]);
    assert_eq!(headers("--oauth2-bearer x -A me"), ["authorization: Bearer x", "user-agent: me"]);
    assert_eq!(headers("--json 1 -H Content-Type: -H 'X-A;'"), ["x-a: "]);
    assert_eq!(headers("-H 'X-A: 1' -H 'x-a: 2'"), ["x-a: 1", "x-a: 2"]);
}

#[test]
fn what_cannot_be_read_is_named_without_its_value() {
    for (line, expected) in [
        ("wget https://a.example", "does not begin with curl"),
        ("", "does not begin with curl"),
        ("curl -H 'X-A: marked", "has a quotation mark that is not closed"),
        ("curl $'marked", "has a $' that is not closed"),
        (
            "curl -H \"Authorization: Bearer $TOKEN\" https://a.example",
            "has $TOKEN, which only a shell could replace; paste the line with its value",
        ),
        (
            "curl -H \"Authorization: Bearer ${TOKEN}\" https://a.example",
            "has $TOKEN, which only a shell could replace; paste the line with its value",
        ),
        ("curl `marked` https://a.example", "has a `, which only a shell could replace"),
        ("curl -H Authorization: Bearer marked https://a.example", "has more than one URL"),
        (
            "curl --marked=secret https://a.example",
            "has an option that is not known here, or not complete: --marked",
        ),
        ("curl -H marked https://a.example", "has a header without a colon"),
        ("curl -s", "has no URL"),
    ] {
        assert_eq!(parse(line).err().as_deref(), Some(expected), "{line}");
    }
}
