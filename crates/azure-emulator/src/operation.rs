//! Long-running operations: they start with a request, end when their time is over, and are kept to be asked about.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::{Millis, written};
use crate::exchange::Reply;
use crate::id::ResourceId;
use crate::refusal::Refusal;
use crate::rules::{Answer, Style};
use crate::store::Outcome;
use crate::world::World;

/// An operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Operation {
    /// Its id.
    pub id: String,
    /// What it changes.
    pub about: ResourceId,
    /// What it does.
    pub verb: Verb,
    /// When it began.
    pub started: Millis,
    /// When it ends.
    pub due: Millis,
    /// How it ends, if not well.
    pub failure: Option<Failure>,
    /// Whether its end has taken effect.
    pub over: bool,
    /// What an action answers at its end.
    pub result: Option<Value>,
    /// Where its resource lies, for its own address.
    pub location: String,
    /// The namespace that it belongs to; empty for resource groups.
    pub namespace: String,
    /// The API version that it was asked with.
    pub api_version: String,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verb {
    /// Makes a resource.
    Create,
    /// Changes one.
    Update,
    /// Deletes one.
    Delete,
    /// Something else with one.
    Act,
}

/// How an operation ends badly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// `Failed` or `Canceled`.
    #[serde(default = "failed")]
    pub status: Outcome,
    /// The code.
    pub code: String,
    /// What people read.
    #[serde(default)]
    pub message: String,
}

fn failed() -> Outcome {
    Outcome::Failed
}

impl Operation {
    /// How far it is, from 0 to 1.
    pub fn progress(&self, now: Millis) -> f64 {
        let whole = self.due.saturating_sub(self.started);
        if now >= self.due || whole == 0 {
            return f64::from(u8::from(now >= self.due && self.over));
        }
        now.saturating_sub(self.started) as f64 / whole as f64
    }

    /// The headers that tell where to ask about it.
    pub fn headers(&self, base: &str, style: Style) -> Vec<(&'static str, String)> {
        let operation = (
            "azure-asyncoperation",
            self.address(base, "operationStatuses"),
        );
        let location = ("location", self.address(base, "operationResults"));
        match style {
            Style::Now | Style::Body => Vec::new(),
            Style::Operation => vec![operation],
            Style::Location => vec![location],
            Style::Both => vec![operation, location],
        }
    }

    fn path(&self, word: &str) -> String {
        let subscription = self.about.subscription();
        if self.namespace.is_empty() {
            return format!("/subscriptions/{subscription}/{word}/{}", self.id);
        }
        format!(
            "/subscriptions/{subscription}/providers/{}/locations/{}/{word}/{}",
            self.namespace, self.location, self.id
        )
    }

    fn address(&self, base: &str, word: &str) -> String {
        format!("{base}{}?api-version={}", self.path(word), self.api_version)
    }

    /// What `Azure-AsyncOperation` answers: always 200, and the status inside.
    fn status(&self, now: Millis) -> Value {
        let status = match (&self.failure, self.over) {
            (_, false) => "InProgress",
            (None, true) => Outcome::Succeeded.word(),
            (Some(failure), true) => failure.status.word(),
        };
        let mut told = json!({
            "id": self.path("operationStatuses"),
            "name": self.id,
            "status": status,
            "startTime": written(self.started),
            "percentComplete": (self.progress(now) * 100.0).round(),
        });
        if self.over {
            told["endTime"] = written(self.due).into();
            if let Some(failure) = &self.failure {
                told["error"] = json!({ "code": failure.code, "message": failure.message });
            } else if let Some(result) = &self.result {
                told["properties"] = result.clone();
            }
        }
        told
    }
}

impl World {
    /// Ends every operation whose time is over, in the order of their ends.
    pub fn settle(&mut self, now: Millis) {
        let mut over: Vec<(Millis, String)> = self
            .store
            .operations
            .values()
            .filter(|operation| !operation.over && operation.due <= now)
            .map(|operation| (operation.due, operation.id.clone()))
            .collect();
        over.sort();
        for (due, id) in over {
            self.end(&id, due);
        }
    }

    fn end(&mut self, id: &str, now: Millis) {
        let Some(operation) = self.store.operations.get_mut(id) else {
            return;
        };
        operation.over = true;
        let (about, verb) = (operation.about.clone(), operation.verb);
        let failure = operation.failure.clone();
        let Some(resource) = self.store.by_key_mut(&about.key()) else {
            return;
        };
        if verb != Verb::Act && resource.pending.as_deref() != Some(id) {
            return;
        }
        resource.pending = None;
        let rules = resource.rules();
        if verb != Verb::Act {
            resource.changed = now;
        }
        match (verb, failure) {
            (Verb::Delete, None) => self.forget(&about, now),
            (Verb::Act, None) => {}
            (_, None) => {
                resource.outcome = Outcome::Succeeded;
                resource.visible = true;
                (rules.done)(self, &about, now);
            }
            (Verb::Create, Some(_)) if !resource.visible => drop(self.store.remove(&about)),
            (_, Some(failure)) => {
                resource.outcome = failure.status;
                if verb == Verb::Act {
                    resource.outcome = Outcome::Succeeded;
                }
            }
        }
    }

