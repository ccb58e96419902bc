//! What a command cannot do, and why. The kind gives the exit code.

use std::path::PathBuf;

use stack_engine::BackendError;
use stack_model::Problem;

use crate::exit::Exit;
use crate::program::ProgramError;
use crate::project::ProjectError;

/// The result of a command's work.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a command cannot do, and why.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `Stack.toml` is missing or wrong, or does not have the environment that was asked for.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// The program does not come to a graph.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The engine cannot do it.
    #[error(transparent)]
    Engine(#[from] stack_engine::Error),
    /// The backend's URL leads nowhere.
    #[error(transparent)]
    Open(#[from] stack_backend::OpenError),
    /// A pull request cannot be told.
    #[error(transparent)]
    Forge(#[from] stack_forge::Error),
    /// The command line does not make sense in this situation.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// What was asked cannot be had.
    #[error("{message}")]
    Refused {
        /// Why.
        message: String,
        /// What to do.
        hint: Option<String>,
    },
    /// A rollback would be no undo, and nobody asked for that.
    #[error("the rollback is no undo")]
    Loss(Vec<Problem>),
    /// A plan has steps that could not be undone, and only one that could was asked for.
    #[error("the plan could not be rolled back")]
    Irreversible(Vec<Problem>),
    /// Policies cannot judge.
    #[error(transparent)]
    Policies(#[from] stack_policy::Error),
    /// Policies deny the plan, with this many findings.
    #[error("policies deny this plan: {}", stack_review::words::count(*.0, "violation"))]
    Denied(usize),
    /// No plan is saved while something is in doubt.
    #[error("an earlier run left something in doubt, so no plan is saved")]
    InDoubt,
    /// The person or CI asked to stop before anything was changed.
    #[error("stopped before anything was changed")]
    Cancelled,
    /// A file cannot be read or written.
    #[error("cannot {doing} {}", .path.display())]
    File {
        /// What was being done: `read`, `write`.
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Standard output is closed, or its disk is full.
    #[error("cannot write to standard output")]
    Output(#[source] std::io::Error),
}

impl Error {
    /// A command line that does not make sense, and what to do.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// What cannot be had, and what to do.
    pub fn refused(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Refused {
            message: message.into(),
            hint: Some(hint.into()),
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Project(_) | Self::Usage { .. } | Self::Open(_) => Exit::Usage,
            Self::Cancelled => Exit::Cancelled,
            Self::InDoubt => Exit::InDoubt,
            Self::Denied(_) => Exit::Denied,
            Self::Engine(error) => engine_exit(error),
            Self::Forge(error) if error.is_of_what_was_given() => Exit::Usage,
            Self::Forge(_)
            | Self::Program(_)
            | Self::Policies(_)
            | Self::Refused { .. }
            | Self::Loss(_)
            | Self::Irreversible(_)
            | Self::File { .. }
            | Self::Output(_) => Exit::Failed,
        }
    }

    /// The problems of a graph, where the error is a list of them.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Engine(
                stack_engine::Error::Problems(problems)
                | stack_engine::Error::Unsound(problems)
                | stack_engine::Error::Preflight(problems),
            ) => problems,
            Self::Program(ProgramError::Problems(problems))
            | Self::Loss(problems)
            | Self::Irreversible(problems) => problems,
            _ => &[],
        }
    }
}

fn engine_exit(error: &stack_engine::Error) -> Exit {
    use stack_engine::Error as E;
    match error {
        E::Backend(BackendError::Locked { .. } | BackendError::Fenced { .. }) => Exit::Locked,
        E::JournalLost {
            source: BackendError::Fenced { .. },
            ..
        } => Exit::Locked,
        E::InDoubt { .. } | E::AllGone { .. } => Exit::InDoubt,
        E::Problems(_)
        | E::Unsound(_)
        | E::Preflight(_)
        | E::Moved { .. }
        | E::Backend(_)
        | E::Cloud { .. }
        | E::Stale(_)
        | E::JournalLost { .. }
        | E::Other(_) => Exit::Failed,
    }
}
