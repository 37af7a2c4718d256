//! Whole answers against brute force: base, delta and history merged, filtered, boosted, collapsed, forgiven.

use bowerbird_core::{SystemClock, UserId};
use bowerbird_typeahead::collapse::{Collapse, Seen};
use bowerbird_typeahead::complete::Candidate;
use bowerbird_typeahead::intent::{IntentBlend, Strengths};
use bowerbird_typeahead::live::{AdmissionSettings, Live, Observation, Rule, Rules, Secret, Snapshot};
use bowerbird_typeahead::next_word::{NextWords, NextWordsOptions};
use bowerbird_typeahead::normalize::words;
use bowerbird_typeahead::personal::{History, Recall};
use bowerbird_typeahead::terms::{WordMode, typed_words};
use bowerbird_typeahead::{
    Completer, Context, Entry, Found, Intent, Kind, Normalizer, Origin, Reach, Request, Source, Suggestion,
    WithTerms,
};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Marks texts that are sensitive, whoever gives them.
const SENSITIVE: &str = "s";
const NOW: f64 = 1000.0;

fn text() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec!["a", "ab", "abb", "b", "Ba", "bab", "c", "ca", SENSITIVE]);
    vec(word, 1..4).prop_map(|words| words.join(" "))
}

fn alias() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["x", "xa", "xab", "a x", "ab", "b ca"]).prop_map(str::to_owned)
}

fn entry() -> impl Strategy<Value = Entry> {
    let weight = prop::sample::select(vec![0.0, 1.0, 1.0, 2.0, 5.5, 100.0]);
    let kind = prop::sample::select(vec![Kind::QUERY, Kind::QUERY, Kind::BOARD]);
    let context = prop::sample::select(vec![Context::ALL, Context::ALL, Context(1), Context(2)]);
    let intent = prop::sample::select(vec![0, 0, 255, 100]);
    (text(), weight, kind, context, intent, vec(alias(), 0..2)).prop_map(
        |(text, weight, kind, context, visual, aliases)| {
            let sensitive = text.split(' ').any(|word| word == SENSITIVE);
            let intent = Intent {
                visual,
                ..Intent::default()
            };
            Entry {
                aliases,
                sensitive,
                ..Entry::new(text, weight)
                    .with_kind(kind)
                    .with_context(context)
                    .with_intent(intent)
            }
        },
    )
}

/// A base, what changed, what is hidden, and what one person did.
#[derive(Clone, Debug)]
struct World {
    entries: Vec<Entry>,
    compact: bool,
    first: Vec<(String, f64)>,
    second: Vec<(String, f64)>,
    removed: Vec<String>,
    rules: Vec<Rule>,
    own_rules: Vec<Rule>,
    past: Vec<String>,
}

fn rule() -> impl Strategy<Value = Rule> {
    prop_oneof![
        text().prop_map(|text| Rule::Key(text.to_lowercase())),
        Just(Rule::Substring("ca b".into())),
        Just(Rule::Words("bab".into())),
        Just(Rule::Key("xa".into())),
    ]
}

fn world() -> impl Strategy<Value = World> {
    let observed = || vec((text(), prop::sample::select(vec![0.5, 1.0, 7.0, 200.0])), 0..8);
    (
        vec(entry(), 0..40),
        any::<bool>(),
        observed(),
        observed(),
        vec(text(), 0..4),
        vec(rule(), 0..3),
        vec(rule(), 0..2),
        vec(text().prop_map(|text| text.to_lowercase()), 0..6),
    )
        .prop_map(
            |(entries, compact, first, second, removed, rules, own_rules, past)| World {
                entries,
                compact,
                first,
                second,
                removed,
                rules,
                own_rules,
                past,
            },
        )
}

fn typed() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        prop::sample::select(vec![
            "a", "A", "ab", "b", "ba", "a ", "ab b", "x", "xa", "c", "s", "b a", "bab ca", "abx", "aab",
            "babc", "ca ab", "s b",
        ])
        .prop_map(str::to_owned),
        text(),
    ]
}

