//! Intent: monotone estimates, bounded boosts, MMR against its definition.

use bowerbird_typeahead::Intent;
use bowerbird_typeahead::intent::{Engagement, Estimator, IntentBlend, Strengths, diversify};
use proptest::prelude::*;

fn engagement() -> impl Strategy<Value = Engagement> {
    let count = || prop_oneof![4 => 0.0..1000.0, 1 => Just(0.0), 1 => Just(f64::NAN), 1 => -5.0..0.0];
    (count(), [count(), count(), count(), count(), count(), count()]).prop_map(|(impressions, counts)| {
        let [clicks, saves, close_ups, outbound, reformulations, distinct] = counts;
        Engagement {
            impressions,
            clicks,
            saves,
            close_ups,
            outbound,
            reformulations,
            distinct,
        }
    })
}

fn intents() -> impl Strategy<Value = Intent> {
    any::<[u8; 4]>().prop_map(|[visual, aspirational, specific, broad]| Intent {
        visual,
        aspirational,
        specific,
        broad,
    })
}

type Count = fn(&mut Engagement) -> &mut f64;

/// The counts, and the axes that may rise (1), fall (-1) or must stay (0) when one grows: visual, aspirational, specific,
/// broad.
const SIGNS: [(Count, [i32; 4]); 6] = [
    (|e| &mut e.clicks, [0, 0, 1, -1]),
    (|e| &mut e.saves, [1, 1, 0, 0]),
    (|e| &mut e.close_ups, [1, 0, 0, 0]),
    (|e| &mut e.outbound, [0, -1, 1, 0]),
    (|e| &mut e.reformulations, [0, 0, -1, 1]),
    (|e| &mut e.distinct, [0, 0, -1, 1]),
];

fn axes(
    Intent {
        visual,
        aspirational,
        specific,
        broad,
    }: Intent,
) -> [i32; 4] {
    [visual, aspirational, specific, broad].map(i32::from)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn each_axis_is_monotone_in_each_count(
        totals in engagement(), counts in engagement(), feature in 0..SIGNS.len(), more in 0.0..500.0, strength in 0.1..100.0,
    ) {
        let estimator = Estimator::new(&totals).with_strength(strength);
        let (count, signs) = SIGNS[feature];
        let mut low = counts;
        let value = count(&mut low);
        *value = if value.is_finite() { value.max(0.0) } else { 0.0 };
        // More distinct things than clicks are not counted: hold the clicks' effect to what the table says.
        if feature == 0 && low.distinct.is_finite() {
            low.distinct = low.distinct.min(low.clicks);
        }
        let mut high = low;
        *count(&mut high) += more;
        let (low, high) = (axes(estimator.intent(&low)), axes(estimator.intent(&high)));
        for ((low, high), sign) in low.into_iter().zip(high).zip(signs) {
            match sign {
                0 => prop_assert_eq!(low, high),
                _ => prop_assert!((high - low) * sign >= 0, "{} to {} against {}", low, high, sign),
            }
        }
    }

    #[test]
    fn only_what_nobody_saw_is_unknown(totals in engagement(), counts in engagement()) {
        let intent = Estimator::new(&totals).intent(&counts);
        prop_assert_eq!(intent == Intent::default(), counts.impressions.max(0.0) == 0.0);
    }

    #[test]
    fn a_boost_is_bounded_and_monotone(
        strengths in any::<[f32; 4]>(), wanted in intents(), a in intents(), b in intents(),
    ) {
        let [visual, aspirational, specific, broad] = strengths.map(f64::from);
        let blend = IntentBlend::new(Strengths { visual, aspirational, specific, broad }, wanted);
        prop_assert!(blend.max() >= 0.0 && blend.max() <= 400.0);
        for intent in [a, b] {
            prop_assert!((0.0..=blend.max()).contains(&blend.boost(intent)));
        }
        let no_axis = |intent| axes(intent) == [0; 4];
        let higher = axes(a).iter().zip(axes(b)).all(|(a, b)| *a >= b);
        if higher && !no_axis(b) {
            prop_assert!(blend.boost(a) >= blend.boost(b));
        }
        prop_assert_eq!(blend.boost(Intent::default()), blend.boost(IntentBlend::USUAL));
        let full = Intent { visual: 255, aspirational: 255, specific: 255, broad: 255 };
        prop_assert_eq!(blend.boost(full), blend.max());
    }

    /// The greedy order by the definition: margins computed anew for each place, on plurals-free words.
    #[test]
    fn diversity_is_maximal_marginal_relevance(
        keys in prop::collection::vec("(red|blue|big)? ?(red|blue|old) (rug|sofa|lamp)", 1..12),
        steps in prop::collection::vec(0.0..2.0, 12), lambda in 0.0..=1.0, k in 0_usize..14,
    ) {
        let mut score = 20.0;
        let found: Vec<(&str, f64)> = keys.iter().zip(&steps).map(|(key, step)| {
            score -= step;
            (key.as_str(), score)
        }).collect();
        let (high, low) = (found[0].1, found[found.len() - 1].1);
        let relevance = |at: usize| if high > low { (found[at].1 - low) / (high - low) } else { 1.0 };
        let likeness = |a: usize, b: usize| {
            let split = |key: &'_ str| {
                let mut words: Vec<String> = key.split_whitespace().map(str::to_owned).collect();
                let head = words.pop();
                words.sort();
                words.dedup();
                (head, words)
            };
            let ((head_a, a), (head_b, b)) = (split(found[a].0), split(found[b].0));
            let both = a.iter().filter(|word| b.contains(word)).count() as f64;
            0.5 * f64::from(u8::from(head_a == head_b)) + 0.5 * both / (a.len() as f64 + b.len() as f64 - both)
        };
        let mut expected: Vec<usize> = Vec::new();
        while expected.len() < k.min(found.len()) {
            let margin = |at: usize| {
                let most = expected.iter().map(|&taken| likeness(at, taken)).fold(0.0, f64::max);
                lambda * relevance(at) - (1.0 - lambda) * most
            };
            let rest = (0..found.len()).filter(|at| !expected.contains(at));
            let next = if expected.is_empty() {
                0
            } else {
                rest.fold((usize::MAX, f64::NEG_INFINITY), |best, at| if margin(at) > best.1 { (at, margin(at)) } else { best }).0
            };
            expected.push(next);
        }
        prop_assert_eq!(diversify(&found, "", lambda, k), expected);
    }
}

