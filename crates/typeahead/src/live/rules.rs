//! What must not be suggested: a kill list, substrings, words, patterns, and exceptions from them.

use crate::{EntryFault, MAX_TEXT};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use rustc_hash::FxHashMap;

/// Most rules in a set.
pub const MAX_RULES: usize = 1 << 20;

/// Bytes that the compiled patterns of a set may take.
#[cfg(feature = "regex")]
const PATTERN_BYTES: usize = 16 << 20;

/// Bytes of substrings up to which the faster and larger automaton is built.
const DENSE: usize = 128 << 10;

/// One rule, over keys: texts in rules are folded, patterns are written for folded text.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Rule {
    /// Blocks exactly this key, exceptions notwithstanding.
    Key(String),
    /// Blocks every key that contains this.
    Substring(String),
    /// Blocks every key that contains this with no letter or digit before or after it. Of no use for scripts without
    /// spaces between words.
    Words(String),
    /// Blocks every key in which this regular expression matches. Needs the feature `regex`.
    Pattern(String),
    /// Saves exactly this key from substrings, words and patterns.
    Except(String),
}

impl Rule {
    /// What it is made from.
    pub fn text(&self) -> &str {
        match self {
            Self::Key(text)
            | Self::Substring(text)
            | Self::Words(text)
            | Self::Pattern(text)
            | Self::Except(text) => text,
        }
    }

    /// The same rule over the text that `fold` makes of its own; a pattern stays as it is.
    pub(super) fn fold(
        self,
        fold: impl FnOnce(&str) -> Result<String, EntryFault>,
    ) -> Result<Self, EntryFault> {
        Ok(match self {
            Self::Key(text) => Self::Key(fold(&text)?),
            Self::Substring(text) => Self::Substring(fold(&text)?),
            Self::Words(text) => Self::Words(fold(&text)?),
            Self::Except(text) => Self::Except(fold(&text)?),
            Self::Pattern(text) => Self::Pattern(text),
        })
    }
}

/// Which rule of a set blocks: its place in the list from which the set was made, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RuleId(pub u32);

/// Why a set of rules is refused.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RulesError {
    /// More rules than [`MAX_RULES`]. Write patterns, or leave out keys that the base does not have.
    #[error("{found} rules, at most {MAX_RULES} are allowed")]
    TooMany {
        /// How many there are.
        found: usize,
    },
    /// A rule's text is empty, too long, or cannot be folded. Leave it out.
    #[error("rule {rule} is refused")]
    Text {
        /// Its place in the list.
        rule: usize,
        /// Why.
        source: EntryFault,
    },
    /// A pattern is not a regular expression, or too large. The message says which and where.
    #[cfg(feature = "regex")]
    #[error("the patterns could not be compiled")]
    Pattern(#[source] regex::Error),
    /// There is a pattern and the feature `regex` is off. Turn it on.
    #[error("rule {rule} is a pattern, which needs the feature `regex`")]
    NoPatterns {
        /// Its place in the list.
        rule: usize,
    },
    /// The substrings are too many for one automaton. Use fewer or shorter ones.
    #[error("the substrings do not fit into an automaton")]
    Automaton,
}

/// A compiled, immutable set of rules.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    list: Vec<Rule>,
    keys: FxHashMap<Box<str>, RuleId>,
    substrings: Option<Needles>,
    words: Option<Needles>,
    #[cfg(feature = "regex")]
    patterns: Option<(regex::RegexSet, Vec<RuleId>)>,
    exceptions: FxHashMap<Box<str>, RuleId>,
    generation: u64,
}

impl Rules {
    /// Compiles a list. Milliseconds for thousands of rules.
    ///
    /// # Errors
    ///
    /// What is wrong with the first bad rule, or with all together.
    pub fn new(list: Vec<Rule>) -> Result<Self, RulesError> {
        if list.len() > MAX_RULES {
            return Err(RulesError::TooMany { found: list.len() });
        }
        let mut rules = Self::default();
        let (mut substrings, mut words, mut patterns) = (Vec::new(), Vec::new(), Vec::new());
        for (position, rule) in list.iter().enumerate() {
            check(position, rule.text())?;
            let id = RuleId(position as u32);
            match rule {
                Rule::Key(text) => drop(rules.keys.entry(text.as_str().into()).or_insert(id)),
                Rule::Except(text) => drop(rules.exceptions.insert(text.as_str().into(), id)),
                Rule::Substring(text) => substrings.push((text.as_str(), id)),
                Rule::Words(text) => words.push((text.as_str(), id)),
                Rule::Pattern(text) => patterns.push((text.as_str(), id)),
            }
        }
        rules.substrings = Needles::new(&substrings)?;
        rules.words = Needles::new(&words)?;
        rules.compile(&patterns)?;
        rules.list = list;
        Ok(rules)
    }

