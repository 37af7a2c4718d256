//! The curves as a page: recall to the right, queries a second upwards on a logarithmic axis.

use crate::args::Args;
use crate::data::Data;
use crate::measure::Point;
use std::fmt::Write as _;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 70.0;
const BOTTOM: f64 = 40.0;
const COLOURS: [&str; 8] = [
    "#3b6fb6", "#c8553d", "#4c9f70", "#8e5ea2", "#d79b00", "#2a9d8f", "#7a5230", "#555555",
];

pub(crate) fn page(data: &Data, args: &Args, curves: &[(String, Vec<Point>)]) -> String {
    let mut rows = String::new();
    for (name, points) in curves {
        for point in points {
            let figures = &point.figures;
            let _ = write!(
                rows,
                "<tr><td>{}</td><td>{}</td><td>{:.1}</td><td>{:.0}</td><td>{:.4}</td><td>{:.0}</td><td>{:.1}</td><td>{:.0}</td></tr>",
                escape(name),
                escape(&point.params),
                point.build_s,
                point.bytes as f64 / data.count() as f64,
                figures.recall,
                figures.qps,
                figures.p50_us,
                figures.distances
            );
        }
    }
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Recall and speed</title>\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}}\
         table{{border-collapse:collapse;font-variant-numeric:tabular-nums}}td,th{{padding:.15rem .6rem;text-align:right}}\
         td:first-child,td:nth-child(2),th:first-child,th:nth-child(2){{text-align:left}}tr:nth-child(even){{background:#f5f5f2}}\
         svg{{width:100%;height:auto}}</style>\
         <h1>Recall and speed</h1><p>{} vectors of {} components under {}; {} queries; recall@{}; {} threads{}.</p>{}\
         <table><tr><th>index<th>params<th>build s<th>bytes a vector<th>recall<th>queries/s<th>p50 µs<th>distances</tr>{rows}</table></html>",
        data.count(),
        data.dimension,
        data.metric,
        data.queries(),
        args.k,
        args.threads,
        if args.batch {
            ", batched"
        } else {
            ", one query a call"
        },
        chart(curves),
    )
}

/// Points at or above this recall are drawn: below, nobody searches.
const LOWEST: f64 = 0.5;

fn chart(curves: &[(String, Vec<Point>)]) -> String {
    let all = || {
        curves
            .iter()
            .flat_map(|(_, points)| points)
            .map(|point| &point.figures)
    };
    let low = all()
        .map(|figures| figures.qps)
        .fold(f64::INFINITY, f64::min)
        .max(1.0)
        .log10()
        .floor();
    let high = all()
        .map(|figures| figures.qps)
        .fold(1.0, f64::max)
        .log10()
        .ceil()
        .max(low + 1.0);
    let x = |recall: f64| LEFT + (recall.max(LOWEST) - LOWEST) / (1.0 - LOWEST) * (WIDTH - LEFT - 20.0);
    let y = |qps: f64| 10.0 + (high - qps.max(1.0).log10()) / (high - low) * (HEIGHT - BOTTOM - 10.0);
    let mut drawn = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-size=\"13\">");
    for step in 0..=5 {
        let recall = LOWEST + f64::from(step) * (1.0 - LOWEST) / 5.0;
        let _ = write!(
            drawn,
            "<line x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"10\" y2=\"{1}\" stroke=\"#ddd\"/><text x=\"{0:.1}\" y=\"{2}\" text-anchor=\"middle\">{recall:.1}</text>",
            x(recall),
            HEIGHT - BOTTOM,
            HEIGHT - BOTTOM + 18.0
        );
    }
    for power in low as i32..=high as i32 {
        let qps = 10f64.powi(power);
        let _ = write!(
            drawn,
            "<line x1=\"{LEFT}\" x2=\"{1}\" y1=\"{0:.1}\" y2=\"{0:.1}\" stroke=\"#ddd\"/><text x=\"{2}\" y=\"{3:.1}\" text-anchor=\"end\">{qps}</text>",
            y(qps),
            WIDTH - 20.0,
            LEFT - 8.0,
            y(qps) + 4.0
        );
    }
    for (i, (name, points)) in curves.iter().enumerate() {
        let colour = COLOURS[i % COLOURS.len()];
        let seen = points
            .iter()
            .map(|point| &point.figures)
            .filter(|figures| figures.recall >= LOWEST);
        let places: Vec<String> = seen
            .map(|figures| format!("{:.1},{:.1}", x(figures.recall), y(figures.qps)))
            .collect();
        let _ = write!(
            drawn,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            places.join(" ")
        );
        for place in &places {
            let (x, y) = place.split_once(',').unwrap_or(("0", "0"));
            let _ = write!(
                drawn,
                "<circle cx=\"{x}\" cy=\"{y}\" r=\"3.5\" fill=\"{colour}\"/>"
            );
        }
        let _ = write!(
            drawn,
            "<text x=\"{}\" y=\"{}\" fill=\"{colour}\">{}</text>",
            LEFT + 12.0,
            HEIGHT - BOTTOM - 14.0 - 18.0 * (curves.len() - 1 - i) as f64,
            escape(name)
        );
    }
    drawn + "</svg>"
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
