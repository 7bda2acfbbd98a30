use super::*;

#[test]
fn positions_count_characters() {
    for (at, line, column) in [(0, 1, 1), (1, 1, 2), (3, 1, 3), (4, 2, 1), (5, 2, 2), (9, 2, 2)] {
        assert_eq!(Position::of("aé\nb", at), Position { line, column }, "{at}");
    }
    assert_eq!(Position::of("\u{feff}ab", 4), Position { line: 1, column: 2 });
}
