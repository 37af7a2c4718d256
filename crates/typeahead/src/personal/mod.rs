//! A person's own history and taste.
