//! Redacted snapshots: what a plan by one shows, and what it cannot.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use stack_engine::backend::{BackendError, Holder, Journal, Lease};
use stack_engine::codec::{decode_preamble, decode_state, encode_batch, encode_state};
use stack_engine::plan::Action;
use stack_engine::snapshot::{self, Redacting};
use stack_engine::{Backend, Connections, Error, Keys, Place, Plan, Seal, Session, Wishes};
use stack_model::expr::Reference;
use stack_model::{Expr, Function, Graph, Map, Path, Removal, Segment, Value};
use stack_testkit::scenario::with_output;
use stack_testkit::surroundings::TestSurroundings;
use stack_testkit::{TestKeys, World, graph, kept, reference, thing, zone};

use crate::codec::values;
use crate::{actions, cases, only, paths};

/// A state that was published.
struct Published(Vec<u8>);

#[async_trait]
impl Backend for Published {
    fn place(&self) -> String {
        "published".into()
    }

    async fn serials(&self) -> Result<Vec<u64>, BackendError> {
        Ok(vec![1])
    }

    async fn state(&self, _: u64) -> Result<Vec<u8>, BackendError> {
        Ok(self.0.clone())
    }

    async fn journals(&self, _: u64) -> Result<Vec<Journal>, BackendError> {
        Ok(Vec::new())
    }

    async fn holder(&self) -> Result<Option<Holder>, BackendError> {
        Ok(None)
    }

    async fn lock(&self, _: &Holder) -> Result<Box<dyn Lease>, BackendError> {
        unreachable!("nobody works by it")
    }
}

/// The newest state of a world.
async fn newest(world: &World) -> Vec<u8> {
    let serial = *world.disk.serials().await.unwrap().last().unwrap();
    world.disk.state(serial).await.unwrap()
}

/// A plan by what is recorded, without asking the cloud.
async fn plan_of(
    world: &World,
    graph: &Graph,
    config: &Map,
    bytes: Vec<u8>,
    keys: &dyn Keys,
) -> Result<Plan, Error> {
    let surroundings = TestSurroundings::new(7);
    let published = Published(bytes);
    let place = Place {
        backend: &published,
        keys,
        listener: &world.events,
        surroundings: &surroundings,
        stack: "shop",
        environment: "dev",
        accounts: &[],
        version: "0.0.0-test",
    };
    let connections = Connections::new([std::sync::Arc::new(world.cloud.clone()) as _]);
    let mut session = Session::read(place, connections).await?;
    let graph = session.check(graph.clone(), config)?;
    session.leave_unanswered();
    session.plan(&graph, config, &Wishes::default()).await
}

/// What is planned with the key, and without it.
async fn both(world: &World, graph: &Graph) -> (Plan, Plan) {
    let bytes = newest(world).await;
    let without = redacted(world, graph, &world.config).await;
    let with = plan_of(world, graph, &world.config, bytes, &TestKeys).await;
    (with.unwrap(), without.unwrap())
}

async fn redacted(world: &World, graph: &Graph, config: &Map) -> Result<Plan, Error> {
    let bytes = snapshot::redacted(&newest(world).await, "a state").unwrap();
    plan_of(world, graph, config, bytes, &Redacting).await
}

fn secret(text: &str) -> Value {
    Value::from(text).secret()
}

fn list<const N: usize>(items: [Value; N]) -> Value {
    Value::List(items.into())
}

/// What a random program is made of.
#[derive(Debug, Clone)]
struct Parts {
    value: Value,
    keep: Value,
    told: Value,
    members: Vec<Value>,
    pin: Option<String>,
    written: Option<String>,
    settings: [Option<String>; 3],
    tags: BTreeMap<String, Value>,
}

fn texts() -> impl Strategy<Value = Value> {
    ("[a-c]", any::<bool>()).prop_map(|(text, hide)| match hide {
        true => secret(&text),
        false => text.into(),
    })
}

