//! Checksums made to fit, so that what was changed behind them is read.

const FIXED: usize = 64;
const ENTRY: usize = 32;

fn word(file: &[u8], at: usize) -> usize {
    u32::from_le_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]]) as usize
}

/// Where the header of `file` ends by its counts, if it has one.
pub(crate) fn header_end(file: &[u8]) -> Option<usize> {
    if file.len() < FIXED {
        return None;
    }
    let length = word(file, 44)
        .checked_mul(ENTRY)?
        .checked_add(FIXED + word(file, 40))?;
    Some(length.next_multiple_of(64)).filter(|length| *length <= file.len())
}

/// Where the table's entries begin.
pub(crate) fn entries(file: &[u8]) -> impl Iterator<Item = usize> + use<> {
    let count = header_end(file).map_or(0, |_| word(file, 44));
    (0..count).map(|entry| FIXED + entry * ENTRY)
}

/// Makes the checksum of the header fit.
pub(crate) fn header(file: &mut [u8]) {
    let Some(end) = header_end(file) else {
        return;
    };
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&file[..FIXED - 4]);
    hasher.update(&file[FIXED..end]);
    let sum = hasher.finalize();
    file[FIXED - 4..FIXED].copy_from_slice(&sum.to_le_bytes());
}

/// Makes the checksums of the sections fit, then the header's.
pub(crate) fn everything(file: &mut [u8]) {
    for entry in entries(file) {
        let (start, length) = (word(file, entry + 8), word(file, entry + 16));
        if let Some(section) = file.get(start..start.saturating_add(length)) {
            let sum = crc32fast::hash(section);
            file[entry + 24..entry + 28].copy_from_slice(&sum.to_le_bytes());
        }
    }
    header(file);
}

/// Makes the header say that the sections lie one after another, as long as the table says. Returns how long the file
/// is then; it is not made so.
pub(crate) fn layout(file: &mut [u8]) -> Option<usize> {
    let mut at = header_end(file)?;
    file[24..32].copy_from_slice(&(at as u64).to_le_bytes());
    for entry in entries(file) {
        file[entry + 8..entry + 16].copy_from_slice(&(at as u64).to_le_bytes());
        at = at
            .checked_add(word(file, entry + 16))?
            .checked_next_multiple_of(64)?;
    }
    file[32..40].copy_from_slice(&(at as u64).to_le_bytes());
    Some(at)
}
