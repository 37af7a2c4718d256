//! k-anonymity: a text that the base does not have is shown to nobody before enough different people have typed it.

use super::decay::log_add;
use super::popularity::Popularity;
use super::user::UserHash;

/// Most users that can be asked for.
pub const MAX_USERS: u32 = 1000;

/// When a new text may be shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AdmissionSettings {
    /// How many different users must have typed it: 1 to [`MAX_USERS`], a value outside counts as the nearest. 50 by
    /// default.
    pub users: u32,
    /// How many texts may wait; the least typed are forgotten when there are more, which can only delay them. 100,000
    /// by default. One takes its key, 8 bytes a user and about 130 bytes.
    pub candidates: usize,
}

impl Default for AdmissionSettings {
    fn default() -> Self {
        Self {
            users: 50,
            candidates: 100_000,
        }
    }
}

/// A text that waits.
#[derive(Clone, PartialEq, Debug)]
pub struct Candidate {
    /// The [decayed score](super::Decay) of what was observed so far.
    pub score: f64,
    /// The latest time at which it was observed.
    pub last: f64,
    /// Its users so far: fewer than are asked for, each once.
    pub users: Vec<UserHash>,
}

/// Texts that wait for more users. One writer.
///
/// Users are an exact set of [hashes](super::Secret::hash). When two share a hash, or a candidate was evicted and
/// starts anew, a text is admitted later than it might be; earlier it never is.
#[derive(Clone, Debug)]
pub struct Admission {
    users: usize,
    table: Popularity<Vec<UserHash>>,
}

impl Admission {
    /// Nothing waits yet.
    pub fn new(settings: AdmissionSettings) -> Self {
        Self {
            users: settings.users.clamp(1, MAX_USERS) as usize,
            table: Popularity::new(settings.candidates),
        }
    }

    /// Counts an observation of `key` with decayed score `gain`. When it brings the last user that was missing, the key
    /// waits no longer and everything observed of it is returned, the last user not listed. O(users asked for).
    pub fn observe(&mut self, key: &str, user: UserHash, gain: f64, at: f64) -> Option<Candidate> {
        let waited = self.table.get(key);
        let known = waited.is_some_and(|row| row.payload.contains(&user));
        let had = waited.map_or(0, |row| row.payload.len());
        if !known && had + 1 >= self.users {
            let before = self.take(key);
            return Some(before.map_or(
                Candidate {
                    score: gain,
                    last: at,
                    users: Vec::new(),
                },
                |before| Candidate {
                    score: log_add(before.score, gain),
                    last: before.last.max(at),
                    users: before.users,
                },
            ));
        }
        match self.table.add(key, gain, at) {
            Some(users) if !known => users.push(user),
            Some(_) => {}
            None => self.table.insert(key, gain, at, vec![user]),
        }
        None
    }

    /// Lets a key wait no longer, as when it is removed or the base has it; returns what was known of it.
    pub fn take(&mut self, key: &str) -> Option<Candidate> {
        let row = self.table.take(key)?;
        Some(Candidate {
            score: row.score,
            last: row.last,
            users: row.payload,
        })
    }

    /// Puts a candidate back as it was, in place of what is known of it. Users beyond those that may wait are dropped.
    pub fn restore(&mut self, key: &str, mut candidate: Candidate) {
        candidate.users.sort_unstable();
        candidate.users.dedup();
        candidate.users.truncate(self.users - 1);
        let Candidate { score, last, users } = candidate;
        self.table.insert(key, score, last, users);
    }

    /// How many texts wait.
    pub fn waiting(&self) -> usize {
        self.table.len()
    }

    /// The texts that wait: key, score, time of the latest observation, users. In no order.
    pub fn candidates(&self) -> impl Iterator<Item = (&str, f64, f64, &[UserHash])> {
        let rows = self.table.rows();
        rows.map(|(key, row)| (&**key, row.score, row.last, &row.payload[..]))
    }
}
