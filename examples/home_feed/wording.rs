//! How numbers are written, and the sentences that the terminal and the page share.

use crate::findings::{DrillRow, Shown, Split};
use bowerbird::ranking::evaluate::Interval;

/// `12,345`.
pub(crate) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A mean number of rows: `1,204`, `12.5` below 100, `–` for none.
pub(crate) fn rows(mean: f64) -> String {
    match mean {
        mean if mean <= 0.0 => "–".to_owned(),
        mean if mean < 99.95 && mean.fract() != 0.0 => format!("{mean:.1}"),
        mean => count(mean.round() as usize),
    }
}

/// A share as percent. What isn't quite none or all doesn't round to it.
pub(crate) fn percent(share: f64) -> String {
    match share {
        share if share > 0.0 && share < 0.0005 => "<0.1 %".to_owned(),
        share if (0.9995..1.0).contains(&share) => ">99.9 %".to_owned(),
        share => format!("{:.1} %", share * 100.0),
    }
}

/// Microseconds as `8.4 µs`, `84 µs`, `1.94 ms` or `19.4 ms`.
pub(crate) fn micros(value: f64) -> String {
    match value {
        value if value < 9.95 => format!("{value:.1} µs"),
        value if value < 999.5 => format!("{value:.0} µs"),
        value if value < 9_995.0 => format!("{:.2} ms", value / 1000.0),
        value => format!("{:.1} ms", value / 1000.0),
    }
}

/// `+0.0207`, with a true minus sign below zero.
pub(crate) fn signed(value: f64) -> String {
    format!("{value:+.4}").replace('-', "−")
}

/// `[0.0102, 0.0307]`.
pub(crate) fn bounds(interval: Interval) -> String {
    format!("[{:.4}, {:.4}]", interval.low, interval.high).replace('-', "−")
}

/// How many times popularity's NDCG@10 the cascade reaches, as `2.3`; `None` where popularity hits nothing.
pub(crate) fn times_popularity(split: &Split) -> Option<String> {
    let popularity = split.popularity.ndcg10.mean;
    (popularity > 0.0).then(|| format!("{:.1}", split.cascade.ndcg10.mean / popularity))
}

/// What the interval of the gain allows to say.
pub(crate) fn verdict(split: &Split) -> &'static str {
    if split.gain.is_above_zero() {
        "all above zero"
    } else if split.gain.high < 0.0 {
        "all below zero: the source is better"
    } else {
        "zero lies inside: no difference shown"
    }
}

/// What it matters that the first split lets sources see later actions of others.
pub(crate) fn lesson(splits: &[Split]) -> Option<String> {
    let [by_user, by_time, ..] = splits else {
        return None;
    };
    let (before, after) = (times_popularity(by_user)?, times_popularity(by_time)?);
    Some(format!(
        "In the split “{}”, popularity (and all else that is fitted) sees what other users did later; a service never \
         can. In the split “{}” it cannot either: there the cascade reaches {after} × popularity instead of \
         {before} ×. Users and held-out items differ between the two, so compare the ratios, not the levels.",
        by_user.name, by_time.name,
    ))
}

/// `2,000 requests a row`, or their range where rows differ.
pub(crate) fn requests(rows: &[DrillRow]) -> String {
    let fewest = rows.iter().map(|row| row.requests).min().unwrap_or(0);
    let most = rows.iter().map(|row| row.requests).max().unwrap_or(0);
    if fewest == most {
        format!("{} requests a row", count(most))
    } else {
        format!("{} to {} requests a row", count(fewest), count(most))
    }
}

/// `Fargo (1996)`.
pub(crate) fn titled(shown: &Shown) -> String {
    match shown.year {
        Some(year) => format!("{} ({year})", shown.title),
        None => shown.title.clone(),
    }
}

/// `because you liked Pulp Fiction; found by graph #1, sequence #4`.
pub(crate) fn why(shown: &Shown) -> String {
    let found = shown.found_by.join(", ");
    match &shown.because {
        Some(title) => format!("because you liked {title}; found by {found}"),
        None => format!("found by {found}"),
    }
}

/// A head's value, as `0.82`.
pub(crate) fn head(value: f32) -> String {
    format!("{value:.2}").replace('-', "−")
}

/// `watch 0.82 · like 0.61`.
pub(crate) fn heads(shown: &Shown) -> String {
    let values = shown
        .heads
        .iter()
        .map(|(name, value)| format!("{name} {}", head(*value)));
    values.collect::<Vec<_>>().join(" · ")
}

/// Places gained by diversity: above zero when the item rose. `position` counts from 0, as `Shown::rank` does.
pub(crate) fn climb(shown: &Shown, position: usize) -> i64 {
    i64::from(shown.rank) - position as i64
}
