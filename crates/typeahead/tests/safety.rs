//! What must not be shown is not shown from the next call on, late answers say so, and every score can be explained.

use bowerbird_core::{
    Clock, Deadline, ManualClock, Normalization, Reason, SpaceId, Status, SystemClock, UserId,
};
use bowerbird_typeahead::complete::Candidate;
use bowerbird_typeahead::explore::Exploration;
use bowerbird_typeahead::intent::{IntentBlend, Strengths};
use bowerbird_typeahead::live::{AdmissionSettings, Live, Observation, Rule, Rules, Secret};
use bowerbird_typeahead::next_word::{NextWords, NextWordsOptions};
use bowerbird_typeahead::personal::{EmbeddingBuilder, History, Recall, Rescorer, Taste};
use bowerbird_typeahead::{
    BestFirst, Completer, Entry, Found, Intent, Normalizer, Origin, Reach, Request, Source, WithTerms,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

fn source(entries: Vec<Entry>) -> WithTerms<bowerbird_typeahead::FastIndex> {
    WithTerms::build_fast(entries, &Normalizer::default()).expect("good input")
}

fn live(entries: Vec<Entry>) -> Arc<Live> {
    let admission = AdmissionSettings {
        users: 1,
        ..AdmissionSettings::default()
    };
    let builder = Live::builder(Arc::new(source(entries)), 0.0, Secret([7, 8]));
    Arc::new(builder.with_admission(admission).build().expect("good input"))
}

fn observe(live: &Live, text: &str, at: f64) {
    let seen = Observation {
        text,
        user: UserId(1),
        at,
        weight: 50.0,
    };
    live.observe(&[seen]).expect("good input");
    live.refresh(at).expect("good input");
}

fn texts(completer: &Completer, typed: &str, request: &Request<'_>) -> Vec<String> {
    let completions = completer.complete(typed, request, &SystemClock);
    completions.texts().map(str::to_owned).collect()
}

/// Ways of typing that lead to "kitchen lamp".
const WAYS: [&str; 6] = [
    "kit",
    "kitchen l",
    "lamp kit",
    "kitchne",
    "kitchenlamp",
    "lapm kitchen",
];

fn kitchen() -> Vec<Entry> {
    vec![
        Entry::new("Kitchen Lamp", 9.0).with_alias("kitlampe"),
        Entry::new("kitchen table", 5.0),
        Entry::new("lamp", 4.0),
    ]
}

#[test]
fn what_is_removed_or_blocked_is_gone_at_once_by_every_way() {
    for observed in [0, 1, 2] {
        let live = live(kitchen());
        for at in 0..observed {
            observe(&live, "kitchen lamp", f64::from(at) + 1.0);
        }
        let completer = Completer::live(live.clone());
        let mut history = History::new();
        history.record("kitchen lamp", 0.0).expect("good input");
        let common = Request::new(10);
        let own = common.with_history(&history, Recall::new(), 0.0);
        let shows = |request: &Request<'_>, typed: &str| {
            let found = texts(&completer, typed, request);
            found.iter().any(|text| text.eq_ignore_ascii_case("kitchen lamp"))
        };
        let ways = || WAYS.into_iter().chain(["kitlam", "kitlmape", "kitlampe"]);
        let all = |expected: bool| {
            for typed in ways() {
                for request in [&common, &common, &own] {
                    assert_eq!(shows(request, typed), expected, "{typed}, observed {observed}");
                }
            }
        };
        all(true);
        live.remove(&["Kitchen  LAMP"]).expect("good input");
        all(false);
        live.restore(&["kitchen lamp"]).expect("good input");
        all(true);
        for rule in [
            Rule::Key("kitchen lamp".into()),
            Rule::Substring("hen la".into()),
            Rule::Words("lamp".into()),
            Rule::Pattern("^kit.*p$".into()),
        ] {
            live.set_rules(vec![rule]).expect("good input");
            all(false);
            live.set_rules(Vec::new()).expect("good input");
            all(true);
        }
        let session_shows = |session: &mut bowerbird_typeahead::Session<'_>| {
            let completions = session.complete(&common, &SystemClock);
            completions
                .texts()
                .any(|text| text.eq_ignore_ascii_case("kitchen lamp"))
        };
        let mut session = completer.session();
        session.set_text("kitch");
        assert!(session_shows(&mut session));
        live.remove(&["kitchen lamp"]).expect("good input");
        assert!(!session_shows(&mut session));
    }
}

