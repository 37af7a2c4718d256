//! A session answers as one who asks anew, wherever it comes from and whatever changed meanwhile.

use bowerbird_core::{SystemClock, UserId};
use bowerbird_typeahead::complete::Session;
use bowerbird_typeahead::live::{AdmissionSettings, Live, Observation, Rule, Secret};
use bowerbird_typeahead::{
    CompactIndex, Completer, Entry, FastIndex, Normalizer, Reach, Request, Source, Suggestion, WithTerms,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

fn text() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec!["a", "ab", "abba", "Ba", "bab", "é", "éa", "東京", "c"]);
    vec(word, 1..4).prop_map(|words| words.join(" "))
}

fn entries() -> impl Strategy<Value = Vec<(String, f64)>> {
    let weight = prop::sample::select(vec![1.0, 1.0, 2.0, 9.0]);
    vec((text(), weight), 0..40)
}

#[derive(Clone, Debug)]
enum Step {
    Push(char),
    Pop,
    Set(String),
    /// A session that goes on from where the other one is.
    Fork,
    Observe(String),
    Refresh,
    Remove(String),
    Restore(String),
    Rules(Vec<String>),
    Rebase,
}

fn step() -> impl Strategy<Value = Step> {
    let typed = prop::sample::select(vec![
        'a', 'a', 'b', 'B', 'e', 'é', '\u{301}', ' ', '東', '京', 'c',
    ]);
    prop_oneof![
        8 => typed.prop_map(Step::Push),
        4 => Just(Step::Pop),
        1 => text().prop_map(Step::Set),
        1 => Just(Step::Fork),
        2 => text().prop_map(Step::Observe),
        1 => Just(Step::Refresh),
        1 => text().prop_map(Step::Remove),
        1 => text().prop_map(Step::Restore),
        1 => vec(text(), 0..2).prop_map(Step::Rules),
        1 => Just(Step::Rebase),
    ]
}

fn listed(entries: &[(String, f64)]) -> Vec<Entry> {
    entries
        .iter()
        .map(|(text, weight)| Entry::new(text, *weight))
        .collect()
}

/// One of the sources that a completer may have.
fn source(tier: usize, entries: Vec<Entry>) -> Arc<dyn Source> {
    let normalizer = Normalizer::default();
    match tier {
        0 => Arc::new(FastIndex::build(entries, &normalizer).unwrap()),
        1 => Arc::new(CompactIndex::build(entries, &normalizer).unwrap()),
        2 => Arc::new(WithTerms::build_fast(entries, &normalizer).unwrap()),
        _ => Arc::new(WithTerms::build_compact(entries, &normalizer).unwrap()),
    }
}

fn live(tier: usize, entries: &[(String, f64)]) -> Arc<Live> {
    let admission = AdmissionSettings {
        users: 1,
        ..AdmissionSettings::default()
    };
    let builder = Live::builder(source(tier, listed(entries)), 0.0, Secret([5, 6]));
    Arc::new(builder.with_admission(admission).build().unwrap())
}

/// What a completer that has seen nothing answers.
fn anew(live: &Arc<Live>, typed: &str, request: &Request<'_>) -> Vec<Suggestion> {
    let completer = Completer::live(live.clone()).with_answers(0);
    completer
        .complete(typed, request, &SystemClock)
        .suggestions
        .to_vec()
}

fn in_session(session: &mut Session<'_>, request: &Request<'_>) -> Vec<Suggestion> {
    session.complete(request, &SystemClock).suggestions.to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn every_state_answers_as_if_asked_anew(
        entries in entries(), steps in vec(step(), 1..40), tier in 0_usize..4, answers in 0_usize..3, k in 1_usize..12,
        reach in prop::sample::select(vec![Reach::Prefix, Reach::AnyOrder, Reach::Forgiving]),
    ) {
        let live = live(tier, &entries);
        let completer = Completer::live(live.clone()).with_answers([0, 3, 1000][answers]);
        let request = Request::new(k).with_reach(reach);
        let mut session = completer.session();
        let (mut typed, mut time) = (String::new(), 1.0);
        for step in steps {
            time += 1.0;
            match &step {
                Step::Push(c) => {
                    session.push(*c);
                    typed.push(*c);
                }
                Step::Pop => prop_assert_eq!(session.pop(), typed.pop()),
                Step::Set(text) => {
                    session.set_text(text);
                    typed.clone_from(text);
                }
                Step::Fork => session = session.clone(),
                Step::Observe(text) => {
                    let seen = Observation { text, user: UserId(1), at: time, weight: 30.0 };
                    live.observe(&[seen]).unwrap();
                }
                Step::Refresh => drop(live.refresh(time).unwrap()),
                Step::Remove(text) => live.remove(&[text]).unwrap(),
                Step::Restore(text) => live.restore(&[text]).unwrap(),
                Step::Rules(texts) => {
                    live.set_rules(texts.iter().cloned().map(Rule::Substring).collect()).unwrap();
                }
                Step::Rebase => {
                    let merged = live.merge(time).unwrap();
                    live.rebase(source(tier, merged.entries), merged.at).unwrap();
                }
            }
            prop_assert_eq!(session.text(), &typed);
            prop_assert_eq!(in_session(&mut session, &request), anew(&live, &typed, &request), "{:?} after {:?}", typed, step);
        }
    }
}

/// Keys that stand in other places of a new base must not be found in the old places.
#[test]
fn a_new_base_is_not_searched_from_where_the_old_one_led() {
    for tier in 0..4 {
        let many = |first: char, count: u32| -> Vec<(String, f64)> {
            (0..count)
                .map(|n| (format!("{first}a{n:03} lamp"), f64::from(n)))
                .chain([("za shade".to_owned(), 5.0)])
                .collect()
        };
        let live = live(tier, &many('b', 200));
        let completer = Completer::live(live.clone());
        let mut session = completer.session();
        let request = Request::new(5).with_reach(Reach::Prefix);
        for c in "za".chars() {
            session.push(c);
            in_session(&mut session, &request);
        }
        let merged = live.merge(10.0).unwrap();
        live.rebase(source(tier, listed(&many('a', 900))), merged.at)
            .unwrap();
        session.push(' ');
        let found = in_session(&mut session, &request);
        assert_eq!(found.len(), 1, "tier {tier}");
        assert_eq!(found[0].text, "za shade");
        session.set_text("aa89");
        assert_eq!(in_session(&mut session, &request)[0].text, "aa899 lamp");
        session.set_text("ba");
        assert!(in_session(&mut session, &request).is_empty());
    }
}
