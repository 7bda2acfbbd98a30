//! `drawbridge check`.

use serde_json::{Value, json};

use crate::folder::Folder;

/// A deployment about which there is nothing to say.
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

/// The findings, one a line, and the exit status.
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
        r#"11:42: error: public_url[1]: is "http://api.example.com"; must be https (http is for loopback hosts only)
12:1: error: clock_skew_seconds: is 61; must be an integer from 0 to 60
13:10: error: keys.wait_ms: is 600, which is more than timeout_ms (500)
20:3: error: providers[0].regions[1]: is "gcp-er"; must be a gateway URL or one of "gcp-au", "gcp-eu", "gcp-us", "aws-eu", "aws-us", "aws-fra", "aws-ohio"; did you mean "gcp-eu"?
23:1: error: providers[1].client_id_secret_name: is required
23:1: error: providers[1].client_secret_secret_name: is required
23:1: error: providers[1].name: is required
25:1: error: providers[1].enviroment: is not a known setting; did you mean `environment`?
27:3: error: routes[0].upstream: is required, as there is no upstream "origin"
29:18: error: routes[0].require.claims.x.y: is empty; must have at least one value
31:1: error: upstreams.orign.url: is required
31:18: error: upstreams.origin: is required: the backend of requests that no route matches; or set unmatched = "deny""#,
    );
}