/// The key of a suggestion is what removes it, also where an alias led to it.
#[test]
fn removing_what_was_found_under_an_alias_removes_it_everywhere() {
    let live = live(kitchen());
    let completer = Completer::live(live.clone());
    let request = Request::new(10);
    let found = completer.complete("kitla", &request, &SystemClock).suggestions[0].clone();
    assert_eq!(found.alias.as_deref(), Some("kitlampe"));
    let mut history = History::new();
    history.record(&found.key, 0.0).expect("good input");
    live.remove(&[&found.key]).expect("good input");
    let own = request.with_history(&history, Recall::new(), 0.0);
    for typed in ["kitla", "kit", "", "lamp"] {
        assert!(!texts(&completer, typed, &own).contains(&found.text), "{typed}");
    }
}

#[test]
fn readers_never_see_what_a_writer_has_taken_away() {
    const KEYS: usize = 120;
    let keys: Vec<String> = (0..KEYS).map(|n| format!("lamp {n:03} red")).collect();
    let entries = keys.iter().map(|key| Entry::new(key, 1.0)).collect();
    let live = live(entries);
    let completer = Completer::live(live.clone());
    let gone = AtomicUsize::new(0);
    let reader = |typed: &'static [&'static str]| {
        let (keys, gone, completer) = (&keys, &gone, &completer);
        move || {
            let mut answers = 0;
            loop {
                let before = gone.load(Ordering::SeqCst);
                for typed in typed {
                    for suggestion in &*completer
                        .complete(typed, &Request::new(KEYS), &SystemClock)
                        .suggestions
                    {
                        let number = keys.iter().position(|key| *key == suggestion.key).expect("a key");
                        assert!(number >= before, "{number} after {before} were taken away");
                    }
                    answers += 1;
                }
                if before == KEYS {
                    return answers;
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let readers = [
            scope.spawn(reader(&["lamp", "la"])),
            scope.spawn(reader(&["red lam", "lapm"])),
        ];
        let mut rules = Vec::new();
        for (number, key) in keys.iter().enumerate() {
            match number % 3 {
                0 => live.remove(&[key]).expect("good input"),
                1 => {
                    rules.push(Rule::Key(key.clone()));
                    live.set_rules(rules.clone()).expect("good input");
                }
                _ => {
                    observe(&live, key, 1.0 + number as f64);
                    live.remove(&[key]).expect("good input");
                }
            }
            gone.store(number + 1, Ordering::SeqCst);
        }
        for reader in readers {
            assert!(reader.join().expect("no panic") >= 2);
        }
    });
    assert!(texts(&completer, "lamp", &Request::new(KEYS)).is_empty());
}

#[test]
fn a_completer_that_is_given_rules_forgets_what_it_answered_without() {
    let completer = Completer::over(source(kitchen()));
    let request = Request::new(10);
    assert!(texts(&completer, "kit", &request).contains(&"Kitchen Lamp".to_owned()));
    let completer = completer.with_rules(Rules::new(vec![Rule::Words("lamp".into())]).expect("good input"));
    assert_eq!(texts(&completer, "kit", &request), ["kitchen table"]);
}

/// A source in which every step takes time.
#[derive(Debug)]
struct Slow {
    source: WithTerms<bowerbird_typeahead::FastIndex>,
    clock: Arc<ManualClock>,
    step: Duration,
}

struct SlowWalk<'s>(Box<dyn BestFirst + 's>, &'s Slow);

impl Source for Slow {
    fn len(&self) -> usize {
        self.source.len()
    }

    fn best_first<'s>(&'s self, prefix: &str) -> Box<dyn BestFirst + 's> {
        Box::new(SlowWalk(self.source.best_first(prefix), self))
    }

    fn best_any_order<'s>(&'s self, text: &str) -> Box<dyn BestFirst + 's> {
        Box::new(SlowWalk(self.source.best_any_order(text), self))
    }

    fn get(&self, key: &str) -> Option<Found<'_>> {
        self.source.get(key)
    }
}

