//! Checking the wiring: all that can be wrong is found here, before the first request.

use super::builder::{CascadeBuilder, Settings};
use super::error::BuildError;
use super::options::FailPolicy;
use super::parts::{HydratorKind, Parts, PhaseSlot};
use super::{Cascade, Schedule};
use crate::controller::Controller;
use bowerbird_retrieval::{BatchSchema, FeatureName, HeadName, MergePolicy, SchemaHash, Version};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// The name under which the merge reports.
const MERGE: &str = "merge";

/// The name under which the load controller reports.
const LOAD: &str = "load";

pub(super) fn wire<Q>(builder: CascadeBuilder<Q>) -> Result<Cascade<Q>, BuildError> {
    let CascadeBuilder {
        mut parts,
        features,
        settings,
        closed,
        ..
    } = builder;
    check_names(&parts)?;
    check_options(&parts, &settings)?;
    let columns = place_features(&mut parts, &features)?;
    let heads = place_heads(&mut parts)?;
    wire_scorers(&mut parts, &columns)?;
    wire_utility(&mut parts, &heads)?;
    place_hydrators(&mut parts);
    set_policies(&mut parts, closed)?;

    let schema = schema(&parts, &settings, columns, heads);
    let schedule = Schedule::of(&settings.shares, &parts);
    let controller = settings.load.map(Controller::new);
    let weights = parts.sources.iter().map(|source| source.options.weight).collect();
    let (merge_name, load_name) = (MERGE.into(), LOAD.into());
    let effect_panics = AtomicU64::new(0);
    Ok(Cascade {
        parts,
        settings,
        schema: Arc::new(schema),
        schedule,
        controller,
        weights,
        merge_name,
        load_name,
        effect_panics,
    })
}

fn stage_names<Q>(parts: &Parts<Q>) -> impl Iterator<Item = &Arc<str>> {
    let filters = parts.filters.iter().chain(&parts.late).map(|slot| &slot.name);
    parts
        .query
        .iter()
        .map(|slot| &slot.name)
        .chain(parts.sources.iter().map(|slot| &slot.name))
        .chain(filters)
        .chain(parts.hydrators.iter().map(|slot| &slot.name))
        .chain(parts.phases.iter().map(|slot| &slot.name))
        .chain(parts.rerank.iter().map(|slot| &slot.name))
}

fn check_names<Q>(parts: &Parts<Q>) -> Result<(), BuildError> {
    if parts.sources.is_empty() {
        return Err(BuildError::NoSource);
    }
    let mut seen: Vec<&str> = vec![MERGE, LOAD];
    for name in stage_names(parts) {
        if seen.contains(&&**name) {
            return Err(BuildError::DuplicateStage {
                name: Arc::clone(name),
            });
        }
        seen.push(name);
    }
    Ok(())
}

fn check_options<Q>(parts: &Parts<Q>, settings: &Settings) -> Result<(), BuildError> {
    let check = |good: bool, stage: &Arc<str>, option, expected| match good {
        true => Ok(()),
        false => Err(BuildError::InvalidOption {
            stage: Arc::clone(stage),
            option,
            expected,
        }),
    };
    for source in &parts.sources {
        let options = &source.options;
        check(options.quota > 0, &source.name, "quota", "at least 1")?;
        check(
            options.breaker.failures > 0,
            &source.name,
            "breaker.failures",
            "at least 1",
        )?;
        let weight = options.weight.is_finite() && options.weight > 0.0;
        check(weight, &source.name, "weight", "a number above 0")?;
    }
    for hydrator in &parts.hydrators {
        if let HydratorKind::Detached(_, options, _) = &hydrator.kind {
            check(
                options.breaker.failures > 0,
                &hydrator.name,
                "breaker.failures",
                "at least 1",
            )?;
        }
    }
    for phase in &parts.phases {
        check(phase.keep != Some(0), &phase.name, "keep", "at least 1")?;
    }
    let cascade: Arc<str> = "cascade".into();
    check(settings.chunk > 0, &cascade, "chunk", "at least 1")?;
    check(settings.merge_limit > 0, &cascade, "merge_limit", "at least 1")?;
    check(settings.shares.is_valid(), &cascade, "shares", "numbers above 0")?;
    check(
        parts.filters.len() + parts.late.len() < 65_534,
        &cascade,
        "filters",
        "fewer than 65,534",
    )?;
    check(
        parts.phases.len() < 65_534,
        &cascade,
        "phases",
        "fewer than 65,534",
    )?;
    let k = match settings.merge {
        MergePolicy::ReciprocalRank { k } => k,
        _ => 1.0,
    };
    check(k.is_finite() && k > 0.0, &cascade, "merge.k", "a number above 0")?;
    check(
        settings.load.is_none_or(|load| load.is_valid()),
        &cascade,
        "load_control",
        "shares in 0..=1",
    )
}

