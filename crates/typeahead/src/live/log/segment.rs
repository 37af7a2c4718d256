//! The bytes of a segment: a header, then records in frames.

use super::record::{MAX_PAYLOAD, Record};

/// Bytes of a segment's header.
pub(super) const HEADER: usize = 32;
/// Bytes before a payload.
const FRAME: usize = 12;
const MAGIC: [u8; 8] = *b"bbtalog\n";
const MARKER: [u8; 4] = [0x9e, 0xb0, 0xbb, 0x1d];
/// The newest version that is read, and the one that is written.
pub(super) const VERSION: u32 = 1;

/// A segment's header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Header {
    pub(super) version: u32,
    pub(super) number: u64,
    /// Of the secret with which users were hashed.
    pub(super) stamp: u64,
}

impl Header {
    pub(super) fn encode(self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&self.version.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.number.to_le_bytes());
        bytes[24..].copy_from_slice(&self.stamp.to_le_bytes());
        let sum = checksum(&bytes[8..12], &bytes[16..]);
        bytes[12..16].copy_from_slice(&sum.to_le_bytes());
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; HEADER] = bytes.first_chunk()?;
        let long = |at: usize| bytes[at..].first_chunk().map(|b| u64::from_le_bytes(*b));
        let short = |at: usize| bytes[at..].first_chunk().map(|b| u32::from_le_bytes(*b));
        let whole = bytes[..8] == MAGIC && short(12)? == checksum(&bytes[8..12], &bytes[16..]);
        whole.then_some(Self {
            version: short(8)?,
            number: long(16)?,
            stamp: long(24)?,
        })
    }
}

/// Appends a record in its frame.
pub(super) fn append(record: &Record<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend([0; FRAME]);
    record.encode(out);
    let length = ((out.len() - start - FRAME) as u32).to_le_bytes();
    let sum = checksum(&length, &out[start + FRAME..]).to_le_bytes();
    out[start..start + 4].copy_from_slice(&MARKER);
    out[start + 4..start + 8].copy_from_slice(&length);
    out[start + 8..start + 12].copy_from_slice(&sum);
}

/// What was found in a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Scanned {
    /// Records that were whole.
    pub(super) records: u64,
    /// Places before the last whole record where there was something else, and frames whose payload says nothing.
    pub(super) damaged: u64,
    /// Where the last whole record ends.
    pub(super) end: usize,
}

/// Hands out the records after the header. What is damaged is skipped up to the next whole record. `None` when the
/// damage is such that looking for one takes longer than reading the segment four times.
pub(super) fn scan(bytes: &[u8], mut each: impl FnMut(Record<'_>)) -> Option<Scanned> {
    let mut found = Scanned {
        end: HEADER.min(bytes.len()),
        ..Scanned::default()
    };
    let mut search = bytes.len().saturating_mul(4).saturating_add(MAX_PAYLOAD);
    while let Some((start, payload)) = next(bytes, found.end, &mut search)? {
        found.damaged += u64::from(start > found.end);
        found.end = start + FRAME + payload.len();
        match Record::decode(payload) {
            Some(record) => {
                found.records += 1;
                each(record);
            }
            None => found.damaged += 1,
        }
    }
    Some(found)
}

type Framed<'a> = (usize, &'a [u8]);

/// The first whole frame at `from` or later.
fn next<'a>(bytes: &'a [u8], from: usize, search: &mut usize) -> Option<Option<Framed<'a>>> {
    let mut at = from;
    while let Some(skipped) = bytes[at..].windows(MARKER.len()).position(|four| four == MARKER) {
        at += skipped;
        let (looked_at, payload) = frame(&bytes[at..]);
        if let Some(payload) = payload {
            return Some(Some((at, payload)));
        }
        *search = search.checked_sub(looked_at)?;
        at += 1;
    }
    Some(None)
}

/// The payload of the frame at the start, if it is whole; and how many bytes it took to tell.
fn frame(bytes: &[u8]) -> (usize, Option<&[u8]>) {
    let Some((head, rest)) = bytes.split_first_chunk::<FRAME>() else {
        return (0, None);
    };
    let length_bytes = &head[4..8];
    let length = head[4..8].iter().rev().fold(0, |n, &b| n << 8 | usize::from(b));
    let sum = head[8..].iter().rev().fold(0, |n, &b| n << 8 | u32::from(b));
    if !(1..=MAX_PAYLOAD).contains(&length) || length > rest.len() {
        return (FRAME, None);
    }
    let payload = &rest[..length];
    let whole = checksum(length_bytes, payload) == sum;
    (FRAME + length, whole.then_some(payload))
}

fn checksum(first: &[u8], second: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(first);
    sum.update(second);
    sum.finalize()
}