impl BestFirst for SlowWalk<'_> {
    fn advance(&mut self) -> Option<f64> {
        self.1.clock.advance(self.1.step);
        self.0.advance()
    }

    fn key(&self) -> &str {
        self.0.key()
    }

    fn found(&self) -> Found<'_> {
        self.0.found()
    }
}

fn numbered() -> Vec<Entry> {
    (0..500)
        .map(|n| Entry::new(format!("lamp {n:03}"), f64::from(1000 - n)).with_id(n as u64 + 1))
        .collect()
}

#[test]
fn a_late_answer_says_so_keeps_the_order_and_is_not_kept() {
    let clock = Arc::new(ManualClock::new());
    let slow = Slow {
        source: source(numbered()),
        clock: clock.clone(),
        step: MS,
    };
    let completer = Completer::over(slow);
    let request = Request::new(300);
    let late = request.with_deadline(Deadline::after(&*clock, 100 * MS));
    let cut = completer.complete("lamp", &late, &*clock);
    let some = cut.suggestions.len();
    // The clock is looked at every 32 candidates.
    assert!((68..=132).contains(&some), "{some}");
    let exact = cut.coverage.stage("exact").expect("good input");
    let Status::Partial { fraction, reason } = exact.status else {
        panic!("{exact:?}")
    };
    assert_eq!((reason, exact.left as usize), (Reason::Deadline, some));
    assert!((f64::from(fraction) - some as f64 / 300.0).abs() < 1e-6);
    assert_eq!(
        cut.coverage.stage("any order").expect("good input").status,
        Status::Skipped(Reason::Deadline)
    );
    assert!(cut.coverage.stage("typos").is_some() && cut.coverage.is_degraded());
    let whole = completer.complete("lamp", &request, &*clock);
    assert_eq!(whole.suggestions.len(), 300);
    assert!(!whole.coverage.is_degraded());
    assert_eq!(cut.suggestions[..], whole.suggestions[..some]);
    // What was whole is kept, and given even when there is no time.
    let none = request.with_deadline(Deadline::at(clock.now()));
    let kept = completer.complete("lamp", &none, &*clock);
    assert_eq!(kept.suggestions[..], whole.suggestions[..]);
}

#[test]
fn a_filter_that_takes_all_the_time_costs_the_rest_of_the_answer() {
    let clock = ManualClock::new();
    let completer = Completer::over(source(numbered()));
    let filter = |_: Candidate<'_>| {
        clock.advance(MS);
        true
    };
    let request = Request::new(200)
        .with_filter(&filter)
        .with_deadline(Deadline::after(&clock, 40 * MS));
    let cut = completer.complete("lamp", &request, &clock);
    let exact = cut.coverage.stage("exact").expect("good input");
    assert!(matches!(
        exact.status,
        Status::Partial {
            reason: Reason::Deadline,
            ..
        }
    ));
    assert!((40..=72).contains(&cut.suggestions.len()));
    assert!(cut.suggestions.is_sorted_by(|a, b| a.score >= b.score));
    // Enough was found in time: nothing is missing.
    let request = Request::new(5)
        .with_filter(&filter)
        .with_deadline(Deadline::after(&clock, 3 * MS));
    assert!(
        !completer
            .complete("lamp", &request, &clock)
            .coverage
            .is_degraded()
    );
}

fn table(
    embeddings: impl IntoIterator<Item = (u64, [f32; 2])>,
) -> bowerbird_typeahead::personal::EmbeddingTable {
    let mut builder = EmbeddingBuilder::new(space()).expect("good input");
    for (id, embedding) in embeddings {
        builder.push(id, &embedding).expect("good input");
    }
    builder.build().expect("good input")
}

fn space() -> SpaceId {
    SpaceId::new("test", 1, 2, Normalization::None)
}

