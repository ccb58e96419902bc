//! Who there is, what they said, and what goes wrong.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tokio::sync::Barrier;

/// Somebody with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct User {
    /// The number of the account.
    pub id: u64,
    /// Its name.
    pub login: &'static str,
    /// `Bot` or `User`, as GitHub has it.
    pub kind: &'static str,
}

/// Whose [`TOKEN`] and [`FORK_TOKEN`] are.
pub const BOT: User = User {
    id: 41_898_282,
    login: "github-actions[bot]",
    kind: "Bot",
};

/// Somebody whose comments are not ours.
pub const MALLORY: User = User {
    id: 1_234,
    login: "mallory",
    kind: "User",
};

/// A token that may read and write.
pub const TOKEN: &str = "canary-forge-token";

/// A token as a pull request from a fork gets it: it may read.
pub const FORK_TOKEN: &str = "canary-fork-token";

/// A comment on the pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its number; a later one has a higher one.
    pub id: u64,
    /// Who said it.
    pub author: User,
    /// What it says.
    pub body: String,
    /// How often it was changed.
    pub changes: usize,
}

/// An issue, or a pull request, which GitHub lists among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Its number.
    pub number: u64,
    /// Who opened it.
    pub author: User,
    /// How it is called.
    pub title: String,
    /// What it says.
    pub body: String,
    /// Whether it is open.
    pub open: bool,
    /// Whether it is a pull request.
    pub pull_request: bool,
}

/// Something that goes wrong.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Requests of this method are hit.
    pub method: &'static str,
    /// Those whose path ends with this.
    pub path: &'static str,
    /// So many of them.
    pub times: usize,
    /// What happens to them.
    pub how: How,
}

/// What happens to a request.
#[derive(Debug, Clone)]
pub enum How {
    /// It is not done, and answered like this.
    Answer(Reply),
    /// It is done, and the connection ends without an answer.
    Lose,
    /// It is done, and answered like this.
    Deny(Reply),
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers beside those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// The body; nothing is sent when it is null.
    pub body: Json,
}

impl Reply {
    /// An answer with a body.
    pub fn new(status: u16, body: Json) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }

    /// An answer with a message alone, as both forges refuse.
    pub fn refusal(status: u16, message: &str) -> Self {
        Self::new(status, json!({"message": message}))
    }

    /// With a header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A request.
pub struct Request<'r> {
    /// The method.
    pub method: &'r str,
    /// The path's parts, below that of the API.
    pub parts: Vec<&'r str>,
    /// The query, as it was sent.
    pub query: &'r str,
    /// The body; null where there is none.
    pub body: &'r Json,
    /// Who asks, and whether they may write; none where the token is nobody's.
    pub asks: Option<(User, bool)>,
    /// The address of the API.
    pub api: &'r str,
}

impl Request<'_> {
    /// A number of the query.
    pub fn number(&self, name: &str) -> Option<usize> {
        let mut pairs = self
            .query
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name)?.1.parse().ok()
    }

    /// A text of the query, as it was sent.
    pub fn asked(&self, name: &str) -> Option<String> {
        let mut pairs = self
            .query
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        let value = pairs.find(|(key, _)| *key == name)?.1;
        Some(value.replace("%5B", "[").replace("%5D", "]"))
    }

    /// A text of the body.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.body[name].as_str()
    }
}

/// All that there is.
#[derive(Default)]
pub struct World {
    pub comments: Vec<Comment>,
    pub statuses: Vec<Json>,
    pub issues: Vec<Issue>,
    /// The commits besides the pull request's last.
    pub commits: Vec<String>,
    pub faults: Vec<Fault>,
    pub meeting: Option<(Arc<Barrier>, usize)>,
    pub exchanges: Vec<Json>,
    made: u64,
}

impl World {
    /// A new comment; gives its id.
    pub fn comment(&mut self, author: User, body: &str) -> u64 {
        let id = self.next_id();
        self.comments.push(Comment {
            id,
            author,
            body: body.to_owned(),
            changes: 0,
        });
        id
    }

    /// A new issue, or pull request; gives its number, which is none that a comment has.
    pub fn issue(&mut self, author: User, title: &str, body: &str, pull_request: bool) -> u64 {
        let number = 100 + self.next_id();
        self.issues.push(Issue {
            number,
            author,
            title: title.to_owned(),
            body: body.to_owned(),
            open: true,
            pull_request,
        });
        number
    }

    /// A number that nothing has yet.
    pub fn next_id(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// One page of a list, whether others follow, and its number.
    pub fn page<'w, T>(items: &'w [T], request: &Request<'_>, usual: usize) -> (&'w [T], Page) {
        let size = request.number("per_page").unwrap_or(usual).clamp(1, 100);
        let number = request.number("page").unwrap_or(1).max(1);
        let start = items.len().min((number - 1) * size);
        let end = items.len().min(start + size);
        let pages = items.len().div_ceil(size);
        let page = Page {
            size,
            number,
            pages,
        };
        (&items[start..end], page)
    }

    /// What goes wrong with this request, if anything does.
    pub fn hit(&mut self, method: &str, path: &str) -> Option<How> {
        let hits = |fault: &&mut Fault| {
            fault.times > 0 && fault.method == method && path.ends_with(fault.path)
        };
        let fault = self.faults.iter_mut().find(hits)?;
        fault.times -= 1;
        Some(fault.how.clone())
    }
}

/// Where in a list a page is.
pub struct Page {
    pub size: usize,
    pub number: usize,
    pub pages: usize,
}

impl Page {
    /// The header that names the other pages, as RFC 8288 has it.
    pub fn links(&self, address: &str) -> Option<String> {
        let mut links = Vec::new();
        let mut link = |page: usize, rel: &str| {
            let size = self.size;
            links.push(format!(
                "<{address}?per_page={size}&page={page}>; rel=\"{rel}\""
            ));
        };
        if self.number > 1 {
            link(self.number - 1, "prev");
        }
        if self.number < self.pages {
            link(self.number + 1, "next");
            link(self.pages, "last");
        }
        (!links.is_empty()).then(|| links.join(", "))
    }
}
