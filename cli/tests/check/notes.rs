//! What `check` says of settings that are in order.

use serde_json::Value;

use super::{DEPLOYMENT, Folder};

const CONFIGURATION: &str = r#"[vars.DRAWBRIDGE]
public_url = "https://api.example.com"
providers = [{ name = "mc", kind = "merchant-center", regions = ["gcp-eu"] }]
routes = [
  { path = "/a/*", upstream = "origin" },
  { path = "/b/*", forward_token = true },
]
[vars.DRAWBRIDGE.upstreams.origin]
url = "https://backend.example.com"
assertion = { signing_key_secret_name = "ASSERTION_KEY", audience = "backend" }
"#;

const LIMITS: &str = "of up to 16 KiB; Node answers 431 to a head of more than 16 KiB (--max-http-header-size), nginx 400 to a field of more than 8 KiB (large_client_header_buffers)";

#[test]
fn where_tokens_or_assertions_are_sent_the_limits_of_backends_are_told() {
    let folder = Folder::new("notes");
    folder.write("wrangler.toml", format!("{DEPLOYMENT}{CONFIGURATION}"));
    let said = folder.run(&["check"]);
    assert_eq!(said.status, 0, "{}", said.stdout);
    for line in [
        format!("wrangler.toml:14:20: note: routes[1].forward_token: forwards tokens {LIMITS}"),
        format!(
            "wrangler.toml:18:1: note: upstreams.origin.assertion: repeats the permissions of tokens {LIMITS}"
        ),
        "wrangler.toml: valid".to_owned(),
    ] {
        assert!(said.stdout.lines().any(|found| found == line), "{line}\n{}", said.stdout);
    }
    let said = folder.run(&["check", "--json"]);
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(report["warnings"], Value::Array(Vec::new()));
    let places: Vec<&Value> =
        report["notes"].as_array().unwrap().iter().map(|note| &note["place"]).collect();
    assert_eq!(places, ["routes[1].forward_token", "upstreams.origin.assertion"]);
}
