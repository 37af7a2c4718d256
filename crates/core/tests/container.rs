//! What is written is read; what is old stays readable; what is saved is whole.

use std::fs;
use std::io;

use bowerbird_core::container::{
    ALIGNMENT, Container, ContainerWriter, Encoder, Fault, LoadError, MAX_SECTIONS, Part, SaveError, Tag,
    View,
};
use bowerbird_core::{ItemId, Normalization, SpaceId};
use proptest::prelude::*;
use tempfile::tempdir;

const KIND: Tag = Tag::new("fixture");
const ITEMS: Tag = Tag::new("items");
const ROWS: Tag = Tag::new("rows");
const NOTE: Tag = Tag::new("note");
const EMPTY: Tag = Tag::new("empty");

const ROW_DATA: [f32; 6] = [0.5, -1.25, 3.0, f32::INFINITY, -0.0, 1e-40];
const ITEM_DATA: [ItemId; 3] = [ItemId(7), ItemId(0), ItemId(u64::MAX)];

/// The content of `fixtures/container-v1.bin`.
fn fixture() -> ContainerWriter<'static> {
    let mut params = Encoder::new();
    params
        .space(&SpaceId::new("fixture", 3, 2, Normalization::Unit))
        .f32(0.25)
        .flag(true);
    let mut writer = ContainerWriter::new(KIND, 2);
    writer
        .params(params)
        .elements(ITEMS, &ITEM_DATA)
        .elements(ROWS, &ROW_DATA)
        .section(EMPTY, Vec::new())
        .stream(NOTE, |out| (0..100_u8).try_for_each(|i| out.write_all(&[i])));
    writer
}

fn check_fixture(container: &Container) {
    container.verify().expect("whole");
    assert_eq!(container.expect(KIND, 3).expect("kind and version"), 2);
    assert_eq!(container.tags().collect::<Vec<_>>(), [ITEMS, ROWS, EMPTY, NOTE]);
    let mut params = container.params();
    assert_eq!(
        params.space().expect("space"),
        SpaceId::new("fixture", 3, 2, Normalization::Unit)
    );
    assert_eq!(
        (params.f32().expect("number"), params.flag().expect("flag")),
        (0.25, true)
    );
    params.finish().expect("no more parameters");
    assert_eq!(container.elements::<ItemId>(ITEMS).expect("items"), ITEM_DATA);
    let bits = |rows: &[f32]| rows.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(container.elements(ROWS).expect("rows")), bits(&ROW_DATA));
    assert_eq!(container.section(EMPTY).expect("empty"), []);
    assert_eq!(
        container.section(NOTE).expect("note"),
        (0..100).collect::<Vec<u8>>()
    );
}

#[test]
fn a_file_of_version_1_still_opens() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/container-v1.bin");
    check_fixture(&Container::open(path).expect("mapped"));
    check_fixture(&Container::read(path).expect("read"));
    assert_eq!(
        fixture().to_bytes().expect("bytes"),
        fs::read(path).expect("file"),
        "the writer's bytes changed"
    );
}

#[test]
fn the_three_ways_to_open_agree() {
    let folder = tempdir().expect("folder");
    let path = folder.path().join("a.bin");
    fixture().write_to(&path).expect("saved");
    check_fixture(&Container::open(&path).expect("mapped"));
    check_fixture(&Container::read(&path).expect("read"));
    check_fixture(&Container::from_bytes(&fs::read(&path).expect("file")).expect("copied"));
    assert_eq!(
        fs::read_dir(folder.path()).expect("folder").count(),
        1,
        "no temporary file is left"
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        version in 1_u32..,
        params in prop::collection::vec(any::<u8>(), 0..200),
        sections in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..6),
    ) {
        let tag = |i: usize| Tag::new(&format!("s{i}"));
        let mut writer = ContainerWriter::new(KIND, version);
        writer.params(params.clone());
        for (i, section) in sections.iter().enumerate() {
            // Every second one in uneven pieces.
            if i % 2 == 0 {
                writer.section(tag(i), section);
            } else {
                writer.stream(tag(i), |out| section.chunks(7).try_for_each(|piece| out.write_all(piece)));
            }
        }
        let bytes = writer.to_bytes().expect("bytes");
        prop_assert_eq!(bytes.len() % ALIGNMENT, 0);
        let container = Container::from_bytes(&bytes).expect("opens");
        container.verify().expect("whole");
        prop_assert_eq!((container.kind(), container.version()), (KIND, version));
        prop_assert_eq!(container.params().rest(), &params[..]);
        prop_assert_eq!(container.tags().count(), sections.len());
        for (i, section) in sections.iter().enumerate() {
            let read = container.section(tag(i)).expect("section");
            prop_assert_eq!(read, &section[..]);
            prop_assert!(read.as_ptr().addr().is_multiple_of(ALIGNMENT));
        }
    }
}

#[test]
fn a_view_outlives_its_container_and_its_file() {
    let folder = tempdir().expect("folder");
    let path = folder.path().join("a.bin");
    fixture().write_to(&path).expect("saved");
    let view = Container::open(&path)
        .expect("mapped")
        .view::<ItemId>(ITEMS)
        .expect("items");
    ContainerWriter::new(KIND, 1).write_to(&path).expect("replaced");
    fs::remove_file(&path).expect("removed");
    let copy = view.clone();
    drop(view);
    let seen = std::thread::spawn(move || copy.to_vec()).join().expect("thread");
    assert_eq!(seen, ITEM_DATA);
}

