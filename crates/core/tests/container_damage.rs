//! Damaged and hostile files: an error of `open` or `verify`, never a panic, never bytes that were not written.

use bowerbird_core::container::{Container, ContainerWriter, Encoder, Fault, LoadError, Part, Tag};
use proptest::prelude::*;

const KIND: Tag = Tag::new("victim");
const A: Tag = Tag::new("a");
const B: Tag = Tag::new("b");

const FIXED: usize = 64;
const ENTRY: usize = 32;

/// Two sections with padding after each, and padding in the header.
fn file() -> Vec<u8> {
    let mut params = Encoder::new();
    params.u64(5).text("some parameters");
    let mut writer = ContainerWriter::new(KIND, 1);
    writer
        .params(params)
        .section(A, &[1; 100][..])
        .section(B, &[2; 65][..]);
    writer.to_bytes().expect("bytes")
}

fn load(bytes: &[u8]) -> Result<Container, LoadError> {
    let container = Container::from_bytes(bytes)?;
    container.verify()?;
    Ok(container)
}

/// `file` with `bytes` at `at` and the header's checksum made to fit.
fn forged(mut file: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    file[at..at + bytes.len()].copy_from_slice(bytes);
    sealed(file)
}

/// `file` with a header checksum that fits to the length that its counts give.
fn sealed(mut file: Vec<u8>) -> Vec<u8> {
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().expect("four bytes")) as usize;
    let length = (FIXED + word(44).saturating_mul(ENTRY).saturating_add(word(40))).next_multiple_of(64);
    if length <= file.len() {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&file[..60]);
        hasher.update(&file[FIXED..length]);
        file[60..64].copy_from_slice(&hasher.finalize().to_le_bytes());
    }
    file
}

fn fault(bytes: &[u8]) -> (Part, Fault) {
    match load(bytes).expect_err("damaged") {
        LoadError::Corrupt { part, fault } => (part, fault),
        other => panic!("{other}"),
    }
}

#[test]
fn the_undamaged_file_loads() {
    load(&file()).expect("whole");
    load(&sealed(file())).expect("the forger's checksum is the right one");
}

#[test]
fn every_truncation_is_found_on_opening() {
    let file = file();
    for length in 0..file.len() {
        let error = Container::from_bytes(&file[..length]).expect_err("truncated");
        assert!(
            matches!(error, LoadError::Truncated { found, .. } if found == length as u64),
            "{length}: {error}"
        );
    }
}

#[test]
fn bytes_after_the_end_are_found_on_opening() {
    for extra in [1, 63, 64, 1000] {
        let longer = [file(), vec![0; extra]].concat();
        assert_eq!(
            fault(&longer),
            (Part::Header, Fault::LeftOver { count: extra as u64 })
        );
    }
}

#[test]
fn every_flipped_bit_is_found() {
    let file = file();
    for bit in 0..file.len() * 8 {
        let mut flipped = file.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(load(&flipped).is_err(), "bit {bit} of {}", file.len() * 8);
    }
}

#[test]
fn every_zeroed_or_shifted_block_is_found() {
    let file = file();
    for at in (0..file.len()).step_by(64) {
        let mut zeroed = file.clone();
        zeroed[at..at + 64].fill(0);
        assert!(load(&zeroed).is_err(), "block at {at} zeroed");
        let mut gone = file.clone();
        gone.drain(at..at + 64);
        assert!(load(&gone).is_err(), "block at {at} gone");
    }
}

#[test]
fn another_file_is_not_a_container() {
    for bytes in [
        &b"PK\x03\x04 something else"[..],
        b"\x89PNG\r\n",
        &[0; 64],
        &[0xff; 1000],
    ] {
        assert!(
            matches!(Container::from_bytes(bytes), Err(LoadError::NotAContainer)),
            "{bytes:?}"
        );
    }
}

#[test]
fn a_later_format_says_so() {
    let later = forged(file(), 8, &2_u32.to_le_bytes());
    assert!(matches!(
        load(&later),
        Err(LoadError::FormatVersion {
            supported: 1,
            found: 2
        })
    ));
}

#[test]
fn huge_counts_are_refused_before_anything_is_allocated() {
    let sections = forged(file(), 44, &u32::MAX.to_le_bytes());
    assert_eq!(
        fault(&sections),
        (Part::Header, Fault::TooManySections { count: u32::MAX })
    );
    let params = forged(file(), 40, &u32::MAX.to_le_bytes());
    assert_eq!(fault(&params), (Part::Header, Fault::Layout));
    // A header that is consistent with itself and longer than the file.
    let length = (FIXED as u64 + 2 * ENTRY as u64 + u64::from(u32::MAX)).next_multiple_of(64);
    let long = forged(params, 24, &length.to_le_bytes());
    assert!(matches!(load(&long), Err(LoadError::Truncated { expected, .. }) if expected == length));
}

