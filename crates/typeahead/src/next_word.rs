//! The next word where no whole entry fits.
