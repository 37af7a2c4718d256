//! How much each action of a history counts.

use crate::error::BuildError;
use crate::fingerprint::Fingerprint;
use crate::query::Action;
use std::time::Duration;

/// How an action's weight falls with its age. The newest action of the history has factor 1.
///
/// Ranks count from the newest, 0. Actions of one moment, whose order says nothing, share the mean of their ranks.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Recency {
    /// All count alike.
    Even,
    /// An action counts this to the power of its rank: with 0.7 the one before the newest 0.7, then 0.49. Range `0..=1`.
    Decay(f32),
    /// An action counts (1 + rank) to the power of minus this: falls slowly, and never to nothing. Range `0..=4`.
    Power(f32),
    /// Half as much for each such span of time before the newest action. At least a second.
    HalfLife(Duration),
}

/// What the number in an [`Action`] does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum ActionWeight {
    /// Nothing: an action is an action. The default, and what published filters assume.
    #[default]
    Ignored,
    /// It multiplies the action's say. A negative one speaks against what is near.
    Multiplies,
}

/// How a query's history is turned into one weight an action.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default)
)]
pub struct HistoryWeighting {
    /// How weights fall with age.
    pub recency: Recency,
    /// What the number in an action does.
    pub action_weight: ActionWeight,
    /// Only so many of the newest actions count; bounds the work of a request. Default 1,000, at least 1. Older ones are
    /// still not proposed again.
    pub newest: usize,
}

impl Default for HistoryWeighting {
    fn default() -> Self {
        Self {
            recency: Recency::Even,
            action_weight: ActionWeight::Ignored,
            newest: 1_000,
        }
    }
}

impl HistoryWeighting {
    /// The default with another recency.
    pub fn recent(recency: Recency) -> Self {
        Self {
            recency,
            ..Self::default()
        }
    }

    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// [`BuildError::OutOfRange`].
    pub fn validate(&self) -> Result<(), BuildError> {
        BuildError::check("history.newest", self.newest as f64, 1.0..=1e12, "at least 1")?;
        match self.recency {
            Recency::Even => Ok(()),
            Recency::Decay(decay) => BuildError::check("history.recency.decay", decay, 0.0..=1.0, "0 to 1"),
            Recency::Power(power) => BuildError::check("history.recency.power", power, 0.0..=4.0, "0 to 4"),
            Recency::HalfLife(span) => {
                let seconds = span.as_secs_f64();
                BuildError::check(
                    "history.recency.half_life",
                    seconds,
                    1.0..=f64::MAX,
                    "at least a second",
                )
            }
        }
    }

    pub(crate) fn fingerprint(&self) -> u64 {
        let hash = Fingerprint::of("history").word(self.newest as u64);
        let hash = match self.action_weight {
            ActionWeight::Ignored => hash.word(0),
            ActionWeight::Multiplies => hash.word(1),
        };
        match self.recency {
            Recency::Even => hash.word(0),
            Recency::Decay(decay) => hash.word(1).floats(&[decay]),
            Recency::Power(power) => hash.word(2).floats(&[power]),
            Recency::HalfLife(span) => hash.word(3).span(Some(span)),
        }
        .finish()
    }

    /// The newest actions and their weights, newest first. Actions whose weight comes out as zero or not finite are left
    /// out.
    pub fn weigh<'a>(&self, history: &'a [Action]) -> impl Iterator<Item = (&'a Action, f32)> + use<'a> {
        let Self {
            recency,
            action_weight,
            newest,
        } = *self;
        let last = history.last().map_or(0, |action| action.at);
        let mut moment = 0..0;
        history
            .iter()
            .rev()
            .take(newest)
            .enumerate()
            .filter_map(move |(place, action)| {
                if place >= moment.end {
                    let older = history[..history.len() - place].iter().rev();
                    moment = place..place + older.take_while(|other| other.at == action.at).count();
                }
                let rank = (moment.start + moment.end - 1) as f32 / 2.0;
                let age = match recency {
                    Recency::Even => 1.0,
                    Recency::Decay(decay) => decay.powf(rank),
                    Recency::Power(power) => (1.0 + rank).powf(-power),
                    Recency::HalfLife(span) => {
                        let age = last.saturating_sub(action.at).max(0) as f64;
                        (-age / span.as_secs_f64()).exp2() as f32
                    }
                };
                let weight = match action_weight {
                    ActionWeight::Ignored => age,
                    ActionWeight::Multiplies => age * action.weight,
                };
                (weight != 0.0 && weight.is_finite()).then_some((action, weight))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bowerbird_core::ItemId;

    fn weights(weighting: HistoryWeighting) -> Vec<f32> {
        let action = |id, at, weight| Action {
            item: ItemId(id),
            at,
            weight,
        };
        let history = [action(1, 0, 5.0), action(2, 100, f32::NAN), action(3, 200, -1.0)];
        weighting.weigh(&history).map(|(_, weight)| weight).collect()
    }

    #[test]
    fn the_newest_comes_first_and_counts_most() {
        assert_eq!(weights(HistoryWeighting::default()), [1.0, 1.0, 1.0]);
        assert_eq!(
            weights(HistoryWeighting::recent(Recency::Decay(0.5))),
            [1.0, 0.5, 0.25]
        );
        assert_eq!(
            weights(HistoryWeighting::recent(Recency::Power(1.0))),
            [1.0, 0.5, 1.0 / 3.0]
        );
        let half_life = Recency::HalfLife(Duration::from_secs(100));
        assert_eq!(weights(HistoryWeighting::recent(half_life)), [1.0, 0.5, 0.25]);
        assert_eq!(
            weights(HistoryWeighting {
                newest: 2,
                ..Default::default()
            }),
            [1.0, 1.0]
        );
        assert_eq!(weights(HistoryWeighting::recent(Recency::Decay(0.0))), [1.0]);
    }

    #[test]
    fn actions_of_one_moment_share_their_rank() {
        let action = |at| Action {
            item: ItemId(1),
            at,
            weight: 1.0,
        };
        let history = [action(1), action(5), action(5), action(7)];
        let weighting = HistoryWeighting::recent(Recency::Power(1.0));
        let weights: Vec<f32> = weighting.weigh(&history).map(|(_, weight)| weight).collect();
        assert_eq!(weights, [1.0, 0.4, 0.4, 0.25]);
    }

    #[test]
    fn a_weight_that_is_no_number_is_left_out() {
        let weighting = HistoryWeighting {
            action_weight: ActionWeight::Multiplies,
            ..Default::default()
        };
        assert_eq!(weights(weighting), [-1.0, 5.0]);
    }

    #[test]
    fn ranges_are_checked() {
        for recency in [
            Recency::Decay(1.5),
            Recency::Power(f32::NAN),
            Recency::HalfLife(Duration::ZERO),
        ] {
            assert!(
                HistoryWeighting::recent(recency).validate().is_err(),
                "{recency:?}"
            );
        }
        assert!(
            HistoryWeighting {
                newest: 0,
                ..Default::default()
            }
            .validate()
            .is_err()
        );
        assert!(HistoryWeighting::default().validate().is_ok());
    }
}
