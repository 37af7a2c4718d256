//! The nearest item vectors to the query's.

use crate::als::AlsModel;
use crate::context::Context;
use crate::encode::QueryEncoder;
use crate::error::{BuildError, SourceError};
use crate::fingerprint::Fingerprint;
use crate::query::History;
use crate::scratch::ScratchPool;
use crate::source::{CandidateSink, CandidateSource};
use bowerbird_core::{ItemId, Status};
use bowerbird_vsearch::ndarray::ArrayView2;
use bowerbird_vsearch::{
    Effort, FlatIndex, Hits, HnswIndex, Metric, ScoreOrder, SearchParams, VectorIndex, VectorKey,
};
use std::fmt;
use std::sync::Arc;

/// Items whose vectors are nearest to the query's, from any [`VectorIndex`] whose keys are item ids.
///
/// The score is the index's own for similarities, and its negative for distances. The items of the history are not
/// proposed: the search asks for as many hits more.
pub struct AnnSource<E> {
    name: Arc<str>,
    index: Arc<dyn VectorIndex>,
    encoder: E,
    effort: Effort,
    content: u64,
    scratch: ScratchPool<Buffers>,
}

#[derive(Debug, Default)]
struct Buffers {
    vector: Vec<f32>,
    seen: Vec<ItemId>,
    hits: Hits,
}

impl<E> AnnSource<E> {
    /// A source that asks `index` with the vectors of `encoder`. `Q` is the host's query.
    ///
    /// ```
    /// use bowerbird_retrieval::{AlsConfig, AlsModel, AnnSource, Event, FeedQuery, Interactions, als_index};
    /// use bowerbird_core::{ItemId, UserId};
    /// use std::sync::Arc;
    ///
    /// let event = |user, item| Event { user: UserId(user), item: ItemId(item), at: 0, weight: 1.0 };
    /// let events = Interactions::from_events([event(1, 7), event(1, 8), event(2, 8), event(2, 9)])?;
    /// let model = Arc::new(AlsModel::fit(&events, &AlsConfig { factors: 8, ..Default::default() })?);
    /// let index = Arc::new(als_index(&model)?);
    /// let source = AnnSource::new::<FeedQuery>(index, model)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`BuildError::Space`] when the two speak of different vector spaces.
    pub fn new<Q: ?Sized>(index: Arc<dyn VectorIndex>, encoder: E) -> Result<Self, BuildError>
    where
        E: QueryEncoder<Q>,
    {
        index.space().ensure_same(encoder.space())?;
        Ok(Self {
            name: "ann".into(),
            index,
            encoder,
            effort: Effort::Default,
            content: 1,
            scratch: ScratchPool::new(),
        })
    }

    /// The same source under another name; "ann" without.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = name.into();
        self
    }

    /// Tries harder, or less hard, than the index was tuned for.
    #[must_use]
    pub const fn with_effort(mut self, effort: Effort) -> Self {
        self.effort = effort;
        self
    }

    /// Says which content the index has; 1 without. Needed when other vectors of the same space take the place of as many
    /// others: an index doesn't tell.
    #[must_use]
    pub const fn versioned(mut self, content: u64) -> Self {
        self.content = content;
        self
    }
}

impl<E> fmt::Debug for AnnSource<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnnSource")
            .field("name", &self.name)
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}

impl<Q: History + ?Sized, E: QueryEncoder<Q>> CandidateSource<Q> for AnnSource<E> {
    fn name(&self) -> &str {
        &self.name
    }

    /// A hash of the encoder's version, of what the index tells of itself, of the effort and of
    /// [`versioned`](AnnSource::versioned).
    fn version(&self) -> u64 {
        let index = &self.index;
        Fingerprint::of("ann")
            .word(self.encoder.version())
            .word(index.space().version)
            .word(index.len() as u64)
            .text(&format!("{:?} {:?}", index.metric(), self.effort))
            .word(self.content)
            .finish()
    }

    fn retrieve(&self, query: &Q, cx: &Context<'_>, out: &mut CandidateSink) -> Result<Status, SourceError> {
        let mut buffers = self.scratch.take();
        let Buffers { vector, seen, hits } = &mut *buffers;
        vector.resize(self.index.dimension(), 0.0);
        self.encoder.encode(query, vector)?;

        seen.clear();
        seen.extend(query.history().iter().map(|action| action.item));
        seen.sort_unstable();
        seen.dedup();
        let wanted = out.limit().saturating_sub(out.len());
        if wanted == 0 {
            return Ok(Status::Full);
        }
        let params = SearchParams::new(wanted.saturating_add(seen.len()))
            .with_effort(self.effort)
            .with_deadline(cx.deadline, cx.clock);
        let report = self
            .index
            .search(vector, &params, hits)
            .map_err(SourceError::failed)?;
        let order = self.index.metric().order();
        for hit in &*hits {
            let item = ItemId(hit.key.0);
            if seen.binary_search(&item).is_err() {
                let score = if order == ScoreOrder::Ascending {
                    -hit.score
                } else {
                    hit.score
                };
                if !out.push(item, score) {
                    break;
                }
            }
        }
        Ok(report.status)
    }
}

/// An exact index of a model's item vectors under their dot product.
///
/// # Errors
///
/// [`bowerbird_vsearch::BuildError`] when a vector is not finite.
pub fn als_index(model: &AlsModel) -> Result<FlatIndex, bowerbird_vsearch::BuildError> {
    let (keys, vectors) = items(model)?;
    FlatIndex::builder(model.space().clone(), Metric::InnerProduct).build(vectors, &keys)
}

/// A graph of a model's item vectors under their dot product: for catalogues of which an exact scan takes too long. A
/// request for `k` items finds about all of the `k` best; [`AnnSource::with_effort`] makes it try harder. Built in the
/// caller's rayon pool.
///
/// # Errors
///
/// [`bowerbird_vsearch::BuildError`] when a vector is not finite.
pub fn als_graph(model: &AlsModel) -> Result<HnswIndex, bowerbird_vsearch::BuildError> {
    let (keys, vectors) = items(model)?;
    HnswIndex::builder(model.space().clone(), Metric::InnerProduct).build(vectors, &keys)
}

/// Item ids as keys, and the items' vectors.
fn items(model: &AlsModel) -> Result<(Vec<VectorKey>, ArrayView2<'_, f32>), bowerbird_vsearch::BuildError> {
    let keys: Vec<VectorKey> = model.items().ids().iter().map(|item| VectorKey(item.0)).collect();
    let width = model.space().dimension as usize;
    let vectors = ArrayView2::from_shape((keys.len(), width), model.item_factors())
        .map_err(|_| bowerbird_vsearch::BuildError::NotContiguous)?;
    Ok((keys, vectors))
}
