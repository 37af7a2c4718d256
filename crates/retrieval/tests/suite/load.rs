//! Files that are sound, and files that are not.

use bowerbird_core::{ItemId, UserId};
use bowerbird_retrieval::load::{self, LineLimit};
use bowerbird_retrieval::{Duplicates, Interactions, InteractionsBuilder, Item, LoadError};
use proptest::prelude::*;

fn events(text: &[u8]) -> Result<Interactions, LoadError> {
    let mut into = InteractionsBuilder::new();
    load::events(&mut &*text, LineLimit(100), &mut into)?;
    Ok(into.build(Duplicates::Latest))
}

fn lightgcn(text: &[u8]) -> Result<Interactions, LoadError> {
    let mut into = InteractionsBuilder::new();
    load::lightgcn(&mut &*text, LineLimit(100), &mut into)?;
    Ok(into.build(Duplicates::Latest))
}

fn items(text: &[u8]) -> Result<Vec<Item>, LoadError> {
    load::items(&mut &*text, LineLimit(100))
}

#[test]
fn columns_are_found_by_name() {
    let data =
        events(b"\xef\xbb\xbftimestamp\trating\titem\tuser\r\n-5\t3.5\t7\t1\r\n\r\n9\t1\t8\t1").unwrap();
    let history = data.history(UserId(1));
    assert_eq!(
        history
            .iter()
            .map(|a| (a.item.0, a.at, a.weight))
            .collect::<Vec<_>>(),
        [(7, -5, 3.5), (8, 9, 1.0)]
    );
}

#[test]
fn without_times_the_order_of_the_file_is_kept() {
    let data = events(b"user\titem\n1\t9\n2\t5\n1\t3\n").unwrap();
    let order = |user| {
        data.history(UserId(user))
            .iter()
            .map(|a| (a.item.0, a.weight))
            .collect::<Vec<_>>()
    };
    assert_eq!(order(1), [(9, 1.0), (3, 1.0)]);
    let data = lightgcn(b"4 9 3 5\n\n6\n7\t18446744073709551615\n").unwrap();
    assert_eq!(
        data.history(UserId(4))
            .iter()
            .map(|a| a.item.0)
            .collect::<Vec<_>>(),
        [9, 3, 5]
    );
    assert_eq!(data.history(UserId(7))[0].item, ItemId(u64::MAX));
    assert!(data.history(UserId(6)).is_empty());
}

#[test]
fn items_may_lack_year_and_genres() {
    let found =
        items("item\ttitle\tyear\tgenres\n2\tDas Boot\t1981\tWar|Drama\n1\t\u{c9}t\u{e9}\t\t\n".as_bytes())
            .unwrap();
    let boot = Item {
        id: ItemId(2),
        title: "Das Boot".into(),
        year: Some(1981),
        genres: vec!["War".into(), "Drama".into()],
    };
    assert_eq!(found[0], boot);
    assert_eq!(
        found[1],
        Item {
            id: ItemId(1),
            title: "\u{c9}t\u{e9}".into(),
            year: None,
            genres: vec![]
        }
    );
    assert_eq!(items(b"item\n3\n").unwrap()[0].title, "");
}

