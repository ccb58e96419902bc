//! How many of something run.
