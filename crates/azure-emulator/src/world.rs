//! All that the emulator knows, and the way of a request through it.

use serde_json::{Value, json};

use crate::calls::{Call, Calls};
use crate::clock::{Millis, written};
use crate::exchange::{Reply, Request};
use crate::faults::{Fault, Faults, When};
use crate::id::Target;
use crate::operation::{Failure, Verb};
use crate::refusal::Refusal;
use crate::schema::Schema;
use crate::settings::AllSettings;
use crate::store::{Outcome, Resource, Store};
use crate::throttle::{Throttle, too_many};
use crate::token::Tokens;
use crate::vault::{self, Address, KEYS};
use crate::{arm, control, json, token};

/// All that the emulator knows.
#[derive(Debug, Default)]
pub struct World {
    /// What exists.
    pub store: Store,
    /// What tests set.
    pub settings: AllSettings,
    /// The faults that tests ask for.
    pub faults: Faults,
    /// What was asked.
    pub calls: Calls,
    /// What was counted.
    pub throttle: Throttle,
    /// The tokens that were given out.
    pub tokens: Tokens,
    /// How the operation that the request at hand starts will end, if not well.
    pub failing: Option<Failure>,
    /// Why the revision that the present request makes never gets ready.
    pub failing_revision: Option<String>,
    /// How long the operation takes that the present request started.
    pub started: Option<Millis>,
}

/// What becomes of a request.
#[derive(Debug)]
pub struct Answered {
    /// The answer; nothing when the connection is to be closed instead.
    pub reply: Option<Reply>,
    /// How long it takes.
    pub delay: Millis,
}

impl World {
    /// Answers a request.
    pub fn handle(&mut self, request: &Request, now: Millis) -> Answered {
        self.settle(now);
        let at_once = |reply| Answered {
            reply: Some(reply),
            delay: 0,
        };
        if request.path.starts_with("/_emulator/") {
            return at_once(control::answer(self, request, now).unwrap_or_else(Reply::from));
        }
        if let Some(reply) = token::answer(self, request, now) {
            return at_once(reply);
        }
        let (plane, about) = match self.plane(request, now) {
            Ok(found) => found,
            Err(refusal) => return at_once(refusal.into()),
        };
        let fault = self
            .faults
            .meet(request, &about.subscription, &about.type_name);
        let reply = self.faced(request, &plane, &about, fault.as_ref(), now);
        self.note(request, &about, reply.as_ref(), now);
        Answered {
            reply: reply.map(|reply| self.dressed(reply, request, &about)),
            delay: fault.map_or(0, |fault| fault.delay),
        }
    }

    /// What a request is for. Its token is checked.
    fn plane(&self, request: &Request, now: Millis) -> Result<(Plane, About), Refusal> {
        let Some(address) = Address::of(request) else {
            self.tokens.check(request, now)?;
            return Ok((Plane::Management, About::of(request)));
        };
        let principal = vault::caller(self, &address, request, now)?;
        let vault = address.vault(self);
        let about = About {
            subscription: vault
                .map_or_else(String::new, |vault| vault.id.subscription().to_owned()),
            type_name: KEYS.to_owned(),
        };
        Ok((Plane::Vault(address, principal), about))
    }

    /// The answer in the face of a fault.
    fn faced(
        &mut self,
        request: &Request,
        plane: &Plane,
        about: &About,
        fault: Option<&Fault>,
        now: Millis,
    ) -> Option<Reply> {
        let interrupted = |fault: &Fault| fault.answer.is_some() || fault.close;
        let instead = |fault: &Fault| fault.answer.as_ref().map(|answer| answer.refusal().into());
        if let Some(fault) = fault.filter(|fault| fault.when == When::Before && interrupted(fault))
        {
            return instead(fault);
        }
        self.failing = fault.and_then(|fault| fault.fail_operation.clone());
        self.failing_revision = fault.and_then(|fault| fault.fail_revision.clone());
        let reply = self
            .admit(request, about, now)
            .and_then(|()| match plane {
                Plane::Management => arm::answer(self, request, now),
                Plane::Vault(address, principal) => {
                    vault::answer(self, address, principal, request, now)
                }
            })
            .unwrap_or_else(Reply::from);
        self.failing = None;
        self.failing_revision = None;
        match fault.filter(|fault| fault.when == When::After && interrupted(fault)) {
            Some(fault) => instead(fault),
            None => Some(reply),
        }
    }

