use super::*;

#[test]
fn it_passes() {
    assert!(passes());
}

#[test]
fn a_wrong_answer_is_noticed() {
    let [(rs256, a2), (ed_dsa, a4)] = TOKENS;
    assert!(holds(KEYS, rs256, &a2) && holds(KEYS, ed_dsa, &a4));
    let [header, payload, signature] = a2;
    assert!(!holds(KEYS, rs256, &[header, "e30", signature]));
    assert!(!holds(KEYS, ed_dsa, &a2));
    assert!(!holds(KEYS, rs256, &[header, payload, a4[2]]));
    assert!(!holds("{}", rs256, &a2));
}
