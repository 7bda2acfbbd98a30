//! `signature^65537 mod n`, the public operation of RSA (RFC 8017, section 5.2.2), for WebAssembly.
//!
//! Montgomery multiplication (P. L. Montgomery, "Modular Multiplication Without Trial Division",
//! 1985) in radix 2^28. WebAssembly multiplies two 32-bit numbers into 64 bits, and has no carry
//! flag: with 28-bit limbs a product has 56 bits, so that 2^8 of them fit into an accumulator and
//! carries are propagated once for each multiplication instead of once for each limb.
//!
//! Public keys and signatures only: nothing here takes care to run in constant time. All
//! arithmetic is modulo 2^32 or 2^64 and written so; the bounds beside it say why nothing is lost.

use rsa::BigUint;

const LIMB_BITS: usize = 28;
const MASK: u64 = (1 << LIMB_BITS) - 1;

/// An accumulator takes a product of each of two multiplications for each limb, and less than one
/// more product's worth of carries: 2 * 120 + 1 < 2^8.
const MAX_LIMBS: usize = 120;

/// 16 squarings and one multiplication, in this order, make 65537.
const SQUARINGS: usize = 16;

/// A modulus, with what the multiplication needs of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Modulus {
    limbs: Vec<u32>,
    /// -n^-1 modulo 2^28.
    inverse: u32,
    /// R^2 modulo n, where R is 2^28 to the power of the number of limbs.
    r_squared: Vec<u32>,
}

impl Modulus {
    /// Prepares an odd modulus. `None` for one that is even or too long.
    pub(super) fn new(n: &BigUint) -> Option<Self> {
        // Two bits more, so that R >= 4n: then factors below 2n have a product below 2n, and
        // nothing is subtracted in between.
        let length = n.bits().checked_add(2)?.div_ceil(LIMB_BITS);
        let limbs = to_limbs(&n.to_bytes_be(), length)?;
        let lowest = *limbs.first()?;
        if length > MAX_LIMBS || lowest % 2 == 0 {
            return None;
        }
        let shift = length.checked_mul(LIMB_BITS)?.checked_mul(2)?;
        #[expect(clippy::arithmetic_side_effects, reason = "n is odd, so it is not zero")]
        let r_squared = (BigUint::from(1_u8) << shift) % n;
        let r_squared = to_limbs(&r_squared.to_bytes_be(), length)?;
        Some(Self { inverse: negative_inverse(lowest), r_squared, limbs })
    }

    /// Whether `base^65537 mod n` is `expected`; both big-endian. A `base` that is not below n has
    /// no such power.
    pub(super) fn power_is(&self, base: &[u8], expected: &[u8]) -> bool {
        let length = self.limbs.len();
        let (Some(base), Some(expected)) = (to_limbs(base, length), to_limbs(expected, length))
        else {
            return false;
        };
        if subtract(&base, &self.limbs).is_some() {
            return false;
        }
        let mut power = self.multiply(&base, &self.r_squared);
        for _ in 0..SQUARINGS {
            power = self.square(&power);
        }
        // One factor in Montgomery form and one without: the product is without.
        let power = self.multiply(&power, &base);
        // It is below 2n.
        subtract(&power, &self.limbs).unwrap_or(power) == expected
    }

    /// a * b / R modulo n, below 2n.
    fn multiply(&self, a: &[u32], b: &[u32]) -> Vec<u32> {
        let mut accumulators = [0; 2 * MAX_LIMBS];
        for (offset, factor) in a.iter().enumerate() {
            add_product(accumulators.get_mut(offset..), u64::from(*factor), b);
        }
        self.reduce(&mut accumulators)
    }

    /// a * a / R modulo n, below 2n: every product of two different limbs is made once.
    fn square(&self, a: &[u32]) -> Vec<u32> {
        let mut accumulators = [0_u64; 2 * MAX_LIMBS];
        let mut rest = a;
        let mut offset = 0_usize;
        while let Some((first, others)) = rest.split_first() {
            let factor = u64::from(*first);
            if let Some(accumulator) = accumulators.get_mut(offset) {
                *accumulator = accumulator.wrapping_add(factor.wrapping_mul(factor));
            }
            let next = offset.wrapping_add(1);
            add_product(accumulators.get_mut(next..), factor.wrapping_mul(2), others);
            // Limb i of `a` meets itself at column 2i.
            offset = next.wrapping_add(1);
            rest = others;
        }
        self.reduce(&mut accumulators)
    }

    /// Adds the multiple of n that makes the lower half zero, and returns the upper half.
    fn reduce(&self, accumulators: &mut [u64; 2 * MAX_LIMBS]) -> Vec<u32> {
        for offset in 0..self.limbs.len() {
            let Some(window) = accumulators.get_mut(offset..) else { break };
            let lowest = window.first().copied().unwrap_or_default() & MASK;
            let factor = lowest.wrapping_mul(u64::from(self.inverse)) & MASK;
            add_product(Some(window), factor, &self.limbs);
            if let [lowest, next, ..] = window {
                *next = next.wrapping_add(*lowest >> LIMB_BITS);
            }
        }
        let mut carry = 0_u64;
        let upper = accumulators.iter().skip(self.limbs.len()).take(self.limbs.len());
        upper
            .map(|accumulator| {
                let sum = accumulator.wrapping_add(carry);
                carry = sum >> LIMB_BITS;
                limb(sum)
            })
            .collect()
    }
}

