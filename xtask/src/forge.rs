//! A double of GitHub and of GitLab, in this process: the few endpoints that previews and drift use.
//!
//! It shares no code with what it is used to test. PyGithub and python-gitlab run against it, and what goes over the wire is
//! held against GitHub's own descriptions of its APIs (`tests/forges`).

mod described;
mod github;
mod gitlab;
mod server;
mod world;

use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use serde_json::Value as Json;
use tokio::sync::{Barrier, oneshot};

use crate::error::{Doing, Result};
use world::World;

pub use described::violations;
pub use world::{BOT, Comment, FORK_TOKEN, Fault, How, Issue, MALLORY, Reply, TOKEN, User};

/// Which forge it is a double of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// GitHub Enterprise Server: REST at `/api/v3`, GraphQL at `/api/graphql`.
    GitHub,
    /// GitLab: REST at `/api/v4`.
    GitLab,
}

/// The number of the only pull request.
pub const NUMBER: u64 = 7;

/// The only commit.
pub const COMMIT: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";

/// A double. It ends when this is dropped.
pub struct Double {
    kind: Kind,
    endpoint: String,
    world: Arc<Mutex<World>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Double {
    /// Starts one with a pull request that nobody has commented on.
    pub fn start(kind: Kind) -> Result<Self> {
        let world = Arc::new(Mutex::new(World::default()));
        let shared = Arc::clone(&world);
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let serve = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            match runtime {
                Err(error) => drop(tell.send(Err(error))),
                Ok(runtime) => runtime.block_on(async {
                    match server::listen().await {
                        Err(error) => drop(tell.send(Err(error))),
                        Ok((listener, address)) => {
                            let endpoint = format!("http://{address}");
                            let _ = tell.send(Ok(endpoint.clone()));
                            let serve = server::serve(listener, kind, endpoint, shared);
                            tokio::select! {
                                () = serve => {}
                                _ = stopped => {}
                            }
                        }
                    }
                }),
            }
        };
        let thread = std::thread::spawn(serve);
        let endpoint = told
            .recv()
            .unwrap_or_else(|_| Err(std::io::Error::other("it ended before it began")))
            .doing(|| format!("start the double of {kind:?}"))?;
        Ok(Self {
            kind,
            endpoint,
            world,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The address of its REST API.
    pub fn api(&self) -> String {
        format!("{}{}", self.endpoint, self.kind.rest())
    }

    /// Has somebody comment; gives the comment's id.
    pub fn comment(&self, author: User, body: &str) -> u64 {
        self.world().comment(author, body)
    }

    /// Has somebody open an issue, or a pull request; gives its number.
    pub fn issue(&self, author: User, title: &str, body: &str, pull_request: bool) -> u64 {
        self.world().issue(author, title, body, pull_request)
    }

    /// Every issue, the oldest first.
    pub fn issues(&self) -> Vec<Issue> {
        self.world().issues.clone()
    }

    /// Pushes a commit.
    pub fn push(&self, commit: &str) {
        self.world().commits.push(commit.to_owned());
    }

    /// Every comment, the oldest first.
    pub fn comments(&self) -> Vec<Comment> {
        self.world().comments.clone()
    }

    /// Every status that was set, the first first, as the forge shows it.
    pub fn statuses(&self) -> Vec<Json> {
        self.world().statuses.clone()
    }

    /// From now on this happens.
    pub fn fault(&self, fault: Fault) {
        self.world().faults.push(fault);
    }

    /// The next two that list comments or issues are answered once both have asked.
    pub fn meet(&self) {
        self.world().meeting = Some((Arc::new(Barrier::new(2)), 2));
    }

    /// Every request so far and its answer, without what proves who asks.
    pub fn exchanges(&self) -> Vec<Json> {
        self.world().exchanges.clone()
    }

    /// How many requests of this method there were so far whose path has this in it.
    pub fn count(&self, method: &str, path: &str) -> usize {
        let world = self.world();
        let asked = |exchange: &&Json| {
            exchange["method"] == method
                && exchange["path"]
                    .as_str()
                    .is_some_and(|asked| asked.contains(path))
        };
        world.exchanges.iter().filter(asked).count()
    }

    /// What of all that went over the wire is not as GitHub's descriptions say; empty when all of it is.
    pub fn violations(&self) -> Result<String> {
        described::violations(&self.exchanges())
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kind {
    /// Where its REST API is.
    fn rest(self) -> &'static str {
        match self {
            Self::GitHub => "/api/v3",
            Self::GitLab => "/api/v4",
        }
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the double has been told already.
            let _ = thread.join();
        }
    }
}
