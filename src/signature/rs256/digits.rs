//! Large numbers as signed digits in radix 2^23, in pairs, the lowest pair first.
//!
//! The digits are floating-point integers, as in D. J. Bernstein, "Floating-Point Arithmetic and
//! Message Authentication", 2004. WebAssembly multiplies two pairs of such digits in one
//! instruction, but it has no carry flag and no product wider than 64 bits. Sums of products are
//! exact below 2^53. Carries are therefore propagated only once for hundreds of products, in all
//! columns at once.

use rsa::BigUint;

use super::pair::Pair;

/// The number of bits of one digit.
pub const DIGIT_BITS: usize = 23;

/// The number of bits of one pair.
pub const PAIR_BITS: usize = 2 * DIGIT_BITS;

/// The number of pairs of a factor that one pass multiplies by the other factor.
pub const BLOCK: usize = 3;

/// The number of pairs of a product that one turn of the innermost loop computes.
pub const CHUNK: usize = 4;

/// Two digits that are zero.
pub const ZERO: Pair = Pair::new(0.0, 0.0);

const RADIX: f64 = (1_u32 << DIGIT_BITS) as f64;

/// Returns the digits of a number, the lowest first, with zeros above it. The number must be less
/// than half of what the digits can hold.
pub fn to_digits<const PAIRS: usize>(number: &BigUint) -> [Pair; PAIRS] {
    let mut bytes = number.to_bytes_le().into_iter();
    let (mut held, mut held_bits) = (0_u64, 0_usize);
    let mut next = || {
        while held_bits < DIGIT_BITS {
            held |= u64::from(bytes.next().unwrap_or_default()) << held_bits;
            held_bits = held_bits.wrapping_add(8);
        }
        let digit = held & ((1 << DIGIT_BITS) - 1);
        held >>= DIGIT_BITS;
        held_bits = held_bits.wrapping_sub(DIGIT_BITS);
        digit as f64
    };
    let mut digits = [ZERO; PAIRS];
    digits.iter_mut().for_each(|pair| *pair = Pair::new(next(), next()));
    settle(&mut digits);
    digits
}

/// Returns the number that consists of these digits, the lowest first. The number must not be
/// negative.
pub fn from_digits(digits: impl Iterator<Item = Pair>) -> BigUint {
    let mut bytes = Vec::with_capacity(4096 / 8 * 2);
    let (mut held, mut held_bits) = (0_i64, 0_usize);
    for digit in digits.flat_map(Pair::lanes) {
        held = held.wrapping_add((digit as i64) << held_bits);
        held_bits = held_bits.wrapping_add(DIGIT_BITS);
        while held_bits >= 8 {
            bytes.push(held as u8);
            held >>= 8;
            held_bits = held_bits.wrapping_sub(8);
        }
    }
    bytes.push(held as u8);
    BigUint::from_bytes_le(&bytes)
}

/// Adds the product of a block and a number to columns.
///
/// The product reaches one block higher than the number, so `number` must end with a block of
/// zeros. Only whole chunks of `columns` and `number` are used.
#[inline(always)]
pub fn add_product(columns: &mut [Pair], block: &[Pair; BLOCK], number: &[Pair]) {
    let [[f0, f1], [f2, f3], [f4, f5]] =
        block.map(|pair| pair.lanes().map(|digit| Pair::new(digit, digit)));
    let (mut one_below, mut two_below) = ((ZERO, ZERO), (ZERO, ZERO));
    let (columns, _) = columns.as_chunks_mut::<CHUNK>();
    let (number, _) = number.as_chunks::<CHUNK>();
    for (columns, number) in columns.iter_mut().zip(number) {
        for (column, pair) in columns.iter_mut().zip(number) {
            // Every second factor is multiplied by the number moved up by one digit.
            let here = (*pair, pair.moved_up(one_below.0));
            let sum = |(a, b): (Pair, Pair), (c, d)| a.times(c).plus(b.times(d));
            *column = column
                .plus(sum((f4, f5), two_below))
                .plus(sum((f2, f3), one_below))
                .plus(sum((f0, f1), here));
            (two_below, one_below) = (one_below, here);
        }
    }
}

/// Turns columns of less than 2^53 into digits of at most 2^22 + 2^8. Returns the carry out of the
/// highest column.
///
/// Every column is carried twice, and no carry waits for another. The first carry leaves less than
/// 2^31 in each column, so the second carry is at most 2^8.
#[inline(always)]
pub fn settle(columns: &mut [Pair]) -> Pair {
    let (mut first_below, mut second_below) = (ZERO, ZERO);
    for column in columns {
        let (rest, first) = carry(*column);
        let (rest, second) = carry(rest.plus(first.moved_up(first_below)));
        *column = rest.plus(second.moved_up(second_below));
        (first_below, second_below) = (first, second);
    }
    ZERO.moved_up(first_below.plus(second_below))
}

/// Returns digits from -2^22 to 2^22, and the carries, which are to be added one digit higher.
#[inline(always)]
fn carry(columns: Pair) -> (Pair, Pair) {
    let carried = columns.times(Pair::new(1.0 / RADIX, 1.0 / RADIX)).rounded();
    (columns.plus(carried.times(Pair::new(-RADIX, -RADIX))), carried)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "nothing here overflows")]
pub(super) mod tests;
