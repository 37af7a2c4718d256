//! Sixteen floats at a time, with the same bits on every instruction set: each operation rounds once, lane by lane,
//! and nothing is summed across lanes.

#[cfg(target_arch = "aarch64")]
pub(super) mod aarch64;
pub(super) mod scalar;
#[cfg(target_arch = "x86_64")]
pub(super) mod x86_64;

/// Floats in a [`Lanes`].
pub(crate) const LANES: usize = 16;

/// Sixteen floats in one or more registers.
///
/// # Safety
///
/// All methods may be called only where the instruction set of the implementation is present, and with pointers to
/// [`LANES`] elements.
pub(super) trait Lanes: Copy {
    /// Rows and panels of a tile that stay in the registers together.
    const ROWS: usize;

    unsafe fn splat(x: f32) -> Self;

    unsafe fn load(from: *const f32) -> Self;

    unsafe fn store(self, to: *mut f32);

    unsafe fn add(self, other: Self) -> Self;

    unsafe fn subtract(self, other: Self) -> Self;

    unsafe fn multiply(self, other: Self) -> Self;

    /// `self * factor + addend`, rounded once.
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self;

    /// Lane by lane `yes` where `self < bound`, else `no`.
    unsafe fn pick_below(self, bound: Self, yes: Self, no: Self) -> Self;

    unsafe fn from_bytes(from: *const u8) -> Self;

    /// IEEE half-precision numbers.
    unsafe fn from_halves(from: *const u16) -> Self;
}
