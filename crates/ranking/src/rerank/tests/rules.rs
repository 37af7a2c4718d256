use super::*;
use crate::stage::StageError;
use proptest::prelude::*;

proptest! {
    #[test]
    fn rules_hold_when_they_can(
        groups in proptest::collection::vec(0..12_u64, 30..60),
        most in 1..3_usize,
        window in 4..6_usize,
    ) {
        // Twelve rows of groups of their own at the end, so that a row that breaks nothing is always left.
        let groups: Vec<u64> = groups.into_iter().chain(100..112).collect();
        let of = groups.clone();
        let rules = Rules::over_ranking().spacing(most, window, move |item| Some(of[item.0 as usize])).build().unwrap();
        let picked = select(&rules, &batch(&falling(groups.len())), 12);
        for positions in picked.windows(window) {
            for &row in positions {
                let same = positions.iter().filter(|&&other| groups[other as usize] == groups[row as usize]).count();
                prop_assert!(same <= most, "{:?}", picked);
            }
        }
        // Greedy: no row passed over could have stood where a later one stands.
        for (at, &row) in picked.iter().enumerate() {
            for earlier in (0..row).filter(|earlier| !picked[..at].contains(earlier)) {
                let recent = &picked[at.saturating_sub(window - 1)..at];
                let same = recent.iter().filter(|&&r| groups[r as usize] == groups[earlier as usize]).count();
                prop_assert!(same >= most, "row {} could have stood at {}", earlier, at);
            }
        }
    }

    #[test]
    fn quotas_that_can_be_met_are_met(
        members in proptest::collection::vec(any::<bool>(), 30),
        rare in proptest::collection::vec(any::<bool>(), 30),
        least in 1..5_usize,
    ) {
        let (m, r) = (members.clone(), rare.clone());
        let rules = Rules::over_ranking()
            .at_least(least, 10, move |item| m[item.0 as usize])
            .at_least(2, 12, move |item| r[item.0 as usize])
            .build().unwrap();
        let picked = select(&rules, &batch(&falling(30)), 20);
        let count = |of: &[bool], first: usize| picked[..first].iter().filter(|&&row| of[row as usize]).count();
        let all = |of: &[bool]| of.iter().filter(|&&is| is).count();
        prop_assert!(count(&members, 10) >= least.min(all(&members)));
        prop_assert!(count(&rare, 12) >= 2.min(all(&rare)));
    }
}

#[test]
fn rules_are_relaxed_rather_than_leaving_places_empty() {
    let batch = batch(&falling(6));
    let one_group = Rules::over_ranking().spacing(1, 3, |_| Some(1)).build().unwrap();
    assert_eq!(select(&one_group, &batch, 6), [0, 1, 2, 3, 4, 5]);
    let never = Rules::over_ranking()
        .at_most(0, 3, |item| (item.0 < 2).then_some(0))
        .build()
        .unwrap();
    assert_eq!(
        select(&never, &batch, 6),
        [2, 3, 4, 0, 1, 5],
        "from the fourth position on they may"
    );
    // Both rules can't hold at position 3: the row that breaks one goes before the rows that break two.
    let torn = Rules::over_ranking()
        .at_most(1, 6, |item| (item.0 < 4).then_some(0))
        .at_most(2, 6, |item| (item.0 != 3).then_some(0))
        .build()
        .unwrap();
    assert_eq!(select(&torn, &batch, 6), [0, 4, 3, 5, 1, 2]);
    assert_eq!(
        select(&Rules::over_ranking().build().unwrap(), &batch, 3),
        [0, 1, 2]
    );
}

#[test]
fn wanted_members_are_taken_as_late_as_they_may() {
    let batch = batch(&falling(20));
    let fresh = Rules::over_ranking()
        .at_least(2, 5, |item| item.0 >= 15)
        .build()
        .unwrap();
    assert_eq!(select(&fresh, &batch, 7), [0, 1, 2, 15, 16, 3, 4]);
    assert_eq!(
        select(&fresh, &batch, 3),
        [0, 15, 16],
        "a short slate counts as the first positions"
    );
    let two = Rules::over_ranking()
        .at_least(1, 2, |item| item.0 == 18)
        .at_least(1, 2, |item| item.0 == 19)
        .build()
        .unwrap();
    assert_eq!(
        select(&two, &batch, 3),
        [18, 19, 0],
        "both are due, so neither position is free"
    );
}

/// Does what the test says.
struct Inner(fn() -> Result<Status, StageError>);

impl Reranker<()> for Inner {
    fn name(&self) -> &str {
        "inner"
    }

    fn select(
        &self,
        _: &(),
        _: &Ranked<'_>,
        _: &Context<'_>,
        out: &mut Selection,
    ) -> Result<Status, StageError> {
        out.pick(3);
        self.0()
    }
}

#[test]
fn rules_bear_an_inner_re_ranker_that_does_not_apply_and_pass_on_a_failure() {
    let batch = batch(&falling(5));
    let over = |inner| {
        Rules::over(Inner(inner))
            .spacing(1, 2, |item| Some(item.0 / 2))
            .build()
            .unwrap()
    };
    assert_eq!(
        select(&over(|| Err(StageError::NotApplicable)), &batch, 3),
        [3, 0, 2]
    );
    assert_eq!(
        select(&over(|| Ok(Status::Full)), &batch, 4),
        [3, 0, 2, 1],
        "after its last row the ranking goes on"
    );
    let mut selection = Selection::new(3, 5);
    let cx = Context::unhurried(&SystemClock);
    let failed = over(|| Err(StageError::failed("no")));
    assert!(
        failed
            .select(&(), &Ranked::new(&batch), &cx, &mut selection)
            .is_err()
    );
    let partial = over(|| Ok(stopped(1, 3)));
    let status = partial
        .select(&(), &Ranked::new(&batch), &cx, &mut selection)
        .unwrap();
    assert_eq!(
        (selection.rows(), status.is_degraded()),
        (&[3][..], true),
        "what would come next is not known"
    );
}

#[test]
fn the_version_of_rules_tells_what_they_run_over() {
    let version = |rules: &dyn Reranker<()>| rules.version();
    let plain = Rules::over_ranking().build().unwrap();
    let newer = Rules::over_ranking().version(2).build().unwrap();
    let over = |version| {
        Rules::over(
            Mmr::new(
                vectors(5),
                &MmrConfig {
                    version,
                    ..MmrConfig::default()
                },
            )
            .unwrap(),
        )
        .build()
        .unwrap()
    };
    assert_ne!(version(&plain), version(&newer));
    assert_ne!(version(&over(1)), version(&over(2)));
    assert_ne!(version(&over(1)), version(&plain));
}
