//! What changes while people type: popularity, trends, removals, rules.