#[test]
fn a_fault_is_where_its_variable_is() {
    let text = r#"
[vars]
DRAWBRIDGE = '{"providers": [{"name": "mc", "kind": "merchant-center", "regions": ["gcp-eu"]}], "public_url": 5}'
DRAWBRIDGE_B = { routes = [{ path = "/b" }, { path = "b" }], case_insensitive = true }
DRAWBRIDGE_C = "{"
[vars.DRAWBRIDGE_A]
case_insensitive = false
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
12:62: error: case_insensitive: is given twice, the second time in DRAWBRIDGE_B
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
fn environments_inherit_no_variables_and_no_bindings() {
    let text = format!("{DEPLOYMENT}{CONFIGURATION}[env.staging]\nname = \"s\"\n");
    let (status, found) = findings("environment", &text, &["--env", "staging"]);
    assert_eq!(status, 1);
    assert_eq!(
        found,
        "13:1: error: vars.DRAWBRIDGE: is missing; environments do not inherit variables: repeat them under [env.staging.vars.DRAWBRIDGE]\n\
         13:1: error: kv_namespaces: has no binding JWKS_CACHE; environments do not inherit it: repeat it as [[env.staging.kv_namespaces]]",
    );
    let own = CONFIGURATION.replace("[vars", "[env.staging.vars");
    let bindings = "[[env.staging.kv_namespaces]]\nbinding = \"JWKS_CACHE\"\n";
    let overridden = "[env.staging]\nworkers_dev = true\n";
    let text = format!("{DEPLOYMENT}{overridden}{own}{bindings}");
    let (status, found) = findings("environment-of-its-own", &text, &["--env", "staging"]);
    assert_eq!(status, 0, "{found}");
    assert_eq!(
        found,
        format!(
            "10:1: warning: workers_dev: is not false; every further address is one more door: set it to false\n14:15: warning: {OPEN_BACKEND}"
        ),
    );
    let (status, found) = findings("environment-elsewhere", &text, &[]);
    assert_eq!(status, 1);
    assert_eq!(
        found,
        "1:1: error: vars.DRAWBRIDGE: is missing; the configuration is this variable"
    );
    let folder = Folder::new("no-environment");
    folder.write("wrangler.toml", &text);
    folder
        .run(&["check", "-e", "life"])
        .fails("wrangler.toml has no environment life; it has staging");
}

#[test]
fn the_deployment_is_looked_at() {
    let (status, found) = findings("bare", CONFIGURATION, &[]);
    assert_eq!(status, 1);
    assert_eq!(
        found,
        format!(
            "1:1: error: kv_namespaces: has no binding JWKS_CACHE; the worker serves nobody without it
1:1: warning: name: is missing; wrangler demands it
1:1: warning: compatibility_date: is missing; wrangler demands it
1:1: warning: main: is missing; the build makes build/index.js
1:1: warning: build.command: is missing; wrangler would deploy what was built last
1:1: warning: workers_dev: is not set; every further address is one more door: set it to false
1:1: warning: preview_urls: is not set; every further address is one more door: set it to false
1:1: warning: triggers.crons: has no schedule; without one, requests wait for keys that could have been refreshed ahead: set it to [\"*/5 * * * *\"]
4:15: warning: {OPEN_BACKEND}"
        ),
    );
}

#[test]
fn where_the_worker_stands_is_looked_at() {
    let around = r#"compatibility_flags = ["nodejs_compat", "global_fetch_strictly_public"]
routes = [
  "api.example.com/*",
  { pattern = "Backend.example.com", custom_domain = true },
]
[observability]
enabled = true
"#;
    let text = format!("{DEPLOYMENT}{around}{CONFIGURATION}")
        .replace("build/index.js", "src/index.js")
        .replace("\"*/5 * * * *\"", "");
    let (status, found) = findings("zone", &text, &[]);
    assert_eq!(status, 0);
    assert_eq!(
        found,
        format!(
            "2:1: warning: main: is something else than what the build makes, build/index.js
7:14: warning: triggers.crons: has no schedule; without one, requests wait for keys that could have been refreshed ahead: set it to [\"*/5 * * * *\"]
9:41: warning: compatibility_flags[1]: is \"global_fetch_strictly_public\" beside a route; requests to a backend of the same zone would come back to the worker
12:3: warning: routes[1]: is a custom domain and the host of the upstream \"origin\": requests would come back to the worker
14:1: warning: observability.logs.invocation_logs: is not false; Cloudflare's own log lines hold request headers, and with them tokens
19:15: warning: {OPEN_BACKEND}"
        ),
    );
    // On custom domains alone, the flag is right.
    let text = text.replace("  \"api.example.com/*\",\n", "").replace("Backend", "api");
    let (_, found) = findings("custom-domain", &text, &[]);
    assert!(!found.contains("compatibility_flags") && !found.contains("routes"), "{found}");
}

#[test]
fn what_an_upstream_is_reached_through_must_be_bound() {
    let upstream = "{ url = \"https://backend.example.com\", binding = \"BACKEND\" }";
    let configuration =
        CONFIGURATION.replace("{ url = \"https://backend.example.com\" }", upstream);
    let (status, found) = findings("unbound", &format!("{DEPLOYMENT}{configuration}"), &[]);
    assert_eq!(status, 1);
    let fault = "1:1: error: services: has no binding BACKEND, which the upstream \"origin\" names; the worker serves nobody without it";
    assert_eq!(found, fault);
    for kind in ["services", "mtls_certificates", "vpc_services"] {
        let binding = format!("{kind} = [{{ binding = \"BACKEND\" }}]\n");
        let text = format!("{DEPLOYMENT}{binding}{configuration}");
        assert_eq!(findings(kind, &text, &[]), (0, String::new()));
    }
}

#[test]
fn json_with_comments_is_read() {
    let folder = Folder::new("jsonc");
    let text = r#"{
  // The worker
  "name": "drawbridge", "main": "./build/index.js", "compatibility_date": "2026-11-17",
  "workers_dev": false, "preview_urls": false,
  "kv_namespaces": [{ "binding": "JWKS_CACHE" }],
  "triggers": { "crons": ["*/5 * * * *"] }, "build": { "command": "npm run -s build" },
  "vars": {
    "DRAWBRIDGE": {
      "providers": [{ "name": "mc", "kind": "merchant-center", "regions": ["gcp-eu", "é", "x"] }],
      "upstreams": { "origin": { "url": "https://backend.example.com" } },
    },
  },
}
"#;
    folder.write("wrangler.jsonc", text);
    let said = folder.run(&["check"]);
    assert_eq!(said.status, 1);
    let places: Vec<_> = said.stdout.lines().filter_map(|line| line.split(": is").next()).collect();
    assert_eq!(
        places,
        [
            "wrangler.jsonc:9:86: error: providers[0].regions[1]",
            "wrangler.jsonc:9:91: error: providers[0].regions[2]",
            "wrangler.jsonc: 2 errors",
        ],
    );
    folder.write("wrangler.jsonc", text.replace("\"name\"", "name"));
    folder.run(&["check"]).is(
        1,
        "wrangler.jsonc:3:3: error: is not valid JSON: Expected string for object property\nwrangler.jsonc: 1 error\n",
    );
    for (text, message) in [("", "is empty"), ("[]", "is not a JSON object")] {
        folder.write("wrangler.json", text);
        folder
            .run(&["check", "wrangler.json"])
            .is(1, &format!("wrangler.json:1:1: error: {message}\nwrangler.json: 1 error\n"));
    }
}

#[test]
fn toml_that_is_none_has_its_place() {
    let folder = Folder::new("no-toml");
    for (text, expected) in [
        ("a = 1\na = 2\n", "2:1: error: is not valid TOML: duplicate key"),
        (
            "\u{feff}a = 1\nb =\n",
            "2:4: error: is not valid TOML: string values must be quoted, expected literal string",
        ),
        ("[a\n", "1:3: error: is not valid TOML: unclosed table, expected `]`"),
    ] {
        folder.write("wrangler.toml", text);
        let said = folder.run(&["check", "--env", "live"]);
        said.is(1, &format!("wrangler.toml:{expected}\nwrangler.toml: 1 error\n"));
    }
    let said = folder.run(&["check", "--json"]);
    let json: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((said.status, &json["errors"][0]["line"]), (1, &json!(1)));
}

#[test]
fn what_cannot_be_read_is_said() {
    let folder = Folder::new("unreadable");
    folder
        .run(&["check"])
        .fails("cannot read wrangler.toml: No such file or directory (os error 2)");
    std::fs::create_dir(folder.path("wrangler.toml")).unwrap();
    folder.run(&["check"]).fails("cannot read wrangler.toml: it is a directory");
    folder.write("binary", [0xff, 0xfe, 0x00]);
    folder.run(&["check", "binary"]).fails("cannot read binary: it is not UTF-8 text");
    folder.write("huge", "#".repeat(1_048_577));
    folder.run(&["check", "huge"]).fails("cannot read huge: it is larger than 1024 KiB");
    folder.write("deep", format!("a = {}", "[".repeat(100_000)));
    assert_eq!(folder.run(&["check", "deep"]).status, 1);
    folder.write("deep.json", format!("{{\"a\":{}", "[".repeat(100_000)));
    assert_eq!(folder.run(&["check", "deep.json"]).status, 1);
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
