//! A cloud, a disk and a clock that tests own, and a world made of the three.
//!
//! ```text
//! types          the fake cloud's types: Thing, Data, Act, Value, Zone
//! cloud          FakeCloud: objects by id, faults, lag, a log of every call
//! handler        the same as a Provider
//! disk           MortalBackend: state in memory, on a machine that can die at any byte
//! death          Death: the end of a process, wherever it comes from
//! surroundings   tokens, lineages and a clock that repeat themselves
//! keys           a sealing that hides its text and is no secret
//! scenario       graphs: chain, wide, diamond, replacements, a mixed change
//! damage         what may happen to bytes
//! readers        bytes of which nobody knows where they come from: read, and what is read used
//! conformance    every type of every provider through the same cells
//! world          World: plan, apply, destroy, die, come back, compare
//! ```
//!
//! Nothing here waits in real time: tests run with `start_paused`, and the clock jumps to whatever is due next.

pub mod cloud;
pub mod conformance;
pub mod damage;
pub mod death;
pub mod disk;
mod handler;
pub mod keys;
pub mod readers;
pub mod scenario;
pub mod surroundings;
pub mod types;
pub mod world;

pub use cloud::{Call, CallKind, CloudObject, FakeCloud, Fault, Lag};
pub use damage::Damage;
pub use death::Death;
pub use disk::MortalBackend;
pub use keys::{Glass, TestKeys};
pub use scenario::{act, data, graph, kept, reference, thing, zone};
pub use surroundings::TestSurroundings;
pub use world::{Ended, World};
