//! The data that ships is what its README says, and a spoiled row is refused with its line.

use bowerbird::retrieval::{
    Catalogue, Duplicates, Interactions, InteractionsBuilder, LoadError,
    load::{self, LineLimit},
};
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::Read;
use std::path::Path;

fn text(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/movielens-small");
    let file = File::open(folder.join(name)).expect("ships with the repository");
    let mut text = String::new();
    GzDecoder::new(file)
        .read_to_string(&mut text)
        .expect("gzip of UTF-8");
    text
}

fn ratings(text: &str) -> Result<Interactions, LoadError> {
    let mut events = InteractionsBuilder::new();
    load::events(&mut text.as_bytes(), LineLimit::default(), &mut events)?;
    Ok(events.build(Duplicates::Latest))
}

fn films(text: &str) -> Result<Catalogue, LoadError> {
    load::items(&mut text.as_bytes(), LineLimit::default()).map(Catalogue::new)
}

/// `text` with its line `number`, counted from 1, replaced.
fn spoil(text: &str, number: usize, row: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines[number - 1] = row;
    lines.join("\n")
}

#[test]
fn it_is_what_its_readme_says() {
    let (ratings, films) = (
        ratings(&text("ratings.tsv.gz")).expect("loads"),
        films(&text("items.tsv.gz")).expect("loads"),
    );
    assert_eq!(ratings.len(), 100_004, "at most one a person and film");
    assert_eq!((ratings.users().len(), ratings.items().len()), (671, 9_066));
    assert_eq!(films.items().len(), 9_066);
    assert_eq!(
        films.rows().ids(),
        ratings.items().ids(),
        "each film is rated, and known"
    );
    assert!((0..671).all(|user| ratings.user(user).items.len() >= 20));

    // 9 January 1995 to 16 October 2016.
    let first = ratings.events().map(|event| event.at).min().expect("ratings");
    let last = ratings.newest().expect("ratings");
    assert_eq!((first / 86_400, last / 86_400), (9_139, 17_090));
    let halves = |stars: f32| (0.5..=5.0).contains(&stars) && (stars * 2.0).fract() == 0.0;
    assert!(ratings.events().all(|event| halves(event.weight)));

    assert_eq!(films.genre_names().len(), 19);
    let without = |lacks: &dyn Fn(&bowerbird::retrieval::Item) -> bool| {
        films.items().iter().filter(|film| lacks(film)).count()
    };
    assert_eq!(without(&|film| film.title.is_empty()), 5);
    assert_eq!(without(&|film| film.year.is_none()), 5);
    assert_eq!(without(&|film| film.genres.is_empty()), 17);
    let years = films.items().iter().filter_map(|film| film.year);
    assert_eq!((years.clone().min(), years.max()), (Some(1902), Some(2016)));
}

#[test]
fn a_spoiled_rating_is_refused_with_its_line() {
    let sound = text("ratings.tsv.gz");
    let refused = |row: &str| ratings(&spoil(&sound, 50_000, row)).expect_err(row).to_string();
    assert_eq!(
        refused("7\tx\t3.0\t851868750"),
        "line 50000, column `item`: `x` is not a whole number from 0 to 2^64-1"
    );
    assert_eq!(
        refused("7\t31\t-1\t851868750"),
        "line 50000, column `weight`: `-1` is not finite and zero or more"
    );
    assert_eq!(
        refused("7\t31\t3.0\tyesterday"),
        "line 50000, column `timestamp`: `yesterday` is not whole seconds since 1970"
    );
    assert_eq!(refused("7\t31\t3.0"), "line 50000: 3 fields instead of 4");
    assert_eq!(
        ratings(&spoil(&sound, 1, "user\tfilm\trating\ttimestamp"))
            .expect_err("no item")
            .to_string(),
        "line 1: unexpected column `film`"
    );
}

#[test]
fn a_spoiled_film_is_refused_with_its_line() {
    let sound = text("items.tsv.gz");
    let second = sound.lines().nth(1).expect("a film").to_owned();
    assert!(matches!(
        films(&spoil(&sound, 4_000, &second)),
        Err(LoadError::DuplicateItem { line: 4_000, .. })
    ));
    assert!(matches!(
        films(&spoil(&sound, 4_000, "999999\tFilm\tlong ago\tDrama")),
        Err(LoadError::Field {
            line: 4_000,
            column: "year",
            ..
        })
    ));
}

#[test]
fn an_archive_that_breaks_off_is_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/movielens-small");
    let whole = std::fs::read(folder.join("ratings.tsv.gz")).expect("ships with the repository");
    let mut reader = std::io::BufReader::new(GzDecoder::new(&whole[..whole.len() / 2]));
    let end = load::events(&mut reader, LineLimit::default(), &mut InteractionsBuilder::new());
    let broken = |line| line > 10_000;
    assert!(
        matches!(&end, Err(LoadError::Io { line, .. } | LoadError::FieldCount { line, .. }) if broken(*line)),
        "{end:?}"
    );
}
