//! The data: who watched what when, and what there is to watch.

use crate::args::Args;
use crate::support::{self, Failure};
use bowerbird::retrieval::load::{self, LineLimit};
use bowerbird::retrieval::{Catalogue, Duplicates, Interactions, InteractionsBuilder};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything there is.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) name: String,
    pub(crate) events: Interactions,
    pub(crate) catalogue: Arc<Catalogue>,
}

impl World {
    /// The bundled films, or the host's own data.
    pub(crate) fn load(args: &Args) -> Result<Self, Failure> {
        let bundled = || {
            let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/movielens-small");
            (folder.join("ratings.tsv.gz"), folder.join("items.tsv.gz"))
        };
        let name = match &args.own_data {
            Some((interactions, _)) => interactions.display().to_string(),
            None => "MovieLens, ml-latest-small of October 2016".to_owned(),
        };
        let (ratings, items) = args.own_data.clone().unwrap_or_else(bundled);
        let events = events(&ratings)?;
        let mut reader = support::read(&items)?;
        let items = load::items(&mut *reader, LineLimit::default())
            .map_err(|error| Failure::about(items.display(), &error))?;
        let catalogue = Arc::new(Catalogue::new(items));
        if let Some(item) = events
            .items()
            .ids()
            .iter()
            .find(|&&item| catalogue.get(item).is_none())
        {
            return Err(Failure(format!(
                "item {item} has interactions and no row among the items"
            )));
        }
        Ok(Self {
            name,
            events,
            catalogue,
        })
    }
}

fn events(path: &Path) -> Result<Interactions, Failure> {
    let mut builder = InteractionsBuilder::new();
    let mut reader = support::read(path)?;
    load::events(&mut *reader, LineLimit::default(), &mut builder)
        .map_err(|error| Failure::about(path.display(), &error))?;
    Ok(builder.build(Duplicates::Latest))
}
