//! Two floating-point numbers with which the code computes at once. In WebAssembly they are one
//! 128-bit vector, because the compiler does not find such vectors by itself. Elsewhere, the code
//! computes with one lane after the other.

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub use numbers::Pair;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub use vectors::Pair;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod vectors {
    use core::arch::wasm32::{
        f64x2, f64x2_add, f64x2_extract_lane, f64x2_mul, f64x2_nearest, i64x2_shuffle, v128,
    };

    /// Two numbers. The first is the less significant one.
    #[derive(Clone, Copy)]
    pub struct Pair(v128);

    impl Pair {
        #[inline(always)]
        pub const fn new(low: f64, high: f64) -> Self {
            Self(f64x2(low, high))
        }

        #[inline(always)]
        pub fn lanes(self) -> [f64; 2] {
            [f64x2_extract_lane::<0>(self.0), f64x2_extract_lane::<1>(self.0)]
        }

        #[inline(always)]
        pub fn plus(self, other: Self) -> Self {
            Self(f64x2_add(self.0, other.0))
        }

        #[inline(always)]
        pub fn times(self, other: Self) -> Self {
            Self(f64x2_mul(self.0, other.0))
        }

        /// Returns the nearest integers.
        #[inline(always)]
        pub fn rounded(self) -> Self {
            Self(f64x2_nearest(self.0))
        }

        /// Returns the higher number of `below`, followed by the lower number of `self`.
        #[inline(always)]
        pub fn moved_up(self, below: Self) -> Self {
            Self(i64x2_shuffle::<1, 2>(below.0, self.0))
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod numbers {
    /// Two numbers. The first is the less significant one.
    #[derive(Clone, Copy)]
    pub struct Pair([f64; 2]);

    impl Pair {
        pub const fn new(low: f64, high: f64) -> Self {
            Self([low, high])
        }

        pub fn lanes(self) -> [f64; 2] {
            self.0
        }

        pub fn plus(self, other: Self) -> Self {
            Self([self.0[0] + other.0[0], self.0[1] + other.0[1]])
        }

        pub fn times(self, other: Self) -> Self {
            Self([self.0[0] * other.0[0], self.0[1] * other.0[1]])
        }

        /// Returns the nearest integers.
        pub fn rounded(self) -> Self {
            Self(self.0.map(f64::round_ties_even))
        }

        /// Returns the higher number of `below`, followed by the lower number of `self`.
        pub fn moved_up(self, below: Self) -> Self {
            Self([below.0[1], self.0[0]])
        }
    }
}
