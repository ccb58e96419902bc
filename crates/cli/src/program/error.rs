//! Why a program does not come to a graph.

use std::path::PathBuf;
use std::process::ExitStatus;

use stack_model::Problem;

/// Why a program does not come to a graph.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// The file that should hold the graph cannot be read.
    #[error("cannot read the graph {}", .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The program, or cargo, cannot be started.
    #[error("cannot run {program}")]
    Start {
        /// Which.
        program: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The pipes to the program broke.
    #[error("lost the connection to the program {program}")]
    Pipe {
        /// Which.
        program: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The package does not compile. The compiler has said why.
    #[error("the program {package} does not compile; what the compiler says is above")]
    Compile {
        /// Which package.
        package: String,
    },
    /// The package has no binary, or several.
    #[error("the package {package} has {}, and a program is a package with one", binaries(.found))]
    Binaries {
        /// Which package.
        package: String,
        /// Its binaries' names.
        found: Vec<String>,
    },
    /// It ended without a graph.
    #[error("the program {program} {}", ended(*.status, .panic.as_deref()))]
    Failed {
        /// Which.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// What it panicked with.
        panic: Option<String>,
    },
    /// It ended well, and what it printed is no graph.
    #[error("the program {program} {what}")]
    Nonsense {
        /// Which.
        program: String,
        /// What it did instead.
        what: String,
    },
    /// It says what is wrong with what it declares, or its graph is not in the format. All of it.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<Problem>),
}

impl ProgramError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Start { .. } => Some("see `program` in Stack.toml"),
            Self::Nonsense { .. } => Some(
                "a program in Rust ends its `main` with `stack::run(…)`; any other answers in the protocol \
                 of the documentation of `stack::protocol`",
            ),
            Self::Binaries { .. } => Some("name another package as `program` in Stack.toml"),
            Self::Read { .. }
            | Self::Pipe { .. }
            | Self::Compile { .. }
            | Self::Failed { .. }
            | Self::Problems(_) => None,
        }
    }
}

fn binaries(found: &[String]) -> String {
    match found {
        [] => "no binary".into(),
        found => format!("{} binaries ({})", found.len(), found.join(", ")),
    }
}

fn ended(status: ExitStatus, panic: Option<&str>) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (panic, status.code(), status.signal()) {
        (Some(panic), ..) => format!("panicked: {panic}"),
        (None, Some(code), _) => format!("failed with exit code {code}"),
        (None, None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None, None) => "failed".into(),
    }
}
