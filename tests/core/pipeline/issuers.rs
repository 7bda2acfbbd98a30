//! Several providers and issuers: whose keys are tried, and whose rejection the caller gets.

use super::{NOW, Outcome, Side, UnixMillis, document, field};
use crate::signing::Signer;
use drawbridge::pipeline::Verdict;
use serde_json::{Value, json};

fn provider(name: &str, issuer: &str, audience: &str, signer: &Signer) -> Value {
    let jwks: Value = serde_json::from_str(&signer.jwks("key-1")).unwrap();
    json!({
        "name": name, "kind": "oidc", "issuer": issuer, "jwks": jwks, "audiences": [audience],
        "algorithms": [signer.algorithm()],
    })
}

fn side(providers: &[Value]) -> Side {
    let routes = json!([{"path": "/a", "upstream": "origin"}]);
    let origin = json!({"url": "https://backend.example.com"});
    let changes =
        json!({"providers": providers, "routes": routes, "upstreams": {"origin": origin}});
    Side::of(&document(&changes))
}

/// Makes a gateway with two issuers that sign with different algorithms.
fn two_issuers() -> Side {
    side(&[
        provider("one", "https://one.example", "a", &Signer::ed_dsa()),
        provider("two", "https://two.example", "a", &Signer::rs256()),
    ])
}

fn token(signer: &Signer, header: &Value, claims: &Value) -> String {
    let mut all = json!({"sub": "ada", "aud": "a", "exp": NOW + 59});
    all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
    let token = signer.sign(header.to_string().as_bytes(), all.to_string().as_bytes());
    format!("Bearer {token}")
}

