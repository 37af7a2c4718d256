//! Why nothing was trained.

/// Why nothing was trained.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// There are no rows, or no features. Check that the log was read.
    #[error("nothing to train on")]
    Empty,
    /// A column, or the weights, has another number of values than there are labels.
    #[error("{found} values for {expected} rows")]
    Rows {
        /// Labels in the set.
        expected: usize,
        /// Values found.
        found: usize,
    },
    /// More features than the solver can square. Choose among them.
    #[error("{found} features, at most {limit}")]
    TooManyFeatures {
        /// Features in the set.
        found: usize,
        /// Most that are allowed.
        limit: usize,
    },
    /// A label is outside what the objective allows: 0 to 1 for logistic, from 0 for softmax.
    #[error("label {found} in row {row}")]
    Label {
        /// The row.
        row: usize,
        /// Its label.
        found: f32,
    },
    /// A sample weight is negative or not finite.
    #[error("sample weight {found} in row {row}")]
    Weight {
        /// The row.
        row: usize,
        /// Its weight.
        found: f32,
    },
    /// All rows that count have the same label, so there is nothing to tell apart. Add rows of the other kind.
    #[error("all labels are alike")]
    OneClass,
    /// No request has both something chosen and something to compare it with.
    #[error("no request has a choice")]
    NoChoice,
    /// The softmax objective compares the rows of a request, and the set does not say which they are. Set the groups.
    #[error("no groups")]
    NoGroups,
    /// The groups don't add up to the rows.
    #[error("groups of {found} rows in all, {expected} rows")]
    Groups {
        /// Labels in the set.
        expected: usize,
        /// Rows in all groups together.
        found: u64,
    },
}
