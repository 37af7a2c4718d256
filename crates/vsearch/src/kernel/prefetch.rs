//! Asking for memory before it is needed.

/// Starts to bring the first `bytes` bytes of `data` into the cache. A hint: it reads nothing and cannot fault.
#[inline]
pub(crate) fn prefetch<T>(data: &[T], bytes: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let length = bytes.min(size_of_val(data));
        for line in (0..length).step_by(64) {
            // SAFETY: every x86-64 machine has the instruction; the address is inside `data`.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(data.as_ptr().cast::<i8>().add(line)) }
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (data, bytes);
}
