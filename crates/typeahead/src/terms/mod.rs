//! Words in any order, the last one half typed.