#[test]
fn the_usual_query_is_in_the_middle_and_a_rare_one_near_it() {
    let totals = Engagement {
        impressions: 1000.0,
        clicks: 400.0,
        saves: 50.0,
        close_ups: 200.0,
        outbound: 80.0,
        reformulations: 100.0,
        distinct: 120.0,
    };
    let estimator = Estimator::new(&totals);
    assert_eq!(estimator.intent(&totals), IntentBlend::USUAL);
    let rare = Engagement {
        impressions: 1.0,
        clicks: 1.0,
        saves: 1.0,
        ..Engagement::default()
    };
    let (rare, sure) = (estimator.intent(&rare), {
        let [impressions, clicks, saves] = [1000.0; 3];
        estimator.intent(&Engagement {
            impressions,
            clicks,
            saves,
            ..Engagement::default()
        })
    });
    assert!(
        rare.aspirational > 128 && sure.aspirational > rare.aspirational,
        "{rare:?} {sure:?}"
    );
    let mut twice = totals;
    twice.merge(&totals);
    assert_eq!(Estimator::new(&twice), estimator);
}

#[test]
fn lists_are_spread_over_heads_and_odd_scores_are_ranked_last() {
    let found = [
        ("lamp ideas", 9.0),
        ("lamp idea", 8.9),
        ("lamp repair", f64::NAN),
        ("lamp shop", f64::NEG_INFINITY),
    ];
    assert_eq!(diversify(&found, "lamp", 1.0, 4), [0, 1, 2, 3]);
    assert_eq!(diversify(&found, "lamp ", 0.3, 4), [0, 2, 3, 1]);
    assert_eq!(diversify(&found, "lamp ", f64::NAN, 9), [0, 1, 2, 3]);
    assert!(diversify(&[], "", 0.5, 3).is_empty());
}
