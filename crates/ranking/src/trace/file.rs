//! Decision traces on disk. The byte table is in `docs/formats/decision-trace.md`.

use super::{DecisionTrace, HydratorTrace, PhaseTrace, RoundTrace, SourceTrace};
use bowerbird_core::container::{
    Container, ContainerWriter, Decoder, Encoder, Fault, LoadError, Part, SaveError, Tag,
};
use bowerbird_core::{ItemId, Reason, RequestId, Status};
use bowerbird_retrieval::{CandidateSink, SchemaHash};
use std::path::Path;

/// The kind of the files.
const KIND: Tag = Tag::new("trace");

/// The items of all sources, one source after another.
const ITEMS: Tag = Tag::new("items");

/// Their scores.
const SCORES: Tag = Tag::new("scores");

/// The items that spoke for them.
const BECAUSE: Tag = Tag::new("because");

/// What detached hydrators answered, one after another.
const VALUES: Tag = Tag::new("values");

/// The newest version of the payload, and the one that is written.
const VERSION: u32 = 1;

/// Nothing spoke for a candidate.
const NOBODY: ItemId = ItemId(u64::MAX);

/// The reasons that a trace may hold, by their words.
const REASONS: [Reason; 11] = [
    Reason::Unusable,
    Reason::Deadline,
    Reason::Error,
    Reason::Panic,
    Reason::BreakerOpen,
    Reason::Busy,
    Reason::Load,
    Reason::NotNeeded,
    Reason::NotApplicable,
    Reason::Stale,
    Reason::Limit,
];

