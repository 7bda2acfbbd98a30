use super::*;

#[test]
fn the_fields_of_a_connection_are_those_of_the_worker() {
    let glue = include_str!("../../../../src/edge/glue.js");
    let (_, rest) = glue.split_once("const HOP_BY_HOP = [").unwrap();
    let (list, _) = rest.split_once(']').unwrap();
    let names: Vec<&str> = list
        .split(',')
        .map(|name| name.trim().trim_matches('\''))
        .filter(|name| !name.is_empty())
        .collect();
    assert_eq!(names, HOP_BY_HOP);
}
