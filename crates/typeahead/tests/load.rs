//! Loaders: every bad line has its error, and no file costs more than its lines may.

use bowerbird_typeahead::load::{Header, LoadError, MAX_LINE, OnFault, Pairs, Tsv, Typed, open};
use bowerbird_typeahead::{Entry, EntryFault, Kind, MAX_TEXT};
use proptest::prelude::*;
use std::io::{BufReader, Cursor, Read};

fn entries(file: &[u8]) -> Result<Vec<Entry>, LoadError> {
    // A buffer of 7 bytes puts its ends into the middle of lines.
    Tsv::new(BufReader::with_capacity(7, file)).collect()
}

fn fault(file: &[u8]) -> LoadError {
    match entries(file) {
        Err(fault) => fault,
        Ok(found) => panic!("{found:?}"),
    }
}

#[test]
fn entries_come_as_they_stand() {
    let file = "\u{feff}Living Room\t12.5\r\n\nkitchen\t1e3\tboard\textra\n ideas \t 0 \t17\nAda\t-0\tperson\nlast\t7";
    let found = entries(file.as_bytes()).unwrap();
    assert_eq!(
        found,
        [
            Entry::new("Living Room", 12.5),
            Entry::new("kitchen", 1000.0).with_kind(Kind::BOARD),
            Entry::new(" ideas ", 0.0).with_kind(Kind(17)),
            Entry::new("Ada", 0.0).with_kind(Kind::PERSON),
            Entry::new("last", 7.0),
        ]
    );
    assert!(found[3].weight.is_sign_positive());
    assert!(entries(b"").unwrap().is_empty());
}

#[test]
fn a_header_is_left_out_only_when_announced() {
    let file = b"query\tcount\nsofa\t3\n";
    let found: Result<Vec<_>, _> = Tsv::new(&file[..]).with_header(Header::Present).collect();
    assert_eq!(found.unwrap(), [Entry::new("sofa", 3.0)]);
    assert!(matches!(fault(file), LoadError::NotANumber { line: 1 }));
}

#[test]
fn each_bad_line_has_its_error() {
    assert!(matches!(
        fault(b"a\t1\nsofa\n"),
        LoadError::MissingColumn { line: 2, column: 2 }
    ));
    assert!(matches!(fault(b"a\tx\n"), LoadError::NotANumber { line: 1 }));
    assert!(matches!(fault(b"a\t\n"), LoadError::NotANumber { line: 1 }));
    assert!(matches!(
        fault(b"a\t1\tpin\n"),
        LoadError::UnknownKind { line: 1 }
    ));
    assert!(matches!(
        fault(b"a\t1\t256\n"),
        LoadError::UnknownKind { line: 1 }
    ));
    assert!(matches!(
        fault(b"\n\na\xffb\t1\n"),
        LoadError::NotUtf8 { line: 3, position: 1 }
    ));
    for weight in ["-1", "nan", "inf", "-inf", "1e999"] {
        let file = format!("a\t{weight}\n");
        assert!(
            matches!(
                fault(file.as_bytes()),
                LoadError::Entry {
                    line: 1,
                    source: EntryFault::Weight { .. }
                }
            ),
            "{weight}"
        );
    }
    let refused = |file: &[u8]| match fault(file) {
        LoadError::Entry { line: 1, source } => source,
        other => panic!("{other}"),
    };
    assert_eq!(refused(b"\t5\n"), EntryFault::Empty);
    assert_eq!(refused(b" \xe2\x80\x8b \t5\n"), EntryFault::Empty);
    assert_eq!(refused(b"a\0b\t5\n"), EntryFault::Control { position: 1 });
    let long = format!("{}\t1\n", "x".repeat(MAX_TEXT + 1));
    assert_eq!(
        refused(long.as_bytes()),
        EntryFault::TooLong { found: MAX_TEXT + 1 }
    );
}

#[test]
fn after_an_error_nothing_more_comes() {
    let mut tsv = Tsv::new(&b"a\tx\nb\t1\n"[..]);
    assert!(tsv.next().unwrap().is_err());
    assert!(tsv.next().is_none());
    assert!(tsv.next().is_none());
}

#[test]
fn bad_lines_are_skipped_and_counted_when_asked() {
    let mut file = b"a\t1\n\xff\t1\nb\t-1\n".to_vec();
    file.extend(vec![b'x'; 1 << 20]);
    file.extend(b"\t3\nc\t2\n");
    let mut tsv = Tsv::new(file.as_slice()).with_on_fault(OnFault::Skip);
    let found: Vec<_> = tsv.by_ref().map(|entry| entry.unwrap().text).collect();
    assert_eq!(found, ["a", "c"]);
    assert_eq!(tsv.skipped(), 3);
    assert!(matches!(
        tsv.first_fault(),
        Some(LoadError::NotUtf8 { line: 2, .. })
    ));
}

#[test]
fn a_line_without_end_is_refused() {
    // 1 GiB that nobody may hold.
    let endless = BufReader::new(std::io::repeat(b'x').take(1 << 30));
    let mut tsv = Tsv::new(endless);
    assert!(matches!(
        tsv.next(),
        Some(Err(LoadError::LineTooLong {
            line: 1,
            limit: MAX_LINE
        }))
    ));
}

#[test]
fn the_limit_is_exact() {
    for end in ["", "\n", "\r\n"] {
        let file = format!("abc\t12{end}");
        let read = |limit| {
            Tsv::new(BufReader::with_capacity(2, file.as_bytes()))
                .with_line_limit(limit)
                .next()
                .unwrap()
        };
        assert!(read(6).is_ok(), "{end:?}");
        assert!(
            matches!(read(5), Err(LoadError::LineTooLong { line: 1, limit: 5 })),
            "{end:?}"
        );
    }
}

