//! The benchmarks themselves are the targets beside this file; run them with `cargo bench`.
