//! The figures as a page: time by share of keystrokes, and success by length of the prefix.

use crate::args::Args;
use crate::data::Data;
use crate::measure::Figures;
use std::fmt::Write as _;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 70.0;
const BOTTOM: f64 = 40.0;
const COLOURS: [&str; 3] = ["#3b6fb6", "#c8553d", "#4c9f70"];

/// A line with its name; both coordinates from 0 to 1.
struct Curve<'c> {
    name: &'c str,
    points: Vec<(f64, f64)>,
}

pub(crate) fn page(data: &Data, args: &Args, measured: &[(String, Figures)]) -> String {
    let mut rows = String::new();
    for (name, figures) in measured {
        let overall = figures.quality.as_ref().map(|report| report.overall);
        let _ = write!(
            rows,
            "<tr><td>{name}</td><td>{:.2}</td><td>{:.2}</td><td>{:.2}</td><td>{:.0}</td><td>{:.1}</td><td>{:.1}</td><td>{:.2}</td><td>{}</td><td>{}</td></tr>",
            figures.p50_us,
            figures.p99_us,
            figures.mean_us,
            figures.qps,
            figures.bytes as f64 / figures.entries as f64,
            figures.payload_bytes as f64 / figures.entries as f64,
            figures.build_s,
            overall.map_or("–".into(), |quality| format!("{:.3}", quality.success_at_k)),
            overall.map_or("–".into(), |quality| format!("{:.3}", quality.mrr)),
        );
    }
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Completion</title>\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}}\
         table{{border-collapse:collapse;font-variant-numeric:tabular-nums}}td,th{{padding:.15rem .6rem;text-align:right}}\
         td:first-child,th:first-child{{text-align:left}}tr:nth-child(even){{background:#f5f5f2}}\
         svg{{width:100%;height:auto}}</style>\
         <h1>Completion</h1><p>{} entries, {} keystrokes, up to {} typing errors forgiven, the best {}.</p>\
         <table><tr><th>tier<th>p50 µs<th>p99 µs<th>mean µs<th>keystrokes/s<th>bytes an entry<th>payload<th>build s<th>success@{}<th>MRR</tr>{rows}</table>\
         <h2>Time of a keystroke, µs, by share of keystrokes</h2>{}{}</html>",
        data.entries.len(),
        data.keystrokes.len(),
        args.fuzzy,
        args.k,
        args.k,
        times(measured),
        success(args, measured),
    )
}

/// Every tier's curve of percentiles, on a logarithmic axis.
fn times(measured: &[(String, Figures)]) -> String {
    let all = || measured.iter().flat_map(|(_, figures)| &figures.curve_us);
    let least = all().copied().fold(f64::INFINITY, f64::min);
    let low = least.max(0.01).log10().floor();
    let high = all().copied().fold(0.1, f64::max).log10().ceil().max(low + 1.0);
    let curves = measured.iter().map(|(name, figures)| {
        let points = (1..).zip(&figures.curve_us).map(|(share, us)| {
            let height = (us.max(0.01).log10() - low) / (high - low);
            (f64::from(share) / 100.0, height)
        });
        Curve {
            name,
            points: points.collect(),
        }
    });
    let powers = (low as i32..=high as i32).map(|power| {
        let height = (f64::from(power) - low) / (high - low);
        (height, 10_f64.powi(power).to_string())
    });
    let shares = (0..=5).map(|step| (f64::from(step) / 5.0, format!("{} %", 20 * step)));
    chart(
        &shares.collect::<Vec<_>>(),
        &powers.collect::<Vec<_>>(),
        &curves.collect::<Vec<_>>(),
    )
}

/// Success and MRR by length: all tiers give the same answers, so one tier's.
fn success(args: &Args, measured: &[(String, Figures)]) -> String {
    let Some(report) = measured.first().and_then(|(_, figures)| figures.quality.as_ref()) else {
        return String::new();
    };
    let longest = report.by_length.last().map_or(1, |row| row.length.max(1)) as f64;
    let curve = |name, value: fn(&bowerbird::typeahead::evaluate::Quality) -> f64| {
        let rows = report.by_length.iter();
        let points = rows.map(|row| (row.length as f64 / longest, value(&row.quality)));
        Curve {
            name,
            points: points.collect(),
        }
    };
    let name = format!("success@{}", args.k);
    let curves = [
        curve(&name, |quality| quality.success_at_k),
        curve("MRR", |quality| quality.mrr),
    ];
    let lengths = report.by_length.iter();
    let lengths = lengths.map(|row| (row.length as f64 / longest, row.length.to_string()));
    let shares = (0..=5).map(|step| (f64::from(step) / 5.0, format!("{:.1}", f64::from(step) / 5.0)));
    format!(
        "<h2>How often what was meant is suggested, by characters typed</h2>{}",
        chart(&lengths.collect::<Vec<_>>(), &shares.collect::<Vec<_>>(), &curves)
    )
}

fn chart(across: &[(f64, String)], upwards: &[(f64, String)], curves: &[Curve<'_>]) -> String {
    let x = |share: f64| LEFT + share * (WIDTH - LEFT - 20.0);
    let y = |share: f64| 10.0 + (1.0 - share) * (HEIGHT - BOTTOM - 10.0);
    let mut drawn = format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-size=\"13\">");
    for (share, label) in across {
        let _ = write!(
            drawn,
            "<line x1=\"{0:.1}\" x2=\"{0:.1}\" y1=\"10\" y2=\"{1}\" stroke=\"#ddd\"/><text x=\"{0:.1}\" y=\"{2}\" text-anchor=\"middle\">{label}</text>",
            x(*share),
            HEIGHT - BOTTOM,
            HEIGHT - BOTTOM + 18.0
        );
    }
    for (share, label) in upwards {
        let _ = write!(
            drawn,
            "<line x1=\"{LEFT}\" x2=\"{1}\" y1=\"{0:.1}\" y2=\"{0:.1}\" stroke=\"#ddd\"/><text x=\"{2}\" y=\"{3:.1}\" text-anchor=\"end\">{label}</text>",
            y(*share),
            WIDTH - 20.0,
            LEFT - 8.0,
            y(*share) + 4.0
        );
    }
    for (i, curve) in curves.iter().enumerate() {
        let colour = COLOURS[i % COLOURS.len()];
        let places = curve
            .points
            .iter()
            .map(|(a, b)| format!("{:.1},{:.1}", x(*a), y(*b)));
        let _ = write!(
            drawn,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/><text x=\"{}\" y=\"{}\" fill=\"{colour}\">{}</text>",
            places.collect::<Vec<_>>().join(" "),
            LEFT + 12.0,
            26.0 + 18.0 * i as f64,
            curve.name
        );
    }
    drawn + "</svg>"
}
