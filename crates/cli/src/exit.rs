//! Exit codes. Scripts rely on them, so a number never changes its meaning.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// What was asked is done.
    Done = 0,
    /// Something failed; what it was has been said.
    Failed = 1,
    /// The command line or `Stack.toml` is wrong. Nothing was done.
    Usage = 2,
    /// `plan --exit-code` found changes, or `drift` found what changed outside.
    Changes = 3,
    /// Another run holds the lock.
    Locked = 4,
    /// What an earlier run left behind cannot be told apart, or everything of a type is gone: a person is needed.
    InDoubt = 5,
    /// A policy denies the plan.
    Denied = 6,
    /// The person or CI asked to stop.
    Cancelled = 130,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
