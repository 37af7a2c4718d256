//! Which of this crate's kernels the machine can run.

use bowerbird_core::kernel::Isa;
use std::sync::OnceLock;

/// A group of instructions that this machine is known to have: only [`available`](Self::available) makes one, so that
/// a value is the proof. Private fields would say the same with more words; nobody outside of the kernels makes one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Tier {
    /// Nothing but the language.
    Scalar,
    /// AVX2, FMA, F16C.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 F, BW, VL, VNNI and VBMI (Ice Lake, Zen 4 and later), and what [`Avx2`](Self::Avx2) has.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// What every 64-bit ARM has.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Tier {
    /// What this machine can run, the slowest first; the scalar tier alone where core's kernels are scalar.
    pub(crate) fn available() -> Vec<Self> {
        #[cfg_attr(
            not(any(target_arch = "x86_64", target_arch = "aarch64")),
            expect(unused_mut, reason = "nothing is added on other machines")
        )]
        let mut found = vec![Self::Scalar];
        if Isa::available().len() == 1 {
            return found;
        }
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx2") && has!("fma") && has!("f16c") {
                found.push(Self::Avx2);
                let wide = has!("avx512f") && has!("avx512bw") && has!("avx512vl");
                if wide && has!("avx512vnni") && has!("avx512vbmi") {
                    found.push(Self::Avx512);
                }
            }
        }
        #[cfg(target_arch = "aarch64")]
        found.push(Self::Neon);
        found
    }

    /// The last of [`available`](Self::available), detected once.
    #[inline]
    pub(crate) fn active() -> Self {
        static ACTIVE: OnceLock<Tier> = OnceLock::new();
        *ACTIVE.get_or_init(|| Self::available().last().copied().unwrap_or(Self::Scalar))
    }
}
