//! The code in the READMEs and the guide is the code of these modules, line by line, and it runs.

mod add_a_source;
mod feed;
mod readmes;
mod suggestions;
mod which_index;

use std::path::Path;

const SOURCES: [&str; 5] = [
    include_str!("add_a_source.rs"),
    include_str!("feed.rs"),
    include_str!("readmes.rs"),
    include_str!("suggestions.rs"),
    include_str!("which_index.rs"),
];

fn trimmed(text: &str) -> Vec<&str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect()
}

/// The Rust blocks of a page, each with the number of its first line.
fn blocks(page: &str) -> Vec<(usize, String)> {
    let (mut found, mut open) = (Vec::new(), None::<(usize, String)>);
    for (number, line) in page.lines().enumerate() {
        match (&mut open, line) {
            (None, "```rust") => open = Some((number + 2, String::new())),
            (Some(_), "```") => found.extend(open.take()),
            (Some((_, block)), line) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, _) => {}
        }
    }
    found
}

/// Whether `block` is a run of lines of one of the modules, indentation apart.
fn is_tested(block: &str) -> bool {
    let block = trimmed(block);
    SOURCES.iter().any(|source| {
        trimmed(source)
            .windows(block.len())
            .any(|lines| lines == block.as_slice())
    })
}

#[test]
fn the_pages_show_the_code_that_runs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = [
        ("README.md", 1),
        ("crates/core/README.md", 1),
        ("crates/vsearch/README.md", 1),
        ("crates/typeahead/README.md", 1),
        ("crates/retrieval/README.md", 1),
        ("crates/ranking/README.md", 1),
        ("docs/guide/feed.md", 8),
        ("docs/guide/add-a-source.md", 3),
        ("docs/guide/which-index.md", 1),
        ("docs/guide/fresh-safe-private-suggestions.md", 6),
    ];
    for (page, expected) in pages {
        let text = std::fs::read_to_string(root.join(page)).expect(page);
        let blocks = blocks(&text);
        assert_eq!(blocks.len(), expected, "Rust blocks of {page}");
        for (line, block) in blocks {
            assert!(is_tested(&block), "{page}:{line} is not in tests/pages:\n{block}");
        }
    }
    assert!(
        !is_tested("let nothing = 0; // of the kind"),
        "the comparison compares"
    );
}
