//! Measuring completion: MRR, success at k, keystrokes saved, lags and churn.
