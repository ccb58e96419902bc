//! sdk-derive
