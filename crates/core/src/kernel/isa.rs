//! Which instructions the machine has, and the kernels on each.

use std::fmt;
use std::sync::OnceLock;

use super::scalar;

/// An instruction set that this machine is known to have: a value of this type is the proof, so its methods need
/// no further check.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Isa(Set);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Set {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

/// Floats in a tile of rows of a block: 64 KiB, a fraction of every second-level cache.
const TILE: usize = 16 << 10;

/// Runs a kernel on the instructions of `$set`.
macro_rules! dispatch {
    ($set:expr, $kernel:ident($($arg:expr),*)) => {
        match $set {
            Set::Scalar => scalar::$kernel($($arg),*),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an `Isa` is made only by `available`, which found AVX2, FMA and POPCNT on this machine.
            Set::Avx2 => unsafe { super::x86_64::avx2::$kernel($($arg),*) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: an `Isa` is made only by `available`, which found AVX-512 F and VPOPCNTDQ on this machine.
            Set::Avx512 => unsafe { super::x86_64::avx512::$kernel($($arg),*) },
            #[cfg(target_arch = "aarch64")]
            // SAFETY: an `Isa` is made only by `available`, which found NEON on this machine.
            Set::Neon => unsafe { super::aarch64::$kernel($($arg),*) },
        }
    };
}

impl Isa {
    /// The definition written down: runs everywhere, slowly.
    pub const SCALAR: Self = Self(Set::Scalar);

    /// What this machine can run, the slowest first. [`SCALAR`](Self::SCALAR) is always there, and nothing else in a
    /// build with `--cfg bowerbird_scalar`, by which the tests are run without vector instructions.
    pub fn available() -> Vec<Self> {
        #[cfg_attr(
            not(any(target_arch = "x86_64", target_arch = "aarch64")),
            expect(unused_mut, reason = "nothing is added on other machines")
        )]
        let mut found = vec![Self::SCALAR];
        if cfg!(bowerbird_scalar) {
            return found;
        }
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx2") && has!("fma") && has!("popcnt") {
                found.push(Self(Set::Avx2));
            }
            if has!("avx512f") && has!("avx512vpopcntdq") {
                found.push(Self(Set::Avx512));
            }
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("neon") {
            found.push(Self(Set::Neon));
        }
        found
    }

    /// What the free functions of this module use: the last of [`available`](Self::available), detected once.
    #[inline]
    pub fn active() -> Self {
        static ACTIVE: OnceLock<Isa> = OnceLock::new();
        *ACTIVE.get_or_init(|| Self::available().last().copied().unwrap_or(Self::SCALAR))
    }

    /// `scalar`, `avx2`, `avx512` or `neon`.
    pub const fn name(self) -> &'static str {
        match self.0 {
            Set::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Set::Avx512 => "avx512",
            #[cfg(target_arch = "aarch64")]
            Set::Neon => "neon",
        }
    }

    /// [`dot`](super::dot) on these instructions.
    ///
    /// # Panics
    ///
    /// When the lengths differ.
    #[inline]
    pub fn dot(self, a: &[f32], b: &[f32]) -> f32 {
        assert_eq!(a.len(), b.len(), "a dot product needs two vectors of one length");
        dispatch!(self.0, dot(a, b))
    }

    /// [`squared_l2`](super::squared_l2) on these instructions.
    ///
    /// # Panics
    ///
    /// When the lengths differ.
    #[inline]
    pub fn squared_l2(self, a: &[f32], b: &[f32]) -> f32 {
        assert_eq!(a.len(), b.len(), "a distance needs two vectors of one length");
        dispatch!(self.0, squared_l2(a, b))
    }

    /// [`hamming`](super::hamming) on these instructions.
    ///
    /// # Panics
    ///
    /// When the lengths differ.
    #[inline]
    pub fn hamming(self, a: &[u64], b: &[u64]) -> u32 {
        assert_eq!(
            a.len(),
            b.len(),
            "a Hamming distance needs two codes of one length"
        );
        dispatch!(self.0, hamming(a, b))
    }

    /// [`dot_rows`](super::dot_rows) on these instructions.
    ///
    /// # Panics
    ///
    /// When `rows` is not `out.len()` times as long as `query`.
    #[inline]
    pub fn dot_rows(self, query: &[f32], rows: &[f32], out: &mut [f32]) {
        assert_rows(query.len(), rows.len(), out.len());
        dispatch!(self.0, dot_rows(query, rows, out));
    }

    /// [`squared_l2_rows`](super::squared_l2_rows) on these instructions.
    ///
    /// # Panics
    ///
    /// When `rows` is not `out.len()` times as long as `query`.
    #[inline]
    pub fn squared_l2_rows(self, query: &[f32], rows: &[f32], out: &mut [f32]) {
        assert_rows(query.len(), rows.len(), out.len());
        dispatch!(self.0, squared_l2_rows(query, rows, out));
    }

    /// [`dot_at`](super::dot_at) on these instructions.
    ///
    /// # Panics
    ///
    /// When `ids` and `out` differ in length, or a row is not there.
    #[inline]
    pub fn dot_at(self, query: &[f32], rows: &[f32], ids: &[u32], out: &mut [f32]) {
        assert_eq!(ids.len(), out.len(), "one output a row");
        dispatch!(self.0, dot_at(query, rows, ids, out));
    }

    /// [`squared_l2_at`](super::squared_l2_at) on these instructions.
    ///
    /// # Panics
    ///
    /// When `ids` and `out` differ in length, or a row is not there.
    #[inline]
    pub fn squared_l2_at(self, query: &[f32], rows: &[f32], ids: &[u32], out: &mut [f32]) {
        assert_eq!(ids.len(), out.len(), "one output a row");
        dispatch!(self.0, squared_l2_at(query, rows, ids, out));
    }

    /// [`dot_block`](super::dot_block) on these instructions.
    ///
    /// # Panics
    ///
    /// When `width` is zero, or the lengths do not fit together.
    pub fn dot_block(self, queries: &[f32], rows: &[f32], width: usize, out: &mut [f32]) {
        self.tiles(
            queries,
            rows,
            width,
            out,
            Self::dot_rows,
            |isa, query, rows, out| {
                dispatch!(isa.0, dot_cached_rows(query, rows, out));
            },
        );
    }

    /// [`squared_l2_block`](super::squared_l2_block) on these instructions.
    ///
    /// # Panics
    ///
    /// When `width` is zero, or the lengths do not fit together.
    pub fn squared_l2_block(self, queries: &[f32], rows: &[f32], width: usize, out: &mut [f32]) {
        self.tiles(
            queries,
            rows,
            width,
            out,
            Self::squared_l2_rows,
            |isa, query, rows, out| {
                dispatch!(isa.0, squared_l2_cached_rows(query, rows, out));
            },
        );
    }

    /// Every query against one tile of rows before the next tile: the first query brings the tile into the cache.
    #[inline]
    fn tiles(
        self,
        queries: &[f32],
        rows: &[f32],
        width: usize,
        out: &mut [f32],
        first: impl Fn(Self, &[f32], &[f32], &mut [f32]),
        later: impl Fn(Self, &[f32], &[f32], &mut [f32]),
    ) {
        assert!(width > 0, "a block needs rows of at least one number");
        let count = rows.len() / width;
        assert_rows(width, rows.len(), count);
        assert_rows(queries.len() / width, out.len(), count);
        assert_rows(width, queries.len(), queries.len() / width);
        let tile = (TILE / width).max(1);
        for from in (0..count).step_by(tile) {
            let to = count.min(from + tile);
            let rows = &rows[from * width..to * width];
            for (i, query) in queries.chunks_exact(width).enumerate() {
                let out = &mut out[i * count + from..i * count + to];
                if i == 0 {
                    first(self, query, rows, out)
                } else {
                    later(self, query, rows, out)
                }
            }
        }
    }

    /// [`hamming_rows`](super::hamming_rows) on these instructions.
    ///
    /// # Panics
    ///
    /// When `rows` is not `out.len()` times as long as `query`.
    #[inline]
    pub fn hamming_rows(self, query: &[u64], rows: &[u64], out: &mut [u32]) {
        assert_rows(query.len(), rows.len(), out.len());
        dispatch!(self.0, hamming_rows(query, rows, out));
    }
}

#[inline]
fn assert_rows(width: usize, total: usize, count: usize) {
    assert_eq!(
        width.checked_mul(count),
        Some(total),
        "rows must be as many as outputs and as wide as the query"
    );
}

impl fmt::Debug for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
