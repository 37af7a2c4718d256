//! Building: train, assign, encode.

use super::coarse::Coarse;
use super::encode::Encoder;
use super::lists::{Lists, NO_ROW};
use super::params::{Codes, Refine, Rotate, Spill};
use super::refine::Rows;
use super::{Defaults, IvfIndex, spill};
use crate::input::Input;
use crate::kmeans::{Balance, Centres, KMeans};
use crate::quantize::{CodeBits, ProductQuantizer, Rotation, optimized_rotation};
use crate::random::Random;
use crate::{BuildError, BuildIndex, Metric, VectorKey};
use bowerbird_core::container::View;
use bowerbird_core::{Progress, SpaceId};
use ndarray::ArrayView2;

/// Vectors that codes and rotation are trained on.
const SAMPLE: usize = 16 * 1024;

/// Builds an [`IvfIndex`]: checks, trains centres and codes on samples, assigns and encodes every vector.
///
/// O(n · lists · d), as one blocked matrix product, in the rayon pool that the caller runs in; the same bytes for any
/// number of threads. While it builds it takes the vectors once more than the index.
#[derive(Clone, Debug)]
pub struct IvfBuilder {
    space: SpaceId,
    metric: Metric,
    lists: Option<u32>,
    codes: Option<Codes>,
    rotate: Rotate,
    refine: Refine,
    spill: Spill,
    probe: u32,
    candidates: u32,
    iterations: usize,
    sample: usize,
    balance: Balance,
    seed: u64,
    linked_from: u32,
    linked_for: u32,
}

/// From so many lists on their centres are linked.
const LINKED_FROM: u32 = 8192;
/// And lead to one in so many.
const LINKED_FOR: u32 = 128;

impl IvfBuilder {
    pub(super) const fn new(space: SpaceId, metric: Metric) -> Self {
        Self {
            space,
            metric,
            lists: None,
            codes: None,
            rotate: Rotate::No,
            refine: Refine::Int8,
            spill: Spill::Single,
            probe: 0,
            candidates: 0,
            iterations: 12,
            sample: 100,
            balance: Balance::Penalty(0.3),
            seed: 0,
            linked_from: LINKED_FROM,
            linked_for: LINKED_FOR,
        }
    }

    /// Sets the number of lists, brought into 1 to the number of vectors. Default: 2.6 times the root of that
    /// number.
    #[must_use]
    pub const fn with_lists(mut self, lists: u32) -> Self {
        self.lists = Some(lists);
        self
    }

    /// Sets what a list keeps of a vector. Default [`Codes::Pq4`] with a piece for every two components.
    #[must_use]
    pub const fn with_codes(mut self, codes: Codes) -> Self {
        self.codes = Some(codes);
        self
    }

    /// Sets whether vectors are rotated before they are cut into pieces. Default [`Rotate::No`]. Ignored for
    /// [`Codes::Flat`].
    #[must_use]
    pub const fn with_rotation(mut self, rotate: Rotate) -> Self {
        self.rotate = rotate;
        self
    }

    /// Sets what is kept to score the best candidates again. Default [`Refine::Int8`]. Ignored for [`Codes::Flat`],
    /// whose scores are exact.
    #[must_use]
    pub const fn with_refine(mut self, refine: Refine) -> Self {
        self.refine = refine;
        self
    }

    /// Sets in how many lists a vector stands. Default [`Spill::Single`].
    #[must_use]
    pub const fn with_spill(mut self, spill: Spill) -> Self {
        self.spill = spill;
        self
    }

    /// Sets what [`Effort::Default`](crate::Effort::Default) means: how many lists are searched, and how many
    /// candidates are scored again. 0 for a number chosen here: a sixteenth of the lists, at least 16; and 4 `k` and one
    /// for each list searched.
    #[must_use]
    pub const fn with_probe(mut self, lists: u32, refine: u32) -> Self {
        self.probe = lists;
        self.candidates = refine;
        self
    }

