//! The request: who asks, when, what they did, and, once hydrated, what they are like.

use bowerbird::core::UserId;
use bowerbird::ranking::{QueryHydrator, StageError};
use bowerbird::retrieval::{Action, AskedAt, Catalogue, Context, History, HistoryWeighting, Recency};
use std::sync::Arc;

/// The first year that tastes tell apart, and how many there are.
const FIRST_YEAR: i16 = 1890;
const YEARS: usize = 160;

/// A request for a feed.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) user: UserId,
    asked_at: i64,
    history: Vec<Action>,
    pub(crate) taste: Taste,
}

/// What somebody is like.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taste {
    /// By all of the history, and by its newest part.
    pub(crate) ever: Leaning,
    pub(crate) lately: Leaning,
    /// ln of the number of actions.
    pub(crate) activity: f32,
}

/// What a history leans to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leaning {
    /// Weight of each genre, of unit length.
    genres: Vec<f32>,
    /// How close each year is to the years of the history, 0 to 1.
    years: Vec<f32>,
}

impl Query {
    pub(crate) fn new(user: UserId, asked_at: i64, history: Vec<Action>) -> Self {
        Self {
            user,
            asked_at,
            history,
            taste: Taste::default(),
        }
    }
}

impl History for Query {
    fn history(&self) -> &[Action] {
        &self.history
    }
}

impl AskedAt for Query {
    fn asked_at(&self) -> i64 {
        self.asked_at
    }
}

impl Leaning {
    /// The cosine of the leaning and a set of genres.
    pub(crate) fn genre_match(&self, genres: &[u32]) -> f32 {
        let sum: f32 = genres
            .iter()
            .filter_map(|&genre| self.genres.get(genre as usize))
            .sum();
        sum / (genres.len().max(1) as f32).sqrt()
    }

    /// How close a year is to those of the history.
    pub(crate) fn year_match(&self, year: i16) -> f32 {
        self.years.get(place(year)).copied().unwrap_or(0.0)
    }

    fn of(history: &[Action], weighting: HistoryWeighting, fall: f32, catalogue: &Catalogue) -> Self {
        let mut genres = vec![0.0; catalogue.genre_names().len()];
        let mut density = vec![0.0; YEARS];
        for (action, weight) in weighting.weigh(history) {
            let Some(row) = catalogue.rows().row(action.item) else {
                continue;
            };
            let own = catalogue.genres(row);
            for &genre in own {
                genres[genre as usize] += weight / (own.len() as f32).sqrt();
            }
            if let Some(year) = catalogue.items()[row as usize].year {
                density[place(year)] += weight;
            }
        }
        let length = genres
            .iter()
            .map(|weight: &f32| weight * weight)
            .sum::<f32>()
            .sqrt();
        if length > 0.0 {
            genres.iter_mut().for_each(|weight| *weight /= length);
        }
        let total: f32 = density.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        let close = |year: usize| {
            let near = density.iter().enumerate().filter(|(_, weight)| **weight > 0.0);
            near.map(|(other, weight)| weight * (-(year.abs_diff(other) as f32) / fall).exp())
                .sum::<f32>()
                / total
        };
        Self {
            genres,
            years: (0..YEARS).map(close).collect(),
        }
    }
}

fn place(year: i16) -> usize {
    usize::try_from(year - FIRST_YEAR).unwrap_or(0).min(YEARS - 1)
}

/// Finds out what the user is like, once a request.
#[derive(Debug)]
pub(crate) struct FindTaste(pub(crate) Arc<Catalogue>);

impl QueryHydrator<Query> for FindTaste {
    fn name(&self) -> &str {
        "taste"
    }

    fn hydrate(&self, query: &mut Query, _cx: &Context<'_>) -> Result<(), StageError> {
        let recent = |power| HistoryWeighting::recent(Recency::Power(power));
        query.taste = Taste {
            ever: Leaning::of(&query.history, recent(0.5), 8.0, &self.0),
            lately: Leaning::of(&query.history, recent(1.5), 4.0, &self.0),
            activity: (query.history.len().max(1) as f32).ln(),
        };
        Ok(())
    }
}
