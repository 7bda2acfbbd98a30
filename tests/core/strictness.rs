//! The rules for a token, for both algorithms, in the order in which Drawbridge applies them.

use std::rc::Rc;

use crate::signing::{Signer, encode};
use drawbridge::config::Config;
use drawbridge::keys::{AfterKvRead, Fetched, KeyCaches, KeySet, Outcome};
use drawbridge::pipeline::{Gateway, Incoming, Verdict};
use drawbridge::secrets::Secrets;
use drawbridge::time::UnixMillis;
use drawbridge::upstream::Forward;
use serde_json::{Value, json};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://mc-api.europe-west1.gcp.commercetools.com";
const SKEW: u64 = 5;

/// A gateway with one provider, whose keys are in memory.
struct Side {
    signer: Signer,
    gateway: Gateway,
    field: &'static str,
    scheme: &'static str,
    claims: Value,
}

impl Side {
    fn merchant_center() -> Self {
        let provider = json!({"name": "mc", "kind": "merchant-center", "regions": ["gcp-eu"]});
        Self {
            signer: Signer::rs256(),
            gateway: gateway(&[provider]),
            field: "authorization",
            scheme: "Bearer ",
            claims: json!({
                "iss": ISSUER, "sub": "user-1", "aud": "https://api.example.com/orders",
                "type": "exchange", "iat": NOW - 1, "exp": NOW + 59,
                format!("{ISSUER}/claims/project_key"): "shop",
                format!("{ISSUER}/claims/user_permissions"): ["canViewOrders", "canManageProducts"],
            }),
        }
    }

    fn jtl_session() -> Self {
        let provider = json!({
            "name": "jtl", "kind": "jtl-session",
            "client_id_secret_name": "ID", "client_secret_secret_name": "SECRET",
        });
        Self {
            signer: Signer::ed_dsa(),
            gateway: gateway(&[provider]),
            field: "x-session-id",
            scheme: "",
            claims: json!({
                "exp": NOW + 59, "userId": "user-1", "tenantId": "tenant-1",
                "tenantSlug": "one", "kid": "customer-1",
            }),
        }
    }

    fn oidc(signer: Signer) -> Self {
        let provider = json!({
            "name": "login", "kind": "oidc", "issuer": "https://login.example.com/",
            "audiences": ["orders-api", "billing-api"], "algorithms": [signer.algorithm()],
            "required_claims": {"email_verified": true, "realm.roles": "sales"},
        });
        Self {
            signer,
            gateway: gateway(&[provider]),
            field: "authorization",
            scheme: "Bearer ",
            claims: json!({
                "iss": "https://login.example.com/", "sub": "user-1", "aud": "orders-api",
                "exp": NOW + 59, "email_verified": true, "realm": {"roles": ["hr", "sales"]},
            }),
        }
    }

    fn both() -> [Self; 2] {
        [Self::merchant_center(), Self::jtl_session()]
    }

    /// Returns the claims with some of them changed. `null` removes a claim.
    fn claims_with(&self, changes: &Value) -> Value {
        let mut claims = self.claims.clone();
        for (name, value) in changes.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        claims
    }

    fn header(&self) -> Vec<u8> {
        json!({"alg": self.signer.algorithm(), "kid": "key-1"}).to_string().into_bytes()
    }

    fn judge(&self, token: &str) -> Result<Forward, &'static str> {
        let mut keys = self.gateway.key_caches();
        provide(&mut keys, &self.signer.jwks("key-1"));
        let value = format!("{}{token}", self.scheme);
        let incoming = Incoming {
            method: "GET",
            url: "https://api.example.com/orders?page=2",
            headers: [(self.field, value.as_str())].into_iter().collect(),
        };
        match self.gateway.judge(&incoming, &mut keys, UnixMillis::from_seconds(NOW)).verdict {
            Verdict::Forward(forward) => Ok(forward),
            Verdict::Reject(response) => Err(response.code),
            Verdict::Answer(_) => Err("answered"),
            Verdict::Health { .. } => Err("answered with the state of the keys"),
            Verdict::Wait { .. } => panic!("the keys are at hand and cannot be fetched again yet"),
        }
    }

    fn code_of(&self, token: &str) -> &'static str {
        self.judge(token).map_or_else(|code| code, |_| "forwarded")
    }

    /// Returns the outcome for a correctly signed token with this header and these claims.
    fn code_signed(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> &'static str {
        self.code_of(&self.signer.sign(header.as_ref(), payload.as_ref()))
    }

    fn code_with_claims(&self, changes: &Value) -> &'static str {
        self.code_signed(self.header(), self.claims_with(changes).to_string())
    }

    fn code_with_header(&self, header: &Value) -> &'static str {
        self.code_signed(header.to_string(), self.claims.to_string())
    }
}

