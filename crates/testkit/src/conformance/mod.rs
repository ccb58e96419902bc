//! The conformance kit: every type of every provider goes through the same cells, on a real engine.
//!
//! ```text
//! create    the object is made, and has what was asked for
//! again     a second plan finds nothing to do
//! update    each field in turn is changed in place, and a second plan finds nothing to do
//! reset     the fields that may be left out go back, and a second plan finds nothing to do
//! drift     a change from outside is seen, and taken back
//! replace   each field that needs a new object asks for one; one of them is carried out
//! adopt     the process dies after the create was sent; the next run finds that one object and goes on with it
//! import    the object is forgotten and taken in again, and stays the same object
//! delete    it is gone
//! twice     deleting it once more is a success
//! actions   it called what the type declares, and all of that
//! ```
//!
//! A field that no cell covers fails the case, unless the case leaves it out with a reason.

mod bench;
mod case;
mod cells;
mod search;
mod watch;

pub use bench::Bench;
pub use case::Case;
pub use cells::run;
pub use search::searched;
pub use watch::Calls;