impl World {
    fn build(&self) -> (Completer, Arc<Live>) {
        let normalizer = Normalizer::default();
        let entries = self.entries.clone();
        let base: Arc<dyn Source> = match self.compact {
            true => Arc::new(WithTerms::build_compact(entries, &normalizer).expect("good input")),
            false => Arc::new(WithTerms::build_fast(entries, &normalizer).expect("good input")),
        };
        let admission = AdmissionSettings {
            users: 1,
            ..AdmissionSettings::default()
        };
        let live = Live::builder(base, 0.0, Secret([3, 4]))
            .with_admission(admission)
            .build()
            .expect("good input");
        for batch in [&self.first, &self.second] {
            for (text, weight) in batch {
                let seen = Observation {
                    text,
                    user: UserId(1),
                    at: 10.0,
                    weight: *weight,
                };
                live.observe(&[seen]).expect("good input");
            }
            live.refresh(11.0).expect("good input");
        }
        let removed: Vec<&str> = self.removed.iter().map(String::as_str).collect();
        live.remove(&removed).expect("good input");
        live.set_rules(self.rules.clone()).expect("good input");
        let live = Arc::new(live);
        let completer =
            Completer::live(live.clone()).with_rules(Rules::new(self.own_rules.clone()).expect("good input"));
        (completer, live)
    }

    fn history(&self) -> History {
        let mut history = History::new();
        for (at, key) in self.past.iter().enumerate() {
            history.record(key, at as f64).expect("good input");
        }
        history
    }

    fn is_blocked(&self, key: &str) -> bool {
        let folds = |text: &String| text.to_lowercase() == key;
        let blocks = |rule: &Rule| match rule {
            Rule::Key(text) => text == key,
            Rule::Substring(text) => key.contains(text.as_str()),
            Rule::Words(text) => key.split(' ').any(|word| word == text),
            _ => unreachable!("not generated"),
        };
        self.removed.iter().any(folds) || self.rules.iter().chain(&self.own_rules).any(blocks)
    }
}

/// One candidate of a walk.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    key: String,
    /// What orders entries of one key.
    tie: (u8, usize),
    alias: Option<String>,
    text: String,
    weight: f64,
    kind: Kind,
    context: Context,
    intent: Intent,
    sensitive: bool,
    origin: Origin,
}

impl Row {
    fn found(key: &str, found: &Found<'_>, origin: Origin) -> Self {
        Self {
            key: found.canonical.unwrap_or(key).to_owned(),
            tie: (0, 0),
            alias: found.canonical.map(|_| key.to_owned()),
            text: found.display.unwrap_or(found.canonical.unwrap_or(key)).to_owned(),
            weight: found.weight,
            kind: found.kind,
            context: found.context,
            intent: found.intent,
            sensitive: found.sensitive,
            origin,
        }
    }

    fn matched(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.key)
    }

    fn score(&self) -> f64 {
        self.weight.ln()
    }
}

/// The base's entries and aliases, from the list that it was built of.
fn base_rows(entries: &[Entry]) -> Vec<Row> {
    let mut joined: BTreeMap<(String, u8), (f64, Row)> = BTreeMap::new();
    let mut rows = Vec::new();
    for (number, entry) in entries.iter().enumerate() {
        let key = entry.text.to_lowercase();
        let row = Row {
            key: key.clone(),
            tie: (entry.kind.0, 0),
            alias: None,
            text: entry.text.clone(),
            weight: entry.weight,
            kind: entry.kind,
            context: entry.context,
            intent: entry.intent,
            sensitive: entry.sensitive,
            origin: Origin::Base,
        };
        for (nth, alias) in entry.aliases.iter().enumerate() {
            if *alias != key && !entry.sensitive {
                rows.push(Row {
                    alias: Some(alias.clone()),
                    tie: (255, number * 8 + nth),
                    ..row.clone()
                });
            }
        }
        let (heaviest, known) = joined
            .entry((key, entry.kind.0))
            .or_insert((f64::NEG_INFINITY, row.clone()));
        let total = if *heaviest < 0.0 { 0.0 } else { known.weight };
        let sensitive = known.sensitive || entry.sensitive;
        if entry.weight > *heaviest {
            (*heaviest, *known) = (entry.weight, row);
        }
        (known.weight, known.sensitive) = (total + entry.weight, sensitive);
    }
    // An alias is the whole entry that it leads to.
    let mut seen = Vec::new();
    rows.retain_mut(|row: &mut Row| {
        let (_, entry) = &joined[&(row.key.clone(), row.kind.0)];
        let (alias, tie) = (row.alias.clone(), row.tie);
        *row = Row {
            alias,
            tie,
            ..entry.clone()
        };
        let way = (row.alias.clone(), row.key.clone(), row.kind);
        let is_new = !seen.contains(&way);
        seen.push(way);
        is_new
    });
    rows.extend(joined.into_values().map(|(_, row)| row));
    rows
}

fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by(|a, b| {
        let keys = || a.matched().cmp(b.matched()).then(a.tie.cmp(&b.tie));
        b.score().total_cmp(&a.score()).then_with(keys)
    });
    rows
}

fn delta_rows(snapshot: &Snapshot) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut walk = snapshot.delta().best_first("");
    while walk.advance().is_some() {
        rows.push(Row::found(walk.key(), &walk.found(), Origin::Delta));
    }
    rows
}

/// What a request lets pass.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    context: Context,
    kinds: &'static [Kind],
    odd: bool,
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let kinds: Vec<&'static [Kind]> = vec![&[], &[], &[Kind::BOARD], &[Kind::QUERY, Kind::PERSON]];
    let context = prop::sample::select(vec![Context::NONE, Context::NONE, Context(1), Context(3)]);
    (context, prop::sample::select(kinds), any::<bool>()).prop_map(|(context, kinds, odd)| Wanted {
        context,
        kinds,
        odd,
    })
}

/// The host's own filter.
fn is_odd(candidate: Candidate<'_>) -> bool {
    candidate.key.len() % 2 == 1
}

impl Wanted {
    fn passes(&self, row: &Row) -> bool {
        row.context.allows(self.context)
            && (self.kinds.is_empty() || self.kinds.contains(&row.kind))
            && (!self.odd || row.matched().len() % 2 == 1)
    }

    fn request<'r>(&self, k: usize) -> Request<'r> {
        let request = Request::new(k).with_context(self.context).with_kinds(self.kinds);
        match self.odd {
            true => request.with_filter(&is_odd),
            false => request,
        }
    }
}

/// All that start with `prefix`, best first, each once.
fn exact(world: &World, live: &Live, history: Option<&History>, prefix: &str, wanted: &Wanted) -> Vec<Row> {
    let snapshot = live.snapshot();
    let delta = delta_rows(&snapshot);
    let get = |key: &str| snapshot.delta().get(key).or_else(|| snapshot.base().get(key));
    let own = history.into_iter().flat_map(History::rows).map(|past| {
        let count = history.expect("good input").count(&past.key, NOW);
        let found = get(&past.key);
        let weight = Recall::new().weight(found.map(|found| found.weight), count);
        let found = Found {
            weight,
            ..found.unwrap_or(Found::plain(weight))
        };
        Row::found(&past.key, &found, Origin::Personal)
    });
    let overridden = |row: &Row| {
        row.alias.is_none()
            && delta
                .iter()
                .any(|other| (&other.key, other.kind) == (&row.key, row.kind))
    };
    let all = base_rows(&world.entries);
    let guarded = |row: &Row| {
        let same = |other: &&Row| (&other.key, other.kind) == (&row.key, row.kind);
        row.alias.is_some()
            && all
                .iter()
                .filter(same)
                .any(|other| other.alias.is_none() && other.sensitive)
    };
    let base = all
        .iter()
        .filter(|row| !overridden(row) && !guarded(row))
        .cloned();
    let mut rows = sorted(own.collect());
    rows.extend(sorted(delta.clone()));
    rows.extend(sorted(base.collect()));
    // Stable: at equal scores in the order of the streams.
    rows.sort_by(|a, b| b.score().total_cmp(&a.score()));
    rows.retain(|row| {
        row.matched().starts_with(prefix)
            && !world.is_blocked(&row.key)
            && !world.is_blocked(row.matched())
            && wanted.passes(row)
            && (!row.sensitive || !prefix.is_empty() || row.origin == Origin::Personal)
    });
    once(rows)
}

fn once(rows: Vec<Row>) -> Vec<Row> {
    let mut kept: Vec<Row> = Vec::new();
    for row in rows {
        if !kept
            .iter()
            .any(|other| (&other.key, other.kind) == (&row.key, row.kind))
        {
            kept.push(row);
        }
    }
    kept
}

type Short = (String, String, Option<String>, Kind, Origin, f64);

fn short(suggestions: &[Suggestion]) -> Vec<Short> {
    let short = |s: &Suggestion| {
        (
            s.text.clone(),
            s.key.clone(),
            s.alias.clone(),
            s.kind,
            s.origin,
            s.score,
        )
    };
    suggestions.iter().map(short).collect()
}

