//! The findings as one page that needs nothing but a browser: no script, no font, no picture from elsewhere.

mod chart;
mod feed;
mod table;

use crate::findings::{Findings, Split};
use crate::wording;

const STYLE: &str = include_str!("style.css");

/// The whole page.
pub(crate) fn page(findings: &Findings) -> String {
    let body = [
        header(findings),
        quality(&findings.splits),
        funnel(findings),
        drill(findings),
        feed::section(&findings.person),
    ]
    .concat();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Home feed: {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\
         <footer>The run took {:.1} s.</footer>\n</main>\n</body>\n</html>\n",
        escape(&findings.data),
        findings.seconds,
    )
}

/// Text that comes from data, safe between tags and inside quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // The parser refuses or replaces control characters; white space may stay.
            character if character.is_control() && !character.is_ascii_whitespace() => {
                escaped.push('\u{fffd}')
            }
            character => escaped.push(character),
        }
    }
    escaped
}

fn header(findings: &Findings) -> String {
    let mut tiles = String::new();
    if let Some(split) = findings.splits.first() {
        tiles += &tile(
            &format!("{:.4}", split.cascade.ndcg10.mean),
            "NDCG@10 of the cascade",
            &wording::bounds(split.cascade.ndcg10),
        );
        tiles += &tile(
            &wording::signed(split.gain.mean),
            &format!("over {}, the best single source", split.sources[split.best].name),
            &wording::bounds(split.gain),
        );
        if let Some(times) = wording::times_popularity(split) {
            let popularity = format!("whose NDCG@10 is {:.4}", split.popularity.ndcg10.mean);
            tiles += &tile(&format!("{times} ×"), "popularity", &popularity);
        }
    }
    tiles += &tile(
        &wording::micros(findings.p50_ms * 1000.0),
        "a whole request, p50",
        &format!("p99 {}, one thread", wording::micros(findings.p99_ms * 1000.0)),
    );
    let hung = findings
        .drill
        .iter()
        .filter(|row| row.fault == crate::drill::HUNG);
    if let Some(worst) = hung.min_by(|a, b| a.hit.total_cmp(&b.hit)) {
        let deadline = format!("at worst, deadline {} ms", worst.deadline_ms);
        tiles += &tile(
            &wording::percent(worst.hit),
            "in time with a hung source",
            &deadline,
        );
    }
    format!(
        "<header>\n<p class=\"kicker\">Bowerbird</p>\n<h1>A home feed, end to end</h1>\n<p class=\"lead\">{}: {} users, \
         {} items, {} interactions.</p>\n<dl class=\"tiles\">\n{tiles}</dl>\n</header>\n",
        escape(&findings.data),
        wording::count(findings.users),
        wording::count(findings.items),
        wording::count(findings.interactions),
    )
}

fn tile(number: &str, what: &str, detail: &str) -> String {
    format!(
        "<div><dt>{}</dt><dd><b>{}</b><span>{}</span></dd></div>\n",
        escape(what),
        escape(number),
        escape(detail)
    )
}

fn quality(splits: &[Split]) -> String {
    let scale = chart::Scale::over(splits);
    let panels: String = splits.iter().map(|split| panel(split, &scale)).collect();
    let tables: String = splits.iter().map(table::quality).collect();
    let lesson = wording::lesson(splits).unwrap_or_default();
    format!(
        "<section>\n<h2>Quality</h2>\n<p class=\"lead\">NDCG@10 with its 95 % interval over users, on one scale. The \
         cascade is in colour, and what it is made of is grey, the best single source (chosen on the validation \
         part) a darker grey.</p>\n<div class=\"panels\">\n{panels}</div>\n<p class=\"note\">{}</p>\n<details>\n\
         <summary>All figures</summary>\n{tables}</details>\n</section>\n",
        escape(&lesson),
    )
}

fn panel(split: &Split, scale: &chart::Scale) -> String {
    let times = wording::times_popularity(split).map(|times| format!(" · <b>{times} ×</b> popularity"));
    format!(
        "<article>\n<h3>Split: {}</h3>\n{}<p class=\"finding\">cascade − best source: <b>{}</b> {}{}<br>\
         <span>paired by user: {}</span></p>\n</article>\n",
        escape(split.name),
        chart::bars(split, scale),
        wording::signed(split.gain.mean),
        wording::bounds(split.gain),
        times.unwrap_or_default(),
        wording::verdict(split),
    )
}

fn funnel(findings: &Findings) -> String {
    format!(
        "<section>\n<h2>Funnel</h2>\n<p class=\"lead\">Mean rows a request; widths go with the logarithm of the rows. \
         Lost is the share of what would be shown at full width that the stage narrowed away.</p>\n{}\
         <p class=\"note\">Whole request: p50 {}, p99 {}, one after another on one thread.</p>\n</section>\n",
        chart::funnel(&findings.funnel),
        wording::micros(findings.p50_ms * 1000.0),
        wording::micros(findings.p99_ms * 1000.0),
    )
}

fn drill(findings: &Findings) -> String {
    format!(
        "<section>\n<h2>Failure drill</h2>\n<p class=\"lead\">What a broken part does to the answer; {}. In time: \
         answered within the deadline + 2 ms. Told: coverage said that the answer is degraded. Kept: NDCG@10 as a \
         share of the healthy cascade’s.</p>\n{}</section>\n",
        wording::requests(&findings.drill),
        table::drill(&findings.drill),
    )
}
