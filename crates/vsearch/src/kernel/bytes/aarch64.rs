//! NEON.

use std::arch::aarch64::*;

use crate::kernel::each_row;

/// # Safety
///
/// The image's length is a multiple of 16.
#[target_feature(enable = "neon")]
pub(super) unsafe fn dot_at(image: &[i8], rows: &[u8], ids: &[u32], out: &mut [i32]) {
    let (width, image) = (image.len(), image.as_ptr());
    each_row(rows, width, ids, |i, row| {
        // SAFETY: `width` bytes, a multiple of 16, may be read at the image and at a row that is there.
        unsafe {
            let mut sum = vdupq_n_s32(0);
            for at in (0..width).step_by(8) {
                let x = vmovl_s8(vld1_s8(image.add(at)));
                let y = vreinterpretq_s16_u16(vmovl_u8(vld1_u8(row.add(at))));
                sum = vmlal_s16(sum, vget_low_s16(x), vget_low_s16(y));
                sum = vmlal_s16(sum, vget_high_s16(x), vget_high_s16(y));
            }
            out[i] = vaddvq_s32(sum);
        }
    });
}
