//! Load balancers.
