//! Drawbridge's arithmetic for RS256, against that of `rsa`.

use std::sync::OnceLock;

use drawbridge::signature::{RsaKey, VerificationKey as _};
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use sha2::{Digest as _, Sha256};

const EXPONENT: u64 = 65_537;
/// The DER encoding of `DigestInfo` up to the hash (RFC 8017, section 9.2, note 1).
const PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// Checks that both verifiers agree about a valid signature and about one that is nearly valid, for
/// moduli of every length and shape. They must also agree if modulus, exponent and signature are
/// any bytes.
pub fn target(data: &[u8]) {
    let [shape, change, position, rest @ ..] = data else { return };
    if *shape == 0 {
        return of_any_bytes(rest);
    }
    let modulus = Modulus::new(2040 + usize::from(*shape) * 8, rest);
    let length = modulus.n.bits().div_ceil(8);
    let pair = Pair::new(&modulus.n.to_bytes_be(), &[1, 0, 1]).unwrap();
    let right = modulus.sign(rest);
    assert!(pair.accept(rest, &padded(&right, length)));

    let mut wrong = padded(&right, length);
    wrong[usize::from(*position) * length / 256] ^= (*change).max(1);
    assert!(!pair.accept(rest, &wrong));
    // This number has the same power, but it is no signature: it is not below the modulus.
    let above = &right + &modulus.n;
    assert!(!pair.accept(rest, &padded(&above, above.bits().div_ceil(8))));
    let edges = [BigUint::from(0_u8), BigUint::from(1_u8), &modulus.n - 1_u8, modulus.n.clone()];
    pair.accept(rest, &padded(&edges[usize::from(change % 4)], length));
}

fn of_any_bytes(data: &[u8]) {
    let n = &data[..data.len().min(512)];
    let signature: Vec<u8> = data.iter().rev().copied().take(n.len()).collect();
    if let Some(pair) = Pair::new(n, &[1, 0, 1]) {
        assert!(!pair.accept(data, &signature));
    }
    if let Some((exponent, n)) = data.split_at_checked(5)
        && let Some(pair) = Pair::new(n, exponent)
    {
        pair.accept(data, &signature);
    }
}

/// One key, in Drawbridge's form and in that of `rsa`.
struct Pair {
    ours: RsaKey,
    reference: RsaPublicKey,
}

impl Pair {
    /// Reads a key; returns `None` if Drawbridge refuses the key. `rsa` refuses no key that
    /// Drawbridge accepts.
    fn new(n: &[u8], exponent: &[u8]) -> Option<Self> {
        let ours = RsaKey::new(n, exponent).ok()?;
        let (n, e) = (BigUint::from_bytes_be(n), BigUint::from_bytes_be(exponent));
        Some(Self { ours, reference: RsaPublicKey::new_with_max_size(n, e, 4096).unwrap() })
    }

    /// Returns the verdict of both verifiers, which must be the same.
    fn accept(&self, message: &[u8], signature: &[u8]) -> bool {
        let ours = self.ours.verify(message, signature);
        let scheme = Pkcs1v15Sign { hash_len: Some(32), prefix: Box::new(PREFIX) };
        let theirs = self.reference.verify(scheme, &Sha256::digest(message), signature).is_ok();
        assert_eq!(ours, theirs);
        ours
    }
}

/// A product of different small primes. Anyone who knows the primes can sign.
struct Modulus {
    n: BigUint,
    primes: Vec<u64>,
}

impl Modulus {
    fn new(bits: usize, choice: &[u8]) -> Self {
        let all = primes();
        let mut modulus = Self { n: BigUint::from(1_u8), primes: Vec::new() };
        let mut used = vec![false; all.len()];
        let mut at = 0;
        let mut choice = choice.iter().copied().cycle();
        while modulus.n.bits() < bits {
            at = (at * 31 + usize::from(choice.next().unwrap_or(1)) + 1) % all.len();
            while used[at] {
                at = (at + 1) % all.len();
            }
            used[at] = true;
            modulus.n *= all[at];
            modulus.primes.push(all[at]);
        }
        modulus
    }

    /// Signs a message (RFC 8017, section 8.2.1). The Chinese remainder theorem combines the roots
    /// modulo the primes.
    fn sign(&self, message: &[u8]) -> BigUint {
        let length = self.n.bits().div_ceil(8);
        let hash = Sha256::digest(message);
        let padding = vec![0xff; length - 3 - PREFIX.len() - hash.len()];
        let encoded = [[0, 1].as_slice(), &padding, &[0], &PREFIX, &hash].concat();
        let encoded = BigUint::from_bytes_be(&encoded);
        let (mut signature, mut product) = (BigUint::from(0_u8), BigUint::from(1_u8));
        for &prime in &self.primes {
            let root = power(remainder(&encoded, prime), inverse(EXPONENT, prime - 1), prime);
            let difference = root + prime - remainder(&signature, prime);
            let factor = difference * inverse(remainder(&product, prime), prime) % prime;
            signature += &product * factor;
            product *= prime;
        }
        signature
    }
}

fn remainder(number: &BigUint, modulus: u64) -> u64 {
    (number % modulus).to_bytes_be().iter().fold(0, |n, byte| n * 256 + u64::from(*byte))
}

fn power(base: u64, exponent: u64, modulus: u64) -> u64 {
    let (mut result, mut square, mut left) = (1 % modulus, base % modulus, exponent);
    while left > 0 {
        if left % 2 == 1 {
            result = result * square % modulus;
        }
        square = square * square % modulus;
        left /= 2;
    }
    result
}

/// Returns the inverse modulo `modulus`, by Euclid's algorithm.
fn inverse(number: u64, modulus: u64) -> u64 {
    let (mut a, mut b) = ((number % modulus) as i64, modulus as i64);
    let (mut x, mut y) = (1_i64, 0_i64);
    while b != 0 {
        (a, b, x, y) = (b, a % b, y, x - a / b * y);
    }
    assert_eq!(a, 1);
    x.rem_euclid(modulus as i64) as u64
}

/// Returns the odd primes below 2^16.
fn primes() -> &'static [u64] {
    static PRIMES: OnceLock<Vec<u64>> = OnceLock::new();
    PRIMES.get_or_init(|| {
        let mut composite = vec![false; 1 << 16];
        let mut primes = Vec::new();
        for n in (3..1 << 16).step_by(2) {
            if !composite[n] {
                primes.push(n as u64);
                (n * n..1 << 16).step_by(n).for_each(|multiple| composite[multiple] = true);
            }
        }
        primes
    })
}

fn padded(number: &BigUint, length: usize) -> Vec<u8> {
    let bytes = number.to_bytes_be();
    let mut padded = vec![0; length.saturating_sub(bytes.len())];
    padded.extend(bytes);
    padded
}
