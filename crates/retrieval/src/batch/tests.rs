use super::*;

fn schema(sources: usize) -> Arc<BatchSchema> {
    let names = (0..sources).map(|s| format!("s{s}").into()).collect();
    Arc::new(BatchSchema::new(
        names,
        vec!["f".into()],
        vec!["h".into()],
        1,
        Vec::new(),
    ))
}

fn by(source: usize, rank: u32) -> Provenance {
    Provenance {
        source,
        rank,
        score: 1.0,
        because: None,
    }
}

#[test]
fn provenance_follows_its_row_through_narrowing() {
    let mut batch = CandidateBatch::new(schema(130));
    for item in 0..4 {
        batch.push(ItemId(item));
    }
    assert!(batch.found(2, by(0, 5)));
    assert!(batch.found(2, by(129, 1)));
    assert!(!batch.found(2, by(129, 7)), "a source finds a row once");
    batch.open_columns();
    batch.feature_mut(0).copy_from_slice(&[0.0, 1.0, 2.0, 3.0]);

    batch.select(&[3, 2]);
    assert_eq!(batch.items(), [ItemId(3), ItemId(2)]);
    assert_eq!(batch.origin(), [3, 2]);
    assert_eq!(batch.feature(0), [3.0, 2.0]);
    assert!(batch.sources(1).contains(129) && !batch.sources(1).contains(1));
    assert_eq!(batch.sources(1).len(), 2);
    assert_eq!(
        batch
            .provenance(1)
            .map(|p| (p.source, p.rank))
            .collect::<Vec<_>>(),
        [(0, 5), (129, 1)]
    );
    assert!(batch.sources(0).is_empty());
}

#[test]
fn a_cleared_batch_forgets_everything_but_its_schema() {
    let mut batch = CandidateBatch::new(schema(1));
    let row = batch.push(ItemId(1));
    batch.found(row, by(0, 0));
    batch.open_columns();
    batch.set_stage_ranks(0, 1);
    assert_eq!((batch.stage_rank(0, 0), batch.scored(0)), (Some(0), 1));
    assert_eq!(batch.top_score(0), 1.0);
    batch.clear();
    assert!(batch.is_empty() && batch.top_score(0).is_nan());
    batch.push(ItemId(2));
    batch.open_columns();
    assert_eq!(batch.stage_rank(0, 0), None);
    assert_eq!(batch.scored(0), 0);
    assert!(batch.feature(0)[0].is_nan());
    assert_eq!(batch.provenance(0).count(), 0);
}

#[test]
fn any_change_of_a_name_or_version_changes_the_hash() {
    let of = |columns: &[(&'static str, u64)]| SchemaHash::of(columns.iter().copied());
    assert_ne!(of(&[("ab", 1), ("c", 1)]), of(&[("a", 1), ("bc", 1)]));
    assert_ne!(of(&[("a", 1)]), of(&[("a", 2)]));
    assert_eq!(
        of(&[("genre_match", 3)]),
        SchemaHash(0xedb9_834d_a367_d67c),
        "the hash is stable between releases"
    );
}
