//! What a viewer gets, and what the host can say about it.

use crate::cascade::{Host, host};
use bowerbird::core::{ItemId, Reason, Status};
use bowerbird::ranking::evaluate::ndcg_at;
use bowerbird::ranking::{Request, Slate, Verdict};
use bowerbird::retrieval::{CandidateSink, CandidateSource, Context};
use std::time::Duration;

const SHOWN: usize = 10;

fn ask(host: &Host, user: u64) -> Slate {
    // An hour: these tests are about the answer, not about this machine.
    let request = Request::new(SHOWN).within(host.cascade.clock(), Duration::from_secs(3_600));
    host.cascade
        .run(&mut host.viewer(user), &request)
        .expect("no stage is indispensable")
}

fn status(slate: &Slate, stage: &str) -> Status {
    slate.coverage().stage(stage).expect("reported").status
}

#[test]
fn a_known_viewer_gets_a_full_slate_of_new_films_that_nothing_degraded() {
    let host = host();
    let slate = ask(host, 30);
    assert!(!slate.is_degraded(), "{:#?}", slate.coverage());
    assert_eq!(slate.len(), SHOWN);
    assert_eq!(status(&slate, "fresh"), Status::Skipped(Reason::NotNeeded));
    for source in ["graph", "ann", "popular", "same_decade"] {
        assert_eq!(status(&slate, source), Status::Full, "{source}");
        assert!(
            slate.coverage().stage(source).expect("reported").left > 0,
            "{source} found nothing"
        );
    }
    let history = host.world.past.history(host.viewer(30).user);
    for film in slate.items() {
        assert!(history.iter().all(|action| action.item != film), "{film} again");
        let year = host.world.catalogue.get(film).and_then(|film| film.year);
        assert!(year >= Some(1950), "{film} is too old");
    }
    let several = slate
        .iter()
        .filter(|placed| slate.batch().provenance(placed.row).count() > 1);
    assert!(several.count() > 0, "no film was found by two sources");
}

#[test]
fn a_new_viewer_is_answered_by_what_is_left_and_the_answer_says_so() {
    let slate = ask(host(), 9_999);
    assert_eq!(slate.len(), SHOWN);
    for source in ["graph", "ann", "same_decade"] {
        assert_eq!(status(&slate, source), Status::Skipped(Reason::NotApplicable));
    }
    assert_eq!(status(&slate, "fresh"), Status::Fallback);
    assert!(slate.is_degraded());
}

#[test]
fn a_request_that_comes_too_late_is_answered_and_says_so() {
    let host = host();
    let request = Request::new(SHOWN).within(host.cascade.clock(), Duration::ZERO);
    let slate = host
        .cascade
        .run(&mut host.viewer(30), &request)
        .expect("being late is no error");
    assert!(slate.is_degraded());
    let reports = slate.coverage().stages().len();
    assert_eq!(
        reports,
        ask(host, 30).coverage().stages().len(),
        "every stage reports"
    );
    assert_eq!(status(&slate, "since"), Status::Full, "filters run, late or not");
}

#[test]
fn every_film_has_a_story() {
    let host = host();
    let slate = ask(host, 30);
    let explain = |film| {
        let mut viewer = host.viewer(30);
        let verdict = host.cascade.explain(&mut viewer, &Request::new(SHOWN), film);
        verdict.expect("an answer")
    };
    let first = slate.items().next().expect("a slate");
    assert!(
        matches!(explain(first), Verdict::Shown { position: 0, .. }),
        "{:?}",
        explain(first)
    );

    let (old, _) = slate
        .fates()
        .iter()
        .find(|&(film, _)| {
            let year = host.world.catalogue.get(film).and_then(|film| film.year);
            year.is_some_and(|year| year < 1950)
        })
        .expect("somebody proposed an old film");
    assert_eq!(explain(old), Verdict::Filtered { by: "since".into() });

    let unheard_of = ItemId(u64::MAX);
    assert_eq!(
        explain(unheard_of),
        Verdict::NotRetrieved { degraded: Vec::new() }
    );
}

#[test]
fn a_logged_request_is_answered_again_bit_for_bit() {
    let host = host();
    let mut viewer = host.viewer(47);
    let slate = host
        .cascade
        .run(&mut viewer, &Request::new(SHOWN).traced())
        .expect("an answer");
    // The query hydrator has completed the viewer, and that is what the host logs.
    let trace = slate.trace().expect("asked for");
    let again = host.cascade.replay(&viewer, trace).expect("the same cascade");
    let bits = |slate: &Slate| -> Vec<_> {
        slate
            .iter()
            .map(|placed| (placed.item, placed.utility.to_bits()))
            .collect()
    };
    assert_eq!(bits(&again), bits(&slate));
}

#[test]
fn the_cascade_knows_more_than_popularity() {
    let host = host();
    let popular = bowerbird::retrieval::Popular::fit(&host.world.past, &Default::default()).expect("fits");
    let (mut cascade, mut popularity, mut viewers) = (0.0, 0.0, 0.0);
    // Those whom the model was not trained on.
    for (&user, later) in host.world.future.iter().filter(|(user, _)| user.0 % 2 == 1) {
        let mut viewer = host.viewer(user.0);
        let slate = host
            .cascade
            .run(&mut viewer, &Request::new(SHOWN))
            .expect("an answer");
        let mut sink = CandidateSink::with_limit(SHOWN);
        let cx = Context::unhurried(host.cascade.clock());
        popular.retrieve(&viewer, &cx, &mut sink).expect("always applies");
        let shown: Vec<ItemId> = slate.items().collect();
        cascade += ndcg_at(&shown, later, SHOWN).expect("everybody rated something later");
        popularity += ndcg_at(sink.items(), later, SHOWN).expect("likewise");
        viewers += 1.0;
    }
    assert!(viewers > 100.0);
    assert!(
        cascade > 1.2 * popularity,
        "NDCG@10 {:.4}, popularity {:.4}",
        cascade / viewers,
        popularity / viewers
    );
}
