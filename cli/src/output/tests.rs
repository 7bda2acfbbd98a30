use super::*;

#[test]
fn nothing_steers_the_terminal() {
    assert_eq!(plain("a\x1b[2Jb\u{202e}c\u{9b}é\n"), "a\\u{1b}[2Jb\\u{202e}c\\u{9b}é\\u{a}");
}

#[test]
fn tokens_are_not_repeated() {
    assert_eq!(without_tokens("unexpected 'eyJh.eyJp.c-_' here"), "unexpected '<token>' here");
    assert_eq!(without_tokens("eyJeyJ eyJ"), "<token> <token>");
    assert_eq!(without_tokens("plain"), "plain");
    let encoded = "eyJhbGciOiJSUzI1NiJ9%2EeyJzdWIiOiJ1In0%2Ec2ln";
    assert_eq!(without_tokens(&format!("/a/{encoded}/b")), "/a/<token>/b");
}
