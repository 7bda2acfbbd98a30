//! What `check` never repeats.

use super::{DEPLOYMENT, findings};

const BEFORE: &str = r#"[vars.DRAWBRIDGE]
public_url = "https://api.example.com"
providers = [{ name = "mc", kind = "merchant-center", regions = ["gcp-eu"] }]
"#;

const AFTER: &str = r#"
[vars.DRAWBRIDGE.upstreams.origin]
url = "https://backend.example.com"
"#;

const TOKEN: &str = "eyJhbGciOiJFZERTQSIsImtpZCI6IjEifQ.eyJzdWIiOiJ1c2VyLTEifQ.c2lnbmF0dXJl";

/// Secrets in usual forms.
const SECRETS: [&str; 5] = [
    "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    "d41d8cd98f00b204e9800998ecf8427e",
    "c550e8400_e29b_41d4_a716_446655440000",
    "xK9mQ2vL7pR4tW8y",
    TOKEN,
];

/// Checks a configuration with each secret in place of `{}`, and returns what is said.
fn said(name: &str, setting: &str) -> Vec<String> {
    let check = |secret: &&str| {
        let text = format!("{DEPLOYMENT}{BEFORE}{}{AFTER}", setting.replace("{}", secret));
        let (status, found) = findings(name, &text, &[]);
        assert_eq!(status, 1, "{setting}");
        assert!(!found.contains("is not valid TOML"), "{setting}: {found}");
        for piece in secret.split(['_', '-', '.']).filter(|piece| piece.len() > 6) {
            assert!(!found.contains(piece), "{setting}: {found}");
        }
        found
    };
    SECRETS.iter().map(check).collect()
}

#[test]
fn a_secret_in_the_place_of_a_name_is_not_repeated() {
    for (setting, place) in [
        ("health_secret_name = \"{}\"", "health_secret_name"),
        (
            "[vars.DRAWBRIDGE.upstreams.b]\nurl = \"https://b.example.com\"\nshared_secret = { header = \"x-a\", secret_name = \"{}\" }",
            "upstreams.b.shared_secret.secret_name",
        ),
        (
            "[vars.DRAWBRIDGE.upstreams.b]\nurl = \"https://b.example.com\"\nbinding = \"{}\"",
            "upstreams.b.binding",
        ),
        (
            "[vars.DRAWBRIDGE.upstreams.b]\nurl = \"https://b.example.com\"\nassertion = { signing_key_secret_name = \"{}\", audience = \"b\" }",
            "upstreams.b.assertion.signing_key_secret_name",
        ),
    ] {
        for found in said("secret-as-name", setting) {
            let line = found.lines().find(|line| line.contains(place)).unwrap_or_default();
            assert!(line.contains("must be the name of a"), "{found}");
        }
    }
}

#[test]
fn a_secret_anywhere_else_is_not_repeated() {
    for setting in [
        "\"{}\" = 1",
        "unmatched = \"{}\"",
        "log = { \"{}\" = true }",
        "cors = { allowed_origins = [\"https://a.example/?k={}\"] }",
        "cors = { allowed_origins = [\"https://u:{}@a.example\"] }",
        "[vars.DRAWBRIDGE.upstreams.b]\nurl = \"https://b.example.com\"\nshared_secret = { header = \"{} \", secret_name = \"A\" }",
        "[vars.DRAWBRIDGE.upstreams.b]\nurl = \"https://b.example.com/?key={}\"",
        "[vars.DRAWBRIDGE.upstreams.b]\nurl = \"b.example.com?key={}\"",
        "[vars.DRAWBRIDGE.upstreams.b]\nurl = \"{}\"",
        "[vars.DRAWBRIDGE.upstreams.\"{}\"]\nurl = 1",
        "[[vars.DRAWBRIDGE.routes]]\npath = \"{}\"",
        "[[vars.DRAWBRIDGE.routes]]\npath = \"/a\"\nproviders = [\"{}\"]",
        "[[vars.DRAWBRIDGE.routes]]\npath = \"/a\"\nupstream = \"{}\"",
        "[[vars.DRAWBRIDGE.routes]]\npath = \"/a\"\nmethods = [\"{}\"]",
    ] {
        said("secret-elsewhere", setting);
    }
}