    /// Sets how long centres are trained: iterations (default 12), on so many vectors a list (default 100).
    #[must_use]
    pub const fn with_training(mut self, iterations: usize, vectors_a_list: usize) -> Self {
        self.iterations = iterations;
        self.sample = vectors_a_list;
        self
    }

    /// Sets whether lists are kept of about one size. Default a [`Balance::Penalty`] of 0.3, which lets
    /// a search look at a tenth fewer codes.
    #[must_use]
    pub const fn with_balance(mut self, balance: Balance) -> Self {
        self.balance = balance;
        self
    }

    /// Sets up to which share of the lists the graph over their centres finds them: at most one in so many, 1 or more.
    /// To more than one in about 128, the default, scoring all centres is faster. A search by
    /// [`Effort::Default`](crate::Effort::Default) is for a sixteenth of the lists unless [`with_probe`](Self::with_probe)
    /// says fewer.
    #[must_use]
    pub const fn with_centre_graph_for_one_in(mut self, lists: u32) -> Self {
        self.linked_for = if lists == 0 { 1 } else { lists };
        self
    }

    /// Sets from how many lists on there is a graph over their centres that finds the nearest ones, in place of scoring
    /// all centres, for a search of few lists. Default 8192.
    #[must_use]
    pub const fn with_centre_graph_from(mut self, lists: u32) -> Self {
        self.linked_from = lists;
        self
    }

    /// Sets the seed of all that is drawn. Default 0.
    #[must_use]
    pub const fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// [`BuildIndex::build`], without the trait in scope.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names the first fault; nothing is left out in silence.
    pub fn build(&self, vectors: ArrayView2<'_, f32>, keys: &[VectorKey]) -> Result<IvfIndex, BuildError> {
        BuildIndex::build(self, vectors, keys)
    }

    /// The codes asked for, with pieces that the dimension has.
    fn codes(&self) -> Codes {
        let width = self.space.dimension as usize;
        let pieces = |pieces: u32| ProductQuantizer::shape(width, pieces as usize).0 as u32;
        match self.codes {
            None => Codes::Pq4 {
                pieces: pieces(width.div_ceil(2) as u32),
            },
            Some(Codes::Flat) => Codes::Flat,
            Some(Codes::Pq4 { pieces: p }) => Codes::Pq4 { pieces: pieces(p) },
            Some(Codes::Pq8 { pieces: p }) => Codes::Pq8 { pieces: pieces(p) },
        }
    }

    fn centres(&self, rows: &[f32], width: usize) -> Centres {
        let count = rows.len() / width;
        let usual = ((2.6 * (count as f64).sqrt()) as usize).next_multiple_of(16);
        let lists = self
            .lists
            .map_or(usual, |lists| lists as usize)
            .clamp(1, count.max(1));
        KMeans::new(lists)
            .with_iterations(self.iterations)
            .with_sample(self.sample)
            .with_balance(self.balance)
            .with_seed(self.seed)
            .fit(rows, width)
    }
}

impl BuildIndex for IvfBuilder {
    type Index = IvfIndex;

