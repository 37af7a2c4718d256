//! Figures against sums by hand and by brute force.

use bowerbird_typeahead::evaluate::{
    Alarm, DriftAlarm, Evaluation, Examination, Harm, LagReport, Lags, Quality, churn, head_word,
};
use bowerbird_typeahead::normalize::{Diacritics, Normalizer};
use proptest::prelude::*;

const NONE: [&str; 0] = [];

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

#[test]
fn places_and_shares_by_hand() {
    let mut evaluation = Evaluation::new(2);
    assert_eq!(evaluation.record("s", "sofa", &["sofa", "sale"]), Some(1));
    assert_eq!(
        evaluation.record("so", "sofa", &["soap", "SÓFA", "sofa"]),
        Some(2)
    );
    assert_eq!(evaluation.record("b", "bed", &["boat", "bike", "bed"]), None);
    assert_eq!(evaluation.record("be ", "bed", &NONE), None);
    let report = evaluation.report();
    assert_eq!(
        report.overall,
        Quality {
            inputs: 4,
            coverage: 0.75,
            success_at_1: 0.25,
            success_at_k: 0.5,
            mrr: 1.5 / 4.0,
            diversity: 1.0
        }
    );
    let lengths: Vec<_> = report
        .by_length
        .iter()
        .map(|row| (row.length, row.quality.inputs, row.quality.mrr))
        .collect();
    assert_eq!(lengths, [(1, 2, 0.5), (2, 1, 0.5), (3, 1, 0.0)]);
}

#[test]
fn an_empty_evaluation_reports_zeros() {
    let report = Evaluation::new(10).report();
    assert_eq!(report.overall, Quality::default());
    assert!(report.by_length.is_empty());
    assert_eq!((report.sessions.sessions, report.sessions.p_saved), (0, 0.0));
}

#[test]
fn sessions_by_hand() {
    // Four characters; second place after one, first place after two.
    let mut evaluation = Evaluation::new(10);
    evaluation.record("s", "sofa", &["sale", "sofa"]);
    evaluation.record("so", "sofa", &["sofa"]);
    let sessions = evaluation.report().sessions;
    assert_eq!(sessions.sessions, 1);
    assert!(near(sessions.keystrokes_saved, 0.75));
    assert!(near(sessions.keystrokes_saved_with_steps, 0.25));
    // Half the people look at the second place and save 3 of 4; the others all look at the first one later.
    assert!(near(sessions.p_saved, 1.0));
    assert!(near(sessions.e_saved, 0.5 * 0.75 + 0.5 * 0.5));

    let learned = Examination::ByPlace(vec![0.4, f64::NAN]);
    let mut evaluation = Evaluation::new(10).with_examination(learned);
    evaluation.record("s", "sofa", &["sale", "sofa"]);
    evaluation.record("so", "sofa", &["sofa"]);
    evaluation.record("sof", "sofa", &["sofa"]);
    let sessions = evaluation.report().sessions;
    assert!(near(sessions.p_saved, 0.4 + 0.6 * 0.4));
    assert!(near(sessions.e_saved, 0.4 * 0.5 + 0.6 * 0.4 * 0.25));
}

#[test]
fn a_session_ends_where_it_must() {
    let count = |typed: &[(&str, &str)]| {
        let mut evaluation = Evaluation::new(10);
        evaluation.run(typed.iter().copied(), |_| NONE.to_vec());
        evaluation.report().sessions.sessions
    };
    assert_eq!(count(&[("s", "sofa"), ("so", "sofa"), ("s\u{f6}f", "Sofa")]), 1);
    assert_eq!(count(&[("s", "sofa"), ("so", "sofa"), ("s", "sofa")]), 2);
    assert_eq!(count(&[("s", "sofa"), ("b", "bed"), ("so", "sofa")]), 3);
    let mut evaluation = Evaluation::new(10);
    evaluation.record("s", "sofa", &["sofa"]);
    evaluation.end_session();
    evaluation.end_session();
    evaluation.record("so", "sofa", &NONE);
    let sessions = evaluation.report().sessions;
    assert_eq!(sessions.sessions, 2);
    assert!(near(sessions.keystrokes_saved, 0.75 / 2.0));
}

