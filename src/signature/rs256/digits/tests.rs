use super::*;

/// SplitMix64, which gives the same cases in every run.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub fn number(&mut self, bits: usize) -> BigUint {
        let bytes: Vec<u8> = (0..bits.div_ceil(8)).map(|_| self.next() as u8).collect();
        BigUint::from_bytes_be(&bytes) >> (bytes.len() * 8 - bits)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

const PAIRS: usize = 93;
const LARGEST: i64 = (1 << 22) + (1 << 8);

fn pairs<const N: usize>(digits: impl IntoIterator<Item = i64>) -> [Pair; N] {
    let mut digits = digits.into_iter().map(|digit| digit as f64).chain(std::iter::repeat(0.0));
    std::array::from_fn(|_| Pair::new(digits.next().unwrap(), digits.next().unwrap()))
}

fn integers(pairs: &[Pair]) -> Vec<i64> {
    pairs.iter().flat_map(|pair| pair.lanes()).map(|digit| digit as i64).collect()
}

/// Returns the sum of all digits at their places, as two numbers: the sum of the positive digits
/// and that of the negative ones.
fn value(pairs: &[Pair]) -> (BigUint, BigUint) {
    let part = |sign: i64| {
        integers(pairs).iter().rev().fold(BigUint::from(0_u8), |sum, digit| {
            (sum << DIGIT_BITS) + BigUint::from((digit * sign).max(0) as u64)
        })
    };
    (part(1), part(-1))
}

#[test]
fn numbers_become_digits_and_come_back() {
    let mut random = Random(1);
    for bits in (1..PAIRS * PAIR_BITS).step_by(7) {
        let one = BigUint::from(1_u8);
        for number in [random.number(bits), (&one << bits) - &one, &one << (bits - 1)] {
            let digits = to_digits::<PAIRS>(&number);
            let (positive, negative) = value(&digits);
            assert_eq!(positive - negative, number);
            assert!(integers(&digits).iter().all(|digit| digit.abs() <= LARGEST));
            assert_eq!(from_digits(digits.into_iter()), number);
        }
    }
}

#[test]
fn products_of_the_largest_digits_are_exact() {
    let signs: [fn(usize) -> i64; 3] =
        [|_| 1, |i| 1 - 2 * (i as i64 % 2), |i| 1 - 2 * (i as i64 / 5 % 2)];
    for (sign_a, sign_b) in signs.iter().flat_map(|a| signs.map(|b| (a, b))) {
        let a: Vec<i64> = (0..2 * PAIRS).map(|i| LARGEST * sign_a(i)).collect();
        let b: Vec<i64> = (0..2 * PAIRS).map(|i| LARGEST * sign_b(i) - i as i64).collect();
        let mut expected = vec![0_i64; 4 * PAIRS];
        for (i, a) in a.iter().enumerate() {
            for (j, b) in b.iter().enumerate() {
                // A multiplication adds this product twice: in the product and in the reduction.
                expected[i + j] += 2 * a * b;
            }
        }
        let mut columns = [ZERO; 2 * PAIRS + BLOCK + CHUNK];
        let number = pairs::<{ PAIRS + BLOCK + CHUNK }>(b);
        for (index, block) in pairs::<PAIRS>(a).as_chunks().0.iter().enumerate() {
            add_product(&mut columns[index * BLOCK..], block, &number);
            add_product(&mut columns[index * BLOCK..], block, &number);
        }
        assert_eq!(integers(&columns)[..4 * PAIRS], expected);
    }
}

#[test]
fn settling_changes_digits_and_not_the_number() {
    let mut random = Random(2);
    for round in 0..1_000 {
        let mut column = || {
            let size = random.below(54) as u32;
            ((random.next() % (1 << 53)) >> size) as i64 * if random.below(2) == 0 { 1 } else { -1 }
        };
        let largest = [(1 << 53) - 1, 1 - (1 << 53)];
        let mut columns: [Pair; 4] = match round {
            0 | 1 => pairs([largest[round]; 7]),
            _ => pairs(std::array::from_fn::<_, 7, _>(|_| column())),
        };
        let before = value(&columns);
        let carried = settle(&mut columns);
        assert!(integers(&columns).iter().all(|digit| digit.abs() <= LARGEST));
        let all: Vec<Pair> = columns.into_iter().chain([carried]).collect();
        let after = value(&all);
        assert_eq!(before.0 + after.1, after.0 + before.1);
    }
}
