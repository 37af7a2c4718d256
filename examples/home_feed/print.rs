//! The findings as text for a terminal, at most 110 characters wide.

mod table;

use crate::findings::{DrillRow, Findings, FunnelStage, Person, Quality, Shown, Split};
use crate::wording;
use table::{Align, Table, clip, wrap};

/// Characters a line.
const WIDTH: usize = 110;
/// Characters of the bar that stands for the best NDCG@10 of a table.
const BAR: f64 = 18.0;

/// The whole run, ready to print.
pub(crate) fn text(findings: &Findings) -> String {
    let mut parts = vec![format!(
        "{}: {} users, {} items, {} interactions",
        findings.data,
        wording::count(findings.users),
        wording::count(findings.items),
        wording::count(findings.interactions),
    )];
    parts.extend(findings.splits.iter().map(quality));
    parts.extend(wording::lesson(&findings.splits).map(|lesson| wrap(&lesson, WIDTH, "  ")));
    parts.push(funnel(findings));
    parts.push(drill(&findings.drill));
    parts.push(person(&findings.person));
    parts.push(format!("Took {:.1} s.", findings.seconds));
    parts.join("\n\n")
}

fn heading(title: &str, rest: &str) -> String {
    let line = format!("{} · {rest}", title.to_uppercase());
    clip(&line, WIDTH)
}

fn quality(split: &Split) -> String {
    let top = split
        .sources
        .iter()
        .chain([&split.popularity, &split.cascade])
        .map(|row| row.ndcg10.mean)
        .fold(0.0, f64::max);
    let mut table = Table::new(&[
        ("", Align::Left),
        ("recall@20", Align::Right),
        ("recall@200", Align::Right),
        ("NDCG@10", Align::Right),
        ("95 % interval", Align::Right),
        ("catalogue", Align::Right),
        ("unanswered", Align::Right),
        ("", Align::Left),
    ]);
    for (index, source) in split.sources.iter().enumerate() {
        table.row(cells(source, if index == split.best { " *" } else { "" }, top));
    }
    table.rule();
    table.row(cells(&split.popularity, "", top));
    table.row(cells(&split.cascade, "", top));

    let best = &split.sources[split.best].name;
    let mut lines = vec![
        heading(
            "quality",
            &format!(
                "split: {}; {} users, {} items to find",
                split.name,
                wording::count(split.users),
                wording::count(split.held_out)
            ),
        ),
        table.render(WIDTH),
        format!(
            "  cascade − best source: {} {}  NDCG@10 by user; {}",
            wording::signed(split.gain.mean),
            wording::bounds(split.gain),
            wording::verdict(split)
        ),
    ];
    lines.extend(
        wording::times_popularity(split).map(|times| format!("  cascade: {times} × popularity by NDCG@10")),
    );
    lines.push(clip(
        &format!("  * {best}: best single source, chosen on the validation part"),
        WIDTH,
    ));
    lines.join("\n")
}

fn cells(quality: &Quality, mark: &str, top: f64) -> Vec<String> {
    let eighths = if top > 0.0 {
        (quality.ndcg10.mean / top * BAR * 8.0).round() as usize
    } else {
        0
    };
    let mut bar = "█".repeat(eighths / 8);
    bar.extend("▏▎▍▌▋▊▉".chars().nth((eighths % 8).wrapping_sub(1)));
    vec![
        format!("{}{mark}", clip(&quality.name, 22)),
        format!("{:.4}", quality.recall20.mean),
        format!("{:.4}", quality.recall200.mean),
        format!("{:.4}", quality.ndcg10.mean),
        wording::bounds(quality.ndcg10),
        wording::percent(quality.coverage),
        wording::count(quality.empty),
        bar,
    ]
}