    fn build_with_progress(
        &self,
        vectors: ArrayView2<'_, f32>,
        keys: &[VectorKey],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<IvfIndex, BuildError> {
        let Input { keys, rows } = Input::read(&self.space, self.metric, &vectors, keys, progress)?;
        let width = self.space.dimension as usize;
        progress(Progress::of("train", 0, 1));
        let mut centres = self.centres(&rows, width);
        progress(Progress::of("train", 1, 1));
        let codes = self.codes();
        let (refine, spilled) = match codes {
            Codes::Flat => (Refine::None, false),
            _ => (self.refine, self.spill == Spill::Second),
        };

        progress(Progress::of("assign", 0, 1));
        let first = centres.assign(&rows);
        let second = spilled.then(|| spill::second(&centres, &rows, &first));
        progress(Progress::of("assign", 1, 1));

        progress(Progress::of("encode", 0, 1));
        let refined = Rows::encode(refine, &rows, width);
        let (quantizer, rotation, turned) = self.quantizer(codes, &rows, &mut centres, &first);
        let rows = turned.as_deref().unwrap_or(&rows);
        let encoder = Encoder {
            metric: self.metric,
            rows,
            centres: &centres,
            quantizer,
            rotation,
        };
        let members = members(&first, second.as_deref(), centres.len());
        let (lists, store) = encoder.encode(&members)?;
        let places = match refined {
            Rows::None => places(&lists, &first),
            _ => Vec::new(),
        };
        progress(Progress::of("encode", 1, 1));

        let mut coarse = Coarse::new(&centres);
        if coarse.lists >= self.linked_from as usize {
            coarse.link(&centres, self.metric, self.linked_for)?;
        }
        let usual = coarse.lists.div_ceil(16).max(16) as u32;
        Ok(IvfIndex {
            space: self.space.clone(),
            metric: self.metric,
            keys: keys.into(),
            coarse,
            lists,
            store,
            rows: refined,
            places: places.into(),
            defaults: Defaults {
                lists: if self.probe == 0 { usual } else { self.probe },
                refine: self.candidates,
            },
            metadata: View::default(),
        })
    }
}

impl IvfBuilder {
    /// The quantiser of the residuals; with a rotation, also the rotated rows, and the centres are rotated in place.
    fn quantizer(
        &self,
        codes: Codes,
        rows: &[f32],
        centres: &mut Centres,
        first: &[(u32, f32)],
    ) -> (Option<ProductQuantizer>, Option<Rotation>, Option<Vec<f32>>) {
        let width = centres.width();
        let (pieces, bits) = match codes {
            Codes::Flat => return (None, None, None),
            Codes::Pq4 { pieces } => (pieces as usize, CodeBits::Four),
            Codes::Pq8 { pieces } => (pieces as usize, CodeBits::Eight),
        };
        let mut random = Random::new(self.seed ^ 0x7265_7369);
        let mut residuals = Vec::new();
        let drawn = sample_rows(first.len(), SAMPLE, &mut random);
        for row in drawn {
            let centre = &centres.rows()[first[row].0 as usize * width..][..width];
            let row = &rows[row * width..][..width];
            residuals.extend(row.iter().zip(centre).map(|(x, c)| x - c));
        }
        let (mut rotation, mut turned) = (None, None);
        if self.rotate == Rotate::Optimized {
            let found = optimized_rotation(&residuals, width, pieces, bits, self.seed);
            residuals = found.apply_all(&residuals);
            turned = Some(found.apply_all(rows));
            *centres = Centres::new(found.apply_all(centres.rows()), width);
            rotation = Some(found);
        }
        let quantizer = ProductQuantizer::train(&residuals, width, pieces, bits, self.seed);
        (Some(quantizer), rotation, turned)
    }
}

/// Rows evenly drawn from `count`, at most `wanted`.
fn sample_rows(count: usize, wanted: usize, random: &mut Random) -> Vec<usize> {
    if count <= wanted {
        return (0..count).collect();
    }
    (0..wanted)
        .map(|i| (((i as f64 + random.unit()) * (count as f64 / wanted as f64)) as usize).min(count - 1))
        .collect()
}

/// The rows of each list, ascending.
fn members(first: &[(u32, f32)], second: Option<&[u32]>, lists: usize) -> Vec<Vec<u32>> {
    let mut members = vec![Vec::new(); lists];
    for (row, (list, _)) in first.iter().enumerate() {
        members[*list as usize].push(row as u32);
        if let Some(other) = second.map(|second| second[row]).filter(|other| other != list) {
            members[other as usize].push(row as u32);
        }
    }
    members
}

/// The place of each row in the list of the nearest centre, whose code is the better one.
fn places(lists: &Lists, first: &[(u32, f32)]) -> Vec<u32> {
    let mut places = vec![NO_ROW; first.len()];
    for list in 0..lists.sizes.len() {
        for place in lists.places(list, 1) {
            let row = lists.ids[place] as usize;
            if first[row].0 as usize == list {
                places[row] = place as u32;
            }
        }
    }
    places
}
