//! What another ranking would have got, from what was shown with known probabilities.

/// One decision in a log: what was shown in the explored slot, and what came of it.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Logged {
    /// What came of it: 1 for a click, or any other finite reward.
    pub reward: f64,
    /// The probability with which it was shown. Above 0, at most 1.
    pub shown: f64,
    /// The probability with which the ranking to be judged would have shown it in the same slot. 0 to 1.
    pub target: f64,
}

/// What [`off_policy`] finds.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Estimate {
    /// Decisions used. Those with numbers out of range are left out.
    pub decisions: usize,
    /// Mean reward by inverse propensity (Horvitz and Thompson, 1952). Unbiased, if everything that the judged ranking
    /// shows had a chance to be shown.
    pub ips: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// The same, divided by the mean of the weights instead of their expectation, 1 (Swaminathan and Joachims, "The
    /// self-normalized estimator for counterfactual learning", NIPS 2015): a small bias for less variance, and always
    /// between the lowest and the highest reward. 0 where no decision has a weight.
    pub self_normalised: f64,
    /// How many decisions of equal weight would be as good: (Σ w)² / Σ w² (Kish, 1965). Far below
    /// [`decisions`](Self::decisions), the estimates rest on few of them.
    pub effective: f64,
}

/// Estimates the mean reward that another ranking would have got in the explored slot. O(decisions).
///
/// The rewards are taken to depend on what is in the slot alone. Decisions in which nothing could be explored belong
/// in the log too, with both probabilities 1, if the estimate is to be of all requests.
pub fn off_policy(log: impl IntoIterator<Item = Logged>) -> Estimate {
    let (mut n, mut sum, mut squares, mut weights, mut weights_squared) = (0_usize, 0.0, 0.0, 0.0, 0.0);
    for Logged {
        reward,
        shown,
        target,
    } in log
    {
        let good = reward.is_finite() && shown > 0.0 && shown <= 1.0 && (0.0..=1.0).contains(&target);
        if !good {
            continue;
        }
        let weight = target / shown;
        n += 1;
        sum += weight * reward;
        squares += (weight * reward).powi(2);
        weights += weight;
        weights_squared += weight * weight;
    }
    let count = n as f64;
    if n == 0 {
        return Estimate::default();
    }
    let ips = sum / count;
    let variance = if n > 1 {
        (squares - count * ips * ips).max(0.0) / (count - 1.0)
    } else {
        0.0
    };
    let share = |of: f64, by: f64| if by > 0.0 { of / by } else { 0.0 };
    Estimate {
        decisions: n,
        ips,
        standard_error: (variance / count).sqrt(),
        self_normalised: share(sum, weights),
        effective: share(weights * weights, weights_squared),
    }
}
