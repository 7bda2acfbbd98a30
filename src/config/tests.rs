use super::*;
use crate::keys::{CachePolicy, KeyLocation};
use serde_json::{Value, json};

pub(super) fn parse(document: &Value) -> Result<Config, Vec<String>> {
    Config::parse([("DRAWBRIDGE", document.to_string().as_str())])
        .map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

pub(super) fn minimal() -> Value {
    json!({
        "providers": [{"name": "mc", "kind": "merchant-center", "regions": ["gcp-eu"]}],
        "upstreams": {"origin": {"url": "https://backend.example.com"}},
    })
}

#[test]
fn the_defaults_are_the_documented_ones() {
    let config = parse(&minimal()).unwrap();
    assert!(config.public_urls.is_empty());
    assert_eq!(config.clock_skew_seconds, 5);
    assert_eq!(config.upstreams[0].timeout_millis, 30_000);
    assert_eq!(
        config.keys,
        KeyLimits {
            policy: CachePolicy {
                fresh: 600_000,
                stale: 86_400_000,
                cooldown: 30_000,
                timeout: 5_000,
                wait: 500,
            },
            max_bytes: 65_536,
        },
    );
    assert_eq!(
        config.key_sources,
        [KeySource {
            name: "https://mc-api.europe-west1.gcp.commercetools.com".into(),
            location: KeyLocation::Uri(
                "https://mc-api.europe-west1.gcp.commercetools.com/.well-known/jwks.json".into(),
            ),
            client_credentials: None,
        }],
    );
}

#[test]
fn every_fault_is_reported_at_once_with_its_place() {
    let faults = parse(&json!({
        "public_url": ["https://api.example.com", "http://api.example.com"],
        "clock_skew_seconds": 61,
        "provider": [],
        "providers": [
            {"name": "mc", "kind": "merchant-centre", "regions": []},
            {"name": "mc", "kind": "merchant-center", "regions": ["gcp-er", 5, "https://u@x.example"]},
            {"kind": "jtl-session", "enviroment": "qa", "client_id_secret_name": "a b"},
            7,
        ],
        "upstreams": {"orign": {}, "origin": {"url": "backend", "timeout_ms": "1s"}},
        "keys": {"wait_ms": 600, "timeout_ms": 500, "fresh_seconds": 0.5},
    }))
    .unwrap_err();
    assert_eq!(
        faults,
        [
            "clock_skew_seconds: is 61; must be an integer from 0 to 60",
            "keys.fresh_seconds: is 0.5; must be an integer from 1 to 86400",
            "keys.wait_ms: is 600, which is more than timeout_ms (500)",
            "provider: is not a known setting; did you mean `providers`?",
            "providers[0].kind: is \"merchant-centre\"; must be one of \"merchant-center\", \"jtl-session\", \"jtl-app\", \"oidc\"; did you mean \"merchant-center\"?",
            "providers[1].name: is \"mc\" a second time",
            "providers[1].regions[0]: is \"gcp-er\"; must be a gateway URL or one of \"gcp-au\", \"gcp-eu\", \"gcp-us\", \"aws-eu\", \"aws-us\", \"aws-fra\", \"aws-ohio\"; did you mean \"gcp-eu\"?",
            "providers[1].regions[1]: is a number; must be a string",
            "providers[1].regions[2]: is a URL with @; must have no user name or password",
            "providers[2].client_id_secret_name: must be the name of a Worker secret: letters, digits and _",
            "providers[2].client_secret_secret_name: is required",
            "providers[2].enviroment: is not a known setting; did you mean `environment`?",
            "providers[2].name: is required",
            "providers[3]: is a number; must be an object",
            "public_url[1]: is \"http://api.example.com\"; must be https (http is for loopback hosts only)",
            "upstreams.origin.timeout_ms: is a string; must be an integer from 1 to 600000",
            "upstreams.origin.url: is \"backend\"; must be an absolute URL such as https://api.example.com",
            "upstreams.orign.url: is required",
        ],
    );
}

pub(super) fn faults_of(changes: Value) -> Vec<String> {
    let mut document = minimal();
    for (name, value) in changes.as_object().unwrap() {
        document[name] = value.clone();
    }
    parse(&document).map(|_| Vec::new()).unwrap_or_else(|faults| faults)
}

#[test]
fn the_settings_of_an_upstream_are_checked() {
    let faults = faults_of(json!({
        "unmatched": "deny",
        "providers": [
            {"name": "mc", "kind": "merchant-center", "regions": ["gcp-eu"]},
            {"name": "app", "kind": "jtl-app", "app_id": "a", "header": "x-app", "client_id_secret_name": "I"},
            {"name": "oidc", "kind": "oidc", "issuer": "https://a.example", "audiences": ["a"], "algorithms": ["RS256"], "required_claims": {"org": {"id": 1}}},
        ],
        "upstreams": {
            "a": {"url": "https://a.example", "strip_prefix": "/a/", "binding": "A-B"},
            "b": {"url": "https://a.example", "identity_headers": {
                "authorization": "user_id", "x-app": "user_id", "x-user": "claims.", "X_A": "issuer", "x-a": "issuer",
                "a b": "user_id", "x-verified-assertion": "user_id", "x-org": "claims.org", "x-act": "claims.act", "x-u": "user",
            }},
            "c": {"url": "https://a.example", "shared_secret": {"header": "cookie", "secret_name": "S"}, "assertion": {"audience": "a", "signing_key_secret_name": ["A", "B", "C"]}},
            "d": {"url": "https://a.example", "shared_secret": {"header": "x-app"}, "access_token_of": "mc"},
            "e": {"url": "https://a.example", "access_token_of": "none", "assertion": {"lifetime_seconds": 0}},
            "f": {"url": "https://a.example", "shared_secret": {"header": "X-App", "secret_name": "S"}},
            "h": {"url": "https://a.example", "identity_headers": {"X_Forwarded_Host": "user_id"}, "shared_secret": {"header": "X-HTTP-Method", "secret_name": "S"}},
            "g": {"url": "https://a.example", "shared_secret": {"header": "Authorization", "secret_name": "S"}, "access_token_of": "app"},
        },
    }));
    assert_eq!(
        faults,
        [
            "providers[1].client_secret_secret_name: is required beside the other one",
            "upstreams.a.binding: must be the name of a binding: letters, digits and _",
            "upstreams.a.strip_prefix: is \"/a/\"; must be fixed segments, without a slash at the end",
            "upstreams.b.identity_headers.a b: is not the name of a header field",
            "upstreams.b.identity_headers.authorization: is a field with another meaning",
            "upstreams.b.identity_headers.x-a: is there a second time, in another spelling",
            "upstreams.b.identity_headers.x-act: is the claim act, which is an object",
            "upstreams.b.identity_headers.x-app: is the field of a provider's token",
            "upstreams.b.identity_headers.x-org: is the claim org, which is an object",
            "upstreams.b.identity_headers.x-u: is \"user\"; must be claims.<name> or one of \"provider\", \"issuer\", \"user_id\", \"project_key\", \"tenant_id\", \"tenant_slug\", \"permissions\", \"expires_at\"",
            "upstreams.b.identity_headers.x-user: is \"claims.\"; must be claims.<name> or one of \"provider\", \"issuer\", \"user_id\", \"project_key\", \"tenant_id\", \"tenant_slug\", \"permissions\", \"expires_at\"",
            "upstreams.b.identity_headers.x-verified-assertion: is a field with another meaning",
            "upstreams.c.assertion.signing_key_secret_name: has more than two names",
            "upstreams.c.shared_secret.header: is \"cookie\", which cannot carry a secret",
            "upstreams.d.access_token_of: is \"mc\", which is not of a kind of JTL's",
            "upstreams.d.shared_secret.secret_name: is required",
            "upstreams.e.access_token_of: is \"none\"; there is no such provider",
            "upstreams.e.assertion.audience: is required",
            "upstreams.e.assertion.lifetime_seconds: is 0; must be an integer from 5 to 3600",
            "upstreams.e.assertion.signing_key_secret_name: is required: the name of a secret, or of two",
            "upstreams.f.shared_secret.header: is \"x-app\", which carries something else",
            "upstreams.g.access_token_of: is \"app\", which has no client_id_secret_name and client_secret_secret_name",
            "upstreams.g.shared_secret.header: is \"authorization\", which carries something else",
            "upstreams.h.identity_headers.X_Forwarded_Host: is a field with another meaning",
            "upstreams.h.shared_secret.header: is \"x-http-method\", which cannot carry a secret",
        ],
    );
}

#[test]
fn routes_must_meet_the_conditions_of_their_upstream() {
    let faults = faults_of(json!({
        "unmatched": "session",
        "providers": [
            {"name": "mc", "kind": "merchant-center", "regions": ["gcp-eu"]},
            {"name": "jtl", "kind": "jtl-session", "client_id_secret_name": "I", "client_secret_secret_name": "S"},
        ],
        "upstreams": {
            "origin": {"url": "https://a.example", "strip_prefix": "/v1", "assertion": {"audience": "a", "signing_key_secret_name": "A"}},
            "api": {"url": "https://a.example", "access_token_of": "jtl"},
        },
        "routes": [
            {"path": "/v1/*"},
            {"path": "/v1"},
            {"path": "/v1x/*"},
            {"path": "/{any}/a"},
            {"path": "/erp/*", "upstream": "api"},
            {"path": "/erp/open", "upstream": "api", "access": "public"},
            {"path": "/erp/token", "upstream": "api", "providers": ["jtl"], "forward_token": true},
            {"path": "/erp/fine", "upstream": "api", "providers": ["jtl"]},
        ],
    }));
    assert_eq!(
        faults,
        [
            "routes[2].path: does not lie below /v1, the strip_prefix of upstream \"origin\"",
            "routes[3].path: does not lie below /v1, the strip_prefix of upstream \"origin\"",
            "routes[4].upstream: is \"api\", whose access_token_of needs routes whose every provider is of a kind of JTL's, as only these have a tenant",
            "routes[5].upstream: is \"api\", whose access_token_of needs routes whose every provider is of a kind of JTL's, as only these have a tenant",
            "routes[6].forward_token: has no meaning with upstream \"api\": it gets an access token",
            "upstreams.origin.assertion: needs a public_url, which is the assertion's issuer",
            "upstreams.origin.strip_prefix: needs unmatched = \"deny\", since other paths come here, too",
        ],
    );
}

#[test]
fn secrets_are_named_once() {
    let mut document = minimal();
    document["health_secret_name"] = json!("H");
    document["public_url"] = json!("https://api.example.com");
    document["upstreams"]["origin"]["shared_secret"] = json!({"header": "x-s", "secret_name": "S"});
    document["upstreams"]["origin"]["assertion"] =
        json!({"audience": "a", "signing_key_secret_name": ["A", "S"]});
    assert_eq!(parse(&document).unwrap().secret_names(), ["S", "A", "H"]);
}

#[test]
fn routes_refer_to_existing_names() {
    let faults = faults_of(json!({"unmatched": "deny", "routes": [
        {"path": "/a", "providers": ["mx"], "upstream": "orders"},
        {"path": "a", "methods": ["get", "TRACE"], "mode": "report"},
        {"path": "/b", "access": "public", "require": {}, "forward_token": true},
        {"path": "/c", "respond": "session", "upstream": "origin"},
        {"path": "/d", "require": {"claims": {"x": []}, "tenant": ["t"]}},
        {"path": "/e/{id}", "allow_in_path": ["%2f", "%2F"]},
    ]}));
    assert_eq!(
        faults,
        [
            "routes[0].providers[0]: is \"mx\"; there is no such provider",
            "routes[0].upstream: is \"orders\"; there is no such upstream",
            "routes[1].methods[0]: is \"get\"; must be in upper case",
            "routes[1].methods[1]: is \"TRACE\", which is never sent on",
            "routes[1].mode: has no meaning without require",
            "routes[1].path: is \"a\"; must begin with /",
            "routes[2].forward_token: has no meaning on a public route",
            "routes[2].require: has no meaning on a public route",
            "routes[3].upstream: has no meaning on a route that responds with the session",
            "routes[4].require.claims.x: is empty; must have at least one value",
            "routes[4].require.tenant: is not a known setting; did you mean `tenants`?",
            "routes[5].allow_in_path[1]: is \"%2F\"; must be one of \"%2f\", \";\", \"//\"; did you mean \"%2f\"?",
        ],
    );
}

#[test]
fn ties_and_unsafe_path_parts_above_other_routes_are_faults() {
    assert_eq!(
        faults_of(json!({"routes": [{"path": "/a/{x}"}, {"path": "/a/{y}"}]})),
        [
            "routes[1]: matches the same requests as routes[0] (/a/{y} and /a/{x}), and neither is more specific"
        ],
    );
    let routes = |other| json!({"routes": [{"path": "/files/*", "allow_in_path": ["%2f"]}, {"path": other}]});
    assert_eq!(
        faults_of(routes("/files/secret")),
        [
            "routes[0].allow_in_path: opens /files/*, but /files/secret lies below it and could be gone around"
        ],
    );
    assert!(faults_of(routes("/{any}/secret")).is_empty());
    assert!(faults_of(routes("/other")).is_empty());
    let open = json!({"routes": [{"path": "/{shop}/*", "allow_in_path": ["//"]}]});
    assert_eq!(
        faults_of(open),
        ["routes[0].allow_in_path: needs a path of fixed segments that ends in /*"]
    );
}

#[test]
fn providers_must_be_distinguishable() {
    let secrets = json!({"client_id_secret_name": "I", "client_secret_secret_name": "S"});
    let jtl = |header: &str| {
        let mut provider = json!({"name": "jtl", "kind": "jtl-session", "header": header});
        provider.as_object_mut().unwrap().extend(secrets.as_object().unwrap().clone());
        json!({"providers": [minimal()["providers"][0], provider]})
    };
    assert!(faults_of(jtl("x-session-id")).is_empty());
    assert_eq!(
        faults_of(jtl("Authorization")),
        [
            "providers: \"mc\" and \"jtl\" both take tokens from authorization, and one of them has tokens without an issuer; give one of them another header, or each route one of them"
        ],
    );
    for header in ["host", "cookie", "x-verified-user", "a b"] {
        assert_eq!(faults_of(jtl(header)).len(), 1, "{header}");
    }
}

#[test]
fn oidc_demands_audience_and_algorithms() {
    let oidc = |changes: Value| {
        let mut provider = json!({
            "name": "login", "kind": "oidc", "issuer": "https://login.example.com/",
            "audiences": ["a"], "algorithms": ["RS256"],
        });
        for (name, value) in changes.as_object().unwrap() {
            provider[name] = value.clone();
        }
        provider.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        faults_of(json!({"providers": [provider]}))
    };
    assert!(oidc(json!({})).is_empty());
    let jwk =
        json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    assert!(oidc(json!({"jwks": {"keys": [jwk]}})).is_empty());
    for (changes, expected) in [
        (json!({"audiences": null}), "providers[0].audiences: is required: at least one audience"),
        (
            json!({"audiences": []}),
            "providers[0].audiences: is empty; must have at least one value",
        ),
        (
            json!({"algorithms": null}),
            "providers[0].algorithms: is required: \"RS256\", \"EdDSA\" or both",
        ),
        (
            json!({"algorithms": ["HS256"]}),
            "providers[0].algorithms[0]: is \"HS256\"; must be one of \"RS256\", \"EdDSA\"; did you mean \"RS256\"?",
        ),
        (
            json!({"issuer": "http://login.example.com"}),
            "providers[0].issuer: is \"http://login.example.com\"; must be https (http is for loopback hosts only)",
        ),
        (
            json!({"jwks": {"keys": [jwk, {"kty": "oct", "k": "AA"}]}}),
            "providers[0].jwks: has a key of no use: keys[1] is a private or symmetric key",
        ),
        (json!({"jwks": {"keys": []}}), "providers[0].jwks: the key set has no usable key"),
        (
            json!({"jwks": {"keys": [jwk]}, "jwks_uri": "https://a.example"}),
            "providers[0].jwks: is given beside jwks_uri; give either",
        ),
    ] {
        assert_eq!(oidc(changes), [expected]);
    }
}

#[test]
fn no_session_route_has_a_cached_upstream() {
    let fault = "cache: is \"default\"; must be \"no-store\" where a route that needs a session uses the upstream";
    let url = "https://backend.example.com";
    let cached = json!({"origin": {"url": url}, "assets": {"url": url, "cache": "default"}});
    let route = |access: &str| json!({"public_url": "https://api.example.com", "upstreams": cached, "routes": [{"path": "/a", "access": access, "upstream": "assets"}]});
    assert!(faults_of(route("public")).is_empty());
    assert_eq!(faults_of(route("session")), [format!("upstreams.assets.{fault}")]);
    let origin = json!({"public_url": "https://api.example.com", "upstreams": {"origin": {"url": url, "cache": "default"}}});
    assert_eq!(faults_of(origin), [format!("upstreams.origin.{fault}")]);
}

#[test]
fn a_cached_upstream_needs_a_public_url() {
    let url = "https://backend.example.com";
    let fault = "upstreams.assets.cache: is \"default\" and needs a public_url; without it, callers choose the host in X-Forwarded-Host, and the cache would hold answers that were made for their host";
    let mut changes = json!({
        "upstreams": {"origin": {"url": url}, "assets": {"url": url, "cache": "default"}},
        "routes": [{"path": "/a", "access": "public", "upstream": "assets"}],
    });
    assert_eq!(faults_of(changes.clone()), [fault]);
    changes["public_url"] = json!("https://api.example.com");
    assert!(faults_of(changes).is_empty());
}

#[test]
fn a_secret_in_authorization_is_beside_no_token_that_is_sent_on() {
    let oidc = |name: &str, header: &str| {
        json!({
            "name": name, "kind": "oidc", "issuer": format!("https://{name}.example"), "header": header,
            "audiences": ["a"], "algorithms": ["RS256"],
        })
    };
    let url = "https://backend.example.com";
    let faults = |provider: &str, forward_token: bool| {
        faults_of(json!({
            "unmatched": "deny",
            "providers": [oidc("a", "Authorization"), oidc("b", "x-token")],
            "upstreams": {
                "origin": {"url": url},
                "own": {"url": url, "shared_secret": {"header": "Authorization", "secret_name": "S"}},
            },
            "routes": [{"path": "/a", "upstream": "own", "providers": [provider], "forward_token": forward_token}],
        }))
    };
    assert!(faults("a", false).is_empty() && faults("b", true).is_empty());
    let fault = "routes[0].forward_token: would send a token in authorization, where upstream \"own\" has its shared_secret";
    assert_eq!(faults("a", true), [fault]);
}

#[test]
fn cors_is_consistent() {
    let cors = |cors: Value| faults_of(json!({"cors": cors}));
    assert!(
        cors(json!({"allowed_origins": ["https://a.example", "http://localhost:5173"]})).is_empty()
    );
    assert_eq!(cors(json!({})), ["cors.allowed_origins: is required: at least one origin"]);
    assert_eq!(
        cors(json!({"allowed_origins": ["*"], "allow_credentials": true})),
        ["cors.allow_credentials: is true; must be false where every origin is allowed"],
    );
    assert_eq!(
        cors(json!({"allowed_origins": ["https://a.example/", "*"]})),
        [
            "cors.allowed_origins[0]: is \"https://a.example/\"; a browser writes it as \"https://a.example\"",
        ],
    );
}

#[test]
fn risks_are_warnings() {
    let places = |document: &Value| -> Vec<String> {
        parse(document).unwrap().warnings().into_iter().map(|warning| warning.place).collect()
    };
    assert_eq!(places(&minimal()), ["providers[0]", "upstreams.origin"]);
    let mut document = minimal();
    document["public_url"] = json!("https://api.example.com");
    assert_eq!(places(&document), ["upstreams.origin"]);
    document["keys"] = json!({"stale_seconds": 86_401});
    document["providers"][0]["reject_status"] = json!(403);
    document["providers"].as_array_mut().unwrap().push(json!({
        "name": "jtl", "kind": "jtl-session",
        "client_id_secret_name": "I", "client_secret_secret_name": "S",
    }));
    document["routes"] = json!([
        {"path": "/*", "access": "public"},
        {"path": "/a", "require": {"permissions_all": ["p"]}},
    ]);
    document["unmatched"] = json!("session");
    assert_eq!(
        places(&document),
        [
            "keys.stale_seconds",
            "providers[0].reject_status",
            "providers[1]",
            "routes[0]",
            "routes[1]",
            "unmatched",
            "upstreams.origin"
        ],
    );
    document["unmatched"] = json!("deny");
    document["routes"] = json!([{"path": "/a", "require": {"tenants": ["t"]}}]);
    assert_eq!(
        places(&document),
        ["keys.stale_seconds", "providers[0].reject_status", "upstreams.origin"]
    );
}

#[test]
fn a_variable_that_is_larger_than_workers_allows_is_a_fault() {
    let mut document = minimal();
    document["public_url"] = json!(vec!["https://api.example.com"; 300]);
    assert!(parse(&document).unwrap_err()[0].starts_with("DRAWBRIDGE: has "));
}

#[test]
fn what_is_required_is_named() {
    assert_eq!(
        parse(&json!({})).unwrap_err(),
        [
            "providers: is required: at least one provider",
            "upstreams.origin: is required: the backend of requests that no route matches; or set unmatched = \"deny\""
        ],
    );
    assert_eq!(
        Config::parse([]).unwrap_err()[0].to_string(),
        "DRAWBRIDGE: is missing; the configuration is the variable DRAWBRIDGE",
    );
}

#[test]
fn a_number_that_is_rounded_elsewhere_is_a_fault_at_its_rule() {
    let mut document = minimal();
    document["providers"] = json!([{
        "name": "oidc", "kind": "oidc", "issuer": "https://a.example", "audiences": ["a"],
        "algorithms": ["RS256"],
        "required_claims": {"account": 9_007_199_254_740_993_u64, "small": 9_007_199_254_740_991_u64},
    }]);
    document["unmatched"] = json!("deny");
    document["routes"] = json!([
        {"path": "/a", "require": {"claims": {"level": [1, {"deep": [-1e18]}], "fine": [1]}}},
    ]);
    let faults = parse(&document).unwrap_err();
    let [account, level] = faults.as_slice() else { panic!("{faults:?}") };
    assert!(
        account
            .starts_with("providers[0].required_claims.account: has the number 9007199254740993; ")
    );
    assert!(level.starts_with("routes[0].require.claims.level: has the number -1e"), "{level}");
}

#[test]
fn a_setting_that_is_gone_says_what_to_do() {
    for value in [true, false] {
        assert_eq!(
            faults_of(json!({"case_insensitive": value})),
            ["case_insensitive: is gone; remove it: rules for sessions ignore case already"],
        );
    }
}

#[test]
fn no_token_is_in_a_field_that_describes_another_request() {
    for header in ["X-Forwarded-Host", "x_http_method_override", "Forwarded", "x-middleware-token"]
    {
        let mut document = minimal();
        document["providers"][0]["header"] = json!(header);
        let name = header.to_ascii_lowercase();
        assert_eq!(
            parse(&document).unwrap_err(),
            [format!("providers[0].header: is {name:?}, which cannot carry a token")],
        );
    }
}
