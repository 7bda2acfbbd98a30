//! What `explain` is asked, and in how many ways.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::json;

use super::{folder, shows_no_part_of, token};
use crate::folder::Said;

#[test]
fn a_curl_line_is_a_request() {
    let folder = folder("curl");
    let token = token(json!({"aud": "https://api.example.com/b"}));
    let line = format!(
        "curl -s 'https://api.example.com/a/../b' \\\n  -H 'authorization: bearer {token}' -H $'x-a: \\u0021'\n"
    );
    let fixed = ["explain", "--now", "2027-01-15T09:00:00+01:00", "--jwks", "jwks.json", "--curl"];
    let said = folder.run(&[&fixed[..], &[&line]].concat());
    shows_no_part_of(&token, &said);
    assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{}", said.stdout);
    assert!(said.stdout.contains("\nthe runtime reads the path as /b\n"), "{}", said.stdout);
    assert!(said.stdout.contains("passed on: x-a\n"), "{}", said.stdout);
    let mut child = folder
        .command(&[&fixed[..], &["-"]].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(line.as_bytes()).unwrap();
    assert_eq!(Said::of(child.wait_with_output().unwrap()), said);

    // `fetch` cannot send such a request, so the worker's shell refuses it, and so does `explain`.
    let said =
        folder.run(&[&fixed[..], &["curl -X GET -d x https://api.example.com/healthz"]].concat());
    assert_eq!(said.status, 1);
    assert!(said.stdout.contains("\nrefused: 400 body_not_allowed: "), "{}", said.stdout);
    // A token is not shown either if its quotation marks are missing.
    let unquoted = format!("curl -H Authorization: Bearer {token} https://api.example.com");
    let said = folder.run(&[&fixed[..], &[&unquoted]].concat());
    said.fails("the curl line has more than one URL");
    let said = folder.run(&[
        "explain",
        "--url",
        "https://a.example",
        "-H",
        "Authorization: Bearer",
        &token,
    ]);
    assert_eq!(said.status, 2);
    shows_no_part_of(&token, &said);
}

#[test]
fn what_cannot_be_explained_is_said() {
    let folder = folder("unusable");
    folder.write("empty.json", "{\"keys\":[]}").write("large.json", "x".repeat(65_537));
    let url = ["explain", "--url", "https://api.example.com/"];
    for (arguments, message) in [
        (
            &["--now", "noon"][..],
            "--now must be a moment such as 2026-11-21T14:00:00Z, or Unix seconds",
        ),
        (&["--url", "nowhere"], "the request has an invalid URL: relative URL without a base"),
        (&["-H", "marked"], "the request has a header without a colon"),
        (&["-X", "GE T"], "the request has a method that is none"),
        (
            &["--config", "nowhere.toml"],
            "cannot read nowhere.toml: No such file or directory (os error 2)",
        ),
        (&["--env", "live"], "wrangler.toml has no environment live; it has none"),
        (
            &["--jwks", "nowhere.json"],
            "cannot use nowhere.json: No such file or directory (os error 2)",
        ),
        (&["--jwks", "empty.json"], "cannot use empty.json: the key set has no usable key"),
        (
            &["--jwks", "large.json"],
            "cannot use large.json: it has more than keys.max_bytes (65536)",
        ),
    ] {
        let mut all = url.to_vec();
        if arguments[0] == "--url" {
            all.truncate(1);
        }
        all.extend(arguments);
        folder.run(&all).fails(message);
    }
    assert_eq!(folder.run(&["explain"]).status, 2);
    assert_eq!(
        folder.run(&["explain", "--url", "https://a.example", "--curl", "curl a"]).status,
        2
    );
}