fn gateway(providers: &[Value]) -> Gateway {
    let document = json!({
        "public_url": "https://api.example.com",
        "clock_skew_seconds": SKEW,
        "providers": providers,
        "upstreams": {"origin": {"url": "https://backend.example.com/base"}},
    });
    let config = Config::parse([("DRAWBRIDGE", document.to_string().as_str())]).unwrap();
    let secrets =
        config.secret_names().into_iter().map(|name| (name.to_owned(), "secret".to_owned()));
    let secrets: Secrets = secrets.collect();
    Gateway::new(config, secrets, || [0; 16]).unwrap()
}

/// Gives the first source a set that was just fetched.
fn provide(keys: &mut KeyCaches, document: &str) {
    let at = UnixMillis::from_seconds(NOW - 1);
    let cache = keys.cache(0).unwrap();
    let start = cache.refresh(at).unwrap();
    assert_eq!(cache.kv_read(at, &start, None), AfterKvRead::Fetch(None));
    let set = Fetched {
        keys: Rc::new(KeySet::parse(document.as_bytes()).unwrap()),
        document: document.into(),
        jwks_uri: "https://a.example/keys".into(),
        etag: None,
        fetched_at: at,
    };
    cache.fetched(at, &start, Outcome::Set(set)).unwrap();
}

#[test]
fn a_valid_token_makes_a_forward() {
    for side in Side::both() {
        let token = side.signer.sign(&side.header(), side.claims.to_string().as_bytes());
        let forward = side.judge(&token).unwrap();
        assert_eq!(forward.url(), "https://backend.example.com/base/orders?page=2");
        let identity: Vec<(&str, &str)> = forward
            .identity()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let expected = if side.field == "authorization" {
            vec![
                ("x-verified-provider", "mc"),
                ("x-verified-issuer", ISSUER),
                ("x-verified-user", "user-1"),
                ("x-verified-project", "shop"),
                ("x-verified-permissions", "canViewOrders canManageProducts"),
                ("x-verified-expires", "1800000059"),
            ]
        } else {
            vec![
                ("x-verified-provider", "jtl"),
                ("x-verified-user", "user-1"),
                ("x-verified-tenant", "tenant-1"),
                ("x-verified-tenant-slug", "one"),
                ("x-verified-expires", "1800000059"),
            ]
        };
        assert_eq!(identity, expected);
    }
}

#[test]
fn header_and_claims_are_one_json_object_in_utf_8() {
    for side in Side::both() {
        let claims = side.claims.to_string();
        for header in ["", "[]", "\"x\"", "{}{}", "{\"alg\":", "\u{feff}{}"] {
            assert_eq!(side.code_signed(header, &claims), "header_malformed", "{header}");
        }
        assert_eq!(side.code_signed(b"{\"alg\":\"\xff\"}", &claims), "header_malformed");
        for payload in ["", "[]", "\"x\"", "{}{}", "{\"exp\":", "null"] {
            assert_eq!(side.code_signed(side.header(), payload), "claims_malformed", "{payload}");
        }
        assert_eq!(side.code_signed(side.header(), b"{\"a\":\"\xff\"}"), "claims_malformed");
    }
}

