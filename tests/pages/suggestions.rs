//! The code of `docs/guide/fresh-safe-private-suggestions.md`.

use bowerbird::core::{SystemClock, UserId};
use bowerbird::typeahead::live::{Live, LogOptions, Observation, Rule, Secret};
use bowerbird::typeahead::personal::{History, Recall};
use bowerbird::typeahead::{Completer, Entry, FastIndex, Normalizer, Request};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

const DAY: f64 = 86_400.0;

#[test]
fn the_page_runs() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("suggestions");
    drop(std::fs::remove_dir_all(&folder));
    let secret = Secret([1, 2]);
    let entries = vec![
        Entry::new("living room ideas", 9_000.0),
        Entry::new("living room lamps", 3_000.0),
        Entry::new("solar lamps", 400.0),
        Entry::new("skull tattoo", 100.0),
    ];
    let midnight = 0.0;

    let normalizer = Normalizer::default();
    let base = Arc::new(FastIndex::build(entries, &normalizer)?);
    let (live, replayed) =
        Live::builder(base, midnight, secret).open(folder.join("log"), LogOptions::default())?;
    let live = Arc::new(live);
    let completer = Completer::live(Arc::clone(&live));
    assert_eq!(replayed.records, 0);

    let now = midnight + 60.0;
    let typed = |text, user| Observation {
        text,
        user: UserId(user),
        at: now,
        weight: 1.0,
    };
    live.observe(&[typed("Living room lamps", 7), typed("solar lamps", 8)])?;
    let refreshed = live.refresh(now + 1.0)?;
    assert_eq!((refreshed.changed, refreshed.lag), (2, 1.0));

    for user in 0..49 {
        let seen = live.observe(&[typed("solar eclipse glasses", user)])?;
        assert_eq!((seen.counted, seen.waiting), (0, 1));
    }
    let again = live.observe(&[typed("solar eclipse glasses", 48)])?; // that one has typed it before
    assert_eq!(again.waiting, 1);
    let fiftieth = live.observe(&[typed("solar eclipse glasses", 49)])?;
    assert_eq!(fiftieth.counted, 1);
    live.refresh(now + 2.0)?;

    let ask = |typed: &str| completer.complete(typed, &Request::new(10), &SystemClock);
    assert_eq!(ask("solar ec").suggestions[0].text, "solar eclipse glasses");

    for trend in live.trending(5, now + 3600.0) {
        println!("{}: {:.0} times as often as usual", trend.key, trend.ratio);
    }

    let seen = live.observe(&[typed("jane.doe@example.org", 7)])?;
    assert_eq!(seen.personal, 1); // not counted, not logged

    assert!(ask("skull").texts().eq(["skull tattoo"]));
    live.set_rules(vec![
        Rule::Substring("tattoo".into()),
        Rule::Words("gun".into()),
        Rule::Except("glue gun".into()),
    ])?;
    assert_eq!(ask("skull").suggestions.len(), 0);

    live.remove(&["Living room ideas"])?;
    assert!(ask("living room").texts().eq(["living room lamps"]));

    let merged = live.merge(midnight + DAY)?;
    let new_base = Arc::new(FastIndex::build(merged.entries, &normalizer)?);
    new_base.save(folder.join("base"))?; // with merged.at beside it, before the rebase
    live.rebase(new_base, merged.at)?;
    assert!(live.snapshot().base().get("solar eclipse glasses").is_some());
    assert_eq!(ask("skull").suggestions.len(), 0);

    let mut history = History::new();
    history.record("solar lamps", now)?;
    let request = Request::new(10).with_history(&history, Recall::new(), now);
    let own = completer.complete("s", &request, &SystemClock);
    assert_eq!(own.suggestions[0].text, "solar lamps");
    history.forget("solar lamps"); // one; or all of it:
    history.clear();

    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