#[test]
fn typing_more_than_the_target_saves_nothing() {
    let mut evaluation = Evaluation::new(10);
    evaluation.record("beeed", "bed", &["bed"]);
    let sessions = evaluation.report().sessions;
    assert_eq!((sessions.keystrokes_saved, sessions.e_saved), (0.0, 0.0));
    assert_eq!(sessions.p_saved, 1.0);
}

#[test]
fn texts_are_compared_as_they_are_folded() {
    let mut strict = Evaluation::new(5).with_normalizer(Normalizer::new().with_diacritics(Diacritics::Keep));
    assert_eq!(strict.record("c", "Café", &["cafe", "CAFÉ"]), Some(2));
    assert_eq!(Evaluation::new(5).record("c", "Café", &["cafe", "CAFÉ"]), Some(1));
}

#[test]
fn diversity_counts_head_words() {
    assert_eq!(head_word("living room ideas"), "ideas");
    assert_eq!(head_word("!"), "!");
    let mut evaluation = Evaluation::new(10);
    evaluation.record("l", "x", &["living room ideas", "loft ideas", "lamp", "Lamp"]);
    evaluation.record("z", "x", &NONE);
    assert!(near(evaluation.report().overall.diversity, 0.5));
}

#[test]
fn churn_is_the_share_that_changed() {
    assert_eq!(churn(&["a", "b"], &["b", "a"], 10), 0.0);
    assert_eq!(churn(&["a", "b"], &["c"], 10), 1.0);
    assert_eq!(churn(&["a", "b", "c", "d"], &["a", "x", "c", "d"], 4), 0.25);
    assert_eq!(churn(&["a", "b"], &["a", "x"], 1), 0.0);
    assert_eq!(churn(&["a"], &["a", "x"], 2), 0.5);
    assert_eq!(churn(&NONE, &NONE, 10), 0.0);
    assert_eq!(churn(&NONE, &["a"], 10), 1.0);
}

#[test]
fn drift_alarms_until_it_is_accepted() {
    let mut alarm = DriftAlarm::new(Harm::Falling);
    for figure in [0.60, 0.61, f64::NAN, 0.60, 0.61] {
        assert_eq!(alarm.observe(figure), Alarm::Learning);
    }
    assert_eq!(alarm.observe(0.598), Alarm::Quiet);
    assert_eq!(alarm.observe(0.9), Alarm::Quiet);
    let mut alarm = DriftAlarm::new(Harm::Falling).with_window(3, 2).with_margin(0.05);
    for figure in [0.6, 0.6] {
        alarm.observe(figure);
    }
    assert_eq!(alarm.observe(0.56), Alarm::Quiet);
    for _ in 0..5 {
        assert!(matches!(alarm.observe(0.4), Alarm::Drift { by } if (by - 0.5600 / 3.0).abs() < 1e-9));
    }
    assert_eq!(alarm.observe(f64::NAN), Alarm::Drift { by: f64::INFINITY });
    alarm.accept();
    assert_eq!(alarm.observe(0.4), Alarm::Learning);

    let mut alarm = DriftAlarm::new(Harm::Rising).with_window(2, 2);
    for figure in [0.1, 0.1] {
        alarm.observe(figure);
    }
    assert_eq!(alarm.observe(0.0), Alarm::Quiet);
    assert!(matches!(alarm.observe(0.9), Alarm::Drift { .. }));
}

#[test]
fn a_noisy_figure_needs_a_larger_drop() {
    let mut alarm = DriftAlarm::new(Harm::Falling);
    for figure in [0.5, 0.7, 0.5, 0.7] {
        alarm.observe(figure);
    }
    assert_eq!(alarm.observe(0.45), Alarm::Quiet);
    assert!(matches!(alarm.observe(0.1), Alarm::Drift { .. }));
}