#[test]
fn no_member_is_there_twice_at_any_depth() {
    for side in Side::both() {
        let header = String::from_utf8(side.header()).unwrap();
        let claims = side.claims.to_string();
        let twice = |object: &str, member: &str| object.replacen('{', &format!("{{{member},"), 1);
        let doubled = twice(&header, r#""alg":"none""#);
        assert_eq!(side.code_signed(doubled, &claims), "header_malformed");
        for member in [r#""exp":1"#, r#""a":{"b":1,"b":1}"#, r#""a":[{"b":1,"\u0062":1}]"#] {
            let code = side.code_signed(&header, twice(&claims, member));
            assert_eq!(code, "claims_malformed", "{member}");
        }
    }
}

#[test]
fn depth_is_at_most_16() {
    for side in Side::both() {
        let nested = |depth: usize| {
            let array: Value = serde_json::from_str(&format!(
                "{}{}",
                "[".repeat(depth - 1),
                "]".repeat(depth - 1)
            ))
            .unwrap();
            side.code_with_claims(&json!({"deep": array}))
        };
        assert_eq!(nested(16), "forwarded");
        assert_eq!(nested(17), "claims_malformed");
    }
}

#[test]
fn base64url_is_canonical_and_unpadded() {
    for side in Side::both() {
        let token = side.signer.sign(&side.header(), side.claims.to_string().as_bytes());
        let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else {
            panic!("three parts");
        };
        for changed in [
            format!("{header}=.{payload}.{signature}"),
            format!("{header}.{payload}=.{signature}"),
            format!("{header}.{payload}.{signature}="),
            format!("{header}.{payload}.{signature}\u{2d}"),
            format!("{header}.{payload}.{}", signature.replace(['-', '_'], "+")),
            format!("{header}.{payload}"),
            format!("{header}.{payload}.{signature}."),
            format!(".{payload}.{signature}"),
        ] {
            if changed != token {
                let code = side.code_of(&changed);
                assert!(matches!(code, "token_malformed" | "header_malformed"), "{code} {changed}");
            }
        }
        // The last character of 64 or 256 encoded bytes has bits that belong to no byte.
        let unused_bits = (b'A'..=b'Z')
            .map(|last| format!("{}{}", token.split_at(token.len() - 1).0, char::from(last)))
            .filter(|changed| side.code_of(changed) == "token_malformed");
        assert!(unused_bits.count() > 10);
    }
}

#[test]
fn alg_is_a_string_equal_to_one_of_the_providers() {
    for side in Side::both() {
        let ours = side.signer.algorithm();
        for (alg, expected) in [
            (json!(ours), "forwarded"),
            (json!(ours.to_lowercase()), "algorithm_not_allowed"),
            (json!(format!("{ours} ")), "algorithm_not_allowed"),
            (json!("none"), "algorithm_not_allowed"),
            (json!("None"), "algorithm_not_allowed"),
            (json!(""), "algorithm_not_allowed"),
            (json!("HS256"), "algorithm_not_allowed"),
            (json!("PS256"), "algorithm_not_allowed"),
            (json!("RS512"), "algorithm_not_allowed"),
            (json!(if ours == "RS256" { "EdDSA" } else { "RS256" }), "algorithm_not_allowed"),
            (json!(null), "header_malformed"),
            (json!([ours]), "header_malformed"),
            (json!(1), "header_malformed"),
        ] {
            assert_eq!(side.code_with_header(&json!({"alg": alg})), expected, "{alg}");
        }
        assert_eq!(side.code_with_header(&json!({})), "header_malformed");
    }
    assert_eq!(Side::jtl_session().code_with_header(&json!({"alg": "Ed25519"})), "forwarded");
}

#[test]
fn typ_if_present_is_a_string() {
    for side in Side::both() {
        let alg = side.signer.algorithm();
        let code = |typ: Value| side.code_with_header(&json!({"alg": alg, "typ": typ}));
        assert_eq!(code(json!("JWT")), "forwarded");
        assert_eq!(code(json!(null)), "header_malformed");
        assert_eq!(code(json!(7)), "header_malformed");
    }
}

#[test]
fn typ_is_one_of_the_accepted_types_of_an_oidc_provider() {
    for side in [Side::oidc(Signer::rs256()), Side::oidc(Signer::ed_dsa())] {
        let alg = side.signer.algorithm();
        for (typ, expected) in [
            ("JWT", "forwarded"),
            ("jwt", "forwarded"),
            ("at+jwt", "forwarded"),
            ("application/at+jwt", "forwarded"),
            ("", "forwarded"),
            ("logout+jwt", "header_malformed"),
            ("dpop+jwt", "header_malformed"),
            ("JWT ", "header_malformed"),
        ] {
            assert_eq!(side.code_with_header(&json!({"alg": alg, "typ": typ})), expected, "{typ}");
        }
        assert_eq!(side.code_with_header(&json!({"alg": alg})), "forwarded");
    }
}

#[test]
fn oidc_demands_issuer_audience_and_the_required_claims() {
    for side in [Side::oidc(Signer::rs256()), Side::oidc(Signer::ed_dsa())] {
        for (changes, expected) in [
            (json!({"iss": null}), "claim_missing"),
            (json!({"iss": "https://login.example.com"}), "issuer_mismatch"),
            (json!({"aud": null}), "claim_missing"),
            (json!({"aud": "orders"}), "audience_mismatch"),
            (json!({"aud": ["x", "billing-api"]}), "forwarded"),
            (json!({"sub": null}), "forwarded"),
            (json!({"email_verified": null}), "claim_missing"),
            (json!({"email_verified": "true"}), "claim_mismatch"),
            (json!({"email_verified": false}), "claim_mismatch"),
            (json!({"realm": {}}), "claim_missing"),
            (json!({"realm": {"roles": []}}), "claim_mismatch"),
            (json!({"realm": {"roles": "sales"}}), "forwarded"),
            (json!({"scope": "a b"}), "forwarded"),
            (json!({"scope": 1}), "claims_malformed"),
            (json!({"scp": ["a", 1]}), "claims_malformed"),
        ] {
            assert_eq!(side.code_with_claims(&changes), expected, "{changes}");
        }
    }
}

#[test]
fn an_empty_name_is_nobodys() {
    let side = Side::oidc(Signer::rs256());
    for sub in [json!(null), json!("")] {
        let claims = side.claims_with(&json!({"sub": sub}));
        let token = side.signer.sign(&side.header(), claims.to_string().as_bytes());
        let forward = side.judge(&token).unwrap();
        assert!(forward.identity().iter().all(|(name, _)| *name != "x-verified-user"));
    }
}

#[test]
fn crit_is_refused_and_keys_in_the_header_are_never_read() {
    for side in Side::both() {
        let alg = side.signer.algorithm();
        for crit in [json!(["exp"]), json!([]), json!(null), json!("b64")] {
            let code = side.code_with_header(&json!({"alg": alg, "crit": crit}));
            assert_eq!(code, "header_critical", "{crit}");
        }
        let distractions = json!({
            "alg": alg, "jku": "https://evil.example/keys", "x5u": "https://evil.example/cert",
            "jwk": {"kty": "oct", "k": "AA"}, "x5c": ["AA"], "zip": "DEF", "b64": false,
        });
        assert_eq!(side.code_with_header(&distractions), "forwarded");
        // This token is signed with the key that its own header names.
        let other = if alg == "RS256" { Signer::ed_dsa() } else { Signer::rs256() };
        let jwks: Value = serde_json::from_str(&other.jwks("key-1")).unwrap();
        let header = json!({"alg": alg, "kid": "key-1", "jwk": jwks["keys"][0]}).to_string();
        let forged = other.sign(header.as_bytes(), side.claims.to_string().as_bytes());
        assert_eq!(side.code_of(&forged), "signature_invalid");
    }
}

#[test]
fn kid_selects_exactly() {
    for side in Side::both() {
        let alg = side.signer.algorithm();
        let code = |kid: Value| side.code_with_header(&json!({"alg": alg, "kid": kid}));
        assert_eq!(code(json!("key-1")), "forwarded");
        assert_eq!(side.code_with_header(&json!({"alg": alg})), "forwarded");
        for kid in ["key-2", "", "KEY-1", "key-1 "] {
            assert_eq!(code(json!(kid)), "key_unknown", "{kid:?}");
        }
        assert_eq!(code(json!(1)), "header_malformed");
        assert_eq!(code(json!(null)), "header_malformed");
    }
}

#[test]
fn the_signature_is_verified_before_any_claim_is_read() {
    for side in Side::both() {
        // These claims are malformed, and the signature is wrong as well.
        let payload = encode(r#"{"exp":"never","exp":1}"#);
        let signature = encode([1; 64]);
        let token = format!("{}.{payload}.{signature}", encode(side.header()));
        assert_eq!(side.code_of(&token), "signature_invalid");
    }
}

#[test]
fn every_bit_of_a_signature_counts() {
    for side in Side::both() {
        let token = side.signer.sign(&side.header(), side.claims.to_string().as_bytes());
        let (input, signature) = token.rsplit_once('.').unwrap();
        use base64::Engine as _;
        let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let bytes = engine.decode(signature).unwrap();
        for bit in (0..bytes.len() * 8).step_by(7) {
            let mut changed = bytes.clone();
            *changed.get_mut(bit / 8).unwrap() ^= 1 << (bit % 8);
            assert_eq!(side.code_of(&format!("{input}.{}", encode(changed))), "signature_invalid");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert_eq!(side.code_of(&format!("{input}.{}", encode(longer))), "signature_invalid");
        let mut padded = vec![0];
        padded.extend(&bytes);
        assert_eq!(side.code_of(&format!("{input}.{}", encode(padded))), "signature_invalid");
        let shorter = bytes.split_last().unwrap().1;
        assert_eq!(side.code_of(&format!("{input}.{}", encode(shorter))), "signature_invalid");
        assert_eq!(side.code_of(&format!("{input}.")), "signature_invalid");
    }
}

#[test]
fn an_ed25519_signature_has_one_form() {
    use base64::Engine as _;
    let side = Side::jtl_session();
    let token = side.signer.sign(&side.header(), side.claims.to_string().as_bytes());
    let (input, signature) = token.rsplit_once('.').unwrap();
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(signature).unwrap();
    let (r, s) = bytes.split_at(32);
    let code = |r: &[u8], s: &[u8]| side.code_of(&format!("{input}.{}", encode([r, s].concat())));
    assert_eq!(code(r, s), "forwarded");
    // S plus the group order is the same number to a verifier that reduces it (RFC 8032, section
    // 5.1.7).
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0;
    let larger: Vec<u8> = s
        .iter()
        .zip(ORDER)
        .map(|(a, b)| {
            let sum = u16::from(*a) + u16::from(b) + carry;
            carry = sum >> 8;
            sum as u8
        })
        .collect();
    assert_eq!(code(r, &larger), "signature_invalid");
    // R of small order: the neutral element, in its canonical encoding and with y + p.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let mut not_canonical = [0xff; 32];
    not_canonical[0] = 0xee;
    not_canonical[31] = 0x7f;
    for small in [neutral, not_canonical, [0; 32]] {
        assert_eq!(code(&small, s), "signature_invalid");
        assert_eq!(code(&small, &[0; 32]), "signature_invalid");
    }
}

#[test]
fn exp_is_required_and_a_finite_number() {
    for side in Side::both() {
        assert_eq!(side.code_with_claims(&json!({"exp": null})), "claim_missing");
        for exp in [json!("1800000059"), json!(true), json!([1]), json!({})] {
            let code = side.code_with_claims(&json!({"exp": exp}));
            assert_eq!(code, "claims_malformed", "{exp}");
        }
        for exp in ["null", "1e999", "-1e999", "NaN", "Infinity"] {
            let payload = side.claims.to_string();
            let payload =
                payload.replace(&format!("\"exp\":{}", NOW + 59), &format!("\"exp\":{exp}"));
            assert!(payload.contains(exp));
            assert_eq!(side.code_signed(side.header(), payload), "claims_malformed", "{exp}");
        }
    }
}

#[test]
fn a_token_is_expired_when_now_is_exp_plus_skew() {
    for side in Side::both() {
        for (exp, expected) in [
            (json!(NOW - SKEW), "token_expired"),
            (json!(NOW - SKEW + 1), "forwarded"),
            (json!(NOW as f64 - SKEW as f64 + 0.5), "forwarded"),
            (json!(0), "token_expired"),
            (json!(-1), "token_expired"),
            (json!(1e300), "forwarded"),
        ] {
            assert_eq!(side.code_with_claims(&json!({"exp": exp})), expected, "{exp}");
        }
    }
}

#[test]
fn nbf_and_iat_are_numbers_and_not_in_the_future() {
    for side in Side::both() {
        for name in ["nbf", "iat"] {
            for (value, expected) in [
                (json!(NOW), "forwarded"),
                (json!(NOW + SKEW), "forwarded"),
                (json!(NOW + SKEW + 1), "token_not_yet_valid"),
                (json!(NOW as f64 + SKEW as f64 + 0.5), "token_not_yet_valid"),
                (json!(0), "forwarded"),
                (json!("0"), "claims_malformed"),
                (json!(false), "claims_malformed"),
            ] {
                let code = side.code_with_claims(&json!({name: value}));
                assert_eq!(code, expected, "{name} {value}");
            }
        }
    }
}

#[test]
fn iss_sub_and_aud_have_their_types() {
    for side in Side::both() {
        for name in ["iss", "sub", "aud"] {
            for value in [json!(1), json!(true), json!({})] {
                let code = side.code_with_claims(&json!({name: value}));
                assert_eq!(code, "claims_malformed", "{name} {value}");
            }
        }
        for value in [json!([]), json!([1]), json!(["https://api.example.com/orders", 1])] {
            assert_eq!(
                side.code_with_claims(&json!({"aud": value})),
                "claims_malformed",
                "{value}"
            );
        }
    }
}

#[test]
fn a_logout_token_is_no_session() {
    for side in Side::both() {
        for events in
            [json!({"http://schemas.openid.net/event/backchannel-logout": {}}), json!({}), json!(1)]
        {
            assert_eq!(side.code_with_claims(&json!({"events": events})), "claim_mismatch");
        }
    }
}

#[test]
fn merchant_center_demands_issuer_audience_type_user_and_project() {
    let side = Side::merchant_center();
    let project = format!("{ISSUER}/claims/project_key");
    let permissions = format!("{ISSUER}/claims/user_permissions");
    for (changes, expected) in [
        (json!({"iss": null}), "claim_missing"),
        (json!({"iss": format!("{ISSUER}/")}), "issuer_mismatch"),
        (json!({"iss": "https://mc-api.us-central1.gcp.commercetools.com"}), "issuer_mismatch"),
        (json!({"aud": null}), "claim_missing"),
        (json!({"aud": "https://api.example.com"}), "audience_mismatch"),
        (json!({"aud": "https://api.example.com/orders/"}), "audience_mismatch"),
        (json!({"aud": "https://api.example.com/orders?page=2"}), "audience_mismatch"),
        (json!({"aud": "https://api.example.com/Orders"}), "audience_mismatch"),
        (json!({"aud": ["https://other.example", "https://api.example.com/orders"]}), "forwarded"),
        (json!({"type": null}), "claim_missing"),
        (json!({"type": "session"}), "claim_mismatch"),
        (json!({"type": 1}), "claims_malformed"),
        (json!({"sub": null}), "claim_missing"),
        (json!({"sub": ""}), "claim_missing"),
        (json!({project.as_str(): null}), "claim_missing"),
        (json!({project.as_str(): ""}), "claim_missing"),
        (json!({project.as_str(): 1}), "claims_malformed"),
        (json!({permissions.as_str(): null}), "forwarded"),
        (json!({permissions.as_str(): []}), "forwarded"),
        (json!({permissions.as_str(): "canViewOrders"}), "claims_malformed"),
        (json!({permissions.as_str(): [1]}), "claims_malformed"),
    ] {
        assert_eq!(side.code_with_claims(&changes), expected, "{changes}");
    }
}

#[test]
fn jtl_session_demands_user_and_tenant() {
    let side = Side::jtl_session();
    for (changes, expected) in [
        (json!({"userId": null}), "claim_missing"),
        (json!({"userId": ""}), "claim_missing"),
        (json!({"userId": 1}), "claims_malformed"),
        (json!({"tenantId": null}), "claim_missing"),
        (json!({"tenantId": {}}), "claims_malformed"),
        (json!({"tenantSlug": null}), "forwarded"),
        (json!({"tenantSlug": 1}), "claims_malformed"),
        // The claim `kid` is the id of a customer. It never selects a key.
        (json!({"kid": "key-2"}), "forwarded"),
        (json!({"kid": 1}), "forwarded"),
        (json!({"kid": null}), "forwarded"),
    ] {
        assert_eq!(side.code_with_claims(&changes), expected, "{changes}");
    }
}

#[test]
fn the_response_names_the_expected_audience_and_nothing_of_the_token() {
    let side = Side::merchant_center();
    let claims = side.claims_with(&json!({"aud": "https://marked.example", "sub": "marked"}));
    let token = side.signer.sign(&side.header(), claims.to_string().as_bytes());
    let mut keys = side.gateway.key_caches();
    provide(&mut keys, &side.signer.jwks("key-1"));
    let value = format!("Bearer {token}");
    let incoming = Incoming {
        method: "POST",
        url: "https://api.example.com/orders",
        headers: [("authorization", value.as_str())].into_iter().collect(),
    };
    let now = UnixMillis::from_seconds(NOW);
    let Verdict::Reject(response) = side.gateway.judge(&incoming, &mut keys, now).verdict else {
        panic!("the audience is wrong");
    };
    let shown = format!("{response:?} {incoming:?}");
    assert!(response.body.contains("must be https://api.example.com/orders."));
    assert!(!shown.contains("marked"));
    assert!(!token.split('.').any(|part| shown.contains(part)));
}
