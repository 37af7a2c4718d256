//! A part of the films and ratings that ship with the repository, split in time.

use bowerbird::core::{ItemId, UserId};
use bowerbird::retrieval::{Catalogue, Duplicates, Event, Interactions, InteractionsBuilder, load};
use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

/// Viewers taken.
const VIEWERS: u64 = 250;

/// What the host knows.
pub(crate) struct World {
    pub(crate) catalogue: Arc<Catalogue>,
    /// The first four fifths of everybody's ratings.
    pub(crate) past: Arc<Interactions>,
    /// The rest, by viewer.
    pub(crate) future: BTreeMap<UserId, Vec<ItemId>>,
}

fn open(name: &str) -> BufReader<GzDecoder<File>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/movielens-small");
    let file = File::open(folder.join(name)).expect("ships with the repository");
    BufReader::new(GzDecoder::new(file))
}

/// Reads the data.
pub(crate) fn load() -> World {
    let mut all = InteractionsBuilder::new();
    let limit = load::LineLimit::default();
    load::events(&mut open("ratings.tsv.gz"), limit, &mut all).expect("well formed");
    let items = load::items(&mut open("items.tsv.gz"), limit).expect("well formed");
    let all = all.build(Duplicates::Latest);

    let (mut past, mut future) = (Vec::new(), BTreeMap::new());
    for &user in all.users().ids().iter().filter(|user| user.0 <= VIEWERS) {
        let history = all.history(user);
        let (before, after) = history.split_at(history.len() * 4 / 5);
        past.extend(before.iter().map(|action| Event {
            user,
            item: action.item,
            at: action.at,
            weight: action.weight,
        }));
        future.insert(user, after.iter().map(|action| action.item).collect());
    }
    World {
        catalogue: Arc::new(Catalogue::new(items)),
        past: Arc::new(Interactions::from_events(past).expect("stars are weights")),
        future,
    }
}
