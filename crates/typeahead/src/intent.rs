//! Intent: what people do after they have chosen a query.
