//! What changed a moment ago is found however it is typed, in both layers of a delta.

use bowerbird_core::{SystemClock, UserId};
use bowerbird_typeahead::live::{Live, Observation, Secret};
use bowerbird_typeahead::{Completer, Entry, FastIndex, Normalizer, Origin, Request, Source, WithTerms};
use std::sync::Arc;

fn observe(live: &Live, texts: &[&str], now: f64) {
    let seen = texts.iter().map(|text| Observation {
        text,
        user: UserId(1),
        at: now,
        weight: 1.0,
    });
    live.observe(&seen.collect::<Vec<_>>()).expect("a live index");
    live.refresh(now).expect("a live index");
}

#[test]
fn errors_and_other_orders_are_forgiven_in_both_layers() {
    let filler = (0..40).map(|number| format!("filler number {number}"));
    let mut texts: Vec<String> = filler.collect();
    texts.extend(["living room lamp", "kitchen table ideas"].map(String::from));
    let entries = texts.iter().map(|text| Entry::new(text, 5.0));
    let base = FastIndex::build(entries, &Normalizer::default()).unwrap();
    let live = Live::builder(Arc::new(base), 0.0, Secret([1, 2]))
        .with_delta_builder(|entries| {
            let index = WithTerms::build_fast(entries, &Normalizer::default())?;
            Ok(Arc::new(index) as Arc<dyn Source>)
        })
        .build()
        .unwrap();
    let live = Arc::new(live);
    let completer = Completer::live(Arc::clone(&live));
    let first = |typed: &str| {
        let answer = completer.complete(typed, &Request::new(3), &SystemClock);
        let first = answer.suggestions.first().cloned();
        first.map(|first| (first.text, first.origin, first.edits, first.weight > 5.5))
    };
    let is = |text: &str, origin, edits| Some((text.to_owned(), origin, edits, true));

    // Most keys settle in the lower layer; one is laid over them.
    let (last, lower) = texts.split_last().unwrap();
    observe(&live, &lower.iter().map(String::as_str).collect::<Vec<_>>(), 1.0);
    observe(&live, &[last], 2.0);
    assert_eq!(first("livign room"), is("living room lamp", Origin::Typo, 1));
    assert_eq!(first("kitchne ta"), is("kitchen table ideas", Origin::Typo, 1));
    assert_eq!(first("lamp liv"), is("living room lamp", Origin::AnyOrder, 0));
    assert_eq!(first("ideas tab"), is("kitchen table ideas", Origin::AnyOrder, 0));
    assert_eq!(
        first("ideas kitchne"),
        is("kitchen table ideas", Origin::AnyOrderTypo, 1)
    );

    // What is laid over has one weight, the newer one.
    observe(&live, &["living room lamp"], 3.0);
    let answer = completer.complete("livign", &Request::new(3), &SystemClock);
    let weights: Vec<f64> = answer.suggestions.iter().map(|found| found.weight).collect();
    assert_eq!(weights.len(), 1);
    assert!((weights[0] - 7.0).abs() < 1e-3, "{weights:?}");
}
