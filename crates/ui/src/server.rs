//! From a request to an answer.

use std::net::Ipv4Addr;
use std::sync::Arc;

use futures::{StreamExt, stream};
use serde::Serialize;
use serde_json::json;
use stack_engine::Backend;
use stack_engine::check::Schemas;
use stack_model::{Name, Urn};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::documents::{self, FORMAT, Listed, Listing};
use crate::follow;
use crate::gate::{Gate, Verdict};
use crate::history;
use crate::http::{Answer, Request};
use crate::page;
use crate::recorded;
use crate::source::{Source, Unread};

/// The most connections at once. A browser opens six, and one for each environment that is watched.
const CONNECTIONS: usize = 64;
/// How many environments are read at once for a list.
const AT_ONCE: usize = 8;

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";

/// The page's server, on this machine alone.
pub struct Server {
    listener: TcpListener,
    shared: Arc<Shared>,
}

struct Shared {
    gate: Gate,
    source: Box<dyn Source>,
    schemas: Arc<Schemas>,
    style: String,
    script: String,
}

impl Server {
    /// Opens a port; 0 is any free one.
    pub async fn open(
        port: u16,
        source: Box<dyn Source>,
        schemas: Arc<Schemas>,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let shared = Shared {
            gate: Gate::new(listener.local_addr()?.port()),
            source,
            schemas,
            style: page::style(),
            script: page::script(),
        };
        Ok(Self {
            listener,
            shared: Arc::new(shared),
        })
    }

    /// The address to open. Whoever has it can read everything that the page shows.
    pub fn address(&self) -> String {
        self.shared.gate.address()
    }

    /// Serves until it is told to stop.
    pub async fn serve(self, stop: &CancellationToken) {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = self.listener.accept() => accepted,
            };
            // Out of file descriptors, or whoever called is gone. One that is full serves those who are there first.
            let (Ok((stream, _)), Ok(place)) = (accepted, Arc::clone(&room).try_acquire_owned())
            else {
                tokio::task::yield_now().await;
                continue;
            };
            let (shared, stop) = (Arc::clone(&self.shared), stop.clone());
            tokio::spawn(async move {
                let _place = place;
                // An error is a browser that went away.
                tokio::select! {
                    () = stop.cancelled() => {}
                    _ = shared.serve(stream) => {}
                }
            });
        }
    }
}

/// What is asked for.
enum Asked {
    Page,
    Style,
    Script,
    Environments,
    Environment(Name, Name),
    History(Name, Name),
    Follow(Name, Name),
}

