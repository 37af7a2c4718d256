//! The definition, one byte at a time.

pub(super) fn dot_at(image: &[i8], rows: &[u8], ids: &[u32], out: &mut [i32]) {
    let width = image.len();
    for (id, out) in ids.iter().zip(out) {
        let row = &rows[*id as usize * width..][..width];
        *out = image
            .iter()
            .zip(row)
            .map(|(x, y)| i32::from(*x) * i32::from(*y))
            .sum();
    }
}
