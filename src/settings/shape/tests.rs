use super::*;
use serde_json::json;

/// The first integer from which a double no longer tells every number from the next one.
const FIRST_ROUNDED: i64 = 1 << 53;

#[test]
fn a_claim_is_compared_only_with_numbers_that_no_reader_rounds() {
    let (claim, one_of) = (claim_value(), claim_values());
    let exact = FIRST_ROUNDED - 1;
    for fine in [json!(exact), json!(-exact), json!(0.1), json!(9e15), json!("9007199254740993")] {
        for value in [fine.clone(), json!([fine.clone()]), json!({"a": [{"b": fine}]})] {
            assert_eq!((claim.parse)(&value), Ok(value.clone()));
            assert_eq!((one_of.parse)(&json!([value])), Ok(vec![value]));
        }
    }
    let rounded = [
        json!(FIRST_ROUNDED),
        json!(FIRST_ROUNDED + 1),
        json!(-FIRST_ROUNDED),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(9_007_199_254_740_992.0),
        json!(1e300),
        json!(-1e16),
    ];
    for number in rounded {
        for value in [number.clone(), json!(["a", number]), json!({"a": [1, {"b": number}]})] {
            let fault = (claim.parse)(&value).unwrap_err();
            assert!(fault.starts_with(&format!("has the number {number}; ")), "{fault}");
            assert!(fault.ends_with("compare a string, if the issuer can send one"), "{fault}");
            assert_eq!((one_of.parse)(&json!([1, value])), Err(fault));
        }
    }
}
