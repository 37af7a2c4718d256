//! Folding: what is matched, and where it stands in what is shown.
