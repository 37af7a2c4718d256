//! Load control: narrower requests while the system is slow, wide ones again when it has recovered.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How widths follow latency.
///
/// The quality factor starts at 1. A request within the target adds `step`; one beyond it takes away
/// `step · p / (1 − p)`. It therefore comes to rest where a share `p` of the requests is within the target. Quotas and
/// widths are multiplied by it.
#[derive(Clone, Copy, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LoadControl {
    /// The latency to hold.
    pub target: Duration,
    /// The share of requests to hold it for, between 0 and 1. Default 0.95.
    pub percentile: f32,
    /// What one good request adds, in `0.0..=1.0`. Default 0.002. More reacts faster and swings more.
    pub step: f32,
    /// The narrowest it gets, in `0.0..=1.0`. Default 0.1.
    pub floor: f32,
}

impl LoadControl {
    /// Holds `target` for 95 % of the requests.
    pub const fn hold(target: Duration) -> Self {
        Self {
            target,
            percentile: 0.95,
            step: 0.002,
            floor: 0.1,
        }
    }

    pub(crate) fn is_valid(&self) -> bool {
        let unit = 0.0..=1.0;
        self.percentile > 0.0
            && self.percentile < 1.0
            && unit.contains(&self.step)
            && unit.contains(&self.floor)
    }
}

/// The quality factor and what moves it.
#[derive(Debug)]
pub(crate) struct Controller {
    control: LoadControl,
    quality: AtomicU32,
}

impl Controller {
    pub(crate) fn new(control: LoadControl) -> Self {
        Self {
            control,
            quality: AtomicU32::new(1.0_f32.to_bits()),
        }
    }

    pub(crate) fn quality(&self) -> f32 {
        f32::from_bits(self.quality.load(Ordering::Relaxed))
    }

    pub(crate) fn observe(&self, latency: Duration) {
        let LoadControl {
            target,
            percentile,
            step,
            floor,
        } = self.control;
        let by = if latency <= target {
            step
        } else {
            -step * percentile / (1.0 - percentile)
        };
        let next = |bits| Some((f32::from_bits(bits) + by).clamp(floor, 1.0).to_bits());
        // The closure never declines, so there is nothing to handle.
        let _ = self
            .quality
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rests_where_the_percentile_meets_the_target() {
        let target = Duration::from_millis(10);
        let controller = Controller::new(LoadControl {
            percentile: 0.9,
            step: 0.01,
            ..LoadControl::hold(target)
        });
        assert_eq!(controller.quality(), 1.0);
        // A service whose latency grows with the width: a tenth of the requests take twice as long.
        for request in 0..5_000 {
            let slow = if request % 10 == 0 { 2.0 } else { 1.0 };
            controller.observe(Duration::from_secs_f32(0.02 * controller.quality() * slow));
        }
        assert!(
            (0.2..=0.55).contains(&controller.quality()),
            "{}",
            controller.quality()
        );
        for _ in 0..200 {
            controller.observe(Duration::from_millis(1));
        }
        assert_eq!(controller.quality(), 1.0, "and it widens again");
    }

    #[test]
    fn it_never_goes_below_the_floor() {
        let controller = Controller::new(LoadControl::hold(Duration::ZERO));
        for _ in 0..1_000 {
            controller.observe(Duration::from_secs(1));
        }
        assert_eq!(controller.quality(), 0.1);
    }
}
