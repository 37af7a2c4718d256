//! What is known of the items themselves.

use crate::fingerprint::Fingerprint;
use crate::interactions::Rows;
use bowerbird_core::ItemId;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// What is known of one item.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// What people call it; may be empty.
    pub title: String,
    /// The year in which it came out, if known.
    pub year: Option<i16>,
    /// The genres, categories or tags it belongs to.
    pub genres: Vec<String>,
}

/// Items by id, their genres as numbers.
///
/// Rows are in ascending order of id, genres in the order of their names. 4 bytes a genre of an item beside the items
/// themselves.
#[derive(Clone, Debug)]
pub struct Catalogue {
    rows: Arc<Rows<ItemId>>,
    items: Vec<Item>,
    names: Vec<String>,
    starts: Vec<usize>,
    genres: Vec<u32>,
}

impl Catalogue {
    /// A catalogue of `items`. Of several with one id the last counts. O(n log n).
    pub fn new(items: impl IntoIterator<Item = Item>) -> Self {
        let mut items: Vec<Item> = items.into_iter().collect();
        items.sort_by_key(|item| item.id);
        items.dedup_by(|later, kept| {
            let same = later.id == kept.id;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        let rows = Arc::new(Rows::new(items.iter().map(|item| item.id)));

        let mut names: Vec<String> = items.iter().flat_map(|item| &item.genres).cloned().collect();
        names.sort_unstable();
        names.dedup();
        let number: FxHashMap<&str, u32> = names.iter().map(String::as_str).zip(0..).collect();
        let mut starts = vec![0];
        let mut genres = Vec::new();
        for item in &items {
            let mut own: Vec<u32> = item
                .genres
                .iter()
                .filter_map(|name| number.get(name.as_str()).copied())
                .collect();
            own.sort_unstable();
            own.dedup();
            genres.extend(own);
            starts.push(genres.len());
        }
        Self {
            rows,
            items,
            names,
            starts,
            genres,
        }
    }

    /// The items' rows.
    pub fn rows(&self) -> &Arc<Rows<ItemId>> {
        &self.rows
    }

    /// All items, ascending by id.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The item called `id`. O(1).
    pub fn get(&self, id: ItemId) -> Option<&Item> {
        self.rows.row(id).map(|row| &self.items[row as usize])
    }

    /// The names of all genres; the position is the number that [`genres`](Self::genres) speaks of.
    pub fn genre_names(&self) -> &[String] {
        &self.names
    }

    /// A hash of all items: another title, year or genre gives another. For the versions of what reads the catalogue. O(n).
    pub fn fingerprint(&self) -> u64 {
        let item = |hash: Fingerprint, item: &Item| {
            let year = item.year.map_or(u64::MAX, |year| u64::from(year.cast_unsigned()));
            let genres = item.genres.iter().map(|genre| Fingerprint::of(genre).finish());
            hash.word(item.id.0).text(&item.title).word(year).words(genres)
        };
        self.items
            .iter()
            .fold(Fingerprint::of("catalogue"), item)
            .finish()
    }

    /// The genres of the item in `row`, ascending.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub fn genres(&self, row: u32) -> &[u32] {
        &self.genres[self.starts[row as usize]..self.starts[row as usize + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film(id: u64, genres: &[&str]) -> Item {
        let genres = genres.iter().map(|&genre| genre.to_owned()).collect();
        Item {
            id: ItemId(id),
            title: format!("film {id}"),
            year: None,
            genres,
        }
    }

    #[test]
    fn genres_are_numbered_by_name() {
        let catalogue = Catalogue::new([film(9, &["Drama", "Comedy", "Drama"]), film(3, &["Drama"])]);
        assert_eq!(catalogue.genre_names(), ["Comedy", "Drama"]);
        assert_eq!(catalogue.rows().ids(), [ItemId(3), ItemId(9)]);
        assert_eq!(catalogue.genres(0), [1]);
        assert_eq!(catalogue.genres(1), [0, 1]);
        assert_eq!(
            catalogue.get(ItemId(9)).map(|item| item.title.as_str()),
            Some("film 9")
        );
        assert_eq!(catalogue.get(ItemId(4)), None);
    }

    #[test]
    fn the_last_item_of_an_id_counts() {
        let catalogue = Catalogue::new([film(1, &["Old"]), film(1, &["New"])]);
        assert_eq!(catalogue.items().len(), 1);
        assert_eq!(catalogue.genre_names(), ["New"]);
        assert_eq!(catalogue.items()[0].genres, ["New"]);
    }
}