#[test]
fn a_view_of_memory_reads_the_same() {
    let view = View::from(ITEM_DATA.to_vec());
    assert_eq!(*view.clone(), ITEM_DATA);
    assert_eq!(View::<f32>::default().len(), 0);
    let aligned = View::aligned(&ITEM_DATA);
    assert_eq!(*aligned.clone(), ITEM_DATA);
    assert!(aligned.as_ptr().addr().is_multiple_of(ALIGNMENT));
    assert_eq!(View::<f32>::aligned(&[]).len(), 0);
    assert_eq!(format!("{view:?}"), "View(3 elements)");
}

#[test]
fn the_wrong_question_gets_a_typed_answer() {
    let container = Container::from_bytes(&fixture().to_bytes().expect("bytes")).expect("opens");
    let other = Tag::new("other");
    assert!(matches!(container.expect(other, 9), Err(LoadError::Kind { expected, .. }) if expected == other));
    let version = container.expect(KIND, 1).expect_err("too new");
    assert_eq!(version.to_string(), "payload version 2 is not among 1 to 1");
    assert!(matches!(container.section(other), Err(LoadError::MissingSection { tag }) if tag == other));
    let length = container.elements::<u64>(NOTE).expect_err("100 bytes");
    assert_eq!(
        length.to_string(),
        "corrupt section note: 100 bytes are no multiple of 8"
    );
    let zero =
        Container::from_bytes(&ContainerWriter::new(KIND, 0).to_bytes().expect("bytes")).expect("opens");
    assert!(matches!(
        zero.expect(KIND, 1),
        Err(LoadError::Version { found: 0, .. })
    ));
}

#[test]
fn the_writer_refuses_what_could_not_be_read() {
    let mut twice = ContainerWriter::new(KIND, 1);
    twice.section(NOTE, &b"a"[..]).section(NOTE, &b"b"[..]);
    assert!(matches!(
        twice.to_bytes(),
        Err(SaveError::Duplicate { tag: NOTE })
    ));

    let mut many = ContainerWriter::new(KIND, 1);
    for i in 0..=MAX_SECTIONS {
        many.section(Tag::new(&i.to_string()), Vec::new());
    }
    assert!(
        matches!(many.to_bytes(), Err(SaveError::TooManySections { count }) if count == MAX_SECTIONS + 1)
    );
}

#[test]
fn the_most_sections_can_be_read() {
    let mut many = ContainerWriter::new(KIND, 1);
    for i in 0..MAX_SECTIONS {
        many.section(Tag::new(&i.to_string()), vec![i as u8]);
    }
    let container = Container::from_bytes(&many.to_bytes().expect("bytes")).expect("opens");
    container.verify().expect("whole");
    assert_eq!(container.tags().count(), MAX_SECTIONS);
}

#[test]
fn a_save_that_fails_half_way_leaves_the_old_file_and_nothing_else() {
    let folder = tempdir().expect("folder");
    let path = folder.path().join("a.bin");
    fixture().write_to(&path).expect("saved");
    let mut failing = ContainerWriter::new(KIND, 2);
    failing.section(ROWS, vec![1; 5 << 20]).stream(NOTE, |out| {
        out.write_all(b"some")?;
        Err(io::Error::other("the source of this section is gone"))
    });
    let error = failing.write_to(&path).expect_err("fails");
    assert!(
        matches!(
            error,
            SaveError::Write {
                part: Part::Section(NOTE),
                ..
            }
        ),
        "{error}"
    );
    check_fixture(&Container::open(&path).expect("the old file"));
    assert_eq!(
        fs::read_dir(folder.path()).expect("folder").count(),
        1,
        "the temporary file is removed"
    );
}

#[test]
fn what_an_earlier_crash_left_is_in_nobodys_way() {
    let folder = tempdir().expect("folder");
    let path = folder.path().join("a.bin");
    // The state between writing the temporary file and the rename, for every name that the next saves could choose.
    for i in 0..64 {
        let left = folder
            .path()
            .join(format!(".a.bin.{}-{i}.tmp", std::process::id()));
        fs::write(left, b"half a file").expect("left over");
    }
    ContainerWriter::new(KIND, 1).write_to(&path).expect("saved");
    assert_eq!(Container::open(&path).expect("opens").version(), 1);
    fixture().write_to(&path).expect("saved again");
    check_fixture(&Container::open(&path).expect("opens"));
}

#[test]
fn a_path_that_cannot_be_used_is_an_io_error() {
    let folder = tempdir().expect("folder");
    let absent = folder.path().join("absent/a.bin");
    assert!(matches!(Container::open(&absent), Err(LoadError::Io { path, .. }) if path == absent));
    assert!(matches!(Container::read(&absent), Err(LoadError::Io { .. })));
    assert!(matches!(
        Container::open(folder.path()),
        Err(LoadError::Io { .. })
    ));
    assert!(matches!(fixture().write_to(&absent), Err(SaveError::Io { .. })));
    assert!(matches!(fixture().write_to("/"), Err(SaveError::Io { .. })));
    assert!(
        matches!(fixture().write_to(folder.path()), Err(SaveError::Io { .. })),
        "a folder is not replaced"
    );
}

#[test]
fn errors_stay_small() {
    assert!(size_of::<LoadError>() <= 40 && size_of::<SaveError>() <= 40 && size_of::<Fault>() <= 24);
}

#[test]
fn containers_and_views_cross_threads() {
    fn crosses<T: Send + Sync + 'static>() {}
    crosses::<Container>();
    crosses::<View<f32>>();
    crosses::<LoadError>();
    crosses::<SaveError>();
}
