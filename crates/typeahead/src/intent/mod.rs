//! Intent: what people do after they have chosen a query.
//!
//! "living room ideas" is a wish: people look at pictures, save many, buy nothing yet. "living room sofa 3 seats" is an
//! errand. An [`Intent`](crate::Intent) says so on four axes, of which none excludes another:
//!
//! - **visual**: people look at pictures: they open them close up and save them.
//! - **aspirational**: they save for later rather than act: saves without outbound clicks.
//! - **specific**: they want one definite thing: they leave for it, agree on it, and don't ask again.
//! - **broad**: they end at many different things, or ask again in other words.
//!
//! [`Estimator`] learns the axes from an [`Engagement`], the counts of what followed a query; [`IntentBlend`] turns them
//! into a bounded boost for those that a request wants; [`diversify`] spreads a list over different head words.
//!
//! There is no public data with which any effect of this on people could be shown, and none is claimed. The arithmetic
//! is tested, and tried out in a simulation that is called one.

mod blend;
mod diversify;
mod estimate;

pub use blend::{IntentBlend, Strengths};
pub use diversify::diversify;
pub use estimate::{Engagement, Estimator};
