//! Time, and how often what was meant is suggested.

use crate::args::Args;
use crate::data::{Data, Keystroke};
use crate::support::percentile;
use crate::tier::{Answer, Request, Tier};
use bowerbird::core::{Clock as _, SystemClock};
use bowerbird::typeahead::evaluate::{Evaluation, Report};
use std::hint::black_box;

/// What was measured of a tier.
pub(crate) struct Figures {
    pub(crate) entries: usize,
    pub(crate) build_s: f64,
    pub(crate) bytes: usize,
    pub(crate) payload_bytes: usize,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) mean_us: f64,
    /// Keystrokes a second where no clock is read in between.
    pub(crate) qps: f64,
    /// Microseconds that each of a hundred shares of the keystrokes takes at most, in the last round.
    pub(crate) curve_us: Vec<f64>,
    pub(crate) coverage: f64,
    /// None where the file doesn't say what was meant.
    pub(crate) quality: Option<Report>,
    /// None where nothing was verified.
    pub(crate) mismatches: Option<usize>,
}

/// How good the answers are.
struct Quality {
    coverage: f64,
    report: Option<Report>,
}

pub(crate) fn measure(tier: &Tier, data: &Data, args: &Args) -> Figures {
    let request = Request::of(args);
    let quality = judge(tier, data, &request);
    let mut rounds: Vec<[f64; 4]> = Vec::new();
    let mut curve_us = Vec::new();
    for _ in 0..args.rounds {
        let mut each_us = singly(tier, &data.keystrokes, &request);
        let mean_us = each_us.iter().sum::<f64>() / each_us.len() as f64;
        curve_us = (1..=100)
            .map(|share| percentile(&mut each_us, f64::from(share) / 100.0))
            .collect();
        rounds.push([
            percentile(&mut each_us, 0.5),
            percentile(&mut each_us, 0.99),
            mean_us,
            throughput(tier, &data.keystrokes, &request),
        ]);
    }
    let [p50_us, p99_us, mean_us, qps] = [0, 1, 2, 3].map(|part| {
        let mut values: Vec<f64> = rounds.iter().map(|round| round[part]).collect();
        percentile(&mut values, 0.5)
    });
    let (bytes, payload_bytes) = tier.index.bytes();
    Figures {
        entries: tier.index.source().len(),
        bytes,
        payload_bytes,
        p50_us,
        p99_us,
        mean_us,
        qps,
        curve_us,
        coverage: quality.coverage,
        quality: quality.report,
        mismatches: None,
        build_s: tier.build_s,
    }
}

/// All keystrokes once, untimed. It also warms the caches.
fn judge(tier: &Tier, data: &Data, request: &Request) -> Quality {
    let mut evaluation = Evaluation::new(request.k);
    let mut answer = Answer::default();
    let (mut covered, mut meant) = (0_usize, 0_usize);
    for Keystroke { prefix, target } in &data.keystrokes {
        tier.index.complete(prefix, request, &mut answer);
        let keys = answer.keys(request);
        covered += usize::from(!keys.is_empty());
        if let Some(target) = target {
            meant += 1;
            evaluation.record(prefix, target, &keys);
        }
    }
    Quality {
        coverage: covered as f64 / data.keystrokes.len() as f64,
        report: (meant > 0).then(|| evaluation.report()),
    }
}

/// The microseconds of each keystroke.
fn singly(tier: &Tier, keystrokes: &[Keystroke], request: &Request) -> Vec<f64> {
    let mut answer = Answer::default();
    let timed = keystrokes.iter().map(|keystroke| {
        let start = SystemClock.now();
        tier.index.complete(&keystroke.prefix, request, &mut answer);
        let took = SystemClock.now().duration_since(start);
        black_box(&mut answer);
        1e6 * took.as_secs_f64()
    });
    timed.collect()
}

/// Keystrokes a second.
fn throughput(tier: &Tier, keystrokes: &[Keystroke], request: &Request) -> f64 {
    let mut answer = Answer::default();
    let start = SystemClock.now();
    for keystroke in keystrokes {
        tier.index.complete(&keystroke.prefix, request, &mut answer);
        black_box(&mut answer);
    }
    keystrokes.len() as f64 / SystemClock.now().duration_since(start).as_secs_f64()
}
