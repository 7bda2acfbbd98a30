use super::*;
use serde_json::json;

#[test]
fn values_are_encoded_so_that_they_can_be_decoded() {
    for (text, single, item) in [
        ("canViewOrders", "canViewOrders", "canViewOrders"),
        ("Jane Doe", "Jane Doe", "Jane%20Doe"),
        (" a ", "%20a%20", "%20a%20"),
        (" ", "%20", "%20"),
        ("100%", "100%25", "100%25"),
        ("Zoë", "Zo%C3%AB", "Zo%C3%AB"),
        ("a\r\nx-verified-user: b", "a%0D%0Ax-verified-user: b", "a%0D%0Ax-verified-user:%20b"),
        ("\0\u{7f}", "%00%7F", "%00%7F"),
        ("", "", ""),
    ] {
        assert_eq!((encode(text), list([text].into_iter())), (single.into(), item.into()));
    }
}

#[test]
fn claims_are_single_values_or_lists() {
    let text = |text: &str| FieldValue::Text(text.to_owned());
    for (value, expected) in [
        (json!("Jane Doe"), text("Jane Doe")),
        (json!(1.5), text("1.5")),
        (json!(false), text("false")),
        (json!(["a b", 2, true]), text("a%20b 2 true")),
        (json!(["", "a", "", "b", ""]), text("a b")),
        (json!(["", ""]), FieldValue::Absent),
        (json!(u64::MAX), text("18446744073709551615")),
        (json!(i64::MIN), text("-9223372036854775808")),
        (json!(18_446_744_073_709_551_616.0), FieldValue::Structured),
        (json!(["a", -1e300]), FieldValue::Structured),
        (json!(null), FieldValue::Absent),
        (json!([]), FieldValue::Absent),
        (json!({}), FieldValue::Structured),
        (json!(["a", {}]), FieldValue::Structured),
        (json!([["a"]]), FieldValue::Structured),
        (json!([null]), FieldValue::Structured),
    ] {
        assert_eq!(claim(&value), expected, "{value}");
    }
}

#[test]
fn numbers_are_exact_below_two_to_the_53() {
    let limit = 9_007_199_254_740_992.0_f64;
    for (number, exact) in
        [(limit - 1.0, true), (limit, false), (1.0 - limit, true), (-limit, false), (0.5, true)]
    {
        assert_eq!(is_exact(&Number::from_f64(number).unwrap()), exact, "{number}");
    }
    assert!(is_exact(&Number::from(u64::MAX)) && is_exact(&Number::from(i64::MIN)));
}

#[test]
fn by_default_each_field_has_a_header() {
    let defaults = IdentityField::defaults();
    assert_eq!(defaults.len(), FIELDS.len());
    assert_eq!(defaults[2], ("x-verified-user".to_owned(), IdentityField::UserId));
}
