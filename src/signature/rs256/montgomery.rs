//! `signature^65537 mod n`, the public operation of RSA (RFC 8017, section 5.2.2), for WebAssembly.
//!
//! The method is Montgomery multiplication (P. L. Montgomery, "Modular Multiplication Without Trial
//! Division", 1985). The product is computed before the reduction; Ç. K. Koç, T. Acar and
//! B. S. Kaliski call this SOS ("Analyzing and Comparing Montgomery Multiplication Algorithms",
//! 1996). Squaring computes each product of two different digits once (Handbook of Applied
//! Cryptography, 14.16). [`super::digits`] explains the representation of numbers.
//!
//! The modulus in use is N: the multiple of n that is -1 modulo B = 2^138, the value of a block.
//! The lowest block then vanishes if N times this block is added. Since N = M B - 1, this addition
//! is simple: add M times the block one block higher, and drop the lowest block.
//!
//! Nothing overflows and no digit is lost, for numbers of d digits and R = 2^(23 d), because:
//!
//! - A column sums at most one product of two digits for each digit of the product, and one for
//!   each digit of the reduction. Each product is at most (2^22 + 2^8)^2. The column also takes a
//!   carry below 2^31. With up to 186 digits, the sum and every partial sum are less than 2^52.6.
//! - Digits of this size make numbers below 0.51 R, of either sign. N is less than R / 4, and no
//!   factor exceeds N. The reduction computes (a b + q N) / R, where q is below 0.51 R. The result
//!   is less than 0.25 N + 0.51 N. So it may be a factor again, and its highest digit has no carry.
//!
//! The code handles public keys and signatures only, so it need not run in constant time.

use std::fmt;
use std::mem::take;

use rsa::BigUint;

use super::digits::{BLOCK, CHUNK, PAIR_BITS, ZERO, add_product, from_digits, settle, to_digits};
use super::pair::Pair;

const BLOCK_BITS: usize = BLOCK * PAIR_BITS;

/// The greatest number of pairs: whole blocks that hold 4096 bits, one block more, and two bits.
const MAX_PAIRS: usize = (4096 + BLOCK_BITS + 2).div_ceil(BLOCK_BITS) * BLOCK;

/// The number of zeros above a number that [`add_product`] multiplies.
const PADDING: usize = BLOCK + CHUNK;

/// The number of squarings. Followed by one multiplication, they raise to the power of 65537.
const SQUARINGS: usize = 16;

type Number = [Pair; MAX_PAIRS];
type Padded = [Pair; MAX_PAIRS + PADDING];
type Columns = [Pair; 2 * MAX_PAIRS + PADDING];

/// The memory of a multiplication, which all multiplications share. Clearing all of it for each one
/// would take a tenth of the time of the products.
struct Scratch {
    columns: Columns,
    /// A factor, with zeros at its end. Every use leaves these zeros.
    factor: Padded,
}

impl Scratch {
    fn new() -> Self {
        Self { columns: [ZERO; 2 * MAX_PAIRS + PADDING], factor: [ZERO; MAX_PAIRS + PADDING] }
    }
}

/// A modulus, with the values that the multiplication needs.
#[derive(Clone)]
pub(super) struct Modulus {
    n: BigUint,
    /// The number of pairs of digits in a number. They make whole blocks.
    pairs: usize,
    /// M, which is one block shorter than a number.
    multiple: Box<Padded>,
    /// R^2 modulo n.
    r_squared: Box<Number>,
}

