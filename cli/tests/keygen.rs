//! `drawbridge keygen`.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use drawbridge::keys::KeySet;
use drawbridge::upstream::AssertionKey;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::folder::Folder;

#[test]
fn the_secret_goes_to_the_file_and_the_public_key_to_the_terminal() {
    let folder = Folder::new("keygen");
    let said = folder.run(&["keygen", "--out", "my key.json"]);
    assert_eq!(
        (said.status, said.stderr.as_str()),
        (
            0,
            "The secret is in my key.json, which only you can read. Next:\n  \
             npx wrangler secret put ASSERTION_KEY < 'my key.json'\n  \
             rm 'my key.json'\n\
             The public key, which the worker also publishes:\n",
        ),
    );
    let file = folder.read("my key.json");
    assert_eq!(file.lines().count(), 1);
    let secret: Value = serde_json::from_str(&file).unwrap();
    let public: Value = serde_json::from_str(&said.stdout).unwrap();
    let d = URL_SAFE_NO_PAD.decode(secret["d"].as_str().unwrap()).unwrap();
    let key = SigningKey::from_bytes(d.as_slice().try_into().unwrap());
    let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(members));
    assert_eq!(
        secret,
        json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "d": secret["d"], "x": x})
    );
    assert_eq!(
        public,
        json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x}),
    );
    assert!(!said.stdout.contains(secret["d"].as_str().unwrap()));
    // The worker accepts both.
    assert_eq!(AssertionKey::parse(&file).unwrap().public_jwk(), public);
    let set = KeySet::parse(json!({"keys": [public]}).to_string().as_bytes()).unwrap();
    assert_eq!(set.keys()[0].id(), Some(kid.as_str()));
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new("permissions");
    assert_eq!(folder.run(&["keygen"]).status, 0);
    let mode = fs::metadata(folder.path("assertion-key.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
}

#[test]
fn every_key_is_another() {
    let folder = Folder::new("keys");
    for name in ["a", "b"] {
        assert_eq!(folder.run(&["keygen", "--out", name]).status, 0);
    }
    assert_ne!(folder.read("a"), folder.read("b"));
}

#[test]
fn no_file_is_overwritten() {
    let folder = Folder::new("kept");
    folder.write("assertion-key.json", "mine");
    folder
        .run(&["keygen"])
        .fails("cannot write assertion-key.json: it exists, and is not overwritten");
    assert_eq!(folder.read("assertion-key.json"), "mine");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("elsewhere", folder.path("link")).unwrap();
        folder
            .run(&["keygen", "--out", "link"])
            .fails("cannot write link: it exists, and is not overwritten");
        assert!(!folder.path("elsewhere").exists());
    }
    let said = folder.run(&["keygen", "--out", "no/such/folder"]);
    assert_eq!((said.status, said.stdout.as_str()), (2, ""));
}
