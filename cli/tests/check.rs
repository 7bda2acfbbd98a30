//! `drawbridge check`.

mod deployment;
mod document;
mod notes;
mod redaction;

use serde_json::{Value, json};

use crate::folder::Folder;

/// A deployment without faults or risks.
const DEPLOYMENT: &str = r#"name = "drawbridge"
main = "build/index.js"
compatibility_date = "2026-11-17"
workers_dev = false
preview_urls = false
kv_namespaces = [{ binding = "JWKS_CACHE" }]
triggers = { crons = ["*/5 * * * *"] }
build = { command = "npm run -s build" }
"#;

/// A configuration without faults, and with one warning.
const CONFIGURATION: &str = r#"[vars.DRAWBRIDGE]
public_url = "https://api.example.com"
providers = [{ name = "mc", kind = "merchant-center", regions = ["gcp-eu"] }]
upstreams = { origin = { url = "https://backend.example.com" } }
"#;

const OPEN_BACKEND: &str = "upstreams.origin: has neither a shared secret nor an assertion nor a binding; whoever can reach the backend directly can write its identity headers";

/// Returns the exit status, and the findings with one on each line.
fn findings(name: &str, text: &str, options: &[&str]) -> (i32, String) {
    let folder = Folder::new(name);
    folder.write("wrangler.toml", text);
    let said = folder.run(&[&["check"], options].concat());
    assert_eq!(said.stderr, "");
    let lines = said.stdout.lines().filter(|line| line.starts_with("wrangler.toml:"));
    let mut lines: Vec<&str> =
        lines.filter_map(|line| line.strip_prefix("wrangler.toml:")).collect();
    lines.pop();
    (said.status, lines.join("\n"))
}

#[test]
fn a_configuration_without_faults() {
    let folder = Folder::new("valid");
    folder.write("wrangler.toml", format!("{DEPLOYMENT}{CONFIGURATION}"));
    folder.run(&["check"]).is(
        0,
        &format!("wrangler.toml:12:15: warning: {OPEN_BACKEND}\nwrangler.toml: valid, 1 warning\n"),
    );
    let said = folder.run(&["check", "--json"]);
    assert_eq!((said.status, said.stderr.as_str()), (0, ""));
    let (place, message) = OPEN_BACKEND.split_once(": ").unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&said.stdout).unwrap(),
        json!({
            "file": "wrangler.toml",
            "environment": null,
            "valid": true,
            "errors": [],
            "warnings": [{"line": 12, "column": 15, "place": place, "message": message}],
            "notes": [],
            "unchecked_environments": [],
            "secrets": [],
        }),
    );
}

#[test]
fn every_fault_has_its_place() {
    let text = r#"
[vars.DRAWBRIDGE]
public_url = ["https://api.example.com", "http://api.example.com"]
clock_skew_seconds = 61
keys = { wait_ms = 600, timeout_ms = 500 }

[[vars.DRAWBRIDGE.providers]]
name = "mc"
kind = "merchant-center"
regions = [
  "gcp-eu",
  "gcp-er",
]

[[vars.DRAWBRIDGE.providers]]
kind = "jtl-session"
enviroment = "qa"

  [[vars.DRAWBRIDGE.routes]]
  path = "/a"
  require.claims."x.y" = []

[vars.DRAWBRIDGE.upstreams.orign]
"#;
    let text = format!("{DEPLOYMENT}{text}");
    let (status, found) = findings("faults", &text, &[]);
    assert_eq!(status, 1);
    assert_eq!(
        found,
        r#"10:1: error: unmatched: is required, because routes[0] (/a) has a require; "deny" refuses a request that no route matches with 404; "session" needs an upstream "origin", and sends it there for any session
11:42: error: public_url[1]: is "http://api.example.com"; must be https (http is for loopback hosts only)
12:1: error: clock_skew_seconds: is 61; must be an integer from 0 to 60
13:10: error: keys.wait_ms: is 600, which is more than timeout_ms (500)
20:3: error: providers[0].regions[1]: is "gcp-er"; must be a gateway URL or one of "gcp-au", "gcp-eu", "gcp-us", "aws-eu", "aws-us", "aws-fra", "aws-ohio"; did you mean "gcp-eu"?
23:1: error: providers[1].client_id_secret_name: is required
23:1: error: providers[1].client_secret_secret_name: is required
23:1: error: providers[1].name: is required
25:1: error: providers[1].enviroment: is not a known setting; did you mean `environment`?
27:3: error: routes[0].upstream: is required, as there is no upstream "origin"
29:18: error: routes[0].require.claims.x.y: is empty; must have at least one value
31:1: error: upstreams.orign.url: is required"#,
    );
}