fn parts() -> impl Strategy<Value = Parts> {
    let text = || prop::option::of("[a-c]");
    let tags = prop::collection::btree_map("[a-c]", texts(), 0..3);
    (
        (values(), values(), values()),
        prop::collection::vec(texts(), 0..4),
        (text(), text(), [text(), text(), text()]),
        tags,
    )
        .prop_map(
            |((value, keep, told), members, (pin, written, settings), tags)| Parts {
                value,
                keep,
                told,
                members,
                pin,
                written,
                settings,
                tags,
            },
        )
}

/// Some parts of one program and the rest of another.
fn mixed(one: &Parts, other: &Parts, which: u8) -> Parts {
    let of = |bit: u8| if which & (1 << bit) == 0 { one } else { other };
    Parts {
        value: of(0).value.clone(),
        keep: of(1).keep.clone(),
        told: of(2).told.clone(),
        members: of(3).members.clone(),
        pin: of(4).pin.clone(),
        written: of(5).written.clone(),
        settings: of(6).settings.clone(),
        tags: of(7).tags.clone(),
    }
}

fn program(parts: &Parts) -> Graph {
    let [mode, frozen, hidden] = parts.settings.clone();
    let settings = [("mode", mode), ("frozen", frozen), ("hidden", hidden)];
    let settings: Map = settings
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), text?.into())))
        .collect();
    let mut made = thing("made")
        .set("members", Value::List(parts.members.clone()))
        .set("settings", Value::Map(settings))
        .set("tags", Value::Map(parts.tags.clone()));
    for (field, text) in [("pin", &parts.pin), ("secret", &parts.written)] {
        if let Some(text) = text {
            made = made.set(field, text.as_str());
        }
    }
    let url = Expr::Call {
        function: Function::ToJson,
        args: vec![Expr::list(vec![
            reference("test:kept:Value/one", "value"),
            parts.keep.clone().into(),
        ])],
    };
    let resources = [
        kept("one")
            .set("value", parts.value.clone())
            .set("keep", parts.keep.clone()),
        kept("two").set("value", Expr::list(vec![url.clone(), 1.into()])),
        made,
    ];
    let graph = with_output(graph(resources), "url", url);
    with_output(graph, "told", parts.told.clone())
}

fn settled<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(future)
}

/// The paths of what differs and is no secret, by resource.
fn open_fields(plan: &Plan) -> HashMap<&str, BTreeSet<String>> {
    let changes = plan.changes.iter().map(|change| {
        let open = change
            .fields
            .iter()
            .filter(|field| !field.before.has_secret() && !field.after.has_secret());
        let open = open.map(|field| field.path.to_string());
        (change.urn.name(), open.collect())
    });
    changes.collect()
}

fn outputs(plan: &Plan) -> BTreeSet<&str> {
    plan.outputs
        .iter()
        .map(|output| output.name.as_str())
        .collect()
}

