//! One person's feed, with the reasons.

use crate::args::Args;
use crate::findings::{Person, Shown, WhyNot};
use crate::funnel::SHOWN;
use crate::measure::Measured;
use crate::query::Query;
use crate::split::{Case, Split};
use crate::support::Failure;
use crate::world::World;
use bowerbird::core::{ItemId, RequestId};
use bowerbird::ranking::{Cascade, Request, Slate};
use bowerbird::retrieval::History as _;

/// Titles of the history that are shown.
const WATCHED: usize = 8;

/// Held-out items that are asked after.
const ASKED: usize = 5;

/// Refuses an unknown user before any work is done.
pub(crate) fn check(args: &Args, split: &Split) -> Result<(), Failure> {
    match args.user {
        Some(user) if !split.test.cases.iter().any(|case| case.query.user.0 == user) => Err(Failure(
            format!("user {user} is unknown or has too short a history to hold any of it out"),
        )),
        _ => Ok(()),
    }
}

/// The feed of the user who was asked for, or of a typical one.
pub(crate) fn show(
    args: &Args,
    world: &World,
    measured: &Measured,
    split: &Split,
) -> Result<Person, Failure> {
    let cases = &split.test.cases;
    let case = match args.user {
        Some(user) => cases.iter().find(|case| case.query.user.0 == user),
        None => typical(cases, &measured.found.cascade.ndcg10_by_user),
    };
    let case = case.ok_or_else(|| Failure("there is nobody to show a feed to".into()))?;
    let mut query = case.query.clone();
    let request = Request::new(SHOWN).id(RequestId(query.user.0));
    let slate = measured.cascade.run(&mut query, &request)?;
    let newest_first = query.history().iter().rev().take(WATCHED);
    Ok(Person {
        user: query.user.0,
        watched: newest_first.map(|action| title(world, action.item)).collect(),
        feed: feed(world, &slate, case),
        why_not: why_not(world, &measured.cascade, &slate, case),
    })
}

/// Somebody whose feed came out neither better nor worse than usual among those with a hit, and whose history is not
/// extreme: the median by NDCG@10 of those with a good result.
fn typical<'a>(cases: &'a [Case], ndcg: &[f64]) -> Option<&'a Case> {
    let mut people: Vec<(&Case, f64)> = cases
        .iter()
        .zip(ndcg.iter().copied())
        .filter(|(_, ndcg)| *ndcg > 0.0)
        .collect();
    people.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.query.user.cmp(&b.0.query.user)));
    people
        .get(people.len() / 2)
        .map(|(case, _)| *case)
        .or(cases.first())
}

fn title(world: &World, item: ItemId) -> String {
    world
        .catalogue
        .get(item)
        .map_or_else(|| format!("item {item}"), |item| item.title.clone())
}

fn feed(world: &World, slate: &Slate, case: &Case) -> Vec<Shown> {
    let placed = slate.iter().map(|placed| {
        let mut found: Vec<_> = placed.found_by().collect();
        found.sort_by_key(|(_, by)| by.rank);
        let because = found.iter().find_map(|(_, by)| by.because);
        let item = world.catalogue.get(placed.item);
        Shown {
            title: title(world, placed.item),
            year: item.and_then(|item| item.year),
            genres: item.map(|item| item.genres.clone()).unwrap_or_default(),
            found_by: found
                .iter()
                .map(|(source, by)| format!("{source} #{}", by.rank + 1))
                .collect(),
            because: because.map(|item| title(world, item)),
            heads: placed
                .heads()
                .map(|(head, value)| (head.to_owned(), value))
                .collect(),
            rank: placed.rank().unwrap_or(u32::MAX),
            hit: case.relevant.contains(&placed.item),
        }
    });
    placed.collect()
}

/// What became of things that the person did watch later and that are not in the feed.
fn why_not(world: &World, cascade: &Cascade<Query>, slate: &Slate, case: &Case) -> Vec<WhyNot> {
    let shown: Vec<ItemId> = slate.items().collect();
    let missed = case.relevant.iter().filter(|item| !shown.contains(item));
    let asked = missed.take(ASKED).map(|&item| WhyNot {
        title: title(world, item),
        why: cascade.verdict(slate, item).to_string(),
    });
    asked.collect()
}
