//! Keystrokes through engines, in interleaved rounds.

use crate::engines::Engine;
use std::time::Instant;

/// What somebody has typed, and what they want, where that is known.
pub type Keystroke = (String, Option<String>);

/// An engine and what was learned about it.
pub struct Run {
    pub name: String,
    pub fuzzy: u8,
    pub engine: Box<dyn Engine>,
    pub bytes: usize,
    pub build_s: f64,
    /// Of each timed round: the middle call, the 99th percentile and the mean, in microseconds.
    rounds: Vec<[f64; 3]>,
    found: usize,
    reciprocal: f64,
}

impl Run {
    pub fn new(name: &str, fuzzy: u8, engine: Box<dyn Engine>, bytes: usize, build_s: f64) -> Self {
        let name = name.to_owned();
        Self {
            name,
            fuzzy,
            engine,
            bytes,
            build_s,
            rounds: Vec::new(),
            found: 0,
            reciprocal: 0.0,
        }
    }

    /// All keystrokes once, not timed: how often, and how high, the target is suggested.
    pub fn rate(&mut self, keystrokes: &[Keystroke]) {
        let mut out = Vec::new();
        for (prefix, target) in keystrokes {
            self.engine.complete(prefix, &mut out);
            if let Some(rank) = target
                .as_ref()
                .and_then(|target| out.iter().position(|text| text == target))
            {
                self.found += 1;
                self.reciprocal += 1.0 / (rank + 1) as f64;
            }
        }
    }

    /// All keystrokes once, each call timed.
    pub fn time(&mut self, keystrokes: &[Keystroke]) {
        let mut out = Vec::new();
        let mut micros: Vec<f64> = keystrokes
            .iter()
            .map(|(prefix, _)| {
                let start = Instant::now();
                self.engine.complete(prefix, &mut out);
                start.elapsed().as_secs_f64() * 1e6
            })
            .collect();
        let mean = micros.iter().sum::<f64>() / micros.len() as f64;
        micros.sort_by(f64::total_cmp);
        let at = |share: f64| micros[((micros.len() - 1) as f64 * share) as usize];
        self.rounds.push([at(0.5), at(0.99), mean]);
    }

    /// One row of JSON: the median of the rounds.
    pub fn row(&self, entries: usize, keystrokes: usize) -> String {
        let [p50, p99, mean] =
            [0, 1, 2].map(|part| median(self.rounds.iter().map(|round| round[part]).collect()));
        let share = |sum: f64| sum / keystrokes as f64;
        format!(
            "{{\"engine\": \"{}\", \"fuzzy\": {}, \"entries\": {entries}, \"keystrokes\": {keystrokes}, \"p50_us\": {p50:.3}, \
             \"p99_us\": {p99:.3}, \"mean_us\": {mean:.3}, \"qps\": {:.0}, \"bytes_per_entry\": {:.2}, \"build_s\": {:.2}, \
             \"success\": {:.4}, \"mrr\": {:.4}}}",
            self.name,
            self.fuzzy,
            1e6 / mean,
            self.bytes as f64 / entries as f64,
            self.build_s,
            share(self.found as f64),
            share(self.reciprocal),
        )
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
