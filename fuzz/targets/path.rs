//! The path of a request.

use drawbridge::request::{Quirks, RequestPath};

use super::percent::decode;

/// Checks that the normal form of a path is stable and means the same as the path that was sent. If
/// a path has no quirks, every backend reads the same path, whatever it decodes, drops or resolves.
pub fn target(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(path) = RequestPath::parse(text) else { return };
    assert_eq!(path.as_sent(), text);
    let again = RequestPath::parse(path.normal()).unwrap();
    assert_eq!(again.normal(), path.normal());
    assert_eq!(again.quirks(), path.quirks());
    let meant = decode(text.as_bytes());
    assert_eq!(decode(path.normal().as_bytes()), meant);
    assert!(meant.iter().all(|byte| *byte >= 0x20 && !matches!(byte, 0x7f | b'\\')));
    if path.quirks() == Quirks::default() {
        for reading in readings(text.as_bytes()) {
            assert_eq!(reading, meant, "{:?}", String::from_utf8_lossy(&reading));
        }
    }
}

/// Returns what backends read in a path, for several orders of their steps.
fn readings(path: &[u8]) -> Vec<Vec<u8>> {
    const STEPS: [fn(Vec<u8>) -> Vec<u8>; 5] =
        [|path| decode(&path), without_parameters, with_slashes, merged, resolved];
    let orders = [
        [0, 1, 2, 3, 4],
        [1, 0, 2, 3, 4],
        [4, 0, 1, 2, 3],
        [2, 3, 4, 0, 1],
        [3, 4, 1, 0, 2],
        [0, 2, 4, 3, 1],
        [1, 4, 3, 0, 2],
        [4, 3, 2, 1, 0],
        [0, 4, 1, 3, 2],
        [2, 0, 3, 1, 4],
    ];
    orders.iter().map(|order| order.iter().fold(path.to_vec(), |p, step| STEPS[*step](p))).collect()
}

fn without_parameters(path: Vec<u8>) -> Vec<u8> {
    let named = |segment: &[u8]| segment.split(|b| *b == b';').next().unwrap_or_default().to_vec();
    path.split(|byte| *byte == b'/').map(named).collect::<Vec<_>>().join(&b'/')
}

fn with_slashes(path: Vec<u8>) -> Vec<u8> {
    path.into_iter().map(|byte| if byte == b'\\' { b'/' } else { byte }).collect()
}

fn merged(mut path: Vec<u8>) -> Vec<u8> {
    path.dedup_by(|a, b| *a == b'/' && *b == b'/');
    path
}

fn resolved(path: Vec<u8>) -> Vec<u8> {
    let mut segments: Vec<&[u8]> = Vec::new();
    for segment in path.split(|byte| *byte == b'/') {
        match segment {
            b"." => {}
            b".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    segments.join(&b'/')
}
