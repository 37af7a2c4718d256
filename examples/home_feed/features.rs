//! Features of a candidate, beside how it was found. Training and serving use these same hydrators.

use crate::query::Query;
use bowerbird::core::ItemId;
use bowerbird::ranking::{FeatureHydrator, FeatureSink, Rows, StageError};
use bowerbird::retrieval::{AskedAt as _, Catalogue, Context, FeatureName, Interactions, Popular};
use std::collections::HashMap;
use std::sync::Arc;

const YEAR: f64 = 365.25 * 86_400.0;

/// What the numbers say about an item, whoever asks.
#[derive(Clone, Copy, Debug, Default)]
struct Renown {
    /// ln(1 + people).
    popularity: f32,
    /// Mean rating, drawn towards the mean of all.
    rating: f32,
}

/// Popularity, now and ever, ratings, and how they meet the person's activity.
#[derive(Debug)]
pub(crate) struct Renowned {
    /// By rows of the catalogue.
    known: HashMap<ItemId, Renown>,
    lately: [Arc<Popular>; 3],
    features: Vec<FeatureName>,
    unknown: Renown,
}

impl Renowned {
    /// `lately`: popularity with half-lives of about a month, half a year and two years.
    pub(crate) fn new(events: &Interactions, lately: [Arc<Popular>; 3]) -> Self {
        let all = events.events();
        let (sum, count) = all.fold((0.0_f64, 0_u32), |(sum, n), event| {
            (sum + f64::from(event.weight), n + 1)
        });
        let mean = (sum / f64::from(count.max(1))) as f32;
        let renown = |row: u32| {
            let events_of = events.item(row).events;
            let ratings: f32 = events_of
                .iter()
                .map(|&event| events.event(event as usize).2)
                .sum();
            let people = events_of.len() as f32;
            let popularity = (1.0 + people).ln();
            let renown = Renown {
                popularity,
                rating: (ratings + 5.0 * mean) / (people + 5.0),
            };
            (events.items().id(row), renown)
        };
        let names = [
            "popularity",
            "popularity_squared",
            "month",
            "half_year",
            "two_years",
            "rating",
            "rating_of_known",
            "active_popular",
            "active_trend",
        ];
        Self {
            known: (0..events.items().len() as u32).map(renown).collect(),
            lately,
            features: names.map(FeatureName::from).to_vec(),
            unknown: Renown {
                popularity: 0.0,
                rating: mean,
            },
        }
    }
}

impl FeatureHydrator<Query> for Renowned {
    fn name(&self) -> &str {
        "renown"
    }

    fn features(&self) -> &[FeatureName] {
        &self.features
    }

    fn hydrate(
        &self,
        query: &Query,
        rows: Rows<'_>,
        _cx: &Context<'_>,
        out: &mut FeatureSink<'_>,
    ) -> Result<(), StageError> {
        let activity = query.taste.activity - 4.3;
        for (row, item) in rows.items().iter().enumerate() {
            let Renown { popularity, rating } = *self.known.get(item).unwrap_or(&self.unknown);
            let popular = popularity - 3.0;
            let trend = |which: usize, floor: f32| {
                (self.lately[which].score_at(*item, query.asked_at()) + floor).ln()
            };
            let half_year = trend(1, 0.2);
            let values = [
                popularity,
                popular * popular,
                trend(0, 0.1),
                half_year,
                trend(2, 0.2),
                rating,
                (rating - 3.5) * popular,
                activity * popular,
                activity * half_year,
            ];
            out.set_row(row, &values);
        }
        Ok(())
    }
}

/// Genre, year and age of a film against the person's taste.
#[derive(Debug)]
pub(crate) struct Fits {
    catalogue: Arc<Catalogue>,
    usual_year: i16,
    features: Vec<FeatureName>,
}

impl Fits {
    pub(crate) fn new(catalogue: Arc<Catalogue>) -> Self {
        let mut years: Vec<i16> = catalogue.items().iter().filter_map(|item| item.year).collect();
        years.sort_unstable();
        let usual_year = years.get(years.len() / 2).copied().unwrap_or(2000);
        let names = [
            "genre",
            "genre_lately",
            "year",
            "year_lately",
            "age",
            "age_squared",
            "not_yet_out",
            "just_out",
        ];
        Self {
            catalogue,
            usual_year,
            features: names.map(FeatureName::from).to_vec(),
        }
    }
}

impl FeatureHydrator<Query> for Fits {
    fn name(&self) -> &str {
        "fit"
    }

    fn features(&self) -> &[FeatureName] {
        &self.features
    }

    fn hydrate(
        &self,
        query: &Query,
        rows: Rows<'_>,
        _cx: &Context<'_>,
        out: &mut FeatureSink<'_>,
    ) -> Result<(), StageError> {
        let now = 1970.0 + query.asked_at() as f64 / YEAR;
        for (row, &item) in rows.items().iter().enumerate() {
            let Some(place) = self.catalogue.rows().row(item) else {
                continue;
            };
            let genres = self.catalogue.genres(place);
            let year = self.catalogue.items()[place as usize]
                .year
                .unwrap_or(self.usual_year);
            let age = (now - f64::from(year)) as f32;
            let log_age = age.max(0.0).ln_1p();
            let taste = &query.taste;
            let values = [
                taste.ever.genre_match(genres),
                taste.lately.genre_match(genres),
                (taste.ever.year_match(year) + 0.01).ln(),
                (taste.lately.year_match(year) + 0.01).ln(),
                log_age,
                log_age * log_age,
                f32::from(u8::from(age < -0.5)),
                f32::from(u8::from(age < 2.0)),
            ];
            out.set_row(row, &values);
        }
        Ok(())
    }
}

/// How much more an active person's long history says than a new one's: what the sources think, times activity.
#[derive(Debug)]
pub(crate) struct Confidence {
    sources: Vec<&'static str>,
    features: Vec<FeatureName>,
}

impl Confidence {
    pub(crate) fn in_sources(sources: &[&'static str]) -> Self {
        let name = |source: &&str| FeatureName::from(format!("active_{source}"));
        Self {
            sources: sources.to_vec(),
            features: sources.iter().map(name).collect(),
        }
    }
}

impl FeatureHydrator<Query> for Confidence {
    fn name(&self) -> &str {
        "confidence"
    }

    fn features(&self) -> &[FeatureName] {
        &self.features
    }

    fn hydrate(
        &self,
        query: &Query,
        rows: Rows<'_>,
        _cx: &Context<'_>,
        out: &mut FeatureSink<'_>,
    ) -> Result<(), StageError> {
        let activity = query.taste.activity - 4.3;
        let floor = 0.001_f32;
        let names = rows.batch().schema().sources();
        for feature in 0..self.sources.len() {
            out.column(feature).fill(activity * floor.ln());
        }
        for row in 0..rows.len() {
            for by in rows.provenance(row) {
                let Some(feature) = self.sources.iter().position(|name| **name == *names[by.source]) else {
                    continue;
                };
                let share = (by.score / rows.batch().top_score(by.source)).max(0.0);
                out.set(feature, row, activity * (share + floor).ln());
            }
        }
        Ok(())
    }
}
