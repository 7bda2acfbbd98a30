use super::*;

#[test]
fn it_passes() {
    assert!(passes());
}

#[test]
fn a_wrong_answer_is_noticed() {
    let (rs256, ed_dsa) = (Algorithm::Rs256, Algorithm::EdDsa);
    let (a2, a4) = (rs256.known_answer(), ed_dsa.known_answer());
    assert!(holds(rs256, &a2) && holds(ed_dsa, &a4));
    let [header, payload, signature] = a2.token;
    for (algorithm, wrong) in [
        (rs256, KnownAnswer { token: [header, "e30", signature], ..a2 }),
        (rs256, KnownAnswer { token: [header, payload, a4.token[2]], ..a2 }),
        (rs256, KnownAnswer { jwk: a4.jwk, ..a2 }),
        (rs256, KnownAnswer { jwk: "{}", ..a2 }),
        (ed_dsa, a2),
    ] {
        assert!(!holds(algorithm, &wrong), "{wrong:?}");
    }
}