#[test]
fn pairs_keep_spaces_and_may_lack_a_target() {
    let file = "liv\tliving room\nliving \tliving room\n\nsof\nx\t\n\ttop\n";
    let found: Vec<Typed> = Pairs::new(file.as_bytes()).map(Result::unwrap).collect();
    let pair = |prefix: &str, target: Option<&str>| Typed {
        prefix: prefix.into(),
        target: target.map(Into::into),
    };
    assert_eq!(
        found,
        [
            pair("liv", Some("living room")),
            pair("living ", Some("living room")),
            pair("sof", None),
            pair("x", None),
            pair("", Some("top")),
        ]
    );
}

#[test]
fn files_are_opened_by_what_is_in_them() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        open(folder.path().join("none")),
        Err(LoadError::Open { .. })
    ));
    let plain = folder.path().join("plain.gz");
    std::fs::write(&plain, "sofa\t3\n").unwrap();
    assert_eq!(
        Tsv::open(&plain).unwrap().next().unwrap().unwrap(),
        Entry::new("sofa", 3.0)
    );
}

#[cfg(not(feature = "gzip"))]
#[test]
fn packed_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("packed.tsv");
    std::fs::write(&path, [0x1f, 0x8b, 8, 0]).unwrap();
    assert!(matches!(open(&path), Err(LoadError::Compressed { .. })));
}

#[cfg(feature = "gzip")]
#[test]
fn packed_files_are_unpacked() {
    use std::io::Write;
    let member = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("packed.tsv");
    let mut file = member("sofa\t3\n");
    file.extend(member("bed\t2\n"));
    std::fs::write(&path, &file).unwrap();
    let found: Vec<_> = Tsv::open(&path)
        .unwrap()
        .map(|entry| entry.unwrap().text)
        .collect();
    assert_eq!(found, ["sofa", "bed"]);

    std::fs::write(&path, &file[..file.len() - 9]).unwrap();
    let mut cut = Tsv::open(&path).unwrap().with_on_fault(OnFault::Skip);
    assert!(cut.next().unwrap().is_ok());
    assert!(matches!(
        cut.find(Result::is_err),
        Some(Err(LoadError::Read { .. }))
    ));
    assert!(cut.next().is_none());
}

#[cfg(feature = "amazon-qac")]
mod qac {
    use super::*;
    use bowerbird_typeahead::load::{AmazonQac, qac_entries};

    const FILE: &str = concat!(
        r#"{"query_id":"1","session_id":354,"prefixes":["s","so","sof"],"final_search_term":"sofa","popularity":12}"#,
        "\n",
        r#"{"session_id":"b","prefixes":["b"],"final_search_term":"bed frame","popularity":3,"search_time":"2023-09-04"}"#,
        "\n",
        r#"{"prefix":"so","final_search_term":"sofa"}"#,
        "\n",
    );

    #[test]
    fn sessions_become_pairs_and_entries() {
        let sessions: Vec<_> = AmazonQac::new(FILE.as_bytes()).map(Result::unwrap).collect();
        assert_eq!(sessions[0].session, "354");
        assert_eq!((sessions[2].session.as_str(), sessions[2].popularity), ("", 1.0));
        assert_eq!(sessions[2].prefixes, ["so"]);
        let pairs: Vec<_> = sessions[0].pairs().collect();
        assert_eq!(pairs.len(), 3);
        assert_eq!(
            (pairs[2].prefix.as_str(), pairs[2].target.as_deref()),
            ("sof", Some("sofa"))
        );
        let entries = qac_entries(AmazonQac::new(FILE.as_bytes())).unwrap();
        assert_eq!(entries, [Entry::new("bed frame", 3.0), Entry::new("sofa", 12.0)]);
    }

    #[test]
    fn bad_rows_have_their_error() {
        let fault = |row: &str| AmazonQac::new(row.as_bytes()).next().unwrap().unwrap_err();
        assert!(matches!(fault("{"), LoadError::Json { line: 1, .. }));
        assert!(matches!(fault(r#"{"prefixes":["a"]}"#), LoadError::Json { .. }));
        assert!(matches!(fault(&"[".repeat(10_000)), LoadError::Json { .. }));
        let refused = |row: &str| match fault(row) {
            LoadError::Entry { source, .. } => source,
            other => panic!("{other}"),
        };
        assert_eq!(refused(r#"{"final_search_term":" "}"#), EntryFault::Empty);
        assert_eq!(
            refused(r#"{"final_search_term":"a\u0000"}"#),
            EntryFault::Control { position: 1 }
        );
        assert_eq!(
            refused(r#"{"final_search_term":"a","popularity":-2}"#),
            EntryFault::Weight { found: -2.0 }
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn any_bytes_end_in_entries_or_an_error(
        file in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'\t'), Just(b'1'), Just(b'-'), any::<u8>()], 0..200),
        buffer in 1usize..20,
    ) {
        let lines = file.split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && *line != b"\r").count() as u64;
        let mut tsv = Tsv::new(BufReader::with_capacity(buffer, Cursor::new(&file))).with_on_fault(OnFault::Skip);
        let good = tsv.by_ref().map(Result::unwrap).collect::<Vec<_>>();
        prop_assert!(good.iter().all(|entry| entry.weight >= 0.0 && entry.weight.is_finite()));
        prop_assert_eq!(good.len() as u64 + tsv.skipped(), lines);
        let stops = Tsv::new(file.as_slice()).collect::<Result<Vec<_>, _>>();
        prop_assert_eq!(stops.is_err(), tsv.skipped() > 0);
    }
}