impl DecisionTrace {
    /// Saves the trace at `path`. Whoever opens it finds the old file or the new one, whole.
    ///
    /// # Errors
    ///
    /// Why it could not be saved.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), SaveError> {
        self.writer().write_to(path)
    }

    /// The trace as it would stand in a file. The same trace gives the same bytes.
    ///
    /// # Errors
    ///
    /// When its parameters take 4 GiB or more.
    pub fn to_bytes(&self) -> Result<Vec<u8>, SaveError> {
        self.writer().to_bytes()
    }

    /// Loads a trace, checking every byte. Nothing stays mapped, and memory is bounded by the file's size.
    ///
    /// # Errors
    ///
    /// [`LoadError`] for a file that is not there, not a decision trace, damaged, or not one that a cascade would have
    /// recorded.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        Self::from_container(&Container::read(path)?)
    }

    /// A trace from the bytes of a file.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LoadError> {
        Self::from_container(&Container::from_bytes(bytes)?)
    }

    fn writer(&self) -> ContainerWriter<'static> {
        let mut params = Encoder::new();
        params
            .u64(self.request.0)
            .u64(self.limit as u64)
            .u64(self.schema.0);
        params.f32(self.quality).u64(self.merge_width as u64);
        params
            .u32(self.sources.len() as u32)
            .u32(self.failed_filters.len() as u32)
            .u32(self.phases.len() as u32)
            .u32(self.rounds.len() as u32);
        let (mut items, mut scores, mut because) = (Vec::new(), Vec::new(), Vec::new());
        for SourceTrace { status, sink } in &self.sources {
            put_status(&mut params, *status);
            params.u64(sink.limit() as u64).u64(sink.refused() as u64);
            params.u64(sink.len() as u64);
            items.extend(sink.items().iter().flat_map(|item| item.0.to_le_bytes()));
            scores.extend(sink.scores().iter().flat_map(|score| score.to_le_bytes()));
            because.extend(
                sink.iter()
                    .flat_map(|candidate| candidate.because.unwrap_or(NOBODY).0.to_le_bytes()),
            );
        }
        put_numbers(&mut params, &self.failed_filters);
        let mut values = Vec::new();
        for phase in &self.phases {
            params
                .u64(phase.keep as u64)
                .u64(phase.scored as u64)
                .u64(phase.hydrated as u64);
            put_status(&mut params, phase.status);
            params.u32(phase.hydrators.len() as u32);
            for hydrator in &phase.hydrators {
                params.u32(hydrator.at as u32).u64(hydrator.rows as u64);
                params.text(hydrator.stopped.map_or("", Reason::as_str));
                params.flag(hydrator.values.is_some());
                let answered = hydrator.values.as_deref().unwrap_or_default();
                params.u64(answered.len() as u64);
                values.extend(answered.iter().flat_map(|value| value.to_le_bytes()));
            }
        }
        for round in &self.rounds {
            params.u64(round.picked as u64);
            put_status(&mut params, round.status);
            params.u32(round.failed.len() as u32);
            put_numbers(&mut params, &round.failed);
        }
        let mut writer = ContainerWriter::new(KIND, VERSION);
        writer
            .params(params)
            .section(ITEMS, items)
            .section(SCORES, scores)
            .section(BECAUSE, because)
            .section(VALUES, values);
        writer
    }

    fn from_container(container: &Container) -> Result<Self, LoadError> {
        container.expect(KIND, VERSION)?;
        container.verify()?;
        let mut params = container.params();
        let params = &mut params;
        let (request, limit) = (RequestId(params.u64()?), size(params)?);
        let (schema, quality) = (SchemaHash(params.u64()?), params.f32()?);
        if !(0.0..=1.0).contains(&quality) {
            return Err(invalid("a quality is 0 to 1"));
        }
        let merge_width = size(params)?;
        let (sources, filters) = (params.u32()?, params.u32()?);
        let (phases, rounds) = (params.u32()?, params.u32()?);
        let mut candidates = Candidates::of(container)?;
        let mut values = container.elements::<f32>(VALUES)?;
        // Each entry of these lists takes some bytes of the parameters, so a hostile count ends with them and not with
        // the memory.
        let trace = Self {
            request,
            limit,
            schema,
            quality,
            merge_width,
            sources: list(sources, || source(params, &mut candidates))?,
            failed_filters: list(filters, || Ok(params.u32()? as usize))?,
            phases: list(phases, || phase(params, &mut values))?,
            rounds: list(rounds, || round(params))?,
        };
        params.clone().finish()?;
        if !candidates.items.is_empty() {
            return Err(LoadError::invalid(ITEMS, "every candidate is a source's"));
        }
        if !values.is_empty() {
            return Err(LoadError::invalid(VALUES, "every value is a hydrator's"));
        }
        Ok(trace)
    }
}

/// The candidates not yet read.
struct Candidates<'a> {
    items: &'a [ItemId],
    scores: &'a [f32],
    because: &'a [ItemId],
}

impl<'a> Candidates<'a> {
    fn of(container: &'a Container) -> Result<Self, LoadError> {
        let (items, scores) = (container.elements(ITEMS)?, container.elements::<f32>(SCORES)?);
        let because: &[ItemId] = container.elements(BECAUSE)?;
        if scores.len() != items.len() {
            return Err(LoadError::invalid(SCORES, "a score for each item"));
        }
        if because.len() != items.len() {
            return Err(LoadError::invalid(BECAUSE, "an entry for each item"));
        }
        if !scores.iter().all(|score| score.is_finite()) {
            return Err(LoadError::invalid(SCORES, "a score is finite"));
        }
        Ok(Self {
            items,
            scores,
            because,
        })
    }

    /// Moves the next `count` candidates into `sink`.
    fn take(&mut self, count: usize, sink: &mut CandidateSink) -> Result<(), LoadError> {
        let cut = LoadError::invalid(ITEMS, "as many candidates as the sources gave");
        let Some((items, rest)) = self.items.split_at_checked(count) else {
            return Err(cut);
        };
        for ((&item, &score), &because) in items.iter().zip(self.scores).zip(self.because) {
            sink.push_because(item, score, Some(because).filter(|&item| item != NOBODY));
        }
        self.items = rest;
        (self.scores, self.because) = (&self.scores[count..], &self.because[count..]);
        Ok(())
    }
}