#[test]
fn a_bad_row_is_named_by_line_and_column() {
    let message = |text: &[u8]| events(text).unwrap_err().to_string();
    assert_eq!(message(b"user\titem\n1\t2\n1\n"), "line 3: 1 fields instead of 2");
    assert_eq!(message(b"user\titem\n1\t2\t3\n"), "line 2: 3 fields instead of 2");
    assert_eq!(
        message(b"user\titem\n1\t-2\n"),
        "line 2, column `item`: `-2` is not a whole number from 0 to 2^64-1"
    );
    assert_eq!(
        message(b"user\titem\n\n18446744073709551616\t2\n"),
        "line 3, column `user`: `18446744073709551616` is not a whole number from 0 to 2^64-1"
    );
    assert_eq!(
        message(b"user\titem\tweight\n1\t2\tNaN\n"),
        "line 2, column `weight`: `NaN` is not finite and zero or more"
    );
    assert_eq!(
        message(b"user\titem\tweight\n1\t2\t1e99\n"),
        "line 2, column `weight`: `1e99` is not finite and zero or more"
    );
    assert_eq!(
        message(b"user\titem\ttimestamp\n1\t2\t1.5\n"),
        "line 2, column `timestamp`: `1.5` is not whole seconds since 1970"
    );
    assert_eq!(message(b"item\n1\n"), "line 1: no column `user`");
    assert_eq!(message(b""), "line 1: no column `user`");
    assert_eq!(
        message(b"user\titem\tcolour\n"),
        "line 1: unexpected column `colour`"
    );
    assert_eq!(
        message(b"user\titem\trating\tweight\n"),
        "line 1: unexpected column `weight`"
    );
    assert_eq!(
        lightgcn(b"1 2\n1 x\n").unwrap_err().to_string(),
        "line 2, column `item`: `x` is not a whole number from 0 to 2^64-1"
    );
    assert_eq!(
        items(b"item\n1\n1\n").unwrap_err().to_string(),
        "line 3: item 1 was there before"
    );
    assert!(matches!(
        items(b"item\tyear\n1\t19x4\n"),
        Err(LoadError::Field {
            line: 2,
            column: "year",
            ..
        })
    ));
}

#[test]
fn hostile_lines_are_refused_within_bounds() {
    assert!(matches!(
        events(b"user\titem\n\xff\t1\n"),
        Err(LoadError::NotUtf8 { line: 2 })
    ));
    let mut endless = std::io::BufReader::new(std::io::repeat(b'1'));
    let refused = load::lightgcn(&mut endless, LineLimit(1_000), &mut InteractionsBuilder::new());
    assert!(matches!(
        refused,
        Err(LoadError::LineTooLong {
            line: 1,
            limit: 1_000
        })
    ));
    let long = format!("user\titem\n1\t{}\n", "x".repeat(90));
    match events(long.as_bytes()) {
        Err(LoadError::Field { found, .. }) => assert_eq!(found.len(), 40, "a long field is cut"),
        other => panic!("{other:?}"),
    }
    for (length, fits) in [(100, true), (101, false)] {
        for end in ["", "\n", "\r\n"] {
            let text = format!("1{}{end}", " ".repeat(length - 1));
            assert_eq!(
                lightgcn(text.as_bytes()).is_ok(),
                fits,
                "{length} bytes and {end:?}"
            );
        }
    }
}

#[test]
fn a_reader_that_fails_is_a_cause() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _buffer: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the archive is broken"))
        }
    }
    let error = load::items(&mut std::io::BufReader::new(Broken), LineLimit::default()).unwrap_err();
    assert!(matches!(error, LoadError::Io { line: 1, .. }));
    assert_eq!(
        std::error::Error::source(&error).map(ToString::to_string),
        Some("the archive is broken".into())
    );
}

proptest! {
    #![proptest_config(crate::common::cases())]

    #[test]
    fn no_bytes_make_a_loader_panic(text in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ignored = (events(&text), lightgcn(&text), items(&text));
        let with_header = [b"user\titem\tweight\ttimestamp\n".as_slice(), &text].concat();
        let _ignored = (events(&with_header), items(&with_header));
    }

    #[test]
    fn what_is_written_is_read(rows in prop::collection::vec((any::<u64>(), any::<u64>(), 0.0_f32..1e9, any::<i64>()), 0..20)) {
        let mut text = String::from("user\titem\tweight\ttimestamp\n");
        for (user, item, weight, at) in &rows {
            text.push_str(&format!("{user}\t{item}\t{weight}\t{at}\n"));
        }
        let data = events(text.as_bytes()).unwrap();
        for (user, item, ..) in &rows {
            prop_assert!(data.history(UserId(*user)).iter().any(|action| action.item.0 == *item));
        }
        if let [(user, _, weight, at)] = rows[..] {
            let action = data.history(UserId(user))[0];
            prop_assert_eq!((action.weight, action.at), (weight, at));
        }
    }
}
