//! What happens at which hour.

use crate::args::Args;
use crate::completions;
use crate::crash::{self, kill_and_open};
use crate::day::{Day, HOUR};
use crate::gone::until_gone;
use crate::index::{Folder, answer, micros, open, save, timed, weight};
use crate::report::Report;
use crate::support::{Failure, Lines};
use crate::traffic::Traffic;
use bowerbird::core::{Clock as _, SystemClock};
use bowerbird::typeahead::evaluate::churn;
use bowerbird::typeahead::live::{Live, Observation, Rule};
use bowerbird::typeahead::{Completer, Entry, Normalizer, Reach};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// What ever more people want from ten o'clock on, and its beginning.
const NEW: (&str, &str) = ("solar eclipse glasses", "solar ecl");
/// What more people want than usual in the hour before noon.
const RUSH: &str = "vegetable garden";
/// What one person alone types, again and again.
const SPAM: (&str, &str) = ("buy ten thousand followers", "buy ten t");
/// What nobody else may read.
const MAIL: (&str, &str) = ("jane.doe@example.org", "jane.d");
/// What is blocked wherever it stands.
const BLOCKED: &str = "tattoo";
/// What is removed, and its beginning.
const REMOVED: (&str, &str) = ("living room ideas", "living room i");
/// Keys that change at once.
const CHANGED: usize = 10_000;
/// Answers that are compared over the merge.
const COMPARED: usize = 500;

/// The day.
pub(crate) fn run(args: &Args, lines: Lines) -> Result<(), Failure> {
    let start = SystemClock.now();
    let entries = completions::entries(&args.entries)?;
    let folder = Folder::new()?;
    let (saved, took) = timed(|| save(&folder.0, entries.clone(), 0.0));
    saved?;
    let live = Arc::new(open(&folder.0, 0.0)?.0);
    let mut day = Day::new(Traffic::new(&entries, args.seed));
    let report = Report(lines);
    report.begin()?;
    let seen = format!(
        "{} texts built and saved; a search counts {:.0}, and 50 people make a new text known",
        entries.len(),
        day.unit
    );
    report.event(
        0.0,
        "base",
        micros(took),
        seen,
        json!({ "entries": entries.len() }),
    )?;

    let changed_ms = many_changes(&mut day, &live, &entries, &report)?;
    let completer = Completer::live(Arc::clone(&live));
    let freshness = morning(&mut day, &live, &completer, &report)?;
    let calls = afternoon(&mut day, &live, &completer, &report)?;

    day.until(&live, crash::AT / HOUR)?;
    drop(completer);
    let survived = kill_and_open(live, &folder.0, &args.entries, &entries)?;
    let live = Arc::new(survived.live);
    let completer = Completer::live(Arc::clone(&live));
    let hold = !answer(&completer, REMOVED.1, Reach::Forgiving)
        .iter()
        .any(|text| text == REMOVED.0)
        && !answer(&completer, BLOCKED, Reach::Forgiving)
            .iter()
            .any(|text| text.contains(BLOCKED));
    let replayed = survived.replayed;
    let seen = format!(
        "a process killed while it observed had acknowledged {} searches; {} are lost\n\
         {} records read again, {} bytes torn, {} damaged places; block and removal {}",
        survived.acknowledged,
        survived.lost,
        replayed.records,
        replayed.torn,
        replayed.damaged,
        if hold { "hold" } else { "DO NOT HOLD" }
    );
    let more = json!({
        "acknowledged": survived.acknowledged,
        "lost": survived.lost,
        "replayed": replayed.records,
        "torn": replayed.torn,
        "damaged": replayed.damaged,
        "rules_hold": hold,
    });
    report.event(day.now, "kill -9", micros(survived.took), seen, more)?;

    let churn = evening(&mut day, &live, &completer, &folder.0, &report)?;
    day.until(&live, 24.0)?;
    let shown = answer(&completer, NEW.1, Reach::Forgiving)
        .iter()
        .any(|text| text == NEW.0);
    let seen = format!(
        "{} searches; {} {} suggested for `{}`",
        day.searches,
        NEW.0,
        if shown { "is" } else { "is not" },
        NEW.1
    );
    let more = json!({ "searches": day.searches, "new_is_suggested": shown });
    report.event(day.now, "midnight", 0.0, seen, more)?;

    let seconds = SystemClock.now().duration_since(start).as_secs_f64();
    let Report(lines) = report;
    lines.text(format!(
        "\nA simulated day in {seconds:.1} s; the lags are this machine's, and the refresh is every second."
    ))?;
    lines.summary(json!({
        "freshness_lag_ms": freshness,
        "changed_10000_ms": changed_ms,
        "removal_lag_calls": calls,
        "replayed": replayed.records,
        "lost": survived.lost,
        "churn": churn,
        "searches": day.searches,
        "seconds": seconds,
    }))
}