fn funnel(findings: &Findings) -> String {
    let mut table = Table::new(&[
        ("stage", Align::Left),
        ("rows in", Align::Right),
        ("rows out", Align::Right),
        ("p50", Align::Right),
        ("p99", Align::Right),
        ("lost", Align::Right),
    ]);
    for stage in &findings.funnel {
        table.row(stage_cells(stage));
    }
    table.rule();
    table.row(vec![
        "whole request".to_owned(),
        String::new(),
        String::new(),
        wording::micros(findings.p50_ms * 1000.0),
        wording::micros(findings.p99_ms * 1000.0),
        String::new(),
    ]);
    format!(
        "{}\n{}\n  lost: share of what would be shown at full width that the stage narrowed away",
        heading(
            "funnel",
            "mean rows a request, one request after another on one thread"
        ),
        table.render(WIDTH),
    )
}

fn stage_cells(stage: &FunnelStage) -> Vec<String> {
    vec![
        clip(&stage.name, 40),
        wording::rows(stage.entered),
        wording::rows(stage.left),
        wording::micros(stage.p50_us),
        wording::micros(stage.p99_us),
        stage.loss.map_or_else(|| "–".to_owned(), wording::percent),
    ]
}

fn drill(rows: &[DrillRow]) -> String {
    let mut table = Table::new(&[
        ("what was broken", Align::Left),
        ("deadline", Align::Right),
        ("in time", Align::Right),
        ("told", Align::Right),
        ("kept", Align::Right),
        ("p50", Align::Right),
        ("p99", Align::Right),
        ("coverage says", Align::Left),
    ]);
    for row in rows {
        table.row(vec![
            clip(row.fault, 26),
            format!("{} ms", row.deadline_ms),
            wording::percent(row.hit),
            wording::percent(row.told),
            wording::percent(row.kept),
            wording::micros(row.p50_ms * 1000.0),
            wording::micros(row.p99_ms * 1000.0),
            row.status.clone(),
        ]);
    }
    format!(
        "{}\n{}\n  in time: answered within the deadline + 2 ms. told: coverage said that the answer is degraded. \
         kept: NDCG@10\n  as a share of the healthy cascade's.",
        heading(
            "failure drill",
            &format!(
                "what a broken part does to the answer; {}",
                wording::requests(rows)
            )
        ),
        table.render(WIDTH),
    )
}

fn person(person: &Person) -> String {
    let watched = format!("Watched last: {}.", person.watched.join(", "));
    let mut lines = vec![
        heading(
            "one person's feed",
            &format!("user {}; ✓ was held out: watched later", person.user),
        ),
        wrap(&watched, WIDTH, "  "),
        String::new(),
    ];
    lines.extend(
        person
            .feed
            .iter()
            .enumerate()
            .map(|(position, shown)| card(shown, position)),
    );
    if !person.why_not.is_empty() {
        lines.push("\n  Why not".to_owned());
        let width = person.why_not.iter().map(|row| row.title.chars().count()).max();
        let width = width.unwrap_or(0).min(44);
        lines.extend(person.why_not.iter().map(|row| {
            clip(
                &format!("    {:<width$}  {}", clip(&row.title, width), row.why),
                WIDTH,
            )
        }));
    }
    lines.join("\n")
}

fn card(shown: &Shown, position: usize) -> String {
    let mark = if shown.hit { '✓' } else { ' ' };
    let arrow = match wording::climb(shown, position) {
        0 => "=".to_owned(),
        climb if climb > 0 => format!("↑{climb}"),
        climb => format!("↓{}", climb.unsigned_abs()),
    };
    let place = format!("rank {} → {}", shown.rank + 1, position + 1);
    let title = format!(
        "{:>4} {mark} {:<50}  {place:<14} {arrow:<5} {}",
        position + 1,
        clip(&wording::titled(shown), 50),
        shown.genres.join(", "),
    );
    let reason = format!("       {}", wording::why(shown));
    let heads = format!("       {}", wording::heads(shown));
    [title, reason, heads]
        .iter()
        .map(|line| clip(line, WIDTH))
        .collect::<Vec<_>>()
        .join("\n")
}
