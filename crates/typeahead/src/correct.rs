//! Did you mean: corrections of a whole query.
