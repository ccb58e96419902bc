//! What the engine takes from outside, so that a test can say what it is: the time and chance.

/// The time and chance.
pub trait Surroundings: Send + Sync {
    /// A new token: unique, at most 32 characters, letters and digits only.
    fn token(&self) -> String;

    /// A new lineage: a UUID.
    fn lineage(&self) -> String;

    /// The time, as the engine writes it down.
    fn now(&self) -> jiff::Timestamp;

    /// A number from 0 up to 1, for pauses that should not all end at once.
    fn chance(&self) -> f32;
}
