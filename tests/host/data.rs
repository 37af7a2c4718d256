//! A part of the films and ratings that ship with the repository, split in time.

use bowerbird::core::{ItemId, UserId};
use bowerbird::retrieval::{Catalogue, Interactions, load};
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
    let items = load::items(&mut open("items.tsv.gz"), load::LineLimit::default()).expect("well formed");
    let all = load::interactions(&mut open("ratings.tsv.gz")).expect("well formed");
    let few = all.events().filter(|rating| rating.user.0 <= VIEWERS);
    let few = Interactions::from_events(few).expect("stars are weights");
    let (past, later) = few.hold_out_last(|ratings| ratings.div_ceil(5));
    World {
        catalogue: Arc::new(Catalogue::new(items)),
        past: Arc::new(past),
        future: later.into_iter().map(|held| (held.user, held.items)).collect(),
    }
}
