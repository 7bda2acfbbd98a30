use super::super::digits::tests::Random;
use super::*;

const BASES: usize = 10;

fn one() -> BigUint {
    BigUint::from(1_u8)
}

fn power_of_two(random: &mut Random, bits: usize) -> BigUint {
    one() << random.below(bits)
}

/// Returns an odd modulus of exactly `bits` bits. Half of the moduli are random; the others are the
/// likeliest to go wrong.
fn modulus(random: &mut Random, bits: usize) -> BigUint {
    let top = one() << (bits - 1);
    let n = match random.below(12) {
        0 => top,
        1 => (one() << bits) - one(),
        // Long runs of ones and of zeros.
        2 => (one() << bits) - power_of_two(random, bits),
        3 => top + power_of_two(random, bits - 1),
        // N = n, and the digits of M are as large as possible, of either sign.
        4 => top + (digits_of(random, bits - 1 - BLOCK_BITS) << BLOCK_BITS) - one(),
        // N = (B - 1) n, the largest multiple of n that N can be.
        5 => top + (random.number(bits - 1 - BLOCK_BITS) << BLOCK_BITS) + one(),
        _ => top + random.number(bits - 1),
    };
    if &n % 2_u8 == one() { n } else { n + one() }
}

fn digits_of(random: &mut Random, bits: usize) -> BigUint {
    let digit = [(1_u32 << 22) - 1, 1 << 22, (1 << 22) + 1][random.below(3)];
    (0..bits / 23).fold(BigUint::from(0_u8), |number, _| (number << 23) + BigUint::from(digit))
}

fn base(random: &mut Random, n: &BigUint) -> BigUint {
    let bits = n.bits();
    match random.below(16) {
        0 => BigUint::from(random.below(4)),
        1 => n - BigUint::from(1 + random.below(3)),
        2 => n + BigUint::from(random.below(3)),
        3 => power_of_two(random, bits + 1),
        4 => power_of_two(random, bits) + one(),
        5 => (one() << (1 + random.below(bits))) - one(),
        6 => n >> random.below(bits),
        7 => digits_of(random, bits - 1),
        8 => n * BigUint::from(2_u8) - one(),
        _ => random.number(bits) % n,
    }
}

/// Compares the results with those of the big-number arithmetic that `rsa` uses.
fn check_cases(random: &mut Random, cases: usize) {
    for count in 0..cases / BASES {
        // The sizes from 2048 to 4096 bits, in large steps.
        let n = modulus(random, 2048 + count * 1021 % 2049);
        let modulus = Modulus::new(&n).unwrap();
        for _ in 0..BASES {
            let base = base(random, &n);
            let expected = (base < n).then(|| base.modpow(&BigUint::from(65_537_u32), &n));
            assert_eq!(modulus.power(&base.to_bytes_be()), expected, "{base} modulo {n}");
        }
    }
}

#[test]
fn agrees_with_rsa_for_random_and_adversarial_numbers() {
    check_cases(&mut Random(1), 500);
}

/// Takes some twenty minutes: `cargo test --release --locked --lib -- --ignored million`.
#[test]
#[ignore = "takes minutes"]
fn agrees_with_rsa_a_million_times() {
    // 50 moduli of each size.
    check_cases(&mut Random(2), 2049 * 50 * BASES);
}

#[test]
fn no_other_number_is_the_power() {
    let mut random = Random(5);
    let n = modulus(&mut random, 2048);
    let modulus = Modulus::new(&n).unwrap();
    let base = random.number(2047);
    let power = modulus.power(&base.to_bytes_be()).unwrap();
    let power_is = |other: BigUint| modulus.power_is(&base.to_bytes_be(), &other.to_bytes_be());
    assert!(power_is(power.clone()));
    for other in [&power + one(), &power + &n, &n - &power, BigUint::from(0_u8)] {
        assert!(!power_is(other));
    }
}

#[test]
fn every_size_is_prepared() {
    let mut random = Random(3);
    for bits in 2048..=4096 {
        let n = modulus(&mut random, bits);
        assert!(Modulus::new(&n).is_some(), "{n}");
    }
}

#[test]
fn other_moduli_are_left_to_rsa() {
    assert!(Modulus::new(&BigUint::from(0_u8)).is_none());
    assert!(Modulus::new(&(one() << 2047_usize)).is_none());
    assert!(Modulus::new(&((one() << (MAX_PAIRS * PAIR_BITS)) - one())).is_none());
}

#[test]
fn the_inverse_is_one() {
    let mut random = Random(4);
    let block = one() << BLOCK_BITS;
    for _ in 0..1_000 {
        let n = modulus(&mut random, 2048);
        assert_eq!(n.clone() * inverse(&n, &block).unwrap() % &block, one());
    }
}

#[test]
fn moduli_are_equal_where_n_is() {
    let prepared =
        |above: u32| Modulus::new(&((one() << 2048_usize) - BigUint::from(above))).unwrap();
    assert_eq!(prepared(1), prepared(1));
    assert_ne!(prepared(1), prepared(3));
    assert_ne!(format!("{:?}", prepared(1)), format!("{:?}", prepared(3)));
}