/// Gives each feature its column in the batch.
fn place_features<Q>(
    parts: &mut Parts<Q>,
    features: &[Vec<FeatureName>],
) -> Result<Vec<FeatureName>, BuildError> {
    let mut columns: Vec<FeatureName> = Vec::new();
    let mut owners: Vec<Arc<str>> = Vec::new();
    for (hydrator, features) in parts.hydrators.iter_mut().zip(features) {
        hydrator.first_column = columns.len();
        for feature in features {
            if let Some(at) = columns.iter().position(|column| column == feature) {
                let (first, second) = (Arc::clone(&owners[at]), Arc::clone(&hydrator.name));
                return Err(BuildError::DuplicateFeature {
                    feature: feature.clone(),
                    first,
                    second,
                });
            }
            columns.push(feature.clone());
            owners.push(Arc::clone(&hydrator.name));
        }
    }
    Ok(columns)
}

/// Gives each head its column in the batch.
fn place_heads<Q>(parts: &mut Parts<Q>) -> Result<Vec<HeadName>, BuildError> {
    let mut columns: Vec<HeadName> = Vec::new();
    let mut owners: Vec<Arc<str>> = Vec::new();
    for phase in &mut parts.phases {
        let PhaseSlot {
            name,
            scorer: Some(scorer),
            heads,
            ..
        } = phase
        else {
            continue;
        };
        if scorer.heads().is_empty() {
            return Err(BuildError::NoHead {
                scorer: Arc::clone(name),
            });
        }
        for head in scorer.heads() {
            if let Some(at) = columns.iter().position(|column| column == head) {
                let (first, second) = (Arc::clone(&owners[at]), Arc::clone(name));
                return Err(BuildError::DuplicateHead {
                    head: head.clone(),
                    first,
                    second,
                });
            }
            heads.push(columns.len());
            columns.push(head.clone());
            owners.push(Arc::clone(name));
        }
    }
    Ok(columns)
}

fn wire_scorers<Q>(parts: &mut Parts<Q>, columns: &[FeatureName]) -> Result<(), BuildError> {
    let versions: Vec<u64> = parts
        .hydrators
        .iter()
        .flat_map(|hydrator| std::iter::repeat_n(hydrator.version, hydrator.columns))
        .collect();
    for phase in &mut parts.phases {
        let PhaseSlot {
            name,
            scorer: Some(scorer),
            features,
            ..
        } = phase
        else {
            continue;
        };
        for feature in scorer.features() {
            let column = columns.iter().position(|column| column == feature);
            features.push(column.ok_or_else(|| BuildError::MissingFeature {
                scorer: Arc::clone(name),
                feature: feature.clone(),
            })?);
        }
        let wired = SchemaHash::of(features.iter().map(|&at| (columns[at].as_str(), versions[at])));
        if let Some(trained_on) = scorer.trained_on().filter(|&hash| hash != wired) {
            return Err(BuildError::SchemaMismatch {
                scorer: Arc::clone(name),
                trained_on,
                wired,
            });
        }
    }
    Ok(())
}

fn wire_utility<Q>(parts: &mut Parts<Q>, heads: &[HeadName]) -> Result<(), BuildError> {
    let Some(slot) = &mut parts.utility else {
        return Ok(());
    };
    for head in slot.utility.heads() {
        let column = heads.iter().position(|column| column == head);
        slot.heads
            .push(column.ok_or_else(|| BuildError::MissingHead { head: head.clone() })?);
    }
    Ok(())
}

