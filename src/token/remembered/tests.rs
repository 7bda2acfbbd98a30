use super::*;

fn verified(generation: u64) -> RememberedToken {
    RememberedToken {
        header: Header::parse(br#"{"alg":"EdDSA"}"#).unwrap(),
        signed: SignedToken::of(br#"{"exp":1}"#),
        source: 0,
        generation,
    }
}

fn token(index: usize) -> String {
    format!("e30.e30.{index:032}")
}

fn generation(known: &RememberedTokens, token: &str) -> Option<u64> {
    known.find(token).map(|found| found.generation)
}

#[test]
fn a_token_is_remembered_from_the_second_time_on() {
    let mut known = RememberedTokens::default();
    assert_eq!(generation(&known, &token(1)), None);
    known.remember(&token(1), &verified(1));
    assert_eq!(generation(&known, &token(1)), None);
    known.remember(&token(1), &verified(1));
    assert_eq!(generation(&known, &token(1)), Some(1));
    assert_eq!(generation(&known, &token(2)), None);
}

#[test]
fn a_token_with_the_same_end_is_another_token() {
    let mut known = RememberedTokens::default();
    let other = token(1).replacen("e30", "e31", 1);
    known.remember(&token(1), &verified(1));
    known.remember(&token(1), &verified(1));
    assert_eq!(generation(&known, &other), None);
    known.remember(&other, &verified(2));
    assert_eq!(generation(&known, &other), Some(2));
    assert_eq!(generation(&known, &token(1)), Some(1));
}

#[test]
fn the_oldest_make_room() {
    let mut known = RememberedTokens::default();
    for index in 0..MAX_TOKENS + 10 {
        known.remember(&token(index), &verified(1));
        known.remember(&token(index), &verified(1));
    }
    // The same token with later keys takes no second place.
    known.remember(&token(20), &verified(2));
    known.remember(&token(20), &verified(2));
    let kept = (known.tokens.len(), known.order.len());
    assert_eq!(kept, (MAX_TOKENS, MAX_TOKENS));
    assert_eq!(generation(&known, &token(9)), None);
    assert_eq!(generation(&known, &token(MAX_TOKENS + 9)), Some(1));
    assert_eq!(generation(&known, &token(20)), Some(2));
}
