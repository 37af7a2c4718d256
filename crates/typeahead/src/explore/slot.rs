//! One slot that is, now and then, given to a suggestion from further down.

/// How a suggestion is drawn from those further down.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Choice {
    /// All alike.
    #[default]
    Uniform,
    /// In proportion to e^(score / temperature). The score is ln(weight), so temperature 1 draws by weight; a higher
    /// one is bolder. What is no number above 0 draws as [`Uniform`](Self::Uniform).
    Softmax {
        /// In units of the score.
        temperature: f64,
    },
}

/// The rule of exploration: with probability *epsilon*, the suggestion in one position gives way to one from the tail.
///
/// The tail is what stands below the slate: the `reach` best of it. Everything else stays where it is, so exploring
/// costs one slot and no order. Who is eligible is decided before: give only scores of what may be shown.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Exploration {
    epsilon: f64,
    position: usize,
    reach: usize,
    choice: Choice,
}

/// What is shown, and with which probability each suggestion came to its place.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Slate {
    /// The candidates shown, best place first, as their places among the scores given.
    pub order: Vec<usize>,
    /// For each position, the probability with which the rule shows there what it shows. Above 0. To be logged.
    pub propensities: Vec<f64>,
    /// The position that was explored in, where one was.
    pub explored: Option<usize>,
}

impl Exploration {
    /// Explores with probability `epsilon`, 0 to 1 (what is no number counts as 0), uniformly over 50 candidates, in
    /// the last position of the slate.
    pub fn new(epsilon: f64) -> Self {
        let epsilon = if epsilon.is_nan() {
            0.0
        } else {
            epsilon.clamp(0.0, 1.0)
        };
        Self {
            epsilon,
            position: usize::MAX,
            reach: 50,
            choice: Choice::Uniform,
        }
    }

    /// Explores in this position, from 0; in the last one where the slate is shorter.
    #[must_use]
    pub fn with_position(mut self, position: usize) -> Self {
        self.position = position;
        self
    }

    /// Draws from this many candidates below the slate.
    #[must_use]
    pub fn with_reach(mut self, reach: usize) -> Self {
        self.reach = reach;
        self
    }

    /// How many candidates below the slate it draws from.
    pub const fn reach(&self) -> usize {
        self.reach
    }

    /// Draws in this way.
    #[must_use]
    pub fn with_choice(mut self, choice: Choice) -> Self {
        self.choice = choice;
        self
    }

    /// The position in which a slate of `k` out of `candidates` is explored; `None` where there is nothing to explore.
    pub fn slot(&self, candidates: usize, k: usize) -> Option<usize> {
        let explores = k > 0 && candidates > k && self.reach > 0 && self.epsilon > 0.0;
        explores.then(|| self.position.min(k - 1))
    }

    /// For each candidate, the probability with which a slate of `k` shows it in the slot. They sum to 1, unless the
    /// rule has nothing to explore and no slot: then there are none. O(k + reach).
    ///
    /// `scores` stand best first.
    pub fn propensities(&self, scores: &[f64], k: usize) -> Vec<f64> {
        let Some(slot) = self.slot(scores.len(), k) else {
            return Vec::new();
        };
        let mut all = vec![0.0; scores.len()];
        let tail = self.tail(scores, k);
        let total: f64 = tail.iter().sum();
        all[slot] = 1.0 - self.epsilon;
        for (propensity, weight) in all[k..].iter_mut().zip(&tail) {
            *propensity = self.epsilon * weight / total;
        }
        all
    }

    /// Draws a slate of `k`. The same scores and seed give the same slate; take a new seed, well spread or not, for
    /// each request. O(k + reach).
    ///
    /// `scores` stand best first.
    pub fn draw(&self, scores: &[f64], k: usize, seed: u64) -> Slate {
        let shown = k.min(scores.len());
        let mut slate = Slate {
            order: (0..shown).collect(),
            propensities: vec![1.0; shown],
            explored: None,
        };
        let Some(slot) = self.slot(scores.len(), k) else {
            return slate;
        };
        let mut random = SplitMix64(seed);
        if random.unit() >= self.epsilon {
            slate.propensities[slot] = 1.0 - self.epsilon;
            return slate;
        }
        let tail = self.tail(scores, k);
        let total: f64 = tail.iter().sum();
        let mut left = random.unit() * total;
        let drawn = tail.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        // Rounding can leave a little beyond the last one that has a chance.
        let drawn = drawn
            .or_else(|| tail.iter().rposition(|weight| *weight > 0.0))
            .unwrap_or(0);
        slate.order[slot] = k + drawn;
        slate.propensities[slot] = self.epsilon * tail[drawn] / total;
        slate.explored = Some(slot);
        slate
    }

    /// What each candidate of the tail weighs in the draw; not all zero.
    fn tail(&self, scores: &[f64], k: usize) -> Vec<f64> {
        let tail = &scores[k..scores.len().min(k.saturating_add(self.reach))];
        if let Choice::Softmax { temperature } = self.choice
            && temperature > 0.0
        {
            let best = tail.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            if best.is_finite() {
                // The best weighs 1, so the sum is no zero; a score of −∞, or none, weighs nothing.
                let weigh = |score: &f64| ((score - best) / temperature).exp().max(0.0);
                return tail.iter().map(weigh).collect();
            }
        }
        vec![1.0; tail.len()]
    }
}

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
struct SplitMix64(u64);

impl SplitMix64 {
    /// Even in `0.0..1.0`.
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
