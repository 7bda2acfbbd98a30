use super::*;

#[test]
fn names_that_people_give_look_like_names() {
    for name in [
        "A",
        "ID",
        "API_KEY_V2",
        "ASSERTION_KEY",
        "ASSERTION_KEY_2026",
        "ASSERTION_KEY_20261128",
        "AUTHENTICATION_SECRET",
        "B2B_CLIENT_SECRET",
        "COMMERCETOOLS_SECRET_EU1",
        "DRAWBRIDGE_SECRET",
        "ED25519_KEY",
        "EDGE_SECRET",
        "HEALTH",
        "JTL_CLIENT_ID",
        "JTL_CLIENT_SECRET_2",
        "K8S_INGRESS_SECRET",
        "KEY_A",
        "MY_HTTPS_KEY",
        "RS256_SIGNING_KEY",
        "S3_ORIGIN",
        "APP_AUTHENTIFIZIERUNG",
        "JTLCLIENTSECRET",
        "MERCHANTCENTERSECRET",
        "SECRET_2026_11_28_V2",
        "SIGNATURSCHLUESSEL",
        "VERBINDUNGSSCHLUESSEL",
        "_SECRET",
        "auth0ClientSecret",
        "edge_secret",
        "healthSecret",
        "jtlClientId",
        "jtlClientSecret",
        "jtlclientsecret",
        "myAPIKey",
        "myAPIKey2",
        "OriginSecret",
        "sharedsecret",
        "the_secret_of_the_second_backend_in_the_shop_of_the_customer",
    ] {
        assert!(looks_like_name(name), "{name}");
    }
}

#[test]
fn secrets_do_not_look_like_names() {
    for secret in [
        "",
        "2fast",
        "A-B",
        "a b",
        "AKIAIOSFODNN7EXAMPLE",
        "JBSWY3DPEHPK3PXP",
        "Passw0rd",
        "c550e8400_e29b_41d4_a716_446655440000",
        "correcthorsebatterystaple",
        "d41d8cd98f00b204e9800998ecf8427e",
        "eyJhbGciOiJSUzI1NiJ9",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "hqzxkvjwptbn",
        "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "xkcdqwrtzpsdfghj",
    ] {
        assert!(!looks_like_name(secret), "{secret}");
    }
    assert!(!looks_like_name(&"SECRET_".repeat(10)));
}

/// Returns random letters of an alphabet, the same ones in every run.
fn random(alphabet: &[u8], length: usize, state: &mut u64) -> String {
    let letter = |_| {
        *state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(*alphabet.iter().cycle().nth(usize::try_from(*state >> 53).unwrap()).unwrap())
    };
    (0..length).map(letter).collect()
}

#[test]
fn random_secrets_of_usual_forms_do_not_look_like_names() {
    let base62 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let forms: [(&str, &[u8], usize); 8] = [
        ("hexadecimal digits", b"0123456789abcdef", 32),
        ("upper-case hexadecimal digits", b"0123456789ABCDEF", 32),
        ("base32", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16),
        ("base62", base62, 20),
        ("base62", base62, 43),
        ("letters", &base62[..52], 24),
        ("small letters", &base62[26..52], 16),
        ("small letters and digits", &base62[26..], 20),
    ];
    let mut state = 1;
    for (form, alphabet, length) in forms {
        let passed: Vec<String> = (0..10_000)
            .map(|_| random(alphabet, length, &mut state))
            .filter(|secret| looks_like_name(secret))
            .collect();
        // A secret that looks like a name by chance cannot be told from one.
        assert!(passed.len() <= 10, "{form}: {} of 10000, {:?}", passed.len(), passed.first());
    }
}
