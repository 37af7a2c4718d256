//! Reading entries from the field's plain formats.