#[test]
fn a_fault_is_where_its_variable_is() {
    let text = r#"
[vars]
DRAWBRIDGE = '{"providers": [{"name": "mc", "kind": "merchant-center", "regions": ["gcp-eu"]}], "public_url": 5}'
DRAWBRIDGE_B = { routes = [{ path = "/b" }, { path = "b" }], case_sensitive = true }
DRAWBRIDGE_C = "{"
[vars.DRAWBRIDGE_A]
case_sensitive = false
[[vars.DRAWBRIDGE_A.routes]]
path = "/a"
[[vars.DRAWBRIDGE_A.providers]]
name = "mc"
kind = "merchant-center"
regions = ["gcp-us"]
[vars.DRAWBRIDGE_A.upstreams.origin]
url = "https://backend.example.com"
"#;
    let (status, found) = findings("variables", &format!("{DEPLOYMENT}{text}"), &[]);
    assert_eq!(status, 1);
    assert_eq!(
        found,
        r#"11:1: error: public_url: is a number; must be a string
12:47: error: routes[2].path: is "b"; must begin with /
12:62: error: case_sensitive: is given twice, the second time in DRAWBRIDGE_B
13:1: error: DRAWBRIDGE_C: is not valid JSON
19:1: error: providers[1].name: is "mc" a second time"#,
    );
}

#[test]
fn a_variable_may_have_so_many_bytes() {
    let urls = vec!["\"https://api.example.com\""; 250].join(", ");
    let text = format!("{DEPLOYMENT}{CONFIGURATION}")
        .replace("\"https://api.example.com\"", &format!("[{urls}]"));
    let (status, found) = findings("too-large", &text, &[]);
    assert_eq!(status, 1);
    assert!(found.starts_with("9:1: error: DRAWBRIDGE: has 6"), "{found}");
    assert!(found.contains("a variable may have 5000: move a part to DRAWBRIDGE_2"), "{found}");
}

#[test]
fn secrets_are_listed() {
    let folder = Folder::new("secrets");
    let jtl = r#"[[vars.DRAWBRIDGE.providers]]
name = "jtl"
kind = "jtl-session"
client_id_secret_name = "JTL_CLIENT_ID"
client_secret_secret_name = "JTL_CLIENT_SECRET"
[vars.DRAWBRIDGE.upstreams.origin]
url = "https://backend.example.com"
"#;
    let environment = jtl.replace("vars.", "env.live.vars.");
    let bindings = "[env.live]\nkv_namespaces = [{ binding = \"JWKS_CACHE\" }]\n";
    folder.write(
        "wrangler.toml",
        format!("{DEPLOYMENT}[vars]\nJTL_CLIENT_SECRET = \"marked\"\n{jtl}{bindings}{environment}"),
    );
    let said = folder.run(&["check"]);
    let (status, text) = (said.status, said.stdout);
    assert_eq!(status, 0, "{text}");
    assert!(
        text.ends_with(
            "wrangler.toml: valid, 3 warnings\n\
         not checked: the environments live (--env NAME)\n\
         secrets that must be set:\n  \
         npx wrangler secret put JTL_CLIENT_ID\n  \
         npx wrangler secret put JTL_CLIENT_SECRET\n",
        ),
        "{text}"
    );
    assert!(text.contains("wrangler.toml:10:1: warning: vars.JTL_CLIENT_SECRET: is a secret: remove it here, and run `npx wrangler secret put JTL_CLIENT_SECRET`\n"), "{text}");
    assert!(!text.contains("marked"));
    let said = folder.run(&["check", "--env", "live"]);
    assert_eq!(said.status, 0, "{}", said.stdout);
    assert!(said.stdout.ends_with("  npx wrangler secret put JTL_CLIENT_SECRET --env live\n"));
    assert!(!said.stdout.contains("vars.JTL_CLIENT_SECRET"));
    let json: Value = serde_json::from_str(&folder.run(&["check", "--json"]).stdout).unwrap();
    assert_eq!(json["secrets"], json!(["JTL_CLIENT_ID", "JTL_CLIENT_SECRET"]));
    assert_eq!(json["unchecked_environments"], json!(["live"]));
}

#[test]
fn what_a_file_holds_cannot_steer_the_terminal() {
    let folder = Folder::new("steering");
    let text = format!("{DEPLOYMENT}{CONFIGURATION}\"\\u001B[2J\\u202E\" = 1\n");
    folder.write("wrangler.toml", text);
    let said = folder.run(&["check"]);
    assert!(
        said.stdout.contains("error: \\u{1b}[2J\\u{202e}: is not a known setting"),
        "{}",
        said.stdout
    );
    assert!(!said.stdout.contains(['\x1b', '\u{202e}']));
}

#[test]
fn wrong_arguments_are_refused_without_a_token() {
    let folder = Folder::new("arguments");
    let said = folder.run(&["check", "a", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1In0.c2ln"]);
    assert_eq!((said.status, said.stdout.as_str()), (2, ""));
    assert!(said.stderr.contains("unexpected argument '<token>' found"), "{}", said.stderr);
    assert!(!said.stderr.contains("eyJ"));
    assert_eq!(folder.run(&[]).status, 2);
    assert_eq!(
        folder.run(&["--version"]).stdout,
        format!("drawbridge {}\n", env!("CARGO_PKG_VERSION"))
    );
    for command in ["check", "init", "keygen"] {
        let said = folder.run(&[command, "--help"]);
        assert_eq!((said.status, said.stderr.as_str()), (0, ""));
        assert!(said.stdout.contains(&format!("Usage: drawbridge {command}")));
    }
}