    fn admit(&mut self, request: &Request, about: &About, now: Millis) -> Result<(), Refusal> {
        let settings = self.settings.of(&about.subscription);
        if settings.throttle_next > 0 {
            let left = json!({ "throttle_next": settings.throttle_next - 1 });
            // The change is of a known setting to a number.
            let _ = self.settings.change(Some(&about.subscription), &left);
            return Err(too_many(settings.throttle_wait));
        }
        let what = format!("{} {}", request.method, about.type_name);
        let write = request.is_write().then_some(what.as_str());
        self.throttle
            .admit(&about.subscription, write, &settings, now)
    }

    fn note(&mut self, request: &Request, about: &About, reply: Option<&Reply>, now: Millis) {
        let body = match request.is_write() {
            true => serde_json::from_slice(&request.body).unwrap_or(Value::Null),
            false => Value::Null,
        };
        let call = Call {
            method: request.method.to_string(),
            path: request.path.clone(),
            type_name: about.type_name.clone(),
            api_version: request
                .parameter("api-version")
                .unwrap_or_default()
                .to_owned(),
            status: reply.map_or(0, |reply| reply.status),
            time: now,
            operation: self.started.take(),
            body,
        };
        self.calls.note(&about.subscription, call);
    }

    /// Adds the headers that every answer has.
    fn dressed(&self, mut reply: Reply, request: &Request, about: &About) -> Reply {
        let id = crate::random::guid();
        let correlation = request
            .header("x-ms-correlation-request-id")
            .unwrap_or(&id)
            .to_owned();
        let left = match request.is_write() {
            true => "x-ms-ratelimit-remaining-subscription-writes",
            false => "x-ms-ratelimit-remaining-subscription-reads",
        };
        if let Some(client) = request.header("x-ms-client-request-id") {
            reply
                .headers
                .push(("x-ms-client-request-id", client.to_owned()));
        }
        reply.headers.extend([
            ("x-ms-request-id", id),
            ("x-ms-correlation-request-id", correlation),
            (
                left,
                self.throttle.writes_left(&about.subscription).to_string(),
            ),
        ]);
        reply
    }

    /// What GET answers of a resource.
    pub fn shown(&self, resource: &Resource, now: Millis) -> Value {
        let rules = resource.rules();
        let mut body = resource.body.clone();
        json::set(&mut body, "id", resource.id.as_str());
        json::set(&mut body, "name", resource.id.name());
        json::set(&mut body, "type", rules.name);
        if rules.etag {
            json::set(&mut body, "etag", resource.etag());
        }
        if rules.schema().is_some_and(Schema::has_system_data) {
            json::set(&mut body, "systemData", system_data(resource));
        }
        if !rules.state.path.is_empty() {
            json::set(&mut body, rules.state.path, self.state_word(resource, now));
        }
        (rules.show)(self, resource, &mut body);
        body
    }

    fn state_word(&self, resource: &Resource, now: Millis) -> &'static str {
        let state = &resource.rules().state;
        let pending = resource
            .pending
            .as_ref()
            .and_then(|id| self.store.operations.get(id));
        let Some(operation) = pending else {
            return match resource.outcome {
                Outcome::Succeeded => state.well,
                other => other.word(),
            };
        };
        let words = match operation.verb {
            Verb::Create => state.creating,
            Verb::Update | Verb::Act => state.updating,
            Verb::Delete => return state.deleting,
        };
        let step = (operation.progress(now) * words.len() as f64) as usize;
        words
            .get(step.min(words.len().saturating_sub(1)))
            .copied()
            .unwrap_or(state.well)
    }
}

/// Who made a resource and when, as common-types of the published specifications has it.
fn system_data(resource: &Resource) -> Value {
    json!({
        "createdBy": "emulator", "createdByType": "Application", "createdAt": written(resource.created),
        "lastModifiedBy": "emulator", "lastModifiedByType": "Application", "lastModifiedAt": written(resource.changed),
    })
}

/// What a request is for.
enum Plane {
    /// Azure Resource Manager.
    Management,
    /// A vault, asked by a principal.
    Vault(Address, String),
}

/// What a request is about.
struct About {
    subscription: String,
    type_name: String,
}

impl About {
    fn of(request: &Request) -> About {
        let (subscription, type_name) = match Target::parse(&request.path) {
            Some(Target::Item(id)) => (id.subscription().to_owned(), id.type_name()),
            Some(Target::Under {
                parent,
                namespace,
                word,
            }) => {
                let type_name = match namespace {
                    Some(namespace) => format!("{namespace}/{word}"),
                    None => format!("{}/{word}", parent.type_name()),
                };
                (parent.subscription().to_owned(), type_name)
            }
            Some(Target::Provider { scope, namespace }) => {
                (scope.subscription().to_owned(), namespace)
            }
            None => (String::new(), String::new()),
        };
        About {
            subscription,
            type_name,
        }
    }
}
