//! What each stage costs, and what it loses of what the last ranker would have shown.

use crate::findings::FunnelStage;
use crate::measure::Measured;
use crate::split::Case;
use crate::support::{Bars, Failure, percentile};
use bowerbird::core::RequestId;
use bowerbird::ranking::{Audit, Request, Widths};

/// One request in so many is answered at full width too, for the audit.
const AUDITED: usize = 3;

/// Items shown.
pub(crate) const SHOWN: usize = 20;

/// Serves every case, one after another on this thread, and some at full width too. Returns the stages, and p50 and p99 of whole
/// requests in milliseconds.
pub(crate) fn run(
    measured: &Measured,
    cases: &[Case],
    bars: &Bars,
) -> Result<(Vec<FunnelStage>, f64, f64), Failure> {
    bars.step("timing the funnel");
    let cascade = &measured.cascade;
    let mut audit = Audit::of(cascade);
    let (mut slate, mut full) = (cascade.slate(), cascade.slate());
    let mut stages: Vec<(String, Vec<f64>, f64, f64)> = Vec::new();
    let mut whole = Vec::with_capacity(cases.len());
    for (number, case) in cases.iter().enumerate() {
        let request = Request::new(SHOWN).id(RequestId(case.query.user.0));
        let mut query = case.query.clone();
        cascade.run_into(&mut query, &request, &mut slate)?;
        whole.push(slate.elapsed().as_secs_f64() * 1e3);
        for (stage, report) in slate.coverage().stages().iter().enumerate() {
            if stage == stages.len() {
                stages.push((report.stage.to_string(), Vec::new(), 0.0, 0.0));
            }
            let (_, times, entered, left) = &mut stages[stage];
            times.push(report.elapsed.as_secs_f64() * 1e6);
            *entered += f64::from(report.entered);
            *left += f64::from(report.left);
        }
        if number % AUDITED == 0 {
            cascade.run_into(&mut query, &request.widths(Widths::Full), &mut full)?;
            audit.add(&slate, &full);
        }
    }
    let requests = cases.len() as f64;
    let losses: Vec<_> = audit.losses().collect();
    let stage = |(name, mut times, entered, left): (String, Vec<f64>, f64, f64)| FunnelStage {
        loss: losses
            .iter()
            .find(|loss| *loss.stage == *name)
            .map(|loss| loss.share),
        name,
        entered: entered / requests,
        left: left / requests,
        p50_us: percentile(&mut times, 0.5),
        p99_us: percentile(&mut times, 0.99),
    };
    let p50 = percentile(&mut whole, 0.5);
    let p99 = percentile(&mut whole, 0.99);
    Ok((stages.into_iter().map(stage).collect(), p50, p99))
}