fn source(params: &mut Decoder<'_>, candidates: &mut Candidates<'_>) -> Result<SourceTrace, LoadError> {
    let status = status(params)?;
    let (limit, refused, count) = (size(params)?, size(params)?, size(params)?);
    if count > limit {
        return Err(invalid("a source gives no more than its limit"));
    }
    let mut sink = CandidateSink::with_limit(limit).with_refused(refused);
    candidates.take(count, &mut sink)?;
    Ok(SourceTrace { status, sink })
}

fn phase(params: &mut Decoder<'_>, values: &mut &[f32]) -> Result<PhaseTrace, LoadError> {
    let (keep, scored, hydrated) = (size(params)?, size(params)?, size(params)?);
    let (status, hydrators) = (status(params)?, params.u32()?);
    Ok(PhaseTrace {
        keep,
        scored,
        hydrated,
        status,
        hydrators: list(hydrators, || hydrator(params, values))?,
    })
}

fn hydrator(params: &mut Decoder<'_>, values: &mut &[f32]) -> Result<HydratorTrace, LoadError> {
    let (at, rows) = (params.u32()? as usize, size(params)?);
    let stopped = match params.text()? {
        "" => None,
        word => Some(reason(word)?),
    };
    let (has_answered, count) = (params.flag()?, size(params)?);
    if !has_answered && count > 0 {
        return Err(invalid("no values without an answer"));
    }
    let cut = LoadError::invalid(VALUES, "as many values as the hydrators answered");
    let Some((own, rest)) = values.split_at_checked(count) else {
        return Err(cut);
    };
    *values = rest;
    Ok(HydratorTrace {
        at,
        rows,
        stopped,
        values: has_answered.then(|| own.to_vec()),
    })
}

fn round(params: &mut Decoder<'_>) -> Result<RoundTrace, LoadError> {
    let (picked, status, failed) = (size(params)?, status(params)?, params.u32()?);
    Ok(RoundTrace {
        picked,
        status,
        failed: list(failed, || Ok(params.u32()? as usize))?,
    })
}

fn list<T>(count: u32, mut one: impl FnMut() -> Result<T, LoadError>) -> Result<Vec<T>, LoadError> {
    (0..count).map(|_| one()).collect()
}

fn size(params: &mut Decoder<'_>) -> Result<usize, LoadError> {
    usize::try_from(params.u64()?).map_err(|_| invalid("a number of rows fits this machine"))
}

fn put_numbers(params: &mut Encoder, numbers: &[usize]) {
    for &number in numbers {
        params.u32(number as u32);
    }
}

fn put_status(params: &mut Encoder, status: Status) {
    match status {
        Status::Full => params.u8(0),
        Status::Partial { fraction, reason } => params.u8(1).f32(fraction).text(reason.as_str()),
        Status::Skipped(reason) => params.u8(2).text(reason.as_str()),
        Status::Failed(reason) => params.u8(3).text(reason.as_str()),
        Status::Fallback => params.u8(4),
    };
}

fn status(params: &mut Decoder<'_>) -> Result<Status, LoadError> {
    Ok(match params.u8()? {
        0 => Status::Full,
        1 => Status::Partial {
            fraction: params.f32()?,
            reason: reason(params.text()?)?,
        },
        2 => Status::Skipped(reason(params.text()?)?),
        3 => Status::Failed(reason(params.text()?)?),
        4 => Status::Fallback,
        _ => return Err(invalid("a status is 0 to 4")),
    })
}

fn reason(word: &str) -> Result<Reason, LoadError> {
    let known = REASONS.into_iter().find(|reason| reason.as_str() == word);
    known.ok_or(invalid("a reason is one of the known words"))
}

const fn invalid(rule: &'static str) -> LoadError {
    LoadError::Corrupt {
        part: Part::Params,
        fault: Fault::Invalid { rule },
    }
}
