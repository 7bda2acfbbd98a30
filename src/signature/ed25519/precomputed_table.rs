//! A precomputed table of a point's multiples. With it, multiplying the point by a scalar takes
//! only additions.
//!
//! The method is fixed-base windows without doublings (Brickell, Gordon, McCurley and Wilson, "Fast
//! Exponentiation with Precomputation", 1992). The digits are signed, since the negative of a point
//! costs nothing. The group is that of `curve25519-dalek`. Its additions are complete: they hold
//! for every point of the curve, including those of small order.
//!
//! The code handles public keys and signatures only, so it need not run in constant time.

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;

/// The number of digits in a scalar. A digit has [`DIGIT_BITS`] bits and is between -31 and 32.
const PLACES: usize = 43;
const DIGIT_BITS: usize = 6;
const LARGEST: usize = 1 << (DIGIT_BITS - 1);

/// The point times `digit * 64^place`, for every place and every positive digit: 215 KiB.
pub struct PrecomputedTable(Vec<EdwardsPoint>);

impl PrecomputedTable {
    /// Makes the table of a point. This takes as long as some six verifications without a table.
    #[expect(clippy::arithmetic_side_effects, reason = "points always add up to a point")]
    pub fn of(point: &EdwardsPoint) -> Self {
        let mut table = Vec::with_capacity(PLACES.saturating_mul(LARGEST));
        let mut unit = *point;
        for _ in 0..PLACES {
            let mut entry = unit;
            for _ in 1..LARGEST {
                table.push(entry);
                entry += unit;
            }
            table.push(entry);
            unit = entry + entry;
        }
        Self(table)
    }

    /// Returns the product of the point and a scalar.
    #[expect(clippy::arithmetic_side_effects, reason = "points always add up to a point")]
    pub fn times(&self, scalar: &Scalar) -> EdwardsPoint {
        let places = self.0.chunks(LARGEST).zip(digits(scalar));
        places.fold(EdwardsPoint::identity(), |sum, (row, digit)| {
            let index = usize::from(digit.unsigned_abs()).checked_sub(1);
            match index.and_then(|index| row.get(index)) {
                None => sum,
                Some(entry) if digit < 0 => sum - entry,
                Some(entry) => sum + entry,
            }
        })
    }
}

/// Returns the digits of a scalar, the lowest first.
fn digits(scalar: &Scalar) -> impl Iterator<Item = i8> {
    let mut bytes = scalar.to_bytes().into_iter();
    let (mut held, mut held_bits) = (0_u16, 0_usize);
    (0..PLACES).map(move |_| {
        if held_bits < DIGIT_BITS {
            // `held` may include the carry of the digit before.
            held = held.wrapping_add(u16::from(bytes.next().unwrap_or_default()) << held_bits);
            held_bits = held_bits.wrapping_add(8);
        }
        let digit = held & ((1 << DIGIT_BITS) - 1);
        held >>= DIGIT_BITS;
        held_bits = held_bits.wrapping_sub(DIGIT_BITS);
        if usize::from(digit) > LARGEST {
            held = held.wrapping_add(1);
            (digit as i8).wrapping_sub(1 << DIGIT_BITS)
        } else {
            digit as i8
        }
    })
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "points and scalars always add up")]
mod tests;
