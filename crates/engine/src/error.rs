//! What the engine cannot do, and why.

use stack_model::{Problem, Urn};

use crate::backend::BackendError;

/// The result of the engine's work.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What the engine cannot do, and why.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The graph, or what it asks for, is wrong. All problems at once.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<Problem>),
    /// What is recorded contradicts itself, so nothing is done by it.
    #[error("what is recorded contradicts itself, so nothing was done:\n{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Unsound(Vec<Problem>),
    /// An apply would fail half-way, so none was begun.
    #[error("an apply would fail half-way, so none was begun:\n{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Preflight(Vec<Problem>),
    /// The state lives elsewhere now.
    #[error("the state of {place} was moved to {to}")]
    Moved {
        /// Where it was.
        place: String,
        /// The URL of the backend where it is.
        to: String,
    },
    /// State cannot be read or written.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// A cloud refused, before anything was done.
    #[error("{doing}")]
    Cloud {
        /// What was being done.
        doing: String,
        /// What the cloud said.
        #[source]
        source: stack_provider::Error,
    },
    /// What an earlier run left behind cannot be told apart; a person has to look.
    #[error("{urn}: {question}")]
    InDoubt {
        /// Of which resource.
        urn: Urn,
        /// What has to be decided.
        question: String,
    },
    /// The state has moved on since the plan was made.
    #[error("the plan is stale: {0}; plan again")]
    Stale(String),
    /// Everything of a type is gone, which is more often a wrong profile than a disaster.
    #[error("all {count} objects of {type_name} are gone, as the cloud tells it")]
    AllGone {
        /// Of which type.
        type_name: String,
        /// How many are recorded.
        count: usize,
    },
    /// The journal could not be written. Nothing more was started.
    #[error("the journal could not be written, so nothing more was started{}", .unrecorded.iter().map(|(urn, id)| format!("\n  not recorded: {urn} is {id}")).collect::<String>())]
    JournalLost {
        /// Objects that exist and are not recorded, with their ids.
        unrecorded: Vec<(Urn, String)>,
        /// Why it could not be written.
        #[source]
        source: BackendError,
    },
    /// Something else.
    #[error("{0}")]
    Other(String),
}

impl Error {
    /// One problem.
    pub fn problem(subject: impl ToString, message: impl Into<String>) -> Self {
        Self::Problems(vec![Problem {
            subject: subject.to_string(),
            at: None,
            message: message.into(),
        }])
    }
}