fn expected<'r>(rows: impl IntoIterator<Item = &'r Row>) -> Vec<Short> {
    let short = |row: &Row| {
        (
            row.text.clone(),
            row.key.clone(),
            row.alias.clone(),
            row.kind,
            row.origin,
            row.score(),
        )
    };
    rows.into_iter().map(short).collect()
}

fn answer(completer: &Completer, typed: &str, request: &Request<'_>) -> Vec<Suggestion> {
    let completions = completer.complete(typed, request, &SystemClock);
    assert!(!completions.coverage.is_degraded());
    completions.suggestions.to_vec()
}

/// Whether each typed word has a word of its own.
fn holds(key: &str, typed: &str) -> bool {
    fn placed(wanted: &[(&str, WordMode)], free: &[&str]) -> bool {
        let Some(((text, mode), rest)) = wanted.split_first() else {
            return true;
        };
        (0..free.len()).any(|at| {
            let fits = match mode {
                WordMode::Whole => free[at] == *text,
                WordMode::Prefix => free[at].starts_with(text),
            };
            fits && placed(rest, &[&free[..at], &free[at + 1..]].concat())
        })
    }
    let wanted: Vec<_> = typed_words(typed).map(|word| (word.text, word.mode)).collect();
    let free: Vec<&str> = words(key).map(|span| &key[span]).collect();
    free.len() >= 2 && placed(&wanted, &free)
}

