//! Near-duplicates among suggestions: plural, word order, spelling.
