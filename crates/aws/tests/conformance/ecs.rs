//! Containers that run.
