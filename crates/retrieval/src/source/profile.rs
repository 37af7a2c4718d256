//! What an item is, held against what the user's items are.

use super::recency::{HistoryWeighting, Recency};
use super::top;
use crate::catalogue::Catalogue;
use crate::context::Context;
use crate::error::{BuildError, SourceError};
use crate::fingerprint::Fingerprint;
use crate::interactions::Interactions;
use crate::query::{Action, History};
use crate::scratch::ScratchPool;
use crate::source::{CandidateSink, CandidateSource};
use bowerbird_core::{ItemId, Reason, Status};
use std::sync::Arc;

/// Items scored between two looks at the deadline.
const LOOK: usize = 256;
/// Actions that are asked which of them speaks most for a candidate.
const WITNESSES: usize = 32;

/// Settings of [`Profile`].
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default)
)]
pub struct ProfileConfig {
    /// Power of the likeness in genre. 0 to 8, default 2. Larger insists more.
    pub genre_power: f32,
    /// Years over which the liking for a time falls to a third (1/e). 0.1 to 1,000, default 8.
    pub year_scale: f32,
    /// Power of the number of users. 0 to 2, default 0.5. Larger brings up popular items; 0 ignores popularity.
    pub popularity_power: f32,
    /// How much each action of the history counts. Default: (1 + rank)^-½.
    pub history: HistoryWeighting,
}

impl Default for ProfileConfig {
    fn default() -> Self {
        Self {
            genre_power: 2.0,
            year_scale: 8.0,
            popularity_power: 0.5,
            history: HistoryWeighting::recent(Recency::Power(0.5)),
        }
    }
}

/// Items of the genres and the time that the user's history is made of; needs no meeting of users, so it can propose what
/// nobody has acted on yet.
///
/// The score of an item is g^a · y · (1 + n)^b: g the cosine between its genres and the history's, y the history's mean
/// of e^(−|years apart| / scale), n its users. An item of unknown year has y = 1/e, a history without any year y = 1 for
/// all. Items that share no genre with the history are not proposed.
///
/// Looks at every item of the catalogue, the most popular first, so that a request that runs out of time has seen
/// those: O(genres of all items + history). Memory: 24 bytes an item and 4 a genre of an item.
#[derive(Debug)]
pub struct Profile {
    name: Arc<str>,
    config: ProfileConfig,
    catalogue: Arc<Catalogue>,
    /// (1 + n)^b of each row.
    popularity: Vec<f32>,
    /// Rows in the order in which they are looked at.
    order: Vec<u32>,
    /// The place of each row's year in `years`.
    year_of: Vec<Option<u32>>,
    years: Vec<i16>,
    scratch: ScratchPool<Buffers>,
}

#[derive(Debug, Default)]
struct Buffers {
    seen: Vec<u32>,
    witnesses: Vec<(u32, f32)>,
    genres: Vec<f32>,
    years: Vec<f32>,
    earlier: Vec<f32>,
    keys: Vec<u64>,
}

impl Profile {
    /// A source over the items of `catalogue`; `interactions` say how popular they are. O(n log n).
    ///
    /// # Errors
    ///
    /// [`BuildError`] for a setting out of range, or for an empty catalogue.
    pub fn new(
        catalogue: Arc<Catalogue>,
        interactions: &Interactions,
        config: &ProfileConfig,
    ) -> Result<Self, BuildError> {
        BuildError::check("genre_power", config.genre_power, 0.0..=8.0, "0 to 8")?;
        BuildError::check(
            "year_scale",
            f64::from(config.year_scale),
            0.0999..=1_000.0,
            "0.1 to 1,000",
        )?;
        BuildError::check("popularity_power", config.popularity_power, 0.0..=2.0, "0 to 2")?;
        config.history.validate()?;
        let items = catalogue.items();
        if items.is_empty() {
            return Err(BuildError::Empty("items"));
        }
        let users = |item| {
            interactions
                .items()
                .row(item)
                .map_or(0, |row| interactions.popularity(row))
        };
        let popularity: Vec<f32> = items
            .iter()
            .map(|item| (1.0 + users(item.id) as f32).powf(config.popularity_power))
            .collect();
        let mut order: Vec<u32> = (0..items.len() as u32).collect();
        order.sort_by(|&a, &b| popularity[b as usize].total_cmp(&popularity[a as usize]));
        let mut years: Vec<i16> = items.iter().filter_map(|item| item.year).collect();
        years.sort_unstable();
        years.dedup();
        let place = |year: i16| years.binary_search(&year).ok().map(|place| place as u32);
        let year_of = items.iter().map(|item| item.year.and_then(place)).collect();
        Ok(Self {
            name: "profile".into(),
            config: *config,
            catalogue,
            popularity,
            order,
            year_of,
            years,
            scratch: ScratchPool::new(),
        })
    }

    /// The same source under another name; "profile" without.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// How close each year is to the history's, from how much of the history lies in each: a pass each way, since the
    /// kernel falls by the same factor from year to year.
    fn spread(&self, density: &mut [f32], earlier: &mut Vec<f32>) {
        let total: f32 = density.iter().sum();
        if total <= 0.0 {
            density.fill(1.0);
            return;
        }
        let fall = |a: usize, b: usize| {
            let apart = f32::from(self.years[b]) - f32::from(self.years[a]);
            (-apart / self.config.year_scale).exp()
        };
        earlier.clear();
        let mut sum = 0.0;
        for (year, own) in density.iter().enumerate() {
            if year > 0 {
                sum *= fall(year - 1, year);
            }
            sum += own;
            earlier.push(sum);
        }
        let mut later = 0.0;
        for year in (0..density.len()).rev() {
            if year + 1 < density.len() {
                later *= fall(year, year + 1);
            }
            let own = density[year];
            density[year] = (earlier[year] + later) / total;
            later += own;
        }
    }

