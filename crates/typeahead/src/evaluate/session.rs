//! What a whole typing session gains.

/// How likely a reader is to look at the suggestion in a place.
///
/// Whether it is looked at depends on the place alone, not on the prefix, and each keystroke's list is looked at anew:
/// the simplest of the user models of Kharitonov et al., *User model-based metrics for offline query suggestion
/// evaluation*, SIGIR 2013.
#[derive(Clone, PartialEq, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Examination {
    /// 1 / place, with places from 1. The default where nothing is known.
    Reciprocal,
    /// What the host has learned from its logs: the first place's probability first, each from 0 to 1 (others are
    /// clamped, NaN is 0); 0 beyond the last.
    ByPlace(Vec<f64>),
}

impl Examination {
    /// The probability that the suggestion in `place`, from 1, is looked at.
    pub fn probability(&self, place: usize) -> f64 {
        match self {
            _ if place == 0 => 0.0,
            Self::Reciprocal => 1.0 / place as f64,
            Self::ByPlace(learned) => match learned.get(place - 1) {
                Some(known) if !known.is_nan() => known.clamp(0.0, 1.0),
                _ => 0.0,
            },
        }
    }
}

/// What typing sessions gain, as means over sessions. All are 0 where there is none.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SessionQuality {
    /// How many sessions there were.
    pub sessions: u64,
    /// Share of the target's characters that need not be typed by someone who takes the target as soon as it is among
    /// the first k. Taking it costs nothing.
    pub keystrokes_saved: f64,
    /// The same for someone who steps down to it with a key: the suggestion in place r costs r keystrokes (the minimum
    /// keystroke length of Duan and Hsu, WWW 2011).
    pub keystrokes_saved_with_steps: f64,
    /// pSaved: the probability that a suggestion is used at all, under the [`Examination`] model.
    pub p_saved: f64,
    /// eSaved: the expected share of characters that need not be typed, under the same model.
    pub e_saved: f64,
}

/// One session while it goes on.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) target: String,
    pub(super) first_prefix: String,
    /// Characters of the target.
    length: f64,
    saved: f64,
    saved_with_steps: f64,
    /// Probability that no suggestion has been used so far.
    unused: f64,
    e_saved: f64,
}

impl Session {
    pub(super) fn new(target: &str, first_prefix: &str) -> Self {
        Self {
            target: target.to_owned(),
            first_prefix: first_prefix.to_owned(),
            length: target.chars().count().max(1) as f64,
            saved: 0.0,
            saved_with_steps: 0.0,
            unused: 1.0,
            e_saved: 0.0,
        }
    }

    /// Adds a keystroke: characters typed so far, and the target's place if it was among the first k.
    pub(super) fn record(&mut self, typed: usize, place: Option<usize>, examination: &Examination) {
        let Some(place) = place else { return };
        let left = |keys: usize| (1.0 - keys as f64 / self.length).max(0.0);
        let saved = left(typed);
        self.saved_with_steps = self.saved_with_steps.max(left(typed + place));
        self.saved = self.saved.max(saved);
        let used = self.unused * examination.probability(place);
        self.unused -= used;
        self.e_saved += used * saved;
    }
}

/// Sums over finished sessions.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sessions {
    sums: SessionQuality,
}

impl Sessions {
    pub(super) fn add(&mut self, session: &Session) {
        self.sums.sessions += 1;
        self.sums.keystrokes_saved += session.saved;
        self.sums.keystrokes_saved_with_steps += session.saved_with_steps;
        self.sums.p_saved += 1.0 - session.unused;
        self.sums.e_saved += session.e_saved;
    }

    pub(super) fn means(self) -> SessionQuality {
        let count = self.sums.sessions.max(1) as f64;
        SessionQuality {
            sessions: self.sums.sessions,
            keystrokes_saved: self.sums.keystrokes_saved / count,
            keystrokes_saved_with_steps: self.sums.keystrokes_saved_with_steps / count,
            p_saved: self.sums.p_saved / count,
            e_saved: self.sums.e_saved / count,
        }
    }
}
