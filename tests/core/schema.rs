//! The committed JSON Schema is the one that the code makes.

use drawbridge::config::Config;
use serde_json::Value;

#[test]
fn the_committed_schema_is_current() {
    let committed: Value =
        serde_json::from_str(include_str!("../../drawbridge.schema.json")).unwrap();
    assert!(
        committed == Config::schema(),
        "run `cargo run --example schema > drawbridge.schema.json` and commit the result",
    );
}

#[test]
fn every_kind_of_provider_is_described() {
    let schema = Config::schema();
    let kinds = schema["properties"]["providers"]["items"]["oneOf"].as_array().unwrap();
    let described: Vec<_> =
        kinds.iter().map(|kind| kind["properties"]["kind"]["const"].as_str().unwrap()).collect();
    assert_eq!(described, ["merchant-center", "jtl-session", "jtl-app", "oidc"]);
    assert_eq!(
        kinds[3]["required"],
        serde_json::json!(["name", "kind", "issuer", "audiences", "algorithms"])
    );
    assert_eq!(schema["properties"]["keys"]["properties"]["fresh_seconds"]["maximum"], 86_400);
}
