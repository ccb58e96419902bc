//! A cloud in memory: it keeps objects, refuses what a cloud refuses, and fails where it is told to.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use stack_model::{Map, Urn, Value};
use stack_provider::{Error, ErrorKind, Identity, Owner, Result, Whose};
use tokio::time::Instant;

use crate::death::Death;
use crate::types;

/// An object at the fake cloud.
#[derive(Debug, Clone, PartialEq)]
pub struct CloudObject {
    /// The cloud's name of it.
    pub id: String,
    /// What it is.
    pub type_name: String,
    /// What the cloud tells of it: inputs and outputs.
    pub values: Map,
    /// What it was given and never tells.
    pub hidden: Map,
    /// Our tags on it.
    pub tags: BTreeMap<String, String>,
    ready: Instant,
    shown: Shown,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shown {
    From(Instant),
    AfterReads(u32),
}

impl CloudObject {
    /// The urn that it was made for.
    pub fn urn(&self) -> &str {
        self.tags.get(Owner::URN).map_or("", String::as_str)
    }

    /// The token of the create that made it.
    pub fn token(&self) -> &str {
        self.tags.get(Owner::TOKEN).map_or("", String::as_str)
    }
}

/// How one write goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is refused.
    Before(ErrorKind),
    /// It takes effect, and the answer is lost.
    After(ErrorKind),
    /// It is accepted, and does not come to its end.
    Accepted(ErrorKind),
    /// The caller's process dies before it takes effect.
    DieBefore,
    /// The caller's process dies when it has taken effect, before the answer.
    DieAfter,
    /// The caller's process dies when it has been told the id.
    DieAccepted,
}

/// How long a new object does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lag {
    /// It shows at once.
    None,
    /// It shows after this time.
    For(Duration),
    /// It shows after it was looked for this many times.
    Reads(u32),
}

/// What was asked of the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallKind {
    /// One object was read.
    Read,
    /// Many objects were read by one list. A fault is planted for it by the type's name.
    List,
    /// The object of a create was looked for.
    Find,
    /// A lookup was answered.
    Answer,
    /// An object was made.
    Create,
    /// A create that had been accepted was waited for.
    Resume,
    /// An object was changed.
    Update,
    /// An object was deleted.
    Delete,
    /// An act was done.
    Run,
}

impl CallKind {
    /// Whether it changes anything.
    pub fn is_write(self) -> bool {
        match self {
            Self::Create | Self::Update | Self::Delete | Self::Run => true,
            Self::Read | Self::List | Self::Find | Self::Answer | Self::Resume => false,
        }
    }
}

/// A call, as the cloud saw it.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What was asked.
    pub kind: CallKind,
    /// Of which type.
    pub type_name: String,
    /// About what: a urn where the cloud is told one, an id otherwise.
    pub about: String,
    /// What it was given: the inputs of a create or update.
    pub inputs: Map,
    /// When, on the test's clock.
    pub at: Instant,
}

/// A cloud in memory. Clones are the same cloud.
#[derive(Debug, Clone)]
pub struct FakeCloud {
    inner: Arc<Mutex<Inner>>,
    pub(crate) death: Death,
}

#[derive(Debug, Clone)]
struct Inner {
    objects: BTreeMap<String, CloudObject>,
    acts: Vec<String>,
    /// What came of the acts, by their tokens.
    tokens: HashMap<String, String>,
    made: u64,
    calls: Vec<Call>,
    writes: u64,
    faults: HashMap<u64, Fault>,
    planted: HashMap<(CallKind, String), VecDeque<Fault>>,
    lag: Lag,
    call_time: Duration,
    create_time: Duration,
    account: String,
    zones: Vec<String>,
    batch: usize,
    unlisted: BTreeSet<String>,
    words: Option<String>,
    running: usize,
    most_running: usize,
}