impl Modulus {
    /// Prepares an odd modulus. Returns `None` if the modulus is even or too long.
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "no divisor is zero, the inverse is smaller"
    )]
    pub(super) fn new(n: &BigUint) -> Option<Self> {
        let block = BigUint::from(1_u8) << BLOCK_BITS;
        let n_multiple = n * (&block - inverse(n, &block)?);
        // Two more bits make N < R / 4.
        let blocks = n_multiple.bits().checked_add(2)?.div_ceil(BLOCK_BITS);
        let pairs = blocks.checked_mul(BLOCK).filter(|pairs| *pairs <= MAX_PAIRS)?;
        let m = (n_multiple + 1_u8) >> BLOCK_BITS;
        let r_squared = (BigUint::from(1_u8) << pairs.checked_mul(2 * PAIR_BITS)?) % n;
        Some(Self {
            n: n.clone(),
            pairs,
            multiple: Box::new(to_digits(&m)),
            r_squared: Box::new(to_digits(&r_squared)),
        })
    }

    /// Returns whether `base^65537 mod n` is `expected`. Both numbers are big-endian.
    pub(super) fn power_is(&self, base: &[u8], expected: &[u8]) -> bool {
        self.power(base).is_some_and(|power| power == BigUint::from_bytes_be(expected))
    }

    /// Returns `base^65537 mod n`; `None` if the base is not below n.
    fn power(&self, base: &[u8]) -> Option<BigUint> {
        let base = BigUint::from_bytes_be(base);
        if base >= self.n {
            return None;
        }
        let base = to_digits(&base);
        let mut scratch = Scratch::new();
        let mut power = base;
        self.multiply(&mut power, &self.r_squared, &mut scratch);
        for _ in 0..SQUARINGS {
            self.square(&mut power, &mut scratch);
        }
        // One factor is in Montgomery form and one is not, so the product is not.
        self.multiply(&mut power, &base, &mut scratch);
        Some(self.residue(&power))
    }

    /// Replaces a by a * b / R modulo N.
    fn multiply(&self, a: &mut Number, b: &Number, scratch: &mut Scratch) {
        let Scratch { columns, factor } = scratch;
        let columns = self.cleared(columns);
        let factor = first_mut(factor, self.pairs.wrapping_add(PADDING));
        factor.iter_mut().zip(first(b, self.pairs)).for_each(|(to, from)| *to = *from);
        let mut rest = &mut *columns;
        for block in first(a, self.pairs).as_chunks().0 {
            add_product(rest, block, factor);
            rest = rest.get_mut(BLOCK..).unwrap_or_default();
        }
        self.reduce(columns, a);
    }

    /// Replaces a by a * a / R modulo N.
    fn square(&self, a: &mut Number, scratch: &mut Scratch) {
        let Scratch { columns, factor } = scratch;
        let columns = self.cleared(columns);
        let mut others = first_mut(factor, self.pairs.wrapping_add(PADDING));
        let doubled = first(a, self.pairs).iter().map(|pair| pair.plus(*pair));
        others.iter_mut().zip(doubled).for_each(|(to, from)| *to = from);
        let mut rest = &mut *columns;
        for block in first(a, self.pairs).as_chunks().0 {
            // The product of a block and itself is added once, that of a block and a higher one
            // twice.
            if let Some(own) = others.first_chunk_mut() {
                *own = *block;
            }
            add_product(rest, block, others);
            others = others.get_mut(BLOCK..).unwrap_or_default();
            rest = rest.get_mut(2 * BLOCK..).unwrap_or_default();
        }
        self.reduce(columns, a);
    }

    /// Returns as many columns as a product needs, all zero.
    fn cleared<'c>(&self, columns: &'c mut Columns) -> &'c mut [Pair] {
        let columns = first_mut(columns, self.pairs.wrapping_mul(2).wrapping_add(PADDING));
        columns.fill(ZERO);
        columns
    }

    /// Adds the multiple of N that makes the lower half vanish, and moves the upper half to
    /// `number`.
    fn reduce(&self, columns: &mut [Pair], number: &mut Number) {
        // With the zeros at the end of M, these are whole chunks.
        let multiple = first(self.multiple.as_slice(), self.pairs.next_multiple_of(CHUNK));
        let mut rest = columns;
        for _ in 0..self.pairs.div_ceil(BLOCK) {
            let Some((lowest, above)) = take(&mut rest).split_first_chunk_mut() else { break };
            let carried = settle(lowest);
            if let Some(next) = above.first_mut() {
                *next = next.plus(carried);
            }
            add_product(above, lowest, multiple);
            rest = above;
        }
        let number = first_mut(number, self.pairs);
        number.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        settle(number);
    }

    /// Returns the remainder of a division by n, for a number of either sign.
    #[expect(clippy::arithmetic_side_effects, reason = "n is odd, so it is not zero")]
    fn residue(&self, number: &Number) -> BigUint {
        // Adding N makes the number positive. N is M one block higher, minus 1.
        let less_one = [Pair::new(-1.0, 0.0), ZERO, ZERO];
        let n_multiple = less_one.iter().chain(self.multiple.iter());
        let sum = number.iter().zip(n_multiple).map(|(a, b)| a.plus(*b));
        from_digits(sum.take(self.pairs)) % &self.n
    }
}

/// Compares n only: everything else follows from n.
impl PartialEq for Modulus {
    fn eq(&self, other: &Self) -> bool {
        self.n == other.n
    }
}

impl Eq for Modulus {}

impl fmt::Debug for Modulus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Modulus").field(&self.n).finish()
    }
}

/// Returns n^-1 modulo a power of two, up to 2^192. The method is Newton's iteration: each step
/// doubles the number of correct bits. In its lowest three bits, an odd number is its own inverse.
#[expect(clippy::arithmetic_side_effects, reason = "no divisor is zero, the product is smaller")]
fn inverse(n: &BigUint, power: &BigUint) -> Option<BigUint> {
    if n.bits() == 0 || n % 2_u8 == BigUint::from(0_u8) {
        return None;
    }
    let n = n % power;
    Some((0..6).fold(n.clone(), |inverse, _| {
        let product = &n * &inverse % power;
        inverse * (power + 2_u8 - product) % power
    }))
}

fn first(pairs: &[Pair], length: usize) -> &[Pair] {
    pairs.get(..length).unwrap_or(pairs)
}

fn first_mut(pairs: &mut [Pair], length: usize) -> &mut [Pair] {
    let length = length.min(pairs.len());
    pairs.get_mut(..length).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "big numbers do not overflow")]
mod tests;