#[test]
fn lags_run_from_change_to_sight() {
    let mut lags = Lags::new(2);
    assert_eq!(lags.report(), LagReport::default());
    lags.changed("a", 10.0);
    lags.changed("a", 11.0);
    lags.changed("b", 10.0);
    lags.changed("c", 10.0);
    assert_eq!(lags.seen("c", 12.0), None);
    assert_eq!(lags.seen("a", f64::NAN), None);
    assert_eq!(lags.seen("a", 12.0), Some(2.0));
    assert_eq!(lags.seen("a", 13.0), None);
    assert_eq!(lags.seen("b", 9.0), Some(0.0));
    lags.changed("d", f64::NAN);
    lags.changed("e", 0.0);
    let report = lags.report();
    assert_eq!((report.seen, report.waiting, report.refused), (2, 1, 2));
    assert_eq!((report.mean, report.longest), (1.0, 2.0));
    assert_eq!(lags.seen("e", 1e12), Some(1e12));
    assert_eq!(lags.report().p99, 1e12);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn quantiles_are_within_five_per_cent(lags in prop::collection::vec(1e-6f64..1e5, 1..200)) {
        let mut recorder = Lags::new(1);
        for lag in &lags {
            recorder.changed("x", 0.0);
            recorder.seen("x", *lag);
        }
        let mut sorted = lags.clone();
        sorted.sort_by(f64::total_cmp);
        let report = recorder.report();
        for (share, found) in [(0.5, report.p50), (0.99, report.p99)] {
            let exact = sorted[((sorted.len() as f64 * share).ceil() as usize).max(1) - 1];
            prop_assert!(found >= exact * 0.999_999 && found <= exact * 1.050_001, "{} for {}", found, exact);
        }
    }

    /// One session of a target typed out, its place at each keystroke drawn; figures by the formulas as they are written.
    #[test]
    fn session_figures_follow_their_formulas(places in prop::collection::vec(prop::option::of(1usize..6), 1..12)) {
        let target = "abcdefghijklmno";
        let mut evaluation = Evaluation::new(4);
        for (at, place) in places.iter().enumerate() {
            let mut list: Vec<String> = (0..6).map(|n| format!("other {n}")).collect();
            if let Some(place) = place {
                list[place - 1] = target.to_owned();
            }
            evaluation.record(&target[..=at], target, &list);
        }
        let length = target.len() as f64;
        let seen = |at: usize| places[at].filter(|place| *place <= 4);
        let use_at = |at: usize| seen(at).map_or(0.0, |place| 1.0 / place as f64);
        let unused_before = |at: usize| (0..at).map(|earlier| 1.0 - use_at(earlier)).product::<f64>();
        let p_saved = 1.0 - unused_before(places.len());
        let e_saved: f64 = (0..places.len())
            .map(|at| (1.0 - (at + 1) as f64 / length) * use_at(at) * unused_before(at))
            .sum();
        let best = (0..places.len()).find(|at| seen(*at).is_some()).map_or(0.0, |at| 1.0 - (at + 1) as f64 / length);
        let paid = (0..places.len())
            .filter_map(|at| Some(1.0 - (at + 1 + seen(at)?) as f64 / length))
            .fold(0.0, f64::max);
        let report = evaluation.report();
        prop_assert!(near(report.sessions.p_saved, p_saved) && near(report.sessions.e_saved, e_saved));
        prop_assert!(near(report.sessions.keystrokes_saved, best) && near(report.sessions.keystrokes_saved_with_steps, paid));
        let mrr = (0..places.len()).map(use_at).sum::<f64>() / places.len() as f64;
        prop_assert!(near(report.overall.mrr, mrr));
        prop_assert_eq!(report.overall.inputs, places.len() as u64);
    }
}
