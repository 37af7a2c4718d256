//! The profile against its formula.

use crate::common::{ask, event, interactions, query};
use bowerbird_core::ItemId;
use bowerbird_retrieval::{
    Catalogue, HistoryWeighting, Interactions, Item, Profile, ProfileConfig, Recency, SourceError,
};
use proptest::prelude::*;
use std::sync::Arc;

const GENRES: [&str; 4] = ["Comedy", "Drama", "Noir", "War"];

fn few_films() -> impl Strategy<Value = Vec<Item>> {
    let film = (
        prop::option::of(1950_i16..2020),
        prop::collection::btree_set(0_usize..4, 0..4),
    );
    prop::collection::vec(film, 1..12).prop_map(|films| {
        let item = |(id, (year, genres)): (u64, (_, std::collections::BTreeSet<usize>))| Item {
            id: ItemId(id),
            title: String::new(),
            year,
            genres: genres.into_iter().map(|genre| GENRES[genre].to_owned()).collect(),
        };
        (0..).zip(films).map(item).collect()
    })
}

/// The score of `film` as the documentation of `Profile` states it.
fn expected(
    films: &[Item],
    history: &[u64],
    film: &Item,
    data: &Interactions,
    config: &ProfileConfig,
) -> f64 {
    let unit = |film: &Item| -> Vec<f64> {
        let has = |genre: &str| film.genres.iter().any(|own| own == genre);
        let length = (film.genres.len().max(1) as f64).sqrt();
        GENRES
            .iter()
            .map(|genre| if has(genre) { 1.0 / length } else { 0.0 })
            .collect()
    };
    let known: Vec<(&Item, f64)> = (0..)
        .zip(history.iter().rev())
        .filter_map(|(rank, &id)| Some((films.get(id as usize)?, 1.0 / f64::from(rank + 1).sqrt())))
        .collect();
    let mut taste = vec![0.0; GENRES.len()];
    for (film, weight) in &known {
        taste
            .iter_mut()
            .zip(unit(film))
            .for_each(|(sum, part)| *sum += weight * part);
    }
    let length = taste.iter().map(|part| part * part).sum::<f64>().sqrt();
    let cosine: f64 = taste.iter().zip(unit(film)).map(|(a, b)| a * b).sum::<f64>() / length;
    let dated: Vec<(f64, f64)> = known
        .iter()
        .filter_map(|(film, weight)| Some((f64::from(film.year?), *weight)))
        .collect();
    let total: f64 = dated.iter().map(|(_, weight)| weight).sum();
    let year = match film.year {
        None => (-1.0_f64).exp(),
        Some(_) if dated.is_empty() => 1.0,
        Some(year) => {
            let near = |other: f64| (-(f64::from(year) - other).abs() / f64::from(config.year_scale)).exp();
            dated
                .iter()
                .map(|&(other, weight)| weight * near(other))
                .sum::<f64>()
                / total
        }
    };
    let users = data.items().row(film.id).map_or(0, |row| data.popularity(row));
    cosine.powf(f64::from(config.genre_power))
        * year
        * (1.0 + users as f64).powf(f64::from(config.popularity_power))
}

proptest! {
    #![proptest_config(crate::common::cases())]

    #[test]
    fn a_score_is_genre_times_year_times_popularity(
        films in few_films(),
        history in prop::collection::vec(0_u64..14, 0..5),
        met in prop::collection::vec((0_u64..9, 0_u64..12), 0..30),
        genre_power in prop_oneof![Just(2.0_f32), 0.5_f32..3.0],
    ) {
        let data = interactions(met.into_iter().map(|(user, item)| event(user, item, 0)));
        let config = ProfileConfig { genre_power, history: HistoryWeighting::recent(Recency::Power(0.5)), ..Default::default() };
        let source = Profile::new(Arc::new(Catalogue::new(films.clone())), &data, &config).unwrap();
        let found = ask(&source, &query(0, &history), 100);
        let known = |id: &&u64| films.get(**id as usize).is_some_and(|film| !film.genres.is_empty());
        if history.iter().find(known).is_none() {
            prop_assert!(matches!(found, Err(SourceError::NotApplicable)));
            return Ok(());
        }
        let found = found.unwrap();
        let wanted: Vec<(u64, f64)> = films
            .iter()
            .filter(|film| !history.contains(&film.id.0))
            .map(|film| (film.id.0, expected(&films, &history, film, &data, &config)))
            .filter(|&(_, score)| score > 0.0)
            .collect();
        prop_assert_eq!(found.len(), wanted.len());
        let items: Vec<ItemId> = found.iter().map(|&(item, ..)| ItemId(item)).collect();
        let mut scores = vec![f32::NAN; items.len()];
        source.scores(&query(0, &history).history, &items, &mut scores);
        prop_assert_eq!(scores, found.iter().map(|&(_, score, _)| score).collect::<Vec<_>>());
        for (item, score, because) in found {
            let wanted = wanted.iter().find(|&&(id, _)| id == item).map(|&(_, score)| score).unwrap();
            prop_assert!((f64::from(score) / wanted - 1.0).abs() < 1e-4, "item {item}: {score}, not {wanted}");
            prop_assert!(because.is_some_and(|because| history.contains(&because)));
        }
    }
}
