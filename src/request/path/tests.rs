use super::*;

#[test]
fn plain_paths_pass_as_they_are() {
    for path in [
        "/",
        "/orders",
        "/orders/",
        "/a/b.c/d~e",
        "/a:b@c!$&'()*+,=",
        "/%C3%A9",
        "/%20",
        "/...",
        "/.a",
    ] {
        let parsed = RequestPath::parse(path).unwrap();
        assert_eq!((parsed.as_sent(), parsed.normal()), (path, path));
        assert_eq!(parsed.quirks(), Quirks::default());
    }
}

#[test]
fn rules_see_one_form() {
    for (path, normal) in [
        ("/%6frders/%7Ea%2D%20b", "/orders/~a-%20b"),
        ("/orders%3acancel%21", "/orders:cancel!"),
        ("/%c3%a9", "/%C3%A9"),
        ("/100%25", "/100%25"),
        ("/%252e%252e", "/%252e%252e"),
    ] {
        let parsed = RequestPath::parse(path).unwrap();
        assert_eq!((parsed.as_sent(), parsed.normal()), (path, normal));
    }
}

#[test]
fn a_prefix_is_cut_however_it_is_written() {
    let prefix = ["erp".to_owned(), "a b".to_owned()].map(|s| s.replace(' ', "%20"));
    let below = |path| RequestPath::parse(path).unwrap().below(&prefix, |a, b| a == b);
    for (path, rest) in [
        ("/erp/a%20b/items%2Fx", Some("/items%2Fx")),
        ("/%65rp/a%20b/", Some("/")),
        ("/erp/a%20b", Some("/")),
        ("/erp/a%20b//x", Some("//x")),
        ("/erp/a%20bc/x", None),
        ("/erp", None),
        ("/", None),
        ("/ERP/a%20b/x", None),
        ("/x/erp/a%20b", None),
    ] {
        assert_eq!(below(path), rest, "{path}");
    }
}

#[test]
fn paths_with_quirks_need_a_route_that_admits_them() {
    for (path, slash, parameter, empty) in [
        ("/a%2fb", true, false, false),
        ("/a%2F", true, false, false),
        ("/a;b", false, true, false),
        ("/a%3bb", false, true, false),
        ("//a", false, false, true),
        ("/a//", false, false, true),
        ("/a;x=%2f//b", true, true, true),
    ] {
        let found = RequestPath::parse(path).unwrap().quirks();
        let expected = Quirks { encoded_slash: slash, parameter, empty_segment: empty };
        assert_eq!(found, expected, "{path}");
        assert!(found.check(Quirks::default()).is_err());
        assert!(found.check(expected).is_ok());
    }
}

#[test]
fn ambiguous_paths_are_refused() {
    for path in [
        "",
        "a",
        "*",
        "/.",
        "/..",
        "/a/../b",
        "/a/./b",
        "/a/..",
        "/%2e",
        "/%2E%2e/a",
        "/.%2e",
        "/a/%2e%2e",
        "/a/..;x/b",
        "/a/..%3bx",
        "/a%2f..%2fb",
        "/a/..%2fb",
        "/a%2f%2e%2e",
        "/a%5cb",
        "/a\\b",
        "/a%0a",
        "/a%7F",
        "/a%c0%af",
        "/%ff",
        "/a%00",
        "/%3",
        "/%",
        "/%zz",
        "/%+1",
        "/a b",
        "/é",
        "/a\"b",
        "/a<b",
        "/a^b",
        "/a`b",
        "/a{b}",
        "/a|b",
        "/a[b]",
        "/a\u{7f}",
        "/a\n",
        "/%é1",
    ] {
        assert!(RequestPath::parse(path).is_err(), "{path:?}");
    }
}