/// Ten thousand weights change at once, five times: the median times in ms until the last
/// of them is seen, added up.
fn many_changes(day: &mut Day<'_>, live: &Live, entries: &[Entry], report: &Report) -> Result<f64, Failure> {
    day.until(live, 6.0)?;
    let step = (entries.len() / CHANGED).max(1);
    let (mut written, mut shown) = (Vec::new(), Vec::new());
    for first in 0..5.min(step) {
        let texts = entries[first..].iter().step_by(step).take(CHANGED);
        let seen = texts.map(|entry| Observation {
            text: &entry.text,
            user: bowerbird::core::UserId(1),
            at: day.now,
            weight: day.unit,
        });
        let seen: Vec<Observation<'_>> = seen.collect();
        let last = seen.last().map_or("", |seen| seen.text);
        let key = Normalizer::default().fold(last);
        let before = weight(live, &key);
        let (logged, writing) = timed(|| live.observe(&seen));
        logged?;
        let (after, showing) = timed(|| -> Result<f64, Failure> {
            live.refresh(day.now)?;
            Ok(weight(live, &key))
        });
        if after? > before {
            written.push(micros(writing));
            shown.push(micros(showing));
        }
    }
    let (written, shown) = (median(&mut written), median(&mut shown));
    let us = written + shown;
    let seen = format!(
        "{CHANGED} weights change at once: {:.1} ms to log and count, {:.1} ms to show (medians of 5)",
        written / 1e3,
        shown / 1e3
    );
    let more = json!({ "changed": CHANGED, "log_ms": written / 1e3, "refresh_ms": shown / 1e3 });
    report.event(day.now, "many changes", us, seen, more)?;
    Ok(us / 1e3)
}

/// A new text comes up; one person and an address do not. Returns the new text's freshness lag in ms.
fn morning(day: &mut Day<'_>, live: &Live, completer: &Completer, report: &Report) -> Result<f64, Failure> {
    day.until(live, 10.0)?;
    let (mut people, mut admitted, mut lag) = (0, None, None);
    let (mut rushed, mut told) = (0, false);
    while day.now < 12.0 * HOUR {
        // Ever more people: 75 in the first half hour, 300 in the first hour, 1,200 in two.
        let hours = day.now / HOUR - 10.0;
        while people < (300.0 * hours * hours) as u64 {
            people += 1;
            let counted = day.search(live, NEW.0, people)?.counted == 1;
            if counted && admitted.is_none() {
                admitted = Some(day.now);
                let seen = format!("`{}` has been typed by {people} people since 10:00", NEW.0);
                report.event(
                    day.now,
                    "admitted",
                    0.0,
                    seen,
                    json!({ "text": NEW.0, "people": people }),
                )?;
            }
        }
        if hours >= 1.0 && !told {
            told = true;
            silence(day, live, completer, report)?;
        }
        while hours >= 1.0 && rushed < (150.0 * (hours - 1.0)) as u64 {
            rushed += 1;
            day.search(live, RUSH, 40_000 + rushed)?;
        }
        // A host refreshes every second; where nothing is waited for, a simulation need not.
        let close = (1.0 / 3.0..0.5).contains(&hours) && lag.is_none();
        let step = if close { 1.0 } else { 300.0 - day.now % 300.0 };
        let (passed, took) = timed(|| day.pass(live, step));
        passed?;
        if let (Some(at), None) = (admitted, lag) {
            let (texts, asked) = timed(|| answer(completer, NEW.1, Reach::Forgiving));
            if let Some(place) = texts.iter().position(|text| text == NEW.0) {
                let us = (day.now - at) * 1e6 + micros(took + asked);
                lag = Some(us);
                let seen = format!(
                    "it is number {} for `{}`: a second to the refresh, and {:.1} ms",
                    place + 1,
                    NEW.1,
                    micros(took + asked) / 1e3
                );
                report.event(day.now, "suggested", us, seen, json!({ "rank": place + 1 }))?;
            }
        }
    }
    let (trends, took) = timed(|| live.trending(5, day.now));
    let mut seen = String::from("trending:");
    let mut rows = Vec::new();
    for trend in trends {
        seen.push_str(&format!(
            "\n{}: {:.0} searches lately, {:.0} times as many as usual, {:.0} deviations",
            trend.key, trend.support, trend.ratio, trend.burst
        ));
        rows.push(
            json!({ "key": trend.key, "support": trend.support, "ratio": trend.ratio, "burst": trend.burst }),
        );
    }
    report.event(day.now, "trending", micros(took), seen, json!({ "trends": rows }))?;
    lag.map(|us| us / 1e3)
        .ok_or_else(|| Failure(format!("`{}` was never suggested", NEW.0)))
}

