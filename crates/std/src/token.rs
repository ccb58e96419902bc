//! The ids of what lives in the state alone.

use rand::RngExt;

/// A fresh id. It names nothing outside the state, and only has to differ from others there.
pub(crate) fn fresh() -> String {
    hex::encode(rand::rng().random::<[u8; 8]>())
}
