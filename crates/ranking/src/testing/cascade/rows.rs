//! What holds of the rows of every answer: none lost, none made up, and the reports agree.

use crate::cascade::Cascade;
use crate::fate::Fate;
use crate::request::Request;
use crate::slate::Slate;
use bowerbird_core::{ItemId, StageReport, Status};
use std::collections::HashSet;
use std::sync::Arc;

/// Every candidate ends in exactly one place, the place that the slate and the reserve show it in.
pub(super) fn partition<Q>(cascade: &Cascade<Q>, request: &Request, slate: &Slate) {
    let fates = slate.fates().by_item();
    assert_eq!(fates.len(), slate.fates().len(), "a candidate was merged twice");
    let shown: Vec<ItemId> = slate.items().collect();
    assert!(shown.len() <= request.limit, "more than was asked for");
    assert_eq!(
        shown.iter().collect::<HashSet<_>>().len(),
        shown.len(),
        "an item is shown twice"
    );
    for (position, item) in shown.iter().enumerate() {
        let position = position as u32;
        assert_eq!(
            fates.get(item),
            Some(&Fate::Shown { position }),
            "{item} is shown and has another fate"
        );
    }
    let reserve: HashSet<ItemId> = slate.batch().items().iter().copied().collect();
    assert_eq!(reserve.len(), slate.batch().len(), "a row is there twice");
    let filters = cascade.parts.filters.len() + cascade.parts.late.len();
    let mut alive = 0;
    for (&item, &fate) in &fates {
        match fate {
            Fate::Shown { position } => assert_eq!(
                shown.get(position as usize),
                Some(&item),
                "{item} is said to be shown at {position}"
            ),
            Fate::NotSelected { .. } => {}
            Fate::Filtered { filter } => {
                assert!(usize::from(filter) < filters, "{item} was filtered by nobody")
            }
            Fate::Narrowed { stage, rank } => {
                let kept = slate.work.kept.get(usize::from(stage));
                assert!(
                    kept.is_some_and(|&kept| rank >= kept),
                    "{item} was narrowed away at rank {rank} of {kept:?}"
                );
            }
        }
        let lives = matches!(fate, Fate::Shown { .. } | Fate::NotSelected { .. });
        assert_eq!(
            lives,
            reserve.contains(&item),
            "{item} is {fate:?} and among the ranked rows, or neither"
        );
        alive += usize::from(lives);
    }
    assert_eq!(alive, slate.batch().len(), "a ranked row was never merged");
}

/// What left one stage entered the next.
pub(super) fn coverage<Q>(cascade: &Cascade<Q>, slate: &Slate) {
    let (parts, coverage) = (&cascade.parts, slate.coverage());
    let report = |name: &str| -> &StageReport {
        let found = coverage.stage(name);
        found.unwrap_or_else(|| panic!("no report of {name}"))
    };
    let given: u32 = parts.sources.iter().map(|slot| report(&slot.name).left).sum();
    let merge = report(&cascade.merge_name);
    assert_eq!(
        merge.entered, given,
        "the merge saw other candidates than the sources gave"
    );
    let named = |name: &Arc<str>, stage: &StageReport| *name == stage.stage;
    let mut rows = merge.left;
    let after = coverage
        .stages()
        .iter()
        .skip_while(|stage| !named(&cascade.merge_name, stage))
        .skip(1);
    for stage in after {
        if parts.late.iter().any(|slot| named(&slot.name, stage)) {
            continue;
        }
        assert_eq!(stage.entered, rows, "rows came or went before {}", stage.stage);
        let hydrates = parts.hydrators.iter().any(|slot| named(&slot.name, stage));
        if !hydrates {
            rows = stage.left;
        }
    }
    let hydrators = parts.hydrators.iter().map(|slot| &slot.name);
    hydrators
        .chain(parts.filters.iter().map(|slot| &slot.name))
        .for_each(|name| {
            report(name);
        });
    if let Some(slot) = &parts.rerank {
        let shown = report(&slot.name).left as usize;
        assert_eq!(shown, slate.len(), "the slate is not what was re-ranked");
    }
    let is_source = |stage: &StageReport| parts.sources.iter().any(|slot| slot.name == stage.stage);
    for stage in coverage.stages() {
        assert!(
            stage.left <= stage.entered || is_source(stage),
            "{} let out more than came in",
            stage.stage
        );
        if let Status::Partial { fraction, .. } = stage.status {
            assert!(
                (0.0..=1.0).contains(&fraction),
                "{} did a share of {fraction}",
                stage.stage
            );
        }
    }
}