/// What one person types 500 times, and an address that 60 people type.
fn silence(day: &mut Day<'_>, live: &Live, completer: &Completer, report: &Report) -> Result<(), Failure> {
    let (mut waiting, mut personal) = (0, 0);
    for _ in 0..500 {
        waiting += day.search(live, SPAM.0, 77)?.waiting;
    }
    for user in 0..60 {
        personal += day.search(live, MAIL.0, user)?.personal;
    }
    live.refresh(day.now)?;
    let shown = [SPAM, MAIL].iter().any(|(text, typed)| {
        answer(completer, typed, Reach::Forgiving)
            .iter()
            .any(|t| t == text)
    });
    let seen = format!(
        "one person typed `{}` {waiting} times, 60 an address: {} shown; the address is not kept",
        SPAM.0,
        if shown { "one is" } else { "neither is" }
    );
    let more = json!({ "waiting": waiting, "personal": personal, "shown": shown });
    report.event(day.now, "silence", 0.0, seen, more)
}

/// A rule and a removal. Returns the most answers that, after the call, still showed what they forbid.
fn afternoon(
    day: &mut Day<'_>,
    live: &Live,
    completer: &Completer,
    report: &Report,
) -> Result<usize, Failure> {
    day.until(live, 14.0)?;
    let rule = || Ok(live.set_rules(vec![Rule::Substring(BLOCKED.into())])?);
    let block = until_gone(completer, BLOCKED, |text| text.contains(BLOCKED), rule)?;
    let seen = format!(
        "texts with `{BLOCKED}`: {} of the ten before, none {}",
        block.before,
        block.in_words()
    );
    report.event(
        day.now,
        "block",
        block.us,
        seen,
        json!({ "calls": block.calls, "before": block.before }),
    )?;

    day.until(live, 15.0)?;
    let remove = || Ok(live.remove(&[REMOVED.0])?);
    let removal = until_gone(completer, REMOVED.1, |text| text == REMOVED.0, remove)?;
    let seen = format!(
        "`{}` is gone {}, for one who is typing, too",
        REMOVED.0,
        removal.in_words()
    );
    report.event(
        day.now,
        "removal",
        removal.us,
        seen,
        json!({ "calls": removal.calls, "before": removal.before }),
    )?;
    Ok(block.calls.max(removal.calls))
}

/// The day goes into a new base. Returns the mean churn of answers by prefix.
fn evening(
    day: &mut Day<'_>,
    live: &Live,
    completer: &Completer,
    folder: &Path,
    report: &Report,
) -> Result<f64, Failure> {
    day.until(live, 22.0)?;
    let prefixes: Vec<String> = (0..COMPARED).map(|_| day.prefix()).collect();
    let answers = |reach| -> Vec<Vec<String>> {
        let ask = |prefix: &String| answer(completer, prefix, reach);
        prefixes.iter().map(ask).collect()
    };
    let (before, before_all) = (answers(Reach::Prefix), answers(Reach::Forgiving));
    let (merged, took) = timed(|| -> Result<usize, Failure> {
        let merged = live.merge(day.now)?;
        let count = merged.entries.len();
        let base = save(folder, merged.entries, merged.at)?;
        live.rebase(base, merged.at)?;
        Ok(count)
    });
    let count = merged?;
    let (after, after_all) = (answers(Reach::Prefix), answers(Reach::Forgiving));
    let same = before
        .iter()
        .zip(&after)
        .filter(|(before, after)| before == after)
        .count();
    let churn = mean_churn(&before, &after);
    let churn_all = mean_churn(&before_all, &after_all);
    let has_new = live.snapshot().base().get(NEW.0).is_some();
    let seen = format!(
        "a new base of {count} texts, {}`{}`\n\
         by prefix {same} of {COMPARED} answers are the same in order, churn {churn:.4}; forgiving ones {churn_all:.4}",
        if has_new { "with " } else { "without " },
        NEW.0
    );
    let more = json!({
        "entries": count,
        "same": same,
        "compared": COMPARED,
        "churn": churn,
        "churn_forgiving": churn_all,
        "has_new": has_new,
    });
    report.event(day.now, "merge", micros(took), seen, more)?;
    Ok(churn)
}

fn mean_churn(before: &[Vec<String>], after: &[Vec<String>]) -> f64 {
    let pairs = before.iter().zip(after);
    pairs.map(|(before, after)| churn(before, after, 10)).sum::<f64>() / before.len().max(1) as f64
}

/// Of none: infinity, since nothing was seen.
fn median(times: &mut [f64]) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::INFINITY)
}
