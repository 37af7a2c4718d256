//! The tables of the page.

use super::{chart, escape};
use crate::findings::{DrillRow, Quality, Split};
use crate::wording;
use bowerbird::ranking::evaluate::Interval;

/// Every figure of one split.
pub(super) fn quality(split: &Split) -> String {
    let sources = split.sources.iter().enumerate();
    let sources: String = sources
        .map(|(index, source)| quality_row(source, if index == split.best { "best" } else { "source" }))
        .collect();
    format!(
        "<div class=\"scroll\"><table>\n<caption>Split: {}; {} users, {} items to find</caption>\n<thead><tr>\
         <th scope=\"col\"></th><th scope=\"col\">recall@20</th><th scope=\"col\">recall@200</th><th scope=\"col\">NDCG@10\
         </th><th scope=\"col\">catalogue</th><th scope=\"col\">unanswered</th></tr></thead>\n<tbody>\n{sources}{}{}\
         </tbody>\n</table></div>\n",
        escape(split.name),
        wording::count(split.users),
        wording::count(split.held_out),
        quality_row(&split.popularity, "popularity"),
        quality_row(&split.cascade, "cascade"),
    )
}

fn quality_row(row: &Quality, class: &str) -> String {
    let cell = |interval: Interval| {
        format!(
            "<td>{:.4}<small>{}</small></td>",
            interval.mean,
            wording::bounds(interval)
        )
    };
    format!(
        "<tr class=\"{class}\"><th scope=\"row\">{}</th>{}{}{}<td>{}</td><td>{}</td></tr>\n",
        escape(&row.name),
        cell(row.recall20),
        cell(row.recall200),
        cell(row.ndcg10),
        escape(&wording::percent(row.coverage)),
        wording::count(row.empty),
    )
}

/// The drill, rows of one fault together.
pub(super) fn drill(rows: &[DrillRow]) -> String {
    let groups: String = rows
        .chunk_by(|a, b| a.fault == b.fault)
        .map(drill_group)
        .collect();
    format!(
        "<div class=\"scroll\"><table class=\"drill\">\n<thead><tr><th scope=\"col\">what was broken</th><th scope=\"col\">\
         deadline</th><th scope=\"col\" colspan=\"2\">in time</th><th scope=\"col\">told</th><th scope=\"col\">kept</th>\
         <th scope=\"col\">p50</th><th scope=\"col\">p99</th><th scope=\"col\" class=\"text\">coverage says</th></tr>\
         </thead>\n{groups}</table></div>\n"
    )
}

fn drill_group(rows: &[DrillRow]) -> String {
    let cells = rows.iter().enumerate().map(|(index, row)| {
        let fault = if index == 0 {
            format!(
                "<th scope=\"rowgroup\" rowspan=\"{}\">{}</th>",
                rows.len(),
                escape(row.fault)
            )
        } else {
            String::new()
        };
        format!("<tr>{fault}{}</tr>\n", drill_cells(row))
    });
    format!("<tbody>\n{}</tbody>\n", cells.collect::<String>())
}

fn drill_cells(row: &DrillRow) -> String {
    format!(
        "<td>{} ms</td><td class=\"bar\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>\
         <td class=\"text\">{}</td>",
        row.deadline_ms,
        chart::meter(row.hit),
        escape(&wording::percent(row.hit)),
        escape(&wording::percent(row.told)),
        escape(&wording::percent(row.kept)),
        wording::micros(row.p50_ms * 1000.0),
        wording::micros(row.p99_ms * 1000.0),
        escape(&row.status),
    )
}