#[test]
fn taste_moves_by_id_and_is_left_out_when_it_is_late() {
    // Every seventh entry lies in the taste's direction, every second one against it.
    let direction = |id: u64| {
        if id.is_multiple_of(7) {
            [1.0, 0.0]
        } else if id.is_multiple_of(2) {
            [-1.0, 0.0]
        } else {
            [0.0, 1.0]
        }
    };
    let table = table((1..=400).map(|id| (id, direction(id))));
    let taste = Taste::from_vector(space(), &[1.0, 0.0]).expect("good input");
    let strength = 0.3;
    let rescorer = Rescorer::new(&table, &taste, strength).expect("good input");
    let completer = Completer::over(source(numbered()));
    let request = Request::new(20).with_taste(&rescorer);
    let clock = ManualClock::new();
    let found = completer.complete("lamp", &request, &clock);
    // The best 100 re-scored by hand.
    let mut expected: Vec<(u64, f64)> = (1..=100_u64)
        .map(|id| {
            (
                id,
                (1001.0 - id as f64).ln() + strength * f64::from(direction(id)[0]),
            )
        })
        .collect();
    expected.sort_by(|a, b| b.1.total_cmp(&a.1));
    let ids: Vec<u64> = found.suggestions.iter().map(|suggestion| suggestion.id).collect();
    let by_hand: Vec<u64> = expected.iter().take(20).map(|row| row.0).collect();
    assert_eq!(ids, by_hand);
    assert_ne!(ids, (1..=20).collect::<Vec<_>>());
    for suggestion in &*found.suggestions {
        let parts = suggestion.explain();
        let cosine = f64::from(direction(suggestion.id)[0]);
        assert!((f64::from(parts.cosine) - cosine).abs() < 0.02);
        assert!((parts.weight.ln() + parts.taste - parts.score).abs() < 1e-9);
        assert!((parts.taste - strength * cosine).abs() < 0.01);
    }
    let late = request.with_deadline(Deadline::at(clock.now()));
    let fallback = completer.complete("lamp", &late, &clock);
    assert_eq!(
        fallback.coverage.stage("taste").expect("good input").status,
        Status::Skipped(Reason::Deadline)
    );
    let ids: Vec<u64> = fallback
        .suggestions
        .iter()
        .map(|suggestion| suggestion.id)
        .collect();
    assert_eq!(ids, (1..=20).collect::<Vec<_>>());
}

#[test]
fn the_parts_of_every_score_sum_to_it() {
    let entries = vec![
        Entry::new("kitchen lamp", 90.0).with_id(1).with_intent(Intent {
            visual: 255,
            ..Intent::default()
        }),
        Entry::new("kitchen table", 0.0).with_id(2),
        Entry::new("kitchen sink", 40.0).with_id(3),
        Entry::new("lamp kitchenette", 7.0),
        Entry::new("kit", 4.0),
    ];
    let model = NextWords::build(
        [("kitchen sink red", 3.0), ("lapm shade", 2.0)],
        NextWordsOptions {
            support: 1,
            ..NextWordsOptions::default()
        },
    )
    .expect("good input");
    let live = live(entries);
    observe(&live, "kitchen sink", 5.0);
    let completer = Completer::live(live).with_next_words(model);
    let table = table([(1, [1.0, 0.0]), (2, [-1.0, 0.2]), (3, [0.3, 1.0])]);
    let taste = Taste::from_vector(space(), &[1.0, 0.5]).expect("good input");
    let rescorer = Rescorer::new(&table, &taste, 2.0).expect("good input");
    let strengths = Strengths {
        visual: 1.5,
        ..Strengths::default()
    };
    let wanted = Intent {
        visual: 255,
        ..Intent::default()
    };
    let mut history = History::new();
    history.record("kit", 0.0).expect("good input");
    let request = Request::new(10)
        .with_taste(&rescorer)
        .with_intent(IntentBlend::new(strengths, wanted))
        .with_history(&history, Recall::new(), 0.0);
    let mut origins = Vec::new();
    for typed in WAYS.into_iter().chain(["kitchen sink ", "lapm s", "kitchensi"]) {
        for suggestion in &*completer.complete(typed, &request, &SystemClock).suggestions {
            let parts = suggestion.explain();
            origins.push(parts.origin);
            if parts.origin == Origin::NextWord {
                assert_eq!(parts.score, suggestion.score);
                continue;
            }
            let sum = parts.weight.ln() - parts.penalty + parts.intent + parts.taste;
            assert!(
                sum == parts.score || (sum - parts.score).abs() < 1e-9,
                "{typed}: {parts:?}"
            );
            assert!(!parts.to_string().contains("NaN"), "{parts}");
            assert_eq!(
                parts.edits > 0,
                matches!(parts.origin, Origin::Typo | Origin::AnyOrderTypo)
            );
        }
    }
    for origin in [
        Origin::Base,
        Origin::Delta,
        Origin::Personal,
        Origin::AnyOrder,
        Origin::Typo,
        Origin::AnyOrderTypo,
        Origin::Respaced,
        Origin::NextWord,
    ] {
        assert!(origins.contains(&origin), "{origin:?} was not met");
    }
}