impl FakeCloud {
    /// An empty cloud, whose users die of the given death.
    pub fn new(death: Death) -> Self {
        let inner = Inner {
            objects: BTreeMap::new(),
            acts: Vec::new(),
            tokens: HashMap::new(),
            made: 0,
            calls: Vec::new(),
            writes: 0,
            faults: HashMap::new(),
            planted: HashMap::new(),
            lag: Lag::None,
            call_time: Duration::from_millis(20),
            create_time: Duration::ZERO,
            account: "test:1".into(),
            zones: vec!["zone-a".into(), "zone-b".into()],
            batch: 1,
            unlisted: BTreeSet::new(),
            words: None,
            running: 0,
            most_running: 0,
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
            death,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another cloud that has the same history, and goes its own way from here.
    #[must_use]
    pub fn fork(&self, death: Death) -> Self {
        Self {
            inner: Arc::new(Mutex::new(self.inner().clone())),
            death,
        }
    }

    /// Lets the write of this number, counted from 0, go wrong.
    pub fn fault(&self, write: u64, fault: Fault) {
        self.inner().faults.insert(write, fault);
    }

    /// Lets the next calls of a kind on a urn (for an update or delete: of the object made for it) go wrong, one
    /// after the other.
    pub fn plant(&self, kind: CallKind, urn: &str, faults: impl IntoIterator<Item = Fault>) {
        let mut inner = self.inner();
        let planted = inner.planted.entry((kind, urn.to_owned())).or_default();
        planted.extend(faults);
    }

    /// Ends everything that [`fault`](Self::fault) and [`plant`](Self::plant) began.
    pub fn heal(&self) {
        let mut inner = self.inner();
        inner.faults.clear();
        inner.planted.clear();
    }

    /// Lets new objects show late.
    pub fn lag(&self, lag: Lag) {
        self.inner().lag = lag;
    }

    /// Lets every call take this long, half of it before it takes effect.
    pub fn calls_take(&self, time: Duration) {
        self.inner().call_time = time;
    }

    /// Lets creates take this long after they were accepted.
    pub fn creates_take(&self, time: Duration) {
        self.inner().create_time = time;
    }

    /// Leads to another account from now on.
    pub fn become_account(&self, account: &str) {
        self.inner().account = account.to_owned();
    }

    /// What the lookup of zones finds from now on.
    pub fn set_zones(&self, zones: &[&str]) {
        self.inner().zones = zones.iter().map(|zone| (*zone).to_owned()).collect();
    }

    /// From now on has lists that show so many objects at once. It has none at first.
    pub fn list_at_once(&self, objects: usize) {
        self.inner().batch = objects;
    }

    /// Leaves an object out of lists, as a cloud does that has not made it known everywhere.
    pub fn leave_out(&self, id: &str) {
        self.inner().unlisted.insert(id.to_owned());
    }

    /// Every call, in the order in which they began.
    pub fn calls(&self) -> Vec<Call> {
        self.inner().calls.clone()
    }

    /// The calls that change something.
    pub fn writes(&self) -> Vec<Call> {
        let mut calls = self.calls();
        calls.retain(|call| call.kind.is_write());
        calls
    }

    /// The calls that change nothing.
    pub fn reads(&self) -> Vec<Call> {
        let mut calls = self.calls();
        calls.retain(|call| !call.kind.is_write());
        calls
    }

    /// Forgets the calls so far. Writes go on being counted.
    pub fn forget_calls(&self) {
        self.inner().calls.clear();
    }

    /// How many writes there were: the bound for [`fault`](Self::fault).
    pub fn write_count(&self) -> u64 {
        self.inner().writes
    }

    /// The most writes that were under way at once.
    pub fn most_at_once(&self) -> usize {
        self.inner().most_running
    }

    /// Every object.
    pub fn objects(&self) -> Vec<CloudObject> {
        self.inner().objects.values().cloned().collect()
    }

    /// The objects that were made for a urn.
    pub fn objects_of(&self, urn: &str) -> Vec<CloudObject> {
        let mut objects = self.objects();
        objects.retain(|object| object.urn() == urn);
        objects
    }

    /// The one object of a urn. Panics when there is none or several.
    pub fn object(&self, urn: &str) -> CloudObject {
        let mut objects = self.objects_of(urn);
        assert_eq!(objects.len(), 1, "objects of {urn}: {objects:#?}");
        objects.remove(0)
    }

    /// How many objects every create made, by token. More than one is a double.
    pub fn by_token(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for object in self.inner().objects.values() {
            *counts.entry(object.token().to_owned()).or_default() += 1;
        }
        counts
    }

    /// The commands of every act that was done.
    pub fn acts(&self) -> Vec<String> {
        self.inner().acts.clone()
    }

    /// Changes a field behind the engine's back; null takes it away.
    pub fn change(&self, id: &str, field: &str, value: impl Into<Value>) {
        let mut inner = self.inner();
        let object = inner.objects.get_mut(id).expect("the test knows the id");
        match value.into() {
            Value::Null => drop(object.values.remove(field)),
            value => drop(object.values.insert(field.to_owned(), value)),
        }
    }

    /// Gives an object another value of a tag.
    pub fn tag(&self, id: &str, key: &str, value: &str) {
        let mut inner = self.inner();
        let object = inner.objects.get_mut(id).expect("the object is there");
        object.tags.insert(key.to_owned(), value.to_owned());
    }

    /// Deletes an object behind the engine's back.
    pub fn remove(&self, id: &str) {
        self.inner().objects.remove(id);
    }

    /// Makes another object with the same tags, as a create does that was sent twice. Gives its id.
    pub fn double(&self, id: &str) -> String {
        let mut inner = self.inner();
        let one = inner
            .objects
            .get(id)
            .cloned()
            .expect("the test knows the id");
        inner.insert(&one.type_name, one.values, one.hidden, one.tags)
    }

    /// Gives these words with every failure from now on.
    pub fn say(&self, words: &str) {
        self.inner().words = Some(words.to_owned());
    }

    /// Makes an object that nobody tagged.
    pub fn add(&self, type_name: &str, values: Map) -> String {
        let mut inner = self.inner();
        inner.insert(type_name, values, Map::new(), BTreeMap::new())
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity {
            account: self.inner().account.clone(),
            region: Some("here".into()),
        }
    }

    pub(crate) fn zones(&self) -> Vec<String> {
        self.inner().zones.clone()
    }

    fn failure(&self, kind: ErrorKind) -> Error {
        let words = self.inner().words.clone();
        let words = words.unwrap_or_else(|| format!("a test let this fail: {kind:?}"));
        Error::new(kind, words)
    }

    /// Lets a read go wrong, if it is to.
    pub(crate) fn hinder(&self, kind: CallKind, about: &str) -> Result<()> {
        let fault = self.inner().planted_for(kind, about);
        match fault {
            Some(Fault::Before(kind) | Fault::After(kind) | Fault::Accepted(kind)) => {
                Err(self.failure(kind))
            }
            Some(Fault::DieBefore | Fault::DieAfter | Fault::DieAccepted) | None => Ok(()),
        }
    }

    pub(crate) fn note(&self, kind: CallKind, type_name: &str, about: &str, inputs: &Map) {
        let call = Call {
            kind,
            type_name: type_name.to_owned(),
            about: about.to_owned(),
            inputs: inputs.clone(),
            at: Instant::now(),
        };
        self.inner().calls.push(call);
    }

    /// Begins a write: counts it, and says how it is to go wrong.
    pub(crate) async fn begin(
        &self,
        kind: CallKind,
        type_name: &str,
        about: &str,
        inputs: &Map,
    ) -> Result<Writing> {
        self.note(kind, type_name, about, inputs);
        let (fault, half) = {
            let mut inner = self.inner();
            let number = inner.writes;
            inner.writes += 1;
            inner.running += 1;
            inner.most_running = inner.most_running.max(inner.running);
            let planted = inner.planted_for(kind, about);
            let fault = inner.faults.get(&number).copied().or(planted);
            (fault, inner.call_time / 2)
        };
        let writing = Writing {
            cloud: self.clone(),
            fault,
            half,
        };
        tokio::time::sleep(half).await;
        match fault {
            Some(Fault::DieBefore) => self.death.die().await,
            Some(Fault::Before(kind)) => Err(self.failure(kind)),
            Some(Fault::After(_) | Fault::Accepted(_) | Fault::DieAfter | Fault::DieAccepted)
            | None => Ok(writing),
        }
    }

    pub(crate) fn insert(&self, type_name: &str, inputs: &Map, owner: &Owner) -> Result<String> {
        let mut inner = self.inner();
        inner.admit(type_name, inputs, None)?;
        let (told, hidden) = split(inputs);
        let tags = owner.tags(&BTreeMap::new());
        Ok(inner.insert(type_name, told, hidden, tags))
    }

    pub(crate) fn update(&self, id: &str, after: &Map) -> Result<()> {
        let mut inner = self.inner();
        let Some(object) = inner.objects.get(id).cloned() else {
            return Err(Error::new(ErrorKind::Gone, format!("there is no {id}")));
        };
        inner.admit(&object.type_name, after, Some(id))?;
        let (mut told, hidden) = split(after);
        for fixed in ["name", "kind"] {
            if told.get(fixed) != object.values.get(fixed) {
                return Err(refusal(&format!("{fixed} cannot be changed in place")));
            }
        }
        types::defaults(&object.type_name, &mut told);
        for output in ["arn", "revision"] {
            told.extend(
                object
                    .values
                    .get(output)
                    .map(|value| (output.to_owned(), value.clone())),
            );
        }
        if let Some(Value::Int(revision)) = told.get_mut("revision") {
            *revision += 1;
        }
        let object = inner.objects.get_mut(id).expect("it was just there");
        object.values = told;
        object.hidden.extend(hidden);
        Ok(())
    }

    pub(crate) fn delete(&self, id: &str) -> Result<()> {
        let mut inner = self.inner();
        let user = inner
            .objects
            .values()
            .find(|object| refs(&object.values).any(|to| to == id));
        if let Some(user) = user {
            let message = format!("{id} is in use by {}", user.id);
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        inner.objects.remove(id);
        Ok(())
    }

    /// Does an act, once for each token.
    pub(crate) fn run(&self, inputs: &Map, token: &str) -> String {
        let mut inner = self.inner();
        if let Some(done) = inner.tokens.get(token) {
            return done.clone();
        }
        let command = inputs.get("command").and_then(Value::as_str);
        inner.acts.push(command.unwrap_or_default().to_owned());
        inner.made += 1;
        let id = format!("run-{}", inner.made);
        inner.tokens.insert(token.to_owned(), id.clone());
        id
    }

    /// An object, as far as it shows.
    pub(crate) fn look(&self, id: &str) -> Option<CloudObject> {
        let mut inner = self.inner();
        let object = inner.objects.get_mut(id)?;
        object.is_shown().then(|| object.clone())
    }

    /// An object, as far as lists show it.
    pub(crate) fn look_at_list(&self, id: &str) -> Option<CloudObject> {
        let unlisted = self.inner().unlisted.contains(id);
        self.look(id).filter(|_| !unlisted)
    }

    pub(crate) fn batch(&self) -> usize {
        self.inner().batch
    }

    pub(crate) fn is_ready(&self, id: &str) -> Option<bool> {
        let inner = self.inner();
        Some(inner.objects.get(id)?.ready <= Instant::now())
    }

    /// The ids that show of what a create made.
    pub(crate) fn find(&self, whose: Whose<'_>) -> Vec<String> {
        let mut inner = self.inner();
        let owned = inner
            .objects
            .values_mut()
            .filter(|object| whose.owns(&object.tags));
        owned
            .filter_map(|object| object.is_shown().then(|| object.id.clone()))
            .collect()
    }
}

impl CloudObject {
    fn is_shown(&mut self) -> bool {
        match &mut self.shown {
            Shown::From(time) => *time <= Instant::now(),
            Shown::AfterReads(0) => true,
            Shown::AfterReads(left) => {
                *left -= 1;
                false
            }
        }
    }
}

impl Inner {
    fn planted_for(&mut self, kind: CallKind, about: &str) -> Option<Fault> {
        let urn = match self.objects.get(about) {
            Some(object) => object.urn().to_owned(),
            None => about.to_owned(),
        };
        self.planted.get_mut(&(kind, urn))?.pop_front()
    }

    /// What every create and update has to satisfy.
    fn admit(&self, type_name: &str, inputs: &Map, this: Option<&str>) -> Result<()> {
        for to in refs(inputs) {
            if !self.objects.contains_key(to) {
                return Err(refusal(&format!("there is no {to} to refer to")));
            }
        }
        for unique in ["key", "name"] {
            let Some(value) = inputs.get(unique).filter(|value| !value.is_null()) else {
                continue;
            };
            let taken = self.objects.values().find(|object| {
                object.type_name == type_name
                    && Some(object.id.as_str()) != this
                    && object.values.get(unique).map(Value::revealed) == Some(value.revealed())
            });
            if let Some(taken) = taken {
                let message = format!("{} has the {unique} {value:?} already", taken.id);
                return Err(Error::new(ErrorKind::AlreadyExists, message));
            }
        }
        Ok(())
    }

    fn insert(
        &mut self,
        type_name: &str,
        mut values: Map,
        hidden: Map,
        tags: BTreeMap<String, String>,
    ) -> String {
        self.made += 1;
        let kind = type_name.rsplit(':').next().unwrap_or_default();
        let id = format!("{}-{}", kind.to_lowercase(), self.made);
        types::defaults(type_name, &mut values);
        values.insert("arn".into(), format!("arn:{id}").into());
        if type_name == types::THING {
            values.insert("revision".into(), Value::Int(1));
        }
        let now = Instant::now();
        let object = CloudObject {
            id: id.clone(),
            type_name: type_name.to_owned(),
            values,
            hidden,
            tags,
            ready: now + self.create_time,
            shown: match self.lag {
                Lag::None => Shown::From(now),
                Lag::For(time) => Shown::From(now + time),
                Lag::Reads(reads) => Shown::AfterReads(reads),
            },
        };
        self.objects.insert(id.clone(), object);
        id
    }
}

/// A write that has not been refused.
pub(crate) struct Writing {
    cloud: FakeCloud,
    fault: Option<Fault>,
    half: Duration,
}

impl Writing {
    /// It has taken effect: the other half of its time, and what may go wrong with the answer.
    pub(crate) async fn end(&self) -> Result<()> {
        tokio::time::sleep(self.half).await;
        match self.fault {
            Some(Fault::DieAfter) => self.cloud.death.die().await,
            Some(Fault::After(kind)) => Err(self.cloud.failure(kind)),
            _ => Ok(()),
        }
    }

    /// The id is known and written down.
    pub(crate) async fn accepted(&self) -> Result<()> {
        match self.fault {
            Some(Fault::DieAccepted) => self.cloud.death.die().await,
            Some(Fault::Accepted(kind)) => Err(self.cloud.failure(kind)),
            _ => Ok(()),
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let mut inner = self.cloud.inner();
        inner.running = inner.running.saturating_sub(1);
    }
}

/// What the cloud tells of its inputs, without marks, and what it keeps to itself.
fn split(inputs: &Map) -> (Map, Map) {
    let plain = inputs
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(field, value)| (field.clone(), value.revealed_deep().into_owned()));
    let (mut told, hidden): (Map, Map) = plain.partition(|(field, _)| field != "secret");
    if let Some(Value::Map(settings)) = told.get_mut("settings") {
        settings.retain(|_, value| !value.is_null());
    }
    (told, hidden)
}

fn refs(values: &Map) -> impl Iterator<Item = &str> {
    let list = match values.get("refs").map(Value::revealed) {
        Some(Value::List(items)) => items.as_slice(),
        _ => &[],
    };
    list.iter().filter_map(Value::as_str)
}

fn refusal(message: &str) -> Error {
    Error::new(ErrorKind::Invalid, message)
}

/// A urn from its text.
pub(crate) fn urn(text: &str) -> Urn {
    text.parse().expect("tests write good urns")
}
