//! Clicks, corrected for where the suggestion stood.

/// How likely people look at each position. A click needs a look and a liking; this is the part of the look, the same
/// for all suggestions (the examination hypothesis: Richardson, Dominowska and Ragno, "Predicting clicks", WWW 2007).
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct Examination(Vec<f64>);

/// What came of showing a suggestion once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Response {
    /// It was chosen.
    Chosen,
    /// It was not.
    Passed,
}

impl Examination {
    /// The lowest probability: no click counts for more than 100.
    pub const LOWEST: f64 = 0.01;

    /// These probabilities, position by position, held to [`LOWEST`](Self::LOWEST) to 1; what is no number counts as
    /// the lowest. Positions beyond have the last one's; with none given, every position has 1.
    ///
    /// They come from the host's logs: the ratio of the click rates of the same suggestions in two positions, where an
    /// [`Exploration`](super::Exploration) or chance put them, is the ratio of the two probabilities.
    pub fn new(probabilities: impl IntoIterator<Item = f64>) -> Self {
        let hold = |p: f64| {
            if p.is_nan() {
                Self::LOWEST
            } else {
                p.clamp(Self::LOWEST, 1.0)
            }
        };
        Self(probabilities.into_iter().map(hold).collect())
    }

    /// Probabilities that fall as (position + 1)^−`steepness` over this many positions (at most 1,000): a form often
    /// used where nothing was measured. Steepness 0 is no bias; below 0 counts as 0.
    pub fn falling(steepness: f64, positions: usize) -> Self {
        let steepness = steepness.max(0.0);
        Self::new((0..positions.min(1_000)).map(|at| (at as f64 + 1.0).powf(-steepness)))
    }

    /// The probability of a look at `position`, from 0.
    pub fn probability(&self, position: usize) -> f64 {
        let at = self.0.get(position).or(self.0.last());
        // Stored forms are not checked; what is out of range is held here.
        at.map_or(1.0, |p| {
            if *p >= Self::LOWEST {
                p.min(1.0)
            } else {
                Self::LOWEST
            }
        })
    }

    /// What a click at `position` counts: the reciprocal of the probability. Its expectation over looks is the liking,
    /// wherever the suggestion stood; so these may be summed as observations (Joachims, Swaminathan and Schnabel,
    /// "Unbiased learning-to-rank with biased feedback", WSDM 2017).
    pub fn click_weight(&self, position: usize) -> f64 {
        self.probability(position).recip()
    }
}

/// Clicks on one suggestion, against the looks that it is thought to have had.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Exposure {
    /// Times chosen.
    pub chosen: f64,
    /// Expected looks: the sum of the positions' probabilities over all times that it was shown.
    pub looks: f64,
}

impl Exposure {
    /// Counts one showing at `position`, from 0.
    pub fn observe(&mut self, examination: &Examination, position: usize, response: Response) {
        self.looks += examination.probability(position);
        self.chosen += match response {
            Response::Chosen => 1.0,
            Response::Passed => 0.0,
        };
    }

    /// Adds another count.
    pub fn merge(&mut self, other: Self) {
        self.chosen += other.chosen;
        self.looks += other.looks;
    }

    /// Clicks a look ("clicks over expected clicks": Zhang and Jones, "Comparing click logs and editorial labels",
    /// 2007), drawn towards `usual` as by `looks` looks that were answered at that rate. It has less variance than a
    /// sum of [click weights](Examination::click_weight), whose expectation is the same. `usual` where nothing was shown
    /// and `looks` is 0.
    pub fn rate(&self, usual: f64, looks: f64) -> f64 {
        let total = self.looks + looks;
        if total > 0.0 {
            (self.chosen + usual * looks) / total
        } else {
            usual
        }
    }
}