fn order(origin: Origin) -> usize {
    match origin {
        Origin::Base | Origin::Delta | Origin::Personal => 0,
        Origin::AnyOrder => 1,
        Origin::Respaced => 2,
        Origin::Typo => 3,
        Origin::AnyOrderTypo => 4,
        Origin::NextWord => 5,
        _ => unreachable!("no other origin"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn exact_answers_are_those_of_brute_force(
        world in world(), typed in typed(), wanted in wanted(), personal in any::<bool>(), k in 1_usize..20,
    ) {
        let (completer, live) = world.build();
        let history = world.history();
        let request = wanted.request(k).with_reach(Reach::Prefix);
        let request = match personal {
            true => request.with_history(&history, Recall::new(), NOW),
            false => request,
        };
        let prefix = Normalizer::default().fold_prefix(&typed);
        let all = exact(&world, &live, personal.then_some(&history), &prefix, &wanted);
        let found = answer(&completer, &typed, &request);
        prop_assert_eq!(short(&found), expected(all.iter().take(k)));
        for suggestion in &found {
            let parts = suggestion.explain();
            let sum = parts.weight.ln() - parts.penalty + parts.intent + parts.taste;
            prop_assert!(sum == parts.score || (sum - parts.score).abs() < 1e-9);
        }
        // Once more, perhaps from what was kept.
        prop_assert_eq!(short(&answer(&completer, &typed, &request)), expected(all.iter().take(k)));
    }

    #[test]
    fn a_wanted_intent_orders_by_score_and_boost(
        world in world(), typed in typed(), wanted in wanted(), k in 1_usize..20, strength in 0.0..4.0,
    ) {
        let (completer, live) = world.build();
        let strengths = Strengths { visual: strength, ..Strengths::default() };
        let blend = IntentBlend::new(strengths, Intent { visual: 200, ..Intent::default() });
        let prefix = Normalizer::default().fold_prefix(&typed);
        let boosted = |row: &Row| row.score() + blend.boost(row.intent);
        let mut all = exact(&world, &live, None, &prefix, &wanted);
        all.sort_by(|a, b| boosted(b).total_cmp(&boosted(a)));
        let mut rows = expected(all.iter().take(k));
        for (short, row) in rows.iter_mut().zip(&all) {
            short.5 = boosted(row);
        }
        let request = wanted.request(k).with_reach(Reach::Prefix).with_intent(blend);
        prop_assert_eq!(short(&answer(&completer, &typed, &request)), rows);
    }

    #[test]
    fn collapse_shows_one_of_each_group_and_goes_on(
        world in world(), typed in typed(), wanted in wanted(), k in 1_usize..20,
    ) {
        let (completer, live) = world.build();
        let collapse = Collapse::ALL;
        let prefix = Normalizer::default().fold_prefix(&typed);
        let mut seen: BTreeMap<u8, Seen<'_>> = BTreeMap::new();
        let mut all = exact(&world, &live, None, &prefix, &wanted);
        all.retain(|row| {
            let known = collapse.without(Collapse::SPELLING);
            let seen = seen.entry(row.kind.0).or_insert_with(|| Seen::new(known));
            seen.admits(&row.key).is_ok()
        });
        let request = wanted.request(k).with_reach(Reach::Prefix).with_collapse(collapse);
        prop_assert_eq!(short(&answer(&completer, &typed, &request)), expected(all.iter().take(k)));
    }

    #[test]
    fn words_in_any_order_follow_the_exact_ones(
        world in world(), typed in typed(), wanted in wanted(), k in 1_usize..20,
    ) {
        let (completer, live) = world.build();
        let prefix = Normalizer::default().fold_prefix(&typed);
        let mut all = exact(&world, &live, None, &prefix, &wanted);
        if words(&prefix).next().is_some() {
            let snapshot = live.snapshot();
            let mut keys: Vec<&str> = Vec::new();
            let rows = base_rows(&world.entries);
            keys.extend(rows.iter().map(|row| row.key.as_str()));
            keys.sort_unstable();
            keys.dedup();
            // One entry of a key: the heaviest.
            let found = keys.iter().filter_map(|key| {
                let row = Row::found(key, &snapshot.base().get(key)?, Origin::AnyOrder);
                (!row.sensitive && holds(key, &prefix)).then_some(row)
            });
            // What changed is found with its fresh weight.
            let mut changed = Vec::new();
            let mut walk = snapshot.delta().best_first("");
            while walk.advance().is_some() {
                let row = Row::found(walk.key(), &walk.found(), Origin::AnyOrder);
                if words(&row.key).nth(1).is_some() && !row.sensitive && holds(&row.key, &prefix) {
                    changed.push(row);
                }
            }
            let passes = |row: &Row| !world.is_blocked(&row.key) && wanted.passes(row);
            all.extend(sorted(changed.into_iter().chain(found).filter(passes).collect()));
        }
        let all = once(all);
        let request = wanted.request(k).with_reach(Reach::AnyOrder);
        prop_assert_eq!(short(&answer(&completer, &typed, &request)), expected(all.iter().take(k)));
    }

    #[test]
    fn forgiveness_harms_nobody(
        world in world(), typed in typed(), wanted in wanted(), personal in any::<bool>(), k in 1_usize..20,
    ) {
        let (completer, live) = world.build();
        let folded: Vec<(String, f64)> =
            world.entries.iter().map(|entry| (entry.text.to_lowercase(), entry.weight)).collect();
        let options = NextWordsOptions { support: 1, ..NextWordsOptions::default() };
        let model = NextWords::build(folded.iter().map(|(key, weight)| (key.as_str(), *weight)), options).expect("good input");
        let completer = completer.with_next_words(model);
        let history = world.history();
        let request = match personal {
            true => wanted.request(k).with_history(&history, Recall::new(), NOW),
            false => wanted.request(k),
        };
        let prefix = Normalizer::default().fold_prefix(&typed);
        let exact = exact(&world, &live, personal.then_some(&history), &prefix, &wanted);
        let found = answer(&completer, &typed, &request);
        let head = &found[..found.len().min(exact.len())];
        prop_assert_eq!(short(head), expected(exact.iter().take(k)));
        prop_assert!(found.len() <= k);
        let base = base_rows(&world.entries);
        let is_sensitive = |key: &str| key.split(' ').any(|word| word == SENSITIVE);
        for (at, suggestion) in found.iter().enumerate() {
            prop_assert!(!world.is_blocked(&suggestion.key), "{:?}", suggestion);
            if let Some(alias) = &suggestion.alias {
                prop_assert!(!world.is_blocked(alias));
            }
            if !suggestion.origin.is_exact() {
                let entry = base.iter().any(|row| row.key == suggestion.key);
                prop_assert!(!entry || !is_sensitive(&suggestion.key), "{:?}", suggestion);
                prop_assert!(wanted.kinds.is_empty() || wanted.kinds.contains(&suggestion.kind));
            }
            if suggestion.origin == Origin::NextWord {
                prop_assert!(suggestion.text.starts_with(&prefix) && suggestion.text.len() > prefix.len());
            }
            prop_assert!(found[..at].iter().all(|other| (&other.key, other.kind) != (&suggestion.key, suggestion.kind)));
        }
        for pair in found.windows(2) {
            let (a, b) = (order(pair[0].origin), order(pair[1].origin));
            prop_assert!(a < b || a == b && pair[0].score >= pair[1].score, "{:?}", pair);
        }
    }
}

#[test]
fn a_next_word_is_no_way_to_what_may_not_be_shown() {
    let model = |keys: &[&str]| {
        let options = NextWordsOptions {
            support: 1,
            ..NextWordsOptions::default()
        };
        NextWords::build(keys.iter().map(|key| (*key, 10.0)), options).expect("good input")
    };
    let entries = vec![
        Entry::new("red secret", 5.0).into_sensitive(),
        Entry::new("red adult", 5.0).with_context(Context(2)),
    ];
    let source = WithTerms::build_fast(entries, &Normalizer::default()).expect("good input");
    let completer = Completer::over(source)
        .with_rules(Rules::new(vec![Rule::Words("blocked".into())]).expect("good input"))
        .with_next_words(model(&["red secret", "red adult", "red blocked", "red wine"]));
    let request = Request::new(10).with_context(Context(1));
    let found = answer(&completer, "reed red", &request);
    let texts: Vec<&str> = found.iter().map(|suggestion| suggestion.text.as_str()).collect();
    assert!(
        texts.contains(&"reed red wine") && !texts.contains(&"reed red blocked"),
        "{texts:?}"
    );
    // Reachable by its own beginning, but not where the context forbids it.
    let texts: Vec<String> = answer(&completer, "red ", &request)
        .into_iter()
        .map(|s| s.text)
        .collect();
    assert_eq!(texts, ["red secret", "red wine"]);
    let boards = Request::new(10).with_kinds(&[Kind::BOARD]);
    assert!(answer(&completer, "red ", &boards).is_empty());
    assert_eq!(completer.did_you_mean("red secrt"), None);
}

#[test]
fn fresh_weights_carry_ones_own_choices() {
    let base = WithTerms::build_fast(
        vec![Entry::new("ab", 1.0), Entry::new("ac", 50.0)],
        &Normalizer::default(),
    )
    .expect("good input");
    let live = Arc::new(
        Live::builder(Arc::new(base), 0.0, Secret([3, 4]))
            .build()
            .expect("good input"),
    );
    let seen = Observation {
        text: "ab",
        user: UserId(1),
        at: 0.0,
        weight: 1000.0,
    };
    live.observe(&[seen]).expect("good input");
    live.refresh(1.0).expect("good input");
    let mut history = History::new();
    history.record("ab", NOW).expect("good input");
    let request = Request::new(1).with_history(&history, Recall::new(), NOW);
    let best = &answer(&Completer::live(live), "a", &request)[0];
    assert_eq!(best.origin, Origin::Personal);
    assert!((best.score - (1001.0_f64.ln() + 6.0 * 2.0_f64.ln())).abs() < 1e-6);
}

#[test]
fn words_that_occur_are_not_taken_for_mistyped() {
    let texts = [
        "kitchen lamp",
        "kitchen camp",
        "kitten lamp",
        "lamps chicken",
        "red wardrobe",
    ];
    let entries = texts
        .iter()
        .zip(1..)
        .map(|(text, n)| Entry::new(*text, f64::from(n)));
    let source = WithTerms::build_fast(entries.collect(), &Normalizer::default()).expect("good input");
    let walked = |typed: &str| {
        let mut walk = source.best_any_order_with_typos(typed, 1.0);
        let mut found = Vec::new();
        let mut last = f64::INFINITY;
        while let Some(score) = walk.advance() {
            assert!(score <= last);
            last = score;
            let exact = walk.found().weight.ln() - f64::from(walk.edits());
            assert!((score - exact).abs() < 1e-9);
            found.push((walk.key().to_owned(), walk.edits()));
        }
        found
    };
    assert_eq!(walked("lamp kitchen"), []);
    assert_eq!(walked("camp kitchne"), [("kitchen camp".to_owned(), 1)]);
    assert_eq!(walked("lamp kittchne"), [("kitchen lamp".to_owned(), 2)]);
    assert_eq!(walked("lapm kittn"), [("kitten lamp".to_owned(), 2)]);
    // Two errors only where one finds nothing.
    assert_eq!(walked("wradrbe red"), [("red wardrobe".to_owned(), 2)]);
    assert_eq!(walked("xyzzyx red"), []);
}