/// Lets each hydrator run from the first phase that reads one of its features to the last that does, or in the last
/// phase if none does. It comes to each row once; a later phase does the rows that an earlier one had no time for.
fn place_hydrators<Q>(parts: &mut Parts<Q>) {
    let last = parts.phases.len() - 1;
    for (number, hydrator) in parts.hydrators.iter_mut().enumerate() {
        let columns = hydrator.first_column..hydrator.first_column + hydrator.columns;
        let reads = |phase: &PhaseSlot<Q>| phase.features.iter().any(|feature| columns.contains(feature));
        let from = parts.phases.iter().position(reads).unwrap_or(last);
        let to = parts.phases.iter().rposition(reads).unwrap_or(last);
        for phase in &mut parts.phases[from..=to] {
            phase.hydrators.push(number);
        }
        hydrator.last_phase = to;
    }
}

fn set_policies<Q>(parts: &mut Parts<Q>, closed: Vec<(String, FailPolicy)>) -> Result<(), BuildError> {
    for (name, policy) in closed {
        let filters = parts
            .filters
            .iter_mut()
            .chain(&mut parts.late)
            .map(|s| (&s.name, &mut s.fail));
        let slot = parts
            .query
            .iter_mut()
            .map(|s| (&s.name, &mut s.fail))
            .chain(parts.sources.iter_mut().map(|s| (&s.name, &mut s.options.fail)))
            .chain(filters)
            .chain(parts.hydrators.iter_mut().map(|s| (&s.name, &mut s.fail)))
            .chain(parts.phases.iter_mut().map(|s| (&s.name, &mut s.fail)))
            .chain(parts.rerank.iter_mut().map(|s| (&s.name, &mut s.fail)))
            .find(|(stage, _)| ***stage == *name);
        match slot {
            Some((_, fail)) => *fail = policy,
            None => return Err(BuildError::UnknownStage { name }),
        }
    }
    Ok(())
}

/// The names of all columns, and the version of every stage in its role: what a replay must find again.
fn schema<Q>(
    parts: &Parts<Q>,
    settings: &Settings,
    features: Vec<FeatureName>,
    heads: Vec<HeadName>,
) -> BatchSchema {
    let mut versions: Vec<Version> = Vec::new();
    let mut add = |role: &str, name: &str, version| {
        versions.push(Version {
            component: format!("{role}/{name}").into(),
            version,
        });
    };
    for slot in &parts.sources {
        add(
            if slot.fallback { "fallback" } else { "source" },
            &slot.name,
            slot.kind.version(),
        );
    }
    // How candidates are merged is a stage without a name of its own.
    let merge = format!(
        "{:?} {:?}",
        settings.merge,
        settings.canonical.as_ref().map(|(version, _)| version)
    );
    let weights = parts
        .sources
        .iter()
        .map(|slot| ("weight", u64::from(slot.options.weight.to_bits())));
    add(
        "merge",
        MERGE,
        SchemaHash::of(std::iter::once((&*merge, 0)).chain(weights)).0,
    );
    for slot in &parts.filters {
        add("filter", &slot.name, slot.filter.version());
    }
    for slot in &parts.hydrators {
        add("hydrator", &slot.name, slot.version);
    }
    for slot in &parts.phases {
        let role = if slot.keep.is_some() { "pre_rank" } else { "rank" };
        add(
            role,
            &slot.name,
            slot.scorer.as_ref().map_or(0, |scorer| scorer.version()),
        );
    }
    if let Some(slot) = &parts.utility {
        add("utility", "utility", slot.utility.version());
    }
    if let Some(slot) = &parts.rerank {
        add("rerank", &slot.name, slot.reranker.version());
    }
    for slot in &parts.late {
        add("late_filter", &slot.name, slot.filter.version());
    }
    let sources = parts.sources.iter().map(|slot| Arc::clone(&slot.name)).collect();
    BatchSchema::new(sources, features, heads, parts.phases.len(), versions)
}
