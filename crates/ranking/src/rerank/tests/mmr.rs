use super::*;
use proptest::prelude::*;

/// The definition, word for word: every row against every pick, every time.
fn plain_mmr(utilities: &[f32], lambda: f32, depth: usize, limit: usize) -> Vec<u32> {
    let vectors = vectors(5);
    let unit = |row: usize| {
        let mut v = [0.0_f32; 5];
        if !vectors.read(ItemId(row as u64), &mut v) {
            return None;
        }
        let norm = v.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
        Some(v.map(|x| (f64::from(x) / norm) as f32))
    };
    let like = |a: usize, b: usize| match (unit(a), unit(b)) {
        (Some(a), Some(b)) => bowerbird_core::kernel::dot(&a, &b).clamp(0.0, 1.0),
        _ => 0.0,
    };
    let looked_at = &utilities[..depth.min(utilities.len())];
    let finite = looked_at.iter().copied().filter(|u| u.is_finite());
    let (low, high) = finite.fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), u| {
        (l.min(u), h.max(u))
    });
    let (low, span) = (f64::from(low), f64::from(high) - f64::from(low));
    let worth = |u: f32| {
        if span > 0.0 {
            ((f64::from(u) - low) / span) as f32
        } else {
            1.0
        }
    };
    let mut picked: Vec<u32> = Vec::new();
    while picked.len() < limit.min(utilities.len()) {
        let mut best: Option<(usize, f32)> = None;
        for (row, &u) in looked_at.iter().enumerate() {
            if u.is_nan() || picked.contains(&(row as u32)) {
                continue;
            }
            let likeness = picked.iter().map(|&p| like(row, p as usize)).fold(0.0, f32::max);
            let score = lambda * worth(u) - (1.0 - lambda) * likeness;
            if best.is_none_or(|(_, top)| score > top) {
                best = Some((row, score));
            }
        }
        let next = best.map(|(row, _)| row as u32);
        let rest = (0..utilities.len() as u32).find(|row| !picked.contains(row));
        picked.push(next.or(rest).unwrap());
    }
    picked
}

proptest! {
    #[test]
    fn lazy_mmr_is_the_definition(
        utilities in proptest::collection::vec(prop_oneof![9 => -2.0_f32..2.0, 1 => Just(f32::NAN)], 0..40),
        lambda in 0.0_f32..=1.0,
        depth in 1..50_usize,
        limit in 0..45_usize,
    ) {
        let batch = batch(&utilities);
        let expected = plain_mmr(&utilities, lambda, depth, limit);
        prop_assert_eq!(select(&mmr(lambda, depth), &batch, limit), expected);
    }
}

#[test]
fn mmr_at_its_ends_is_the_ranking_and_pure_variety() {
    let batch = batch(&falling(30));
    assert_eq!(select(&mmr(1.0, 500), &batch, 30), (0..30).collect::<Vec<_>>());
    let axes = vectors_fn(3, |item: ItemId, out: &mut [f32]| {
        out[(item.0 / 10) as usize] = 2.0;
        true
    });
    let varied = Mmr::new(
        axes,
        &MmrConfig {
            lambda: 0.0,
            ..MmrConfig::default()
        },
    )
    .unwrap();
    assert_eq!(
        select(&varied, &batch, 4),
        [0, 10, 20, 1],
        "one of each, then all are equally alike"
    );
    let weighed = |lambda| {
        let axes = vectors_fn(3, |item: ItemId, out: &mut [f32]| {
            out[(item.0 / 10) as usize] = 2.0;
            true
        });
        select(
            &Mmr::new(
                axes,
                &MmrConfig {
                    lambda,
                    ..MmrConfig::default()
                },
            )
            .unwrap(),
            &batch,
            3,
        )
    };
    // Row 1 is worth 28/29 and just like row 0; rows 10 and 20 are worth 19/29 and 9/29 and like nothing before.
    assert_eq!(weighed(0.8), [0, 1, 2], "0.8·28/29 - 0.2 > 0.8·19/29");
    assert_eq!(weighed(0.7), [0, 10, 1], "0.7·9/29 < 0.7·28/29 - 0.3 < 0.7·19/29");
    assert_eq!(weighed(0.5), [0, 10, 20], "0.5·9/29 > 0.5·28/29 - 0.5");
}

#[test]
fn mmr_goes_on_from_rows_that_were_pinned() {
    let batch = batch(&falling(30));
    let axes = vectors_fn(3, |item: ItemId, out: &mut [f32]| {
        out[(item.0 / 10) as usize] = 1.0;
        true
    });
    let mmr = Mmr::new(
        axes,
        &MmrConfig {
            lambda: 0.5,
            depth: 25,
            ..MmrConfig::default()
        },
    )
    .unwrap();
    let mut selection = Selection::new(4, 30);
    selection.pick(5);
    selection.pick(29);
    let cx = Context::unhurried(&SystemClock);
    Reranker::<()>::select(&mmr, &(), &Ranked::new(&batch), &cx, &mut selection).unwrap();
    assert_eq!(selection.rows(), [5, 29, 10, 20]);
}

#[test]
fn rows_without_columns_are_borne() {
    let mut bare = CandidateBatch::new(Arc::new(BatchSchema::new(vec![], vec![], vec![], 0, vec![])));
    bare.push(ItemId(1));
    assert_eq!(select(&mmr(0.5, 10), &bare, 5), [0]);
}
