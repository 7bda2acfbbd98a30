//! The fingerprint of keys that Infineon's RSALib made (CVE-2017-15361), whose factors can be found
//! from the modulus: Nemec et al., "The Return of Coppersmith's Attack", 2017, section 2.

/// The primes at which the fingerprint tells a modulus apart from others, of those that every
/// affected key of 2048 bits or more was made with. A modulus from elsewhere has it once in 2^54.
const PRIMES: [u32; 27] = [
    11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157, 181, 191, 193, 197,
    199, 227, 229, 233, 239, 241,
];

/// Both factors were made as a power of this number, plus a multiple of all small primes.
const GENERATOR: u32 = 65_537;

/// Whether a big-endian modulus is, for each of the primes, one of the generator's powers.
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
    // They repeat before there are as many as the prime says.
    more.take(usize::try_from(prime).unwrap_or_default())
}

/// The product modulo `prime`: far below 2^32 for the factors and primes here.
fn times(a: u32, b: u32, prime: u32) -> u32 {
    a.wrapping_mul(b).checked_rem(prime).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "big numbers do not overflow")]
mod tests;