/// Adds `factor * limbs`, limb by limb.
fn add_product(accumulators: Option<&mut [u64]>, factor: u64, limbs: &[u32]) {
    for (accumulator, limb) in accumulators.into_iter().flatten().zip(limbs) {
        *accumulator = accumulator.wrapping_add(factor.wrapping_mul(u64::from(*limb)));
    }
}

/// a - b, `None` where that is negative. Both have as many limbs.
fn subtract(a: &[u32], b: &[u32]) -> Option<Vec<u32>> {
    let mut borrow = 0_u32;
    let difference = a.iter().zip(b).map(|(a, b)| {
        let difference = a.wrapping_sub(*b).wrapping_sub(borrow);
        borrow = difference >> 31;
        limb(u64::from(difference))
    });
    let difference = difference.collect();
    (borrow == 0).then_some(difference)
}

/// Newton's iteration: each step doubles the number of right bits, of which an odd number's own
/// value has three.
fn negative_inverse(odd: u32) -> u32 {
    let mut inverse = odd;
    for _ in 0..4 {
        inverse = inverse.wrapping_mul(2_u32.wrapping_sub(odd.wrapping_mul(inverse)));
    }
    limb(u64::from(inverse.wrapping_neg()))
}

/// Little-endian limbs of a big-endian number; `None` where it needs more than `length`.
fn to_limbs(bytes: &[u8], length: usize) -> Option<Vec<u32>> {
    let mut limbs = Vec::with_capacity(length);
    let (mut held, mut held_bits) = (0_u64, 0_usize);
    for byte in bytes.iter().rev() {
        held |= u64::from(*byte) << held_bits;
        held_bits = held_bits.wrapping_add(8);
        if held_bits >= LIMB_BITS {
            limbs.push(limb(held));
            held >>= LIMB_BITS;
            held_bits = held_bits.wrapping_sub(LIMB_BITS);
        }
    }
    limbs.push(limb(held));
    let fits = limbs.iter().skip(length).all(|limb| *limb == 0);
    limbs.resize(length, 0);
    fits.then_some(limbs)
}

/// The lowest 28 bits.
fn limb(value: u64) -> u32 {
    (value & MASK) as u32
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "big numbers do not overflow")]
mod tests {
    use super::*;

    /// SplitMix64: the same cases in every run.
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }

        fn number(&mut self, bits: usize) -> BigUint {
            let bytes: Vec<u8> = (0..bits.div_ceil(8)).map(|_| self.next() as u8).collect();
            BigUint::from_bytes_be(&bytes) >> (bytes.len() * 8 - bits)
        }
    }

    fn check(n: &BigUint, base: &BigUint) {
        let modulus = Modulus::new(n).unwrap();
        let expected = base.modpow(&BigUint::from(65_537_u32), n);
        let power_is =
            |expected: &BigUint| modulus.power_is(&base.to_bytes_be(), &expected.to_bytes_be());
        assert_eq!(power_is(&expected), base < n, "{base} modulo {n}");
        assert!(!power_is(&(&expected + 1_u8)));
        assert!(!power_is(&(&expected + n)));
    }

    #[test]
    fn agrees_with_rsa_for_random_and_adversarial_numbers() {
        let mut random = Random(1);
        let one = BigUint::from(1_u8);
        for bits in [2048, 2049, 2055, 2056, 2070, 2071, 2072, 2073, 3072, 3358] {
            let top = &one << (bits - 1);
            let moduli = [
                &top + &one,
                (&one << bits) - &one,
                &top + (random.number(bits - 2) << 1_usize) + &one,
                // Long runs of ones in the limbs make the largest accumulators.
                (&one << bits) - (&one << (bits / 2)) - &one,
            ];
            for n in &moduli {
                let mut bases = vec![
                    BigUint::from(0_u8),
                    one.clone(),
                    BigUint::from(2_u8),
                    n - &one,
                    n.clone(),
                    n + &one,
                    (&one << bits) - &one,
                    &one << (bits - 2),
                    &one << 28_usize,
                    (&one << 28_usize) - &one,
                ];
                bases.extend((0..3).map(|_| random.number(bits) % n));
                for base in &bases {
                    check(n, base);
                }
            }
        }
    }

    #[test]
    fn other_moduli_are_left_to_rsa() {
        let one = BigUint::from(1_u8);
        assert!(Modulus::new(&(&one << 2047_usize)).is_none());
        assert!(Modulus::new(&((&one << 3358_usize) - &one)).is_some());
        assert!(Modulus::new(&((&one << 3359_usize) - &one)).is_none());
        assert!(Modulus::new(&((&one << 4096_usize) - &one)).is_none());
    }

    #[test]
    fn every_odd_limb_has_its_inverse() {
        let mut random = Random(2);
        for _ in 0..10_000 {
            let odd = limb(random.next()) | 1;
            assert_eq!(limb(u64::from(odd.wrapping_mul(negative_inverse(odd)))), limb(MASK));
        }
    }
}
