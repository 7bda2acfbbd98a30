//! `signature^65537 mod n`, the public operation of RSA (RFC 8017, section 5.2.2), for WebAssembly.
//!
//! Montgomery multiplication (P. L. Montgomery, "Modular Multiplication Without Trial Division",
//! 1985), first the product, then the reduction, as SOS in Ç. K. Koç, T. Acar and B. S. Kaliski,
//! "Analyzing and Comparing Montgomery Multiplication Algorithms", 1996. A square makes each product
//! of two different digits once (Handbook of Applied Cryptography, 14.16). [`super::digits`] says
//! how numbers are represented.
//!
//! The modulus is not n but a multiple N of n that is -1 modulo B = 2^138, the value of a block.
//! Then the factor of N that makes the lowest block vanish is that block itself; and since
//! N = M B - 1, to add it is to add M one block higher, and the lowest block is simply left out.
//!
//! Why nothing overflows and no digit is lost, for numbers of d digits and R = 2^(23 d):
//!
//! - A column takes at most one product of two digits for each digit of the product and one for each
//!   digit of the reduction, each at most (2^22 + 2^8)^2, and a carry below 2^31. With up to 186
//!   digits that is less than 2^52.6, and every partial sum is, too.
//! - Digits so small make numbers below 0.51 R, of either sign. N is less than R / 4, and no factor
//!   exceeds N. The reduction makes (a b + q N) / R, where q is below 0.51 R: less than
//!   0.25 N + 0.51 N. So a result may be a factor again, and nothing is carried out of it.
//!
//! Public keys and signatures only: nothing here takes care to run in constant time.

use std::fmt;
use std::mem::take;

use rsa::BigUint;

use super::digits::{BLOCK, CHUNK, PAIR_BITS, ZERO, add_product, from_digits, settle, to_digits};
use super::pair::Pair;

const BLOCK_BITS: usize = BLOCK * PAIR_BITS;

/// Whole blocks that hold 4096 bits, one block more, and two bits.
const MAX_PAIRS: usize = (4096 + BLOCK_BITS + 2).div_ceil(BLOCK_BITS) * BLOCK;

/// Zeros above a number that [`add_product`] multiplies.
const PADDING: usize = BLOCK + CHUNK;

/// These and one multiplication, in this order, make 65537.
const SQUARINGS: usize = 16;

type Number = [Pair; MAX_PAIRS];
type Padded = [Pair; MAX_PAIRS + PADDING];
type Columns = [Pair; 2 * MAX_PAIRS + PADDING];

/// What a multiplication works on. To clear it all for each would take as long as a tenth of the
/// products.
struct Scratch {
    columns: Columns,
    /// Ends with zeros, also after use.
    factor: Padded,
}

impl Scratch {
    fn new() -> Self {
        Self { columns: [ZERO; 2 * MAX_PAIRS + PADDING], factor: [ZERO; MAX_PAIRS + PADDING] }
    }
}

/// A modulus, with what the multiplication needs of it.
#[derive(Clone)]
pub(super) struct Modulus {
    n: BigUint,
    /// How many pairs of digits a number has; whole blocks.
    pairs: usize,
    /// M, which is a block shorter than numbers are.
    multiple: Box<Padded>,
    /// R^2 modulo n.
    r_squared: Box<Number>,
}

impl Modulus {
    /// Prepares an odd modulus. `None` for one that is even or too long.
    #[expect(
        clippy::arithmetic_side_effects,
        reason = "no divisor is zero, the inverse is smaller"
    )]
    pub(super) fn new(n: &BigUint) -> Option<Self> {
        let block = BigUint::from(1_u8) << BLOCK_BITS;
        let n_multiple = n * (&block - inverse(n, &block)?);
        // Two bits more, so that N < R / 4.
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

    /// Whether `base^65537 mod n` is `expected`; both big-endian.
    pub(super) fn power_is(&self, base: &[u8], expected: &[u8]) -> bool {
        self.power(base).is_some_and(|power| power == BigUint::from_bytes_be(expected))
    }

    /// `base^65537 mod n`; `None` for a base that is not below n.
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
        // One factor in Montgomery form and one without: the product is without.
        self.multiply(&mut power, &base, &mut scratch);
        Some(self.residue(&power))
    }

    /// Makes a into a * b / R modulo N.
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

    /// Makes a into a * a / R modulo N.
    fn square(&self, a: &mut Number, scratch: &mut Scratch) {
        let Scratch { columns, factor } = scratch;
        let columns = self.cleared(columns);
        let mut others = first_mut(factor, self.pairs.wrapping_add(PADDING));
        let doubled = first(a, self.pairs).iter().map(|pair| pair.plus(*pair));
        others.iter_mut().zip(doubled).for_each(|(to, from)| *to = from);
        let mut rest = &mut *columns;
        for block in first(a, self.pairs).as_chunks().0 {
            // A block meets itself once, and each higher one twice.
            if let Some(own) = others.first_chunk_mut() {
                *own = *block;
            }
            add_product(rest, block, others);
            others = others.get_mut(BLOCK..).unwrap_or_default();
            rest = rest.get_mut(2 * BLOCK..).unwrap_or_default();
        }
        self.reduce(columns, a);
    }

    /// As many columns as a product has, with nothing in them.
    fn cleared<'c>(&self, columns: &'c mut Columns) -> &'c mut [Pair] {
        let columns = first_mut(columns, self.pairs.wrapping_mul(2).wrapping_add(PADDING));
        columns.fill(ZERO);
        columns
    }

    /// Adds the multiple of N that makes the lower half vanish, and hands over the upper half.
    fn reduce(&self, columns: &mut [Pair], number: &mut Number) {
        // With the zeros that M ends with, these are whole chunks.
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

    /// What division by n leaves of a number of either sign.
    #[expect(clippy::arithmetic_side_effects, reason = "n is odd, so it is not zero")]
    fn residue(&self, number: &Number) -> BigUint {
        // Adding N makes it positive: M one block higher, less 1.
        let less_one = [Pair::new(-1.0, 0.0), ZERO, ZERO];
        let n_multiple = less_one.iter().chain(self.multiple.iter());
        let sum = number.iter().zip(n_multiple).map(|(a, b)| a.plus(*b));
        from_digits(sum.take(self.pairs)) % &self.n
    }
}

/// Everything else follows from n.
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

/// n^-1 modulo a power of two, up to 2^192. Newton's iteration: each step doubles the number of
/// right bits, of which an odd number's own value has three.
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