    /// The cosine of two items in genre and the closeness of their years.
    fn likeness(&self, a: u32, b: u32) -> f32 {
        let (left, right) = (self.catalogue.genres(a), self.catalogue.genres(b));
        let shared = left
            .iter()
            .filter(|genre| right.binary_search(genre).is_ok())
            .count() as f32;
        if shared == 0.0 {
            return 0.0;
        }
        let cosine = shared / ((left.len() * right.len()) as f32).sqrt();
        let year = |row: u32| self.year_of[row as usize].map(|place| f32::from(self.years[place as usize]));
        let close = match (year(a), year(b)) {
            (Some(a), Some(b)) => (-(a - b).abs() / self.config.year_scale).exp(),
            _ => (-1.0_f32).exp(),
        };
        raise(cosine, self.config.genre_power) * close
    }
}

impl Profile {
    /// The score of each of `items` for a history, oldest action first; 0 for unknown ones, and for all when the history
    /// has no genre. For features: also items of the history have one. O(history + items).
    ///
    /// # Panics
    ///
    /// When there is not one place in `scores` for each of `items`.
    pub fn scores(&self, history: &[Action], items: &[ItemId], scores: &mut [f32]) {
        assert_eq!(items.len(), scores.len(), "one score an item");
        scores.fill(0.0);
        let mut buffers = self.scratch.take();
        if let Some(length) = self.taste(history, &mut buffers) {
            for (score, &item) in scores.iter_mut().zip(items) {
                let row = self.catalogue.rows().row(item);
                *score = row.map_or(0.0, |row| self.score(row, length, &buffers));
            }
        }
    }

    /// Fills in what the history likes and returns the length of its genre vector, unless that is empty.
    fn taste(&self, history: &[Action], buffers: &mut Buffers) -> Option<f32> {
        let Buffers {
            witnesses,
            genres,
            years,
            earlier,
            ..
        } = buffers;
        let rows = self.catalogue.rows();
        genres.clear();
        genres.resize(self.catalogue.genre_names().len(), 0.0);
        years.clear();
        years.resize(self.years.len(), 0.0);
        witnesses.clear();
        for (action, weight) in self.config.history.weigh(history) {
            let Some(row) = rows.row(action.item).filter(|_| weight > 0.0) else {
                continue;
            };
            let own = self.catalogue.genres(row);
            for &genre in own {
                genres[genre as usize] += weight / (own.len() as f32).sqrt();
            }
            if let Some(year) = self.year_of[row as usize] {
                years[year as usize] += weight;
            }
            if witnesses.len() < WITNESSES {
                witnesses.push((row, weight));
            }
        }
        self.spread(years, earlier);
        let length = genres.iter().map(|value| value * value).sum::<f32>().sqrt();
        (length > 0.0 && length.is_finite()).then_some(length)
    }

    fn score(&self, row: u32, length: f32, taste: &Buffers) -> f32 {
        let own = self.catalogue.genres(row);
        let shared: f32 = own.iter().map(|&genre| taste.genres[genre as usize]).sum();
        if shared <= 0.0 {
            return 0.0;
        }
        let cosine = shared / (length * (own.len() as f32).sqrt());
        let year = self.year_of[row as usize].map_or((-1.0_f32).exp(), |year| taste.years[year as usize]);
        raise(cosine, self.config.genre_power) * year * self.popularity[row as usize]
    }
}

impl<Q: History + ?Sized> CandidateSource<Q> for Profile {
    fn name(&self) -> &str {
        &self.name
    }

    /// A hash of the catalogue, of how popular its items are, and of the settings. O(items).
    fn version(&self) -> u64 {
        let config = &self.config;
        Fingerprint::of("profile")
            .word(self.catalogue.fingerprint())
            .floats(&self.popularity)
            .floats(&[config.genre_power, config.year_scale])
            .word(config.history.fingerprint())
            .finish()
    }

    fn retrieve(&self, query: &Q, cx: &Context<'_>, out: &mut CandidateSink) -> Result<Status, SourceError> {
        let (history, rows) = (query.history(), self.catalogue.rows());
        let mut buffers = self.scratch.take();
        let length = self
            .taste(history, &mut buffers)
            .ok_or(SourceError::NotApplicable)?;
        let mut keys = std::mem::take(&mut buffers.keys);
        buffers.seen.clear();
        buffers
            .seen
            .extend(history.iter().filter_map(|action| rows.row(action.item)));
        buffers.seen.sort_unstable();

        keys.clear();
        let mut status = Status::Full;
        for (index, &row) in self.order.iter().enumerate() {
            if index % LOOK == 0 && cx.is_past() {
                let fraction = index as f32 / self.order.len() as f32;
                status = Status::Partial {
                    fraction,
                    reason: Reason::Deadline,
                };
                break;
            }
            let score = self.score(row, length, &buffers);
            if score > 0.0 && buffers.seen.binary_search(&row).is_err() {
                keys.push(top::key(score, row));
            }
        }
        top::keep_best(&mut keys, out.limit() - out.len().min(out.limit()));
        for &key in &keys {
            let row = top::row(key);
            let say = |&(witness, weight): &(u32, f32)| (weight * self.likeness(witness, row), witness);
            let because = buffers
                .witnesses
                .iter()
                .map(say)
                .max_by(|a, b| a.0.total_cmp(&b.0));
            out.push_because(
                rows.id(row),
                top::score(key),
                because.map(|(_, witness)| rows.id(witness)),
            );
        }
        buffers.keys = keys;
        Ok(status)
    }
}

/// A power, without the call for the usual one.
fn raise(base: f32, power: f32) -> f32 {
    if power == 2.0 {
        base * base
    } else {
        base.powf(power)
    }
}
