use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use sha2::{Digest, Sha512};

use super::*;

fn scalars() -> impl Iterator<Item = Scalar> {
    let powers = std::iter::successors(Some(Scalar::ONE), |power| Some(power + power)).take(253);
    let edges = powers.flat_map(|power| [power, power - Scalar::ONE, -power]);
    let random =
        (0..200_u8).map(|seed| Scalar::from_bytes_mod_order_wide(&Sha512::digest([seed]).into()));
    edges.chain(random)
}

#[test]
fn digits_make_the_scalar() {
    for scalar in scalars() {
        let radix = Scalar::from(1_u8 << DIGIT_BITS);
        let digits: Vec<i8> = digits(&scalar).collect();
        assert!(digits.iter().all(|digit| (-31..=32).contains(digit)));
        let sum = digits.iter().rev().fold(Scalar::ZERO, |sum, digit| {
            let size = Scalar::from(digit.unsigned_abs());
            sum * radix + if *digit < 0 { -size } else { size }
        });
        assert_eq!(sum, scalar);
    }
}

#[test]
fn products_are_those_of_the_group() {
    // Points outside of the prime-order group must work, too.
    for point in
        [ED25519_BASEPOINT_POINT, EIGHT_TORSION[3], ED25519_BASEPOINT_POINT + EIGHT_TORSION[1]]
    {
        let table = PrecomputedTable::of(&point);
        for scalar in scalars() {
            assert_eq!(table.times(&scalar), point * scalar);
        }
    }
}
