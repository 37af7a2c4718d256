//! What is drawn. Drawings are inline SVG in percent, so that they fill the width they get; text stays in HTML, where
//! it keeps its size.

use super::escape;
use crate::findings::{FunnelStage, Quality, Split};
use crate::wording;

/// The axis of NDCG@10 that all splits share, from 0.
#[derive(Debug)]
pub(super) struct Scale {
    step: f64,
    steps: usize,
}

impl Scale {
    /// Wide enough for every interval, in at most five round steps.
    pub(super) fn over(splits: &[Split]) -> Self {
        let highs = splits.iter().flat_map(rows).map(|(row, _)| row.ndcg10.high);
        let top = highs.fold(0.0, f64::max).clamp(0.001, 1.0);
        let power = 10_f64.powf((top / 5.0).log10().floor());
        let step = [1.0, 2.0, 5.0]
            .map(|factor| factor * power)
            .into_iter()
            .find(|step| step * 5.0 >= top)
            .unwrap_or(10.0 * power);
        Self {
            step,
            steps: (top / step).ceil() as usize,
        }
    }

    fn percent(&self, value: f64) -> f64 {
        share(value / (self.step * self.steps as f64))
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        (0..=self.steps).map(|tick| tick as f64 * self.step)
    }
}

/// A share as percent within 0 to 100; what isn't a number is 0.
fn share(share: f64) -> f64 {
    if share.is_finite() {
        share.clamp(0.0, 1.0) * 100.0
    } else {
        0.0
    }
}

/// Every row of a split with its class.
fn rows(split: &Split) -> impl Iterator<Item = (&Quality, &'static str)> {
    let sources = split.sources.iter().enumerate();
    sources
        .map(|(index, source)| (source, if index == split.best { "best" } else { "source" }))
        .chain([(&split.popularity, "popularity"), (&split.cascade, "cascade")])
}

/// NDCG@10 by source, with whiskers.
pub(super) fn bars(split: &Split, scale: &Scale) -> String {
    let grid: String = scale
        .ticks()
        .map(|tick| {
            let x = scale.percent(tick);
            format!("<line class=\"grid\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"0\" y2=\"100%\"/>")
        })
        .collect();
    let bars: String = rows(split)
        .map(|(row, class)| bar(row, class, scale, &grid))
        .collect();
    let decimals = if scale.step < 0.01 { 3 } else { 2 };
    let labels: String = scale
        .ticks()
        .map(|tick| {
            format!(
                "<span style=\"left:{:.2}%\">{tick:.decimals$}</span>",
                scale.percent(tick)
            )
        })
        .collect();
    format!(
        "<ul class=\"bars\">\n{bars}<li class=\"axis\" aria-hidden=\"true\"><span></span><div>{labels}</div><span></span></li>\
         \n</ul>\n"
    )
}

fn bar(row: &Quality, class: &str, scale: &Scale, grid: &str) -> String {
    let (low, mean, high) = (
        scale.percent(row.ndcg10.low),
        scale.percent(row.ndcg10.mean),
        scale.percent(row.ndcg10.high),
    );
    let cap = |x: f64| format!("<line class=\"whisker\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"9\" y2=\"17\"/>");
    format!(
        "<li class=\"{class}\"><span class=\"name\">{}</span><svg width=\"100%\" height=\"26\" aria-hidden=\"true\">{grid}\
         <rect y=\"5\" height=\"16\" width=\"{mean:.2}%\"/><line class=\"whisker\" x1=\"{low:.2}%\" x2=\"{high:.2}%\" \
         y1=\"13\" y2=\"13\"/>{}{}</svg><span class=\"value\" title=\"{}\">{:.4}</span></li>\n",
        escape(&row.name),
        cap(low),
        cap(high),
        wording::bounds(row.ndcg10),
        row.ndcg10.mean,
    )
}

/// The stages from top to bottom, each as wide above as what enters and below as what leaves.
pub(super) fn funnel(stages: &[FunnelStage]) -> String {
    let most = stages
        .iter()
        .map(|stage| stage.entered.max(stage.left))
        .fold(1.0, f64::max);
    let half = |rows: f64| share(rows.max(0.0).ln_1p() / most.ln_1p()) / 2.0;
    let rows: String = stages
        .iter()
        .map(|stage| {
            // What creates rows has nothing to taper from.
            let above = half(if stage.entered > 0.0 {
                stage.entered
            } else {
                stage.left
            });
            stage_row(stage, above, half(stage.left))
        })
        .collect();
    format!("<ol class=\"funnel\">\n{rows}</ol>\n")
}

fn stage_row(stage: &FunnelStage, above: f64, below: f64) -> String {
    let lost = stage.loss.map(|loss| {
        let class = if loss > 0.0 { " class=\"lost\"" } else { "" };
        format!("<span{class}>lost {}</span>", escape(&wording::percent(loss)))
    });
    let entered = if stage.entered > 0.0 {
        wording::rows(stage.entered)
    } else {
        String::new()
    };
    format!(
        "<li><div class=\"stage\"><b>{}</b><span>{entered} → {}</span></div>\
         <svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <polygon points=\"{:.2},0 {:.2},0 {:.2},10 {:.2},10\"/></svg>\
         <div class=\"cost\"><span>p50 {}</span><span>p99 {}</span>{}</div></li>\n",
        escape(&stage.name),
        wording::rows(stage.left),
        50.0 - above,
        50.0 + above,
        50.0 + below,
        50.0 - below,
        wording::micros(stage.p50_us),
        wording::micros(stage.p99_us),
        lost.unwrap_or_default(),
    )
}

/// A small bar for a share, for a table's cell.
pub(super) fn meter(value: f64) -> String {
    let class = if value >= 0.99 { "good" } else { "bad" };
    format!(
        "<svg class=\"meter {class}\" width=\"100%\" height=\"8\" aria-hidden=\"true\"><rect class=\"track\" \
         width=\"100%\" height=\"8\" rx=\"2\"/><rect width=\"{:.2}%\" height=\"8\" rx=\"2\"/></svg>",
        share(value)
    )
}
