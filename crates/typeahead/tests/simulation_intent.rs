//! A simulation, and no more: people of two made-up intents search, their made-up engagement is counted, and the
//! estimator's intents are blended into a ranking. It shows that the parts fit together and recover what was put in. It
//! says nothing about people.

use bowerbird_typeahead::Intent;
use bowerbird_typeahead::intent::{Engagement, Estimator, IntentBlend, Strengths};

/// What a query of the simulation is for.
#[derive(Clone, Copy, PartialEq)]
enum Wish {
    Dream,
    Errand,
}

fn even(state: &mut u64) -> f64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 11) as f64 / (1_u64 << 53) as f64
}

/// Searches of one query: what happens in each is drawn by the wish.
fn searches(wish: Wish, count: usize, state: &mut u64) -> Engagement {
    let (save, close_up, outbound, reformulate, spread) = match wish {
        Wish::Dream => (0.25, 0.5, 0.05, 0.15, 0.8),
        Wish::Errand => (0.05, 0.15, 0.35, 0.05, 0.2),
    };
    let mut counts = Engagement {
        impressions: count as f64,
        ..Engagement::default()
    };
    for _ in 0..count {
        let mut happens = |rate: f64| f64::from(u8::from(even(state) < rate));
        counts.saves += happens(save);
        counts.close_ups += happens(close_up);
        counts.outbound += happens(outbound);
        counts.reformulations += happens(reformulate);
        let click = happens(0.6);
        counts.clicks += click;
        counts.distinct += click * happens(spread);
    }
    counts
}

#[test]
fn simulated_wishes_are_told_apart_and_come_up_when_wanted() {
    let mut state = 2026_u64;
    let queries: Vec<(Wish, Engagement)> = (0..400)
        .map(|at| {
            let wish = if at % 4 == 0 { Wish::Dream } else { Wish::Errand };
            (wish, searches(wish, 5 + at % 60, &mut state))
        })
        .collect();
    let mut totals = Engagement::default();
    queries.iter().for_each(|(_, counts)| totals.merge(counts));
    let estimator = Estimator::new(&totals);
    let intents: Vec<(Wish, Intent)> = queries
        .iter()
        .map(|(wish, counts)| (*wish, estimator.intent(counts)))
        .collect();

    let dreams_more = |of: fn(Intent) -> u8| {
        let (mut right, mut pairs) = (0.0, 0.0);
        for (_, dream) in intents.iter().filter(|(wish, _)| *wish == Wish::Dream) {
            for (_, errand) in intents.iter().filter(|(wish, _)| *wish == Wish::Errand) {
                right += match of(*dream).cmp(&of(*errand)) {
                    std::cmp::Ordering::Greater => 1.0,
                    std::cmp::Ordering::Equal => 0.5,
                    std::cmp::Ordering::Less => 0.0,
                };
                pairs += 1.0;
            }
        }
        right / pairs
    };
    assert!(dreams_more(|intent| intent.visual) > 0.9);
    assert!(dreams_more(|intent| intent.aspirational) > 0.9);
    assert!(dreams_more(|intent| intent.broad) > 0.8);
    assert!(dreams_more(|intent| intent.specific) < 0.1);

    // A session of dreams wants dreams: with the blend, more of the best ten are.
    let wanted = estimator.intent(&searches(Wish::Dream, 30, &mut state));
    let strengths = Strengths {
        visual: 4.0,
        aspirational: 4.0,
        ..Strengths::default()
    };
    let best = |blend: IntentBlend| {
        let mut ranked: Vec<(f64, Wish)> = intents
            .iter()
            .enumerate()
            .map(|(at, (wish, intent))| (10.0 - 0.01 * at as f64 + blend.boost(*intent), *wish))
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        ranked[..10]
            .iter()
            .filter(|(_, wish)| *wish == Wish::Dream)
            .count()
    };
    let (without, with) = (
        best(IntentBlend::default()),
        best(IntentBlend::new(strengths, wanted)),
    );
    assert!(
        with >= without + 5,
        "{without} of ten without the blend, {with} with it"
    );
}