    #[cfg(feature = "regex")]
    fn compile(&mut self, patterns: &[(&str, RuleId)]) -> Result<(), RulesError> {
        if patterns.is_empty() {
            return Ok(());
        }
        let set = regex::RegexSetBuilder::new(patterns.iter().map(|(text, _)| text))
            .size_limit(PATTERN_BYTES)
            .dfa_size_limit(PATTERN_BYTES)
            .nest_limit(64)
            .build()
            .map_err(RulesError::Pattern)?;
        self.patterns = Some((set, patterns.iter().map(|&(_, id)| id).collect()));
        Ok(())
    }

    #[cfg(not(feature = "regex"))]
    fn compile(&mut self, patterns: &[(&str, RuleId)]) -> Result<(), RulesError> {
        match patterns.first() {
            Some(&(_, RuleId(rule))) => Err(RulesError::NoPatterns { rule: rule as usize }),
            None => Ok(()),
        }
    }

    /// The rule that blocks a key, if one does: the kill list's first, then any substring, word or pattern unless the key
    /// is excepted.
    ///
    /// O(key), whatever the number of rules; patterns cost more.
    pub fn blocks(&self, key: &str) -> Option<RuleId> {
        if let Some(&id) = self.keys.get(key) {
            return Some(id);
        }
        let found = self.contained(key)?;
        (!self.exceptions.contains_key(key)).then_some(found)
    }

    fn contained(&self, key: &str) -> Option<RuleId> {
        let anywhere = self.substrings.as_ref().and_then(|needles| needles.any(key));
        let in_words = || self.words.as_ref().and_then(|needles| needles.words(key));
        anywhere.or_else(in_words).or_else(|| self.matching(key))
    }

    #[cfg(feature = "regex")]
    fn matching(&self, key: &str) -> Option<RuleId> {
        let (set, ids) = self.patterns.as_ref()?;
        if !set.is_match(key) {
            return None;
        }
        set.matches(key).iter().next().map(|nth| ids[nth])
    }

    #[cfg(not(feature = "regex"))]
    fn matching(&self, _: &str) -> Option<RuleId> {
        None
    }

    /// A rule, for an audit.
    pub fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.list.get(id.0 as usize)
    }

    /// The list from which the set was made.
    pub fn list(&self) -> &[Rule] {
        &self.list
    }

    /// True when nothing is blocked because there is no rule.
    pub const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How often a live index has been given other rules before these; 0 for a set that is not in use.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    pub(super) const fn with_generation(mut self, generation: u64) -> Self {
        self.generation = generation;
        self
    }
}

fn check(rule: usize, text: &str) -> Result<(), RulesError> {
    let refuse = |source| Err(RulesError::Text { rule, source });
    match text.len() {
        0 => refuse(EntryFault::Empty),
        found if found > MAX_TEXT => refuse(EntryFault::TooLong { found }),
        _ => Ok(()),
    }
}

#[derive(Clone, Debug)]
struct Needles {
    automaton: AhoCorasick,
    ids: Vec<RuleId>,
}

impl Needles {
    fn new(needles: &[(&str, RuleId)]) -> Result<Option<Self>, RulesError> {
        if needles.is_empty() {
            return Ok(None);
        }
        let bytes: usize = needles.iter().map(|(text, _)| text.len()).sum();
        let kind = (bytes <= DENSE).then_some(AhoCorasickKind::DFA);
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(kind)
            .build(needles.iter().map(|(text, _)| text))
            .map_err(|_| RulesError::Automaton)?;
        let ids = needles.iter().map(|&(_, id)| id).collect();
        Ok(Some(Self { automaton, ids }))
    }

    fn any(&self, key: &str) -> Option<RuleId> {
        let found = self.automaton.find(key)?;
        Some(self.ids[found.pattern().as_usize()])
    }

    fn words(&self, key: &str) -> Option<RuleId> {
        let free = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        let mut found = self.automaton.find_overlapping_iter(key);
        let bounded = found.find(|found| {
            free(key[..found.start()].chars().next_back()) && free(key[found.end()..].chars().next())
        })?;
        Some(self.ids[bounded.pattern().as_usize()])
    }
}