#[test]
fn exploration_tells_how_likely_it_was() {
    let completer = Completer::over(source(numbered()));
    let plain = texts(&completer, "lamp", &Request::new(60));
    let rule = Exploration::new(0.5).with_position(2).with_reach(10);
    let (mut explored, rounds) = (0_u32, 2000_u32);
    for seed in 0..rounds {
        let request = Request::new(5).with_exploration(rule, u64::from(seed));
        let found = completer.complete("lamp", &request, &SystemClock);
        let shown: Vec<&str> = found.texts().collect();
        assert_eq!((shown.len(), found.propensities.len()), (5, 5));
        for (at, text) in shown.iter().enumerate() {
            let place = plain.iter().position(|other| other == text).expect("good input");
            let expected = match (at, place) {
                (2, 2) => 0.5,
                (2, 5..15) => 0.05,
                (at, place) => {
                    assert_eq!(at, place);
                    1.0
                }
            };
            assert!((found.propensities[at] - expected).abs() < 1e-12);
        }
        explored += u32::from(shown[2] != plain[2]);
    }
    let share = f64::from(explored) / f64::from(rounds);
    assert!((share - 0.5).abs() < 0.05, "{share}");
    // A slate that was drawn is nobody else's.
    assert_eq!(texts(&completer, "lamp", &Request::new(5)), plain[..5]);
    // With nothing further down, nothing is explored.
    let all = Request::new(10)
        .with_exploration(rule, 1)
        .with_reach(Reach::Prefix);
    let found = completer.complete("lamp 00", &all, &SystemClock);
    assert_eq!(found.propensities, [1.0; 10]);
}

#[test]
fn what_is_new_is_found_with_typing_errors_before_the_delta_is_settled() {
    let live = live(kitchen());
    for n in 0..40 {
        observe(&live, &format!("wardrobe {n}"), 1.0);
    }
    observe(&live, "bathroom", 2.0);
    let completer = Completer::live(live);
    let found = texts(&completer, "bahtroom", &Request::new(3));
    assert_eq!(found, ["bathroom"]);
}

#[test]
fn what_is_sensitive_is_neither_offered_unasked_nor_by_the_alias_of_a_twin() {
    let entries = vec![
        Entry::new("mild", 1.0),
        Entry::new("strong medicine", 9.0).with_alias("potion"),
        Entry::new("Strong medicine", 1.0).into_sensitive(),
    ];
    let completer =
        Completer::over(WithTerms::build_fast(entries, &Normalizer::default()).expect("good entries"));
    let texts = |typed: &str| -> Vec<String> {
        let answer = completer.complete(typed, &Request::new(5), &SystemClock);
        answer.texts().map(str::to_owned).collect()
    };
    assert_eq!(texts(""), ["mild"]);
    assert_eq!(texts("stro"), ["strong medicine"]);
    assert!(texts("potio").is_empty() && texts("medicine str").is_empty() && texts("srtong").is_empty());
}

#[test]
fn diversity_goes_from_the_order_as_it_is_to_nothing_but_other_words() {
    let entries = [("red lamp shade", 9.0), ("red lamp stand", 8.0), ("red rug", 1.0)];
    let entries = entries.map(|(text, weight)| Entry::new(text, weight));
    let completer = Completer::over(
        bowerbird_typeahead::FastIndex::build(entries, &Normalizer::default()).expect("good entries"),
    );
    let texts = |lambda: f64| -> Vec<String> {
        let request = Request::new(2).with_diversity(lambda);
        let answer = completer.complete("red ", &request, &SystemClock);
        answer.texts().map(str::to_owned).collect()
    };
    assert_eq!(texts(0.0), ["red lamp shade", "red lamp stand"]);
    assert_eq!(texts(1.0), ["red lamp shade", "red rug"]);
}
