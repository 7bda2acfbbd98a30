//! The fingerprint of keys that Infineon's RSALib made (CVE-2017-15361). The factors of such a key
//! can be computed from its modulus, see section 2 of Nemec et al., "The Return of Coppersmith's
//! Attack", 2017.

/// The primes at which the fingerprint is checked. Every affected key of 2048 bits or more was made
/// with them, and they tell it apart from other keys. Of the moduli from elsewhere, one in 2^54 has
/// the fingerprint.
const PRIMES: [u32; 27] = [
    11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157, 181, 191, 193, 197,
    199, 227, 229, 233, 239, 241,
];

/// The base of the factors. RSALib made each factor as a power of this number, plus a multiple of
/// the product of the small primes.
const GENERATOR: u32 = 65_537;

/// Returns whether a big-endian modulus is, modulo each of the primes, one of the generator's
/// powers.
pub(super) fn has_fingerprint(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|&prime| {
        let found = remainder(modulus, prime);
        powers(prime).any(|power| power == found)
    })
}

fn remainder(modulus: &[u8], prime: u32) -> u32 {
    modulus
        .iter()
        .fold(0, |rest, byte| times(rest, 256, prime).wrapping_add(u32::from(*byte)))
        .checked_rem(prime)
        .unwrap_or_default()
}

fn powers(prime: u32) -> impl Iterator<Item = u32> {
    let first = times(1, 1, prime);
    let more =
        std::iter::successors(Some(first), move |power| Some(times(*power, GENERATOR, prime)));
    // The powers repeat after fewer than `prime` steps.
    more.take(usize::try_from(prime).unwrap_or_default())
}

/// Returns the product modulo `prime`. The product is far below 2^32 for the factors and primes
/// here.
fn times(a: u32, b: u32, prime: u32) -> u32 {
    a.wrapping_mul(b).checked_rem(prime).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "big numbers do not overflow")]
mod tests;
