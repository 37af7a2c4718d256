//! Graph index files with sums that fit and contents that do not: refused, or at least harmless.

mod forge;
#[path = "../../../fuzz/bodies/index.rs"]
mod index;
mod small;

use bowerbird_core::container::{Container, LoadError, Tag};
use bowerbird_vsearch::{HnswIndex, Metric, Vectors};
use forge::Parts;
use index::{Filed, ask};
use small::{ALL, small};

fn opened(bytes: &[u8]) -> Result<HnswIndex, LoadError> {
    HnswIndex::opened(&Container::from_bytes(bytes)?)
}

/// A change to a good file, and what it is called.
type Change = (&'static str, fn(&mut Parts));

/// What `open` must see.
const STRUCTURE: &[Change] = &[
    ("kind", |parts| parts.kind = "vs-flat"),
    ("version 0", |parts| parts.version = 0),
    ("version 2", |parts| parts.version = 2),
    ("metric", |parts| parts.metric = 3),
    ("form", |parts| parts.form = 4),
    ("no dimension", |parts| parts.space.dimension = 0),
    ("another dimension", |parts| parts.space.dimension = 65),
    ("dimension 4097", |parts| parts.space.dimension = 4097),
    ("dimension 2^32 - 1", |parts| parts.space.dimension = u32::MAX),
    ("width 0", |parts| parts.width = 0),
    ("longest nan", |parts| parts.longest = f32::NAN),
    ("longest negative", |parts| parts.longest = -1.0),
    ("longest infinite", |parts| parts.longest = f32::INFINITY),
    ("no links at the bottom", |parts| parts.base_degree = 0),
    ("fewer links at the bottom", |parts| parts.base_degree -= 1),
    ("257 links at the bottom", |parts| parts.base_degree = 257),
    ("2^32 - 1 links at the bottom", |parts| {
        parts.base_degree = u32::MAX
    }),
    ("no links above", |parts| parts.upper_degree = 0),
    ("129 links above", |parts| parts.upper_degree = 129),
    ("2^32 - 1 links above", |parts| parts.upper_degree = u32::MAX),
    ("no layers", |parts| parts.layers = 0),
    ("a layer less", |parts| parts.layers -= 1),
    ("a layer more", |parts| parts.layers += 1),
    ("2^32 - 1 layers", |parts| parts.layers = u32::MAX),
    ("33 layers", |parts| {
        parts.layers = 33;
        parts.counts.resize(33, 1);
    }),
    ("layers that grow", |parts| parts.counts.reverse()),
    ("an empty layer", |parts| {
        parts.layers += 1;
        parts.counts.push(0);
    }),
    ("a row more", |parts| parts.counts[0] += 1),
    ("a row less", |parts| parts.counts[0] -= 1),
    ("2^32 - 1 rows", |parts| parts.counts[0] = u32::MAX),
    ("2^31 rows everywhere", |parts| parts.counts.fill(1 << 31)),
    ("a row more above", |parts| parts.counts[1] += 1),
    ("a share that is nan", |parts| parts.reach[0] = f32::NAN),
    ("a negative share", |parts| parts.reach[8] = -0.1),
    ("an infinite share", |parts| parts.reach[4] = f32::INFINITY),
    ("a share less", |parts| parts.reach.truncate(8)),
    ("left over", |parts| parts.left_over.push(0)),
];

#[test]
fn files_of_another_structure_are_refused() {
    for (vectors, name) in ALL {
        let good = Parts::of(&small(Metric::L2, vectors, 24)).expect("parts");
        assert!(good.counts.len() > 1, "there is a layer above");
        opened(&good.bytes()).expect("put together as it was");
        for (what, change) in STRUCTURE {
            let mut parts = good.clone();
            change(&mut parts);
            assert!(opened(&parts.bytes()).is_err(), "{name} with {what}");
        }
        for at in 0..good.sections.len() {
            let tag = good.sections[at].0;
            if tag == Tag::new("metadata") {
                continue;
            }
            let mut parts = good.clone();
            parts.sections.remove(at);
            assert!(opened(&parts.bytes()).is_err(), "{name} without {tag}");
            for change in [-8, -1, 1, 8_isize] {
                let mut parts = good.clone();
                let section = &mut parts.sections[at].1;
                if let Some(length) = section.len().checked_add_signed(change) {
                    section.resize(length, 0);
                    assert!(opened(&parts.bytes()).is_err(), "{name}, {tag} by {change} bytes");
                }
            }
        }
    }
}

/// Floats that no vector has.
const WILD: [f32; 5] = [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e30];

/// Files that are well-formed and have hostile content, each with what it is.
fn hostile(good: &Parts) -> Vec<(String, Parts)> {
    let mut found = Vec::new();
    let mut add = |what: String, change: &dyn Fn(&mut Parts)| {
        let mut parts = good.clone();
        change(&mut parts);
        found.push((what, parts));
    };
    let rows = good.counts[0];
    for link in [rows, rows + 1, 1 << 31, u32::MAX - 1] {
        add(format!("a link to row {link}"), &|parts| {
            parts.write("links", 0, link.to_le_bytes());
        });
        add(format!("all links to row {link}"), &|parts| {
            for slot in parts.section("links").chunks_exact_mut(4) {
                slot.copy_from_slice(&link.to_le_bytes());
            }
        });
    }
    add("upper links to rows below".into(), &|parts| {
        let beyond = parts.counts[1];
        parts.write("upper", 0, beyond.to_le_bytes());
    });
    add("all upper links out of reach".into(), &|parts| {
        for slot in parts.section("upper").chunks_exact_mut(4) {
            slot.copy_from_slice(&(u32::MAX - 1).to_le_bytes());
        }
    });
    add("a row twice by key".into(), &|parts| {
        let row = parts.number("by-key", 0);
        parts.write("by-key", 4, row.to_le_bytes());
    });
    add("one row everywhere by key".into(), &|parts| {
        parts.section("by-key").fill(0)
    });
    add("no row by key".into(), &|parts| {
        parts.section("by-key").fill(0xff)
    });
    add("a row beyond the last by key".into(), &|parts| {
        let end = parts.section("by-key").len() - 4;
        parts.write("by-key", end, rows.to_le_bytes());
    });
    add("rows in another order by key".into(), &|parts| {
        let (a, b) = (parts.number("by-key", 0), parts.number("by-key", 1));
        parts.write("by-key", 0, b.to_le_bytes());
        parts.write("by-key", 4, a.to_le_bytes());
    });
    if good.form == 2 {
        // The codes take the mean back: what they stand for is small, and what is computed on the way is not.
        add("a mean that the codes take back".into(), &|parts| {
            let mean = f32::from_le_bytes([0, 0, 0, 0x7e]);
            parts.write("mean", 0, mean.to_le_bytes());
            parts.write("mean", 4, mean.to_le_bytes());
            parts.write("mean", 8, mean.to_le_bytes());
            for row in parts.section("near").chunks_exact_mut(64) {
                row[..4].copy_from_slice(&(-mean).to_le_bytes());
                row[4..8].fill(0);
            }
        });
    }
    add("a key everywhere".into(), &|parts| parts.section("keys").fill(7));
    for wild in WILD {
        for (tag, width) in [("rows", 64), ("mean", 12), ("near", 64)] {
            let half = good.form == 1 && tag == "rows";
            if !good.has(tag) || half || (tag != "rows" && wild == 1e30) {
                continue;
            }
            let last = if tag == "near" { 16 } else { 12 };
            for at in (0..last).step_by(4) {
                add(format!("{wild:e} at {at} of {tag}"), &|parts| {
                    parts.write(tag, at, wild.to_le_bytes());
                });
                add(format!("{wild:e} at {at} of every row of {tag}"), &|parts| {
                    for row in parts.section(tag).chunks_exact_mut(width) {
                        row[at..at + 4].copy_from_slice(&wild.to_le_bytes());
                    }
                });
            }
        }
    }
    for (tag, at) in [("rows", 60), ("near", 60)] {
        if good.has(tag) {
            add(format!("something behind a row of {tag}"), &|parts| {
                parts.write(tag, at, f32::NAN.to_le_bytes());
            });
        }
    }
    if good.form == 1 {
        for wild in [0x7e00_u16, 0x7c00, 0xfc00] {
            add(format!("half {wild:x}"), &|parts| {
                for row in parts.section("rows").chunks_exact_mut(64) {
                    row[2..4].copy_from_slice(&wild.to_le_bytes());
                }
            });
        }
    }
    if good.metric == 2 && good.form != 2 {
        add("a vector of zeros".into(), &|parts| {
            parts.section("rows")[..64].fill(0)
        });
    }
    found
}

#[test]
fn verify_finds_content_that_no_build_lets_in_and_a_search_survives_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("index");
    for ((vectors, name), metric) in ALL
        .into_iter()
        .flat_map(|form| Metric::ALL.map(|metric| (form, metric)))
    {
        let good = Parts::of(&small(metric, vectors, 24)).expect("parts");
        std::fs::write(&path, good.bytes()).expect("a write");
        HnswIndex::verify(&path).expect("a sound file");
        for (what, parts) in hostile(&good) {
            std::fs::write(&path, parts.bytes()).expect("a write");
            let index = HnswIndex::open(&path).unwrap_or_else(|error| panic!("{name} with {what}: {error}"));
            ask(&index);
            for key in index.all_keys() {
                index.look_up(key);
            }
            assert!(
                matches!(HnswIndex::verify(&path), Err(LoadError::Corrupt { .. })),
                "{name} under {metric} with {what}"
            );
        }
    }
}

/// A search may be as wide as a file says, and a graph may lead nowhere or in circles.
#[test]
fn strange_files_that_are_no_lie_are_searched() {
    let mut parts = Parts::of(&small(Metric::L2, Vectors::Sq8, 24)).expect("parts");
    parts.width = u32::MAX;
    parts.longest = f32::MAX;
    parts.reach.fill(f32::MAX);
    ask(&opened(&parts.bytes()).expect("an index"));
    parts.width = 1;
    for fill in [0, 0xff] {
        parts.section("links").fill(fill);
        parts.section("upper").fill(fill);
        let index = opened(&parts.bytes()).expect("an index");
        index.checked().expect("links to rows, or none");
        ask(&index);
    }
}