async fn is_shown_as_far_as_it_can(one: &Parts, other: &Parts) -> Result<(), TestCaseError> {
    let world = World::default();
    world.must_apply(&program(one)).await;
    let (_, same) = both(&world, &program(one)).await;
    prop_assert!(same.is_empty(), "the same program: {same:#?}");
    let (with, without) = both(&world, &program(other)).await;
    let urns = |plan: &Plan| -> BTreeSet<String> {
        plan.changes
            .iter()
            .map(|change| change.urn.to_string())
            .collect()
    };
    // Nothing that a key would not show.
    prop_assert!(
        urns(&without).is_subset(&urns(&with)),
        "{without:#?}\n{with:#?}"
    );
    prop_assert!(
        outputs(&without).is_subset(&outputs(&with)),
        "{without:#?}\n{with:#?}"
    );
    // Everything for which it takes no key.
    let shown = open_fields(&without);
    for (name, fields) in open_fields(&with) {
        let nothing = BTreeSet::new();
        let shown = shown.get(name).unwrap_or(&nothing);
        prop_assert!(fields.is_subset(shown), "{name}: {without:#?}\n{with:#?}");
    }
    for output in &with.outputs {
        let open = !output.before.has_secret() && !output.after.has_secret();
        let shown = outputs(&without).contains(output.name.as_str());
        prop_assert!(shown || !open, "{output:#?}");
        // Nobody could tell of what is made of a secret. Of what is told as it stands, one can.
        let hidden = output.before.has_secret() && output.after.has_secret();
        prop_assert!(shown || hidden || output.name != "told", "{output:#?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn a_plan_by_a_snapshot_shows_all_that_is_no_secret_and_nothing_else(
        one in parts(), other in parts(), which: u8,
    ) {
        settled(is_shown_as_far_as_it_can(&one, &mixed(&one, &other, which)))?;
    }

    #[test]
    fn a_snapshot_has_nothing_that_is_sealed(value in values(), observed in values()) {
        let state = crate::codec::state(value, observed);
        let bytes = encode_state(&state, &TestKeys).unwrap();
        let redacted = snapshot::redacted(&bytes, "here").unwrap();
        let text = String::from_utf8(redacted.clone()).unwrap();
        let mut sealed = Vec::new();
        for line in String::from_utf8(bytes).unwrap().lines() {
            seals(&serde_json::from_str(line).unwrap(), &mut sealed);
        }
        // A short secret may be in a digest or a lineage by chance, its ciphertext too.
        for sealed in sealed.iter().filter(|sealed| sealed.len() > 12) {
            prop_assert!(!text.contains(sealed.as_str()), "{sealed}: {text}");
        }
        // It is a state that can be read, and has as many resources; without a key it is the same.
        let again = decode_state(&redacted, &Redacting, "here").unwrap();
        prop_assert_eq!(again.resources.len(), state.resources.len());
        prop_assert!(snapshot::is_redacted(&decode_preamble(&redacted, "here").unwrap().sealing));
        prop_assert_eq!(snapshot::redacted(&redacted, "here").unwrap(), redacted);
        // Nothing of it is ever recorded again.
        let recorded = encode_state(&again, &TestKeys);
        prop_assert_eq!(recorded.is_err(), text.contains(r#"{"$redacted":true}"#));
    }
}

fn seals(json: &serde_json::Value, found: &mut Vec<String>) {
    match json {
        serde_json::Value::Object(map) => match map.get("$sealed") {
            Some(sealed) => found.push(sealed.as_str().unwrap().to_owned()),
            None => map.values().for_each(|value| seals(value, found)),
        },
        serde_json::Value::Array(items) => items.iter().for_each(|item| seals(item, found)),
        _ => {}
    }
}

/// In a set, what can be compared finds its own, whatever stands before it.
#[tokio::test(start_paused = true)]
async fn in_a_set_what_is_no_secret_finds_its_own() {
    let with = |members: Expr| graph([thing("a").set("members", members)]);
    let world = World::default();
    world
        .must_apply(&with(list([secret("x"), "b".into(), "c".into()]).into()))
        .await;
    let reordered = with(list(["c".into(), secret("y"), "b".into()]).into());
    let (changed, hidden) = both(&world, &reordered).await;
    assert_eq!(actions(&changed), [("a", Action::Update)]);
    assert!(hidden.is_empty(), "{hidden:#?}");
    let (_, shown) = both(
        &world,
        &with(list(["c".into(), secret("x"), "d".into()]).into()),
    )
    .await;
    assert_eq!(actions(&shown), [("a", Action::Update)], "d or x is new");

    let configured = Expr::Config(Path(vec!["member".into()]));
    world
        .must_apply(&with(list(["b".into(), "c".into()]).into()))
        .await;
    let hidden = with(Expr::list(vec![configured, "b".into()]));
    let config = [("member".to_owned(), Value::Redacted)].into();
    let plan = redacted(&world, &hidden, &config).await.unwrap();
    assert_eq!(actions(&plan), [("a", Action::Record)], "it may be c");
}

/// A secret that nobody asks for any more is taken away, which shows without knowing it.
#[tokio::test(start_paused = true)]
async fn a_secret_that_goes_or_comes_is_seen() {
    let world = World::default();
    world
        .must_apply(&graph([thing("a").set("pin", "1234")]))
        .await;
    let (with, without) = both(&world, &graph([thing("a")])).await;
    assert_eq!(actions(&without), actions(&with));
    assert_eq!(paths(only(&without)), ["pin"]);
    let both_pins = graph([thing("a").set("pin", "1").set("secret", "2")]);
    let (_, without) = both(&world, &both_pins).await;
    assert_eq!(paths(only(&without)), ["secret"], "which was not there");
}

/// What the cloud resets a secret to is hardly what it was.
#[test]
fn a_secret_is_not_at_rest() {
    let mut field = stack_model::Field::new(stack_model::Kind::String);
    field.removal = Removal::Reset("none".into());
    assert!(!stack_engine::diff::at_rest(&field, Some(&Value::Redacted)));
    field.removal = Removal::Follow;
    assert!(stack_engine::diff::at_rest(&field, Some(&Value::Redacted)));
}

/// A lookup whose question changed, or that was never asked, waits for the apply.
#[tokio::test(start_paused = true)]
async fn a_lookup_without_an_answer_is_not_known() {
    let answer = Expr::Lookup(Reference {
        urn: "test:cloud:Zone/zones".parse().unwrap(),
        path: Path(vec!["names".into(), Segment::Index(0)]),
    });
    let with = |filter: &str| {
        let mut graph = graph([thing("a").set("zone", answer.clone())]);
        graph.lookups.push(zone("zones", filter));
        graph
    };
    let world = World::default();
    world.must_apply(&with("a")).await;
    let calls = world.cloud.calls().len();
    let (_, same) = both(&world, &with("a")).await;
    assert!(same.is_empty(), "{same:#?}");
    let (_, other) = both(&world, &with("b")).await;
    assert_eq!(
        actions(&other),
        [("a", Action::Update), ("zones", Action::Ask)]
    );
    let zone = &other
        .changes
        .iter()
        .find(|one| one.urn.name() == "a")
        .unwrap()
        .fields[0];
    assert!(zone.after.known().is_none(), "{zone:?}");
    assert_eq!(world.cloud.calls().len(), calls, "nobody was asked");
}

/// A question with a secret in it is the same question, for all that is known.
#[tokio::test(start_paused = true)]
async fn a_lookup_by_a_secret_keeps_its_answer() {
    let mut world = World::default();
    world.config = [("zone".to_owned(), secret("a"))].into();
    let mut graph = graph([thing("a")]);
    graph
        .lookups
        .push(zone("zones", Expr::Config(Path(vec!["zone".into()]))));
    world.must_apply(&graph).await;
    let config = [("zone".to_owned(), Value::Redacted)].into();
    let plan = redacted(&world, &graph, &config).await.unwrap();
    assert!(plan.is_empty(), "{plan:#?}");
    // Written in the program, it can be told from nothing either.
    graph.lookups[0].inputs = [("filter".to_owned(), secret("b").into())].into();
    let plan = redacted(&world, &graph, &config).await.unwrap();
    assert!(plan.is_empty(), "{plan:#?}");
}

#[tokio::test]
async fn what_is_redacted_is_neither_sealed_nor_opened_otherwise() {
    for value in [
        Value::Redacted,
        list([Value::Redacted]),
        Value::Secret(Box::new(list([Value::Redacted]))),
    ] {
        let error = encode_batch(&[value], &TestKeys).unwrap_err().to_string();
        assert!(error.contains("redacted snapshot"), "{error}");
    }
    assert!(Redacting.seal(b"1").is_err());
    let header = serde_json::json!({"kind": "key-file"});
    assert!(Keys::open(&Redacting, "lineage", &header).await.is_err());
}
