//! The answer.

/// The answer to one request.
#[derive(Debug)]
pub struct Slate {}