#[test]
fn sections_that_overlap_overflow_or_leave_gaps_are_refused() {
    let second = FIXED + ENTRY;
    let first_offset = u64::from_le_bytes(file()[FIXED + 8..FIXED + 16].try_into().expect("eight bytes"));
    for offset in [
        first_offset,
        0,
        1,
        first_offset + 64,
        first_offset + 129,
        1 << 40,
        u64::MAX,
        u64::MAX - 63,
    ] {
        let bytes = forged(file(), second + 8, &offset.to_le_bytes());
        assert_eq!(
            fault(&bytes),
            (Part::Section(B), Fault::Layout),
            "offset {offset}"
        );
    }
    for length in [1 << 40, u64::MAX, u64::MAX - 200, u64::MAX - first_offset] {
        let bytes = forged(file(), second + 16, &length.to_le_bytes());
        let error = load(&bytes).expect_err("too long");
        assert!(
            matches!(
                error,
                LoadError::Corrupt {
                    fault: Fault::Layout,
                    ..
                }
            ),
            "length {length}: {error}"
        );
    }
    // A length that ends in another section's place, and one that changes nothing but where the padding starts.
    assert_eq!(
        fault(&forged(file(), FIXED + 16, &200_u64.to_le_bytes())),
        (Part::Section(B), Fault::Layout)
    );
    let shorter = fault(&forged(file(), FIXED + 16, &99_u64.to_le_bytes()));
    assert!(matches!(shorter, (Part::Section(A), Fault::Checksum { .. })));
}

#[test]
fn bad_names_and_two_of_a_name_are_refused() {
    let twice = forged(file(), FIXED + ENTRY, b"a\0\0\0\0\0\0\0");
    assert_eq!(fault(&twice), (Part::Header, Fault::Duplicate { tag: A }));
    for (at, name) in [
        (16, [0; 8]),
        (FIXED, *b"a b\0\0\0\0\0"),
        (FIXED, *b"\xff\0\0\0\0\0\0\0"),
        (FIXED, *b"\0a\0\0\0\0\0\0"),
    ] {
        assert_eq!(fault(&forged(file(), at, &name)), (Part::Header, Fault::Name));
    }
}

#[test]
fn padding_must_be_zero_even_under_a_good_checksum() {
    let file = file();
    assert_eq!(
        fault(&forged(file.clone(), 48, &[1])),
        (Part::Header, Fault::Padding)
    );
    assert_eq!(
        fault(&forged(file.clone(), FIXED + 28, &[1])),
        (Part::Header, Fault::Padding)
    );
    let header = u64::from_le_bytes(file[24..32].try_into().expect("eight bytes")) as usize;
    assert_eq!(
        fault(&forged(file.clone(), header - 1, &[1])),
        (Part::Header, Fault::Padding)
    );
    let mut after_a = file.clone();
    after_a[header + 100] = 1;
    assert_eq!(fault(&after_a), (Part::Section(A), Fault::Padding));
    let mut last = file;
    *last.last_mut().expect("bytes") = 1;
    assert_eq!(fault(&last), (Part::Section(B), Fault::Padding));
}

/// Uses everything of a container that opened.
fn use_all(container: &Container) {
    for tag in container.tags().collect::<Vec<_>>() {
        let bytes = container.section(tag).expect("a section that is in the table");
        assert!(bytes.len() <= container.byte_len());
        let _ = container.view::<u64>(tag);
    }
    let mut params = container.params();
    let _ = params.u64().and_then(|_| params.text());
    let _ = container.verify();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn random_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400), magic: bool) {
        let start = &file()[..12];
        if magic && bytes.len() >= start.len() {
            bytes[..start.len()].copy_from_slice(start);
        }
        if let Ok(container) = Container::from_bytes(&bytes) {
            use_all(&container);
        }
    }

    /// Header fields of any value under a checksum that fits: what a forger or a broken writer would make.
    #[test]
    fn a_forged_header_never_panics_nor_reaches_outside(
        changes in prop::collection::vec((0_usize..192, prop_oneof![
            any::<u64>(), 0_u64..600, Just(u64::MAX), (0_u64..64).prop_map(|bit| 1 << bit),
        ], 1_usize..=8), 1..4),
        cut in 0_usize..600,
    ) {
        let mut bytes = file();
        for (at, value, width) in changes {
            let at = if width == 8 { at & !7 } else { at };
            bytes[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
        }
        if cut > 300 {
            bytes.truncate(cut);
        }
        if bytes.len() > FIXED {
            bytes = sealed(bytes);
        }
        if let Ok(container) = Container::from_bytes(&bytes) {
            use_all(&container);
        }
    }

    #[test]
    fn two_damaged_bytes_are_found(
        at in prop::array::uniform2(0_usize..file().len()),
        by in prop::array::uniform2(1_u8..),
    ) {
        prop_assume!(at[0] != at[1]);
        let mut bytes = file();
        bytes[at[0]] ^= by[0];
        bytes[at[1]] ^= by[1];
        prop_assert!(load(&bytes).is_err());
    }
}
