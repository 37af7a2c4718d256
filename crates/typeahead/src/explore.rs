//! An exploration slot with logged propensities.
