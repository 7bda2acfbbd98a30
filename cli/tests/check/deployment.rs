//! What `check` says of the deployment around the configuration.

use super::{CONFIGURATION, DEPLOYMENT, OPEN_BACKEND, findings};
use crate::folder::Folder;

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
    // If there are only custom domains, the flag is right.
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