impl Asked {
    fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match parts.as_slice() {
            [""] => Some(Self::Page),
            ["page.css"] => Some(Self::Style),
            ["page.js"] => Some(Self::Script),
            ["api", "environments"] => Some(Self::Environments),
            ["api", "environments", stack, environment, rest @ ..] => {
                // Names cannot lead elsewhere: they have no slash and do not begin with a dot.
                let (stack, environment) = (stack.parse().ok()?, environment.parse().ok()?);
                match rest {
                    [] => Some(Self::Environment(stack, environment)),
                    ["history"] => Some(Self::History(stack, environment)),
                    ["follow"] => Some(Self::Follow(stack, environment)),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

impl Shared {
    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let Some(request) = Request::read(&mut stream).await else {
            return Ok(());
        };
        let whole = request.method != "HEAD";
        let verdict = self.gate.judge(&request);
        if verdict == Verdict::Pass
            && whole
            && let Some(Asked::Follow(stack, environment)) = Asked::of(&request.path)
            && let Ok(backend) = self.source.open(stack.as_str(), environment.as_str())
        {
            let head = Answer::new("200 OK", "text/event-stream", "");
            head.begin(&mut stream).await?;
            let (mut from, mut to) = stream.split();
            return follow::follow(backend.as_ref(), &mut from, &mut to).await;
        }
        let answer = match verdict {
            Verdict::Pass => self.answer(&request).await,
            Verdict::Enter(cookie) => {
                Answer::new("200 OK", HTML, page::ENTER).with("set-cookie", cookie)
            }
            Verdict::WrongHost => refusal(
                "421 Misdirected Request",
                "this is another name than that of this server",
            ),
            Verdict::Foreign => refusal(
                "403 Forbidden",
                "another page asks, and none but this server's own may",
            ),
            Verdict::Unknown => refusal(
                "401 Unauthorized",
                "open the address that `stack ui` printed; it is another one each time",
            ),
            Verdict::NotReading => refusal("405 Method Not Allowed", "nothing can be changed here")
                .with("allow", "GET, HEAD"),
        };
        answer.send(&mut stream, whole).await
    }

    async fn answer(&self, request: &Request) -> Answer {
        let Some(asked) = Asked::of(&request.path) else {
            return missing("there is nothing here");
        };
        let answer = match asked {
            Asked::Page => Ok(Answer::new("200 OK", HTML, page::PAGE)),
            Asked::Style => Ok(Answer::new(
                "200 OK",
                "text/css; charset=utf-8",
                self.style.as_str(),
            )),
            Asked::Script => {
                let kind = "text/javascript; charset=utf-8";
                Ok(Answer::new("200 OK", kind, self.script.as_str()))
            }
            Asked::Environments => self.environments().await,
            Asked::Environment(stack, environment) => self.environment(&stack, &environment).await,
            Asked::History(stack, environment) => {
                let urn = request.asked("urn").and_then(|urn| urn.parse::<Urn>().ok());
                match urn {
                    Some(urn) => self.history(&stack, &environment, &urn).await,
                    None => Ok(missing("name a resource: ?urn=…")),
                }
            }
            Asked::Follow(..) => Ok(Answer::new("200 OK", "text/event-stream", "")),
        };
        answer.unwrap_or_else(|Unread(why)| {
            let body = json!({ "error": why }).to_string();
            Answer::new("502 Bad Gateway", JSON, body)
        })
    }

    async fn environments(&self) -> Result<Answer, Unread> {
        let listed = self.source.environments().await?;
        let listed = listed.into_iter().map(async |(stack, environment)| {
            let read = self.about(&stack, &environment).await;
            let (about, error) = match read {
                Ok(about) => (about, None),
                Err(Unread(why)) => (None, Some(why)),
            };
            Listed {
                stack,
                environment,
                about,
                error,
            }
        });
        Ok(found(&Listing {
            format: FORMAT,
            backend: self.source.name().to_owned(),
            environments: stream::iter(listed).buffered(AT_ONCE).collect().await,
        }))
    }

    async fn about(
        &self,
        stack: &str,
        environment: &str,
    ) -> Result<Option<documents::About>, Unread> {
        let backend = self.source.open(stack, environment)?;
        let Some(recorded) = recorded::read(backend.as_ref()).await? else {
            return Ok(None);
        };
        let oldest = recorded::oldest(backend.as_ref()).await?;
        Ok(Some(documents::about(
            &recorded,
            oldest.as_ref(),
            &self.schemas,
        )))
    }

    fn open(&self, stack: &Name, environment: &Name) -> Result<Box<dyn Backend>, Unread> {
        self.source.open(stack.as_str(), environment.as_str())
    }

    async fn environment(&self, stack: &Name, environment: &Name) -> Result<Answer, Unread> {
        let backend = self.open(stack, environment)?;
        let Some(recorded) = recorded::read(backend.as_ref()).await? else {
            return Ok(missing(&format!(
                "nothing is recorded of {environment} of {stack}"
            )));
        };
        let history = recorded::checkpoints(backend.as_ref()).await?;
        let document = documents::environment(&recorded, history, &self.schemas);
        Ok(found(&document))
    }

    async fn history(&self, stack: &Name, environment: &Name, urn: &Urn) -> Result<Answer, Unread> {
        let backend = self.open(stack, environment)?;
        Ok(found(&history::of(backend.as_ref(), urn).await?))
    }
}

fn found(document: &impl Serialize) -> Answer {
    Answer::new("200 OK", JSON, json!(document).to_string())
}

fn missing(why: &str) -> Answer {
    Answer::new("404 Not Found", JSON, json!({ "error": why }).to_string())
}

fn refusal(status: &'static str, why: &str) -> Answer {
    Answer::new(status, "text/plain; charset=utf-8", format!("{why}\n"))
}