    /// Removes a resource and what is in it, with all that follows.
    pub fn forget(&mut self, id: &ResourceId, now: Millis) {
        for gone in self.store.remove(id) {
            (gone.rules().gone)(self, &gone, now);
        }
    }

    /// Starts an operation; gives its headers.
    pub fn start(&mut self, begin: Begin, now: Millis) -> Vec<(&'static str, String)> {
        let settings = self.settings.of(begin.about.subscription());
        let namespace = begin.about.type_name();
        let namespace = namespace.split('/').next().unwrap_or_default();
        let operation = Operation {
            id: crate::random::guid(),
            about: begin.about.clone(),
            verb: begin.verb,
            started: now,
            due: now.saturating_add(begin.time.unwrap_or(settings.operation_time)),
            failure: self.failing.take(),
            over: false,
            result: begin.result,
            location: self.location_of(begin.about),
            namespace: if namespace == "Microsoft.Resources" {
                String::new()
            } else {
                namespace.to_owned()
            },
            api_version: begin.api_version.to_owned(),
        };
        self.started = self.started.max(Some(operation.due - now));
        let mut headers = operation.headers(begin.base, begin.answer.style);
        headers.extend(self.retry_after(begin.about.subscription()));
        if begin.verb != Verb::Act
            && let Some(resource) = self.store.by_key_mut(&begin.about.key())
        {
            resource.pending = Some(operation.id.clone());
        }
        self.store
            .operations
            .insert(operation.id.clone(), operation);
        headers
    }

    /// The header that asks a client to wait, unless it is switched off. Azure counts whole seconds.
    fn retry_after(&self, subscription: &str) -> Option<(&'static str, String)> {
        let settings = self.settings.of(subscription);
        let seconds = settings.operation_time.div_ceil(1000);
        settings
            .retry_after
            .then(|| ("retry-after", seconds.to_string()))
    }

    fn location_of(&self, id: &ResourceId) -> String {
        std::iter::successors(Some(id.clone()), ResourceId::parent)
            .find_map(|id| self.store.get(&id)?.location())
            .filter(|location| location != "global")
            .unwrap_or_else(|| "westus".to_owned())
    }

    /// Answers what `Azure-AsyncOperation` points at.
    pub fn operation_status(&self, id: &str, now: Millis) -> Result<Reply, Refusal> {
        let operation = self.operation(id)?;
        let mut reply = Reply::json(200, operation.status(now));
        if !operation.over {
            reply
                .headers
                .extend(self.retry_after(operation.about.subscription()));
        }
        Ok(reply)
    }

    /// Answers what `Location` points at: 202 until the end, and then what the request itself would have answered.
    pub fn operation_result(&self, id: &str, base: &str, now: Millis) -> Result<Reply, Refusal> {
        let operation = self.operation(id)?;
        if !operation.over {
            let mut reply = Reply::empty(202);
            reply.headers = operation.headers(base, Style::Location);
            reply
                .headers
                .extend(self.retry_after(operation.about.subscription()));
            return Ok(reply);
        }
        if let Some(failure) = &operation.failure {
            return Err(Refusal::conflict(&failure.code, &failure.message));
        }
        let result = match operation.verb {
            Verb::Act => operation.result.clone(),
            Verb::Delete => None,
            Verb::Create | Verb::Update => self
                .store
                .get(&operation.about)
                .map(|resource| self.shown(resource, now)),
        };
        Ok(result.map_or_else(|| Reply::empty(200), |result| Reply::json(200, result)))
    }

    fn operation(&self, id: &str) -> Result<&Operation, Refusal> {
        self.store.operations.get(id).ok_or_else(|| {
            Refusal::not_found(
                "OperationNotFound",
                format!("There is no operation '{id}'."),
            )
        })
    }
}

/// What an operation starts with.
pub struct Begin<'a> {
    /// What it changes.
    pub about: &'a ResourceId,
    /// What it does.
    pub verb: Verb,
    /// How its start is answered.
    pub answer: Answer,
    /// What an action answers at the end.
    pub result: Option<Value>,
    /// How long it takes; what the settings say when it is not set.
    pub time: Option<Millis>,
    /// What the client called this server.
    pub base: &'a str,
    /// The API version of the request.
    pub api_version: &'a str,
}
