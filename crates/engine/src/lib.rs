//! Plan, apply, journal and state. No cloud, no terminal, no environment.
//!
//! ```text
//! check          Graph -> CheckedGraph               names, references, fields, cycles: every problem at once
//! partial        Expr -> Partial                     evaluation of what may not be known yet
//! scope          where references lead
//! diff           what differs, judged by a schema
//! planner        State + Graph -> Plan               pure
//! plan           what a plan is
//! schedule       Plan -> which step may start next   pure
//! journal        Intent, Entry, replay               what was done
//! state          State, Delta, State::apply          what is recorded
//! codec          states and journals as sealed bytes
//! inferred       State -> who needs whom, by what objects say    pure
//! soundness      State -> what contradicts itself   pure
//! purposes       State + Graph -> what has to be permitted   pure
//! document       a state as JSON that people keep, edit and put back
//! snapshot       a state without its secrets, for whoever must not have them
//! backend        where bytes live: traits
//! providers      which provider configuration serves what
//! connections    the clouds that a run talks to
//! refresh        reads the cloud in parallel
//! settle         what a killed run left in doubt
//! execute        one step: one provider call, retried by kind of error
//! guarded        no call without the lock
//! apply          the loop that ties schedule, execute and journal together
//! rollback       State -> CheckedGraph               a checkpoint as what should exist
//! session        one command's view of one environment: open, refresh, plan, apply, roll back, import
//! ```

pub mod apply;
pub mod backend;
pub mod check;
pub mod codec;
pub mod connections;
pub mod diff;
pub mod document;
pub mod error;
pub mod event;
pub mod execute;
mod guarded;
pub mod inferred;
pub mod journal;
pub mod partial;
pub mod physical_name;
pub mod plan;
pub mod planner;
pub mod providers;
mod purposes;
pub mod refresh;
pub mod rollback;
pub mod schedule;
pub mod scope;
pub mod session;
pub mod settle;
pub mod snapshot;
pub mod soundness;
pub mod state;
pub mod surroundings;
pub mod timeout;

pub use backend::{Backend, BackendError, Holder, Keys, Lease, Seal};
pub use check::{CheckedGraph, Schemas, check};
pub use connections::Connections;
pub use error::{Error, Result};
pub use event::{Event, Listener};
pub use plan::Plan;
pub use planner::Wishes;
pub use purposes::purposes;
pub use session::{Place, Preflight, Session};
pub use state::State;
pub use surroundings::Surroundings;