/// Returns the provider that accepted the token, or the code of the rejection.
fn outcome(side: &mut Side, token: &str) -> String {
    match side.verdict("GET", "/a", &[("authorization", token)]) {
        Verdict::Forward(forward) => {
            let provider =
                forward.identity().iter().find(|(name, _)| name == "x-verified-provider");
            provider.unwrap().1.clone()
        }
        Verdict::Reject(response) => response.code.to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_issuer_and_nothing_else_says_whose_keys_are_tried() {
    let mut side = two_issuers();
    let (ed_dsa, rs256) = (Signer::ed_dsa(), Signer::rs256());
    for (signer, issuer, expected) in [
        (&ed_dsa, json!("https://one.example"), "one"),
        (&rs256, json!("https://two.example"), "two"),
        // Each token is signed with the key of the other issuer.
        (&rs256, json!("https://one.example"), "issuer_mismatch"),
        (&ed_dsa, json!("https://two.example"), "issuer_mismatch"),
        (&ed_dsa, json!("https://three.example"), "issuer_mismatch"),
        (&ed_dsa, json!(1), "claims_malformed"),
    ] {
        let header = json!({"alg": signer.algorithm(), "kid": "key-1"});
        let token = token(signer, &header, &json!({"iss": issuer}));
        // The algorithm leaves one issuer, whose name is then compared.
        assert_eq!(outcome(&mut side, &token), expected, "{issuer}");
        assert_eq!(outcome(&mut side, &token), expected, "{issuer} again");
    }
}

#[test]
fn with_one_algorithm_the_keys_are_those_of_the_claimed_issuer() {
    let mut one = provider("one", "https://one.example", "a", &Signer::ed_dsa());
    let mut two = provider("two", "https://two.example", "a", &Signer::rs256());
    for provider in [&mut one, &mut two] {
        provider["algorithms"] = json!(["EdDSA", "RS256"]);
    }
    let mut side = side(&[one, two]);
    let (ed_dsa, rs256) = (Signer::ed_dsa(), Signer::rs256());
    for (signer, issuer, expected) in [
        (&ed_dsa, json!("https://one.example"), "one"),
        (&rs256, json!("https://two.example"), "two"),
        (&rs256, json!("https://one.example"), "key_unknown"),
        (&ed_dsa, json!("https://two.example"), "key_unknown"),
        (&ed_dsa, json!("https://three.example"), "issuer_mismatch"),
        (&ed_dsa, json!(null), "claims_malformed"),
    ] {
        let header = json!({"alg": signer.algorithm(), "kid": "key-1"});
        let token = token(signer, &header, &json!({"iss": issuer}));
        assert_eq!(outcome(&mut side, &token), expected, "{issuer}");
    }
    // A token without an issuer matches none of them.
    let header = json!({"alg": "EdDSA", "kid": "key-1"});
    assert_eq!(outcome(&mut side, &token(&ed_dsa, &header, &json!({}))), "issuer_mismatch");
}

#[test]
fn a_token_of_nobody_is_refused_as_all_who_take_tokens_agree() {
    let mut providers = ["one", "two"]
        .map(|name| provider(name, &format!("https://{name}.example"), "a", &Signer::ed_dsa()));
    for provider in &mut providers {
        provider["reject_status"] = json!(403);
    }
    let mut side = side(&providers);
    let header = json!({"alg": "EdDSA", "kid": "key-1"});
    let token = token(&Signer::ed_dsa(), &header, &json!({"iss": "https://three.example"}));
    let response = side.refused("GET", "/a", &[("authorization", &token)]);
    assert_eq!((response.code, response.status), ("issuer_mismatch", 403));
}

#[test]
fn of_providers_with_one_issuer_the_first_that_fits_wins_or_the_first_refuses() {
    let signer = Signer::ed_dsa();
    let mut strict = provider("strict", "https://one.example", "a", &signer);
    strict["required_claims"] = json!({"level": 2});
    let mut side = side(&[
        strict,
        provider("a", "https://one.example", "a", &signer),
        provider("b", "https://one.example", "b", &signer),
    ]);
    let header = json!({"alg": "EdDSA", "kid": "key-1"});
    for (claims, expected) in [
        (json!({"level": 2}), "strict"),
        (json!({"level": 1}), "a"),
        (json!({"aud": "b"}), "b"),
        (json!({"aud": ["b", "a"]}), "a"),
        (json!({"aud": "c"}), "audience_mismatch"),
    ] {
        let mut all = json!({"iss": "https://one.example"});
        all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        let token = token(&signer, &header, &all);
        assert_eq!(outcome(&mut side, &token), expected, "{claims}");
        let record =
            side.judge("GET", "https://api.example.com/a", &[("authorization", &token)]).record;
        let index = ["strict", "a", "b"].iter().position(|name| *name == expected);
        assert_eq!(record.provider, index, "{claims}");
    }
}

#[test]
fn an_algorithm_is_allowed_by_a_provider() {
    let mut both = two_issuers();
    let refused = |side: &mut Side, token: &str| {
        let response = side.refused("GET", "/a", &[("authorization", token)]);
        (response.code, field(&response.headers, "www-authenticate").unwrap().to_owned())
    };
    let signer = Signer::ed_dsa();
    let (code, challenge) =
        refused(&mut both, &token(&signer, &json!({"alg": "none"}), &json!({})));
    assert_eq!(code, "algorithm_not_allowed");
    assert!(challenge.contains("must be Ed25519 or EdDSA or RS256."), "{challenge}");
    let mut alone = side(&[provider("one", "https://one.example", "a", &signer)]);
    let (code, challenge) =
        refused(&mut alone, &token(&signer, &json!({"alg": "RS256"}), &json!({})));
    assert_eq!(code, "algorithm_not_allowed");
    assert!(challenge.contains("must be Ed25519 or EdDSA."), "{challenge}");
}

#[test]
fn a_type_is_accepted_by_the_provider_that_names_it() {
    let signer = Signer::ed_dsa();
    let typed = |name: &str, media_type: &str| {
        let mut provider = provider(name, "https://one.example", "a", &signer);
        provider["types"] = json!([media_type]);
        provider
    };
    let mut side = side(&[typed("access", "at+jwt"), typed("id", "JWT")]);
    for (media_type, expected) in
        [("at+jwt", "access"), ("JWT", "id"), ("logout+jwt", "header_malformed")]
    {
        let header = json!({"alg": "EdDSA", "kid": "key-1", "typ": media_type});
        let token = token(&signer, &header, &json!({"iss": "https://one.example"}));
        assert_eq!(outcome(&mut side, &token), expected, "{media_type}");
    }
}

#[test]
fn a_key_that_nobody_has_is_unknown_and_a_wrong_signature_invalid() {
    let mut side = two_issuers();
    let signer = Signer::ed_dsa();
    let claims = json!({"iss": "https://one.example"});
    let other = token(&signer, &json!({"alg": "EdDSA", "kid": "key-2"}), &claims);
    assert_eq!(outcome(&mut side, &other), "key_unknown");
    let good = token(&signer, &json!({"alg": "EdDSA", "kid": "key-1"}), &claims);
    assert_eq!(outcome(&mut side, &good), "one");
    let (start, _) = good.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    assert_eq!(outcome(&mut side, &format!("{start}.{signature}")), "signature_invalid");
}

#[test]
fn keys_that_are_not_there_are_waited_for_and_then_unavailable() {
    let mut uri = provider("one", "https://one.example", "a", &Signer::ed_dsa());
    uri.as_object_mut().unwrap().remove("jwks");
    uri["jwks_uri"] = json!("https://one.example/keys");
    let mut side = side(&[provider("two", "https://two.example", "b", &Signer::ed_dsa()), uri]);
    let header = json!({"alg": "EdDSA", "kid": "key-1"});
    let token = token(&Signer::ed_dsa(), &header, &json!({"iss": "https://one.example"}));
    let verdict = side.verdict("GET", "/a", &[("authorization", &token)]);
    let until = UnixMillis::from_seconds(NOW + 5);
    assert_eq!(verdict, Verdict::Wait { source: 1, until });
    let starts = side.keys.take_starts();
    assert_eq!(starts.len(), 1);
    assert_eq!(starts[0].0, 1);
    let now = UnixMillis::from_seconds(NOW);
    let cache = side.keys.cache(1).unwrap();
    cache.fetched(now, &starts[0].1, Outcome::Failed);
    let response = side.refused("GET", "/a", &[("authorization", &token)]);
    assert_eq!((response.code, response.status), ("keys_unavailable", 503));
    assert_eq!(field(&response.headers, "retry-after"), Some("30"));
}
