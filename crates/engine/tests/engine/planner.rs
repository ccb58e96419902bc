//! What a plan says of one resource at a time.

use std::collections::HashSet;

use stack_engine::plan::Action;
use stack_engine::{Error, Wishes};
use stack_model::expr::Reference;
use stack_model::graph::{ProviderConfig, ReplaceOrder};
use stack_model::{Expr, Function, Graph, Map, Path, Value};
use stack_testkit::scenario::{thing_urn, with_moved, with_output};
use stack_testkit::{CallKind, World, act, data, graph, kept, reference, thing};

use crate::{actions, only, paths};

/// A world in which a graph is applied.
async fn applied(graph: &Graph) -> World {
    let world = World::default();
    world.must_apply(graph).await;
    world.assert_settled(graph).await;
    world.cloud.forget_calls();
    world
}

fn map(value: serde_json::Value) -> Value {
    serde_json::from_value(value).unwrap()
}

fn messages(error: Error) -> Vec<String> {
    match error {
        Error::Problems(problems) => problems.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

const REPLACE: Action = Action::Replace(ReplaceOrder::CreateFirst);

#[tokio::test(start_paused = true)]
async fn a_plan_changes_nothing_and_repeats_itself() {
    let world = applied(&Graph::new()).await;
    let written = world.disk.writes().len();
    let wanted = graph([thing("a"), thing("b").refs(["a"])]);
    let first = world.plan(&wanted).await.unwrap();
    let second = world.plan(&wanted).await.unwrap();
    assert_eq!(
        serde_json::to_value(&first).unwrap(),
        serde_json::to_value(&second).unwrap()
    );
    assert_eq!(world.cloud.writes(), []);
    assert_eq!(world.disk.writes().len(), written);
}

#[tokio::test(start_paused = true)]
async fn update_in_place_or_replace() {
    let world = applied(&graph([thing("a").set("size", 1).set("kind", "x")])).await;
    let plan = world
        .plan(&graph([thing("a").set("size", 2).set("kind", "x")]))
        .await
        .unwrap();
    assert_eq!(
        (only(&plan).action, paths(only(&plan))),
        (Action::Update, vec!["size".into()])
    );
    assert_eq!(only(&plan).fields[0].before, Value::Int(1));
    let plan = world
        .plan(&graph([thing("a").set("size", 1).set("kind", "y")]))
        .await
        .unwrap();
    assert_eq!(
        (only(&plan).action, paths(only(&plan))),
        (REPLACE, vec!["kind".into()])
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_no_longer_set_goes_back_or_is_replaced() {
    let world = applied(&graph([thing("a").set("label", "mine").set("size", 1)])).await;
    let without_label = graph([thing("a").set("size", 1)]);
    let plan = world.plan(&without_label).await.unwrap();
    assert_eq!(only(&plan).action, Action::Update);
    assert_eq!(only(&plan).fields[0].after.known(), Some(&"none".into()));
    let plan = world
        .plan(&graph([thing("a").set("label", "mine")]))
        .await
        .unwrap();
    assert_eq!(
        (only(&plan).action, paths(only(&plan))),
        (REPLACE, vec!["size".into()])
    );
    world.must_apply(&without_label).await;
    assert_eq!(
        world.cloud.object("test:cloud:Thing/a").values["label"],
        "none".into()
    );
    world.assert_settled(&without_label).await;
}

#[tokio::test(start_paused = true)]
async fn a_block_that_is_no_longer_set_is_emptied() {
    let extras = serde_json::json!({"note": "mine", "level": 5});
    let world = applied(&graph([thing("a").set("extras", map(extras))])).await;
    let without = graph([thing("a")]);
    let plan = world.plan(&without).await.unwrap();
    assert_eq!(
        (only(&plan).action, paths(only(&plan))),
        (Action::Update, vec!["extras".into()])
    );
    world.must_apply(&without).await;
    let left = &world.cloud.object("test:cloud:Thing/a").values["extras"];
    assert_eq!(*left, map(serde_json::json!({"note": null, "level": 1})));
    world.assert_settled(&without).await;
}

#[tokio::test(start_paused = true)]
async fn a_block_at_rest_is_left_alone_when_it_is_no_longer_set() {
    let world = applied(&graph([
        thing("a").set("extras", map(serde_json::json!({"level": 1})))
    ]))
    .await;
    world.assert_settled(&graph([thing("a")])).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_cloud_takes_over_is_left_alone() {
    let world = applied(&graph([thing("a").set("count", 3)])).await;
    let id = world.cloud.object("test:cloud:Thing/a").id;
    world.cloud.change(&id, "count", 7);
    let without = graph([thing("a").set("label", "new")]);
    let plan = world.plan(&without).await.unwrap();
    assert_eq!(paths(only(&plan)), ["label"]);
    world.must_apply(&without).await;
    let seven = Value::Int(7);
    assert_eq!(
        world.cloud.object("test:cloud:Thing/a").values["count"],
        seven
    );
    world.assert_settled(&without).await;
}

#[tokio::test(start_paused = true)]
async fn what_refers_to_a_reset_field_gets_the_reset() {
    let linked = |label: Option<&str>| {
        let a = match label {
            Some(label) => thing("a").set("label", label),
            None => thing("a"),
        };
        graph([
            a,
            thing("b").set("zone", reference("test:cloud:Thing/a", "label")),
        ])
    };
    let world = applied(&linked(Some("mine"))).await;
    let plan = world.plan(&linked(None)).await.unwrap();
    assert_eq!(
        actions(&plan),
        [("a", Action::Update), ("b", Action::Update)]
    );
    assert_eq!(
        plan.changes[1].fields[0].after.known(),
        Some(&"none".into())
    );
    world.must_apply(&linked(None)).await;
    world.assert_settled(&linked(None)).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_never_set_follows_the_cloud() {
    let wanted = graph([thing("a").set("settings", map(serde_json::json!({"mode": "fast"})))]);
    let world = applied(&wanted).await;
    let id = world.cloud.object("test:cloud:Thing/a").id;
    world.cloud.change(&id, "zone", "zone-z");
    world.cloud.change(
        &id,
        "settings",
        map(serde_json::json!({"mode": "fast", "level": 9})),
    );
    let plan = world.plan(&wanted).await.unwrap();
    assert!(plan.is_empty(), "{plan:#?}");
    let drifted: Vec<_> = plan.drift[0]
        .fields
        .iter()
        .map(|field| field.field.as_str())
        .collect();
    assert_eq!(drifted, ["settings", "zone"]);
    // An update of something else sends what the cloud has.
    let bigger = graph([thing("a")
        .set("size", 5)
        .set("settings", map(serde_json::json!({"mode": "fast"})))]);
    world.must_apply(&bigger).await;
    let values = world.cloud.object("test:cloud:Thing/a").values;
    assert_eq!(values["zone"], "zone-z".into());
    assert_eq!(
        values["settings"],
        map(serde_json::json!({"mode": "fast", "level": 9}))
    );
}

#[tokio::test(start_paused = true)]
async fn blocks_are_compared_field_by_field() {
    let with = |settings| graph([thing("a").set("settings", map(settings))]);
    let world = applied(&with(serde_json::json!({"mode": "fast", "level": 3}))).await;
    let plan = world
        .plan(&with(serde_json::json!({"mode": "slow", "level": 3})))
        .await
        .unwrap();
    assert_eq!(paths(only(&plan)), ["settings.mode"]);
    let plan = world
        .plan(&with(
            serde_json::json!({"mode": "fast", "level": 3, "frozen": "x"}),
        ))
        .await
        .unwrap();
    assert_eq!(
        (only(&plan).action, paths(only(&plan))),
        (REPLACE, vec!["settings.frozen".into()])
    );
    let without = with(serde_json::json!({"mode": "fast"}));
    let plan = world.plan(&without).await.unwrap();
    assert_eq!(paths(only(&plan)), ["settings.level"]);
    world.must_apply(&without).await;
    assert_eq!(
        world.cloud.object("test:cloud:Thing/a").values["settings"],
        map(serde_json::json!({"mode": "fast", "level": 1})),
        "a removed field of a block goes back to its reset"
    );
    world.assert_settled(&without).await;
}

#[tokio::test(start_paused = true)]
async fn a_block_that_changes_can_be_referred_to_in_parts() {
    let linked = |mode: &str| {
        let level = Expr::reference(
            thing_urn("a"),
            ["settings", "level"].into_iter().collect::<Path>(),
        );
        graph([
            thing("a").set("settings", map(serde_json::json!({"mode": mode}))),
            thing("b").set("size", level),
        ])
    };
    let world = applied(&linked("fast")).await;
    let plan = world.plan(&linked("slow")).await.unwrap();
    assert_eq!(paths(only(&plan)), ["settings.mode"]);
    world.must_apply(&linked("slow")).await;
    world.assert_settled(&linked("slow")).await;
}

#[tokio::test(start_paused = true)]
async fn equality_is_the_schema_s() {
    let texts = |texts: &[&str]| Value::List(texts.iter().map(|text| Value::from(*text)).collect());
    let with = |members: &[&str], policy: &str| {
        graph([thing("a")
            .set("members", texts(members))
            .set("policy", policy)])
    };
    let world = applied(&with(&["x", "y", "y"], r#"{"a": 1, "b": 2}"#)).await;
    let plan = world
        .plan(&with(&["y", "x", "y"], r#"{"b":2,"a":1}"#))
        .await
        .unwrap();
    assert!(plan.is_empty(), "{plan:#?}");
    let plan = world
        .plan(&with(&["y", "x", "x"], r#"{"b":2,"a":3}"#))
        .await
        .unwrap();
    assert_eq!(paths(only(&plan)), ["members", "policy"]);
}

#[tokio::test(start_paused = true)]
async fn tags_that_a_person_added_are_taken_away() {
    let wanted = graph([thing("a").set("tags", map(serde_json::json!({"team": "shop"})))]);
    let world = applied(&wanted).await;
    let id = world.cloud.object("test:cloud:Thing/a").id;
    world.cloud.change(
        &id,
        "tags",
        map(serde_json::json!({"team": "shop", "mood": "odd"})),
    );
    let plan = world.plan(&wanted).await.unwrap();
    assert_eq!(paths(only(&plan)), ["tags.mood"]);
    world.must_apply(&wanted).await;
    world.assert_settled(&wanted).await;
    let none = graph([thing("a")]);
    world.must_apply(&none).await;
    assert_eq!(
        world.cloud.object("test:cloud:Thing/a").values["tags"],
        Value::Map(Map::new())
    );
}

#[tokio::test(start_paused = true)]
async fn ignored_changes_are_left_alone() {
    let with = |size: i64, mode: &str| {
        let ignore = vec![
            Path::field("size"),
            ["settings", "mode"].into_iter().collect(),
        ];
        graph([thing("a")
            .set("size", size)
            .set("settings", map(serde_json::json!({"mode": mode})))
            .options(|options| options.ignore_changes = ignore)])
    };
    let world = applied(&with(1, "fast")).await;
    let plan = world.plan(&with(2, "slow")).await.unwrap();
    assert!(plan.is_empty(), "{plan:#?}");
    let id = world.cloud.object("test:cloud:Thing/a").id;
    world.cloud.change(&id, "size", 7);
    assert!(world.plan(&with(1, "fast")).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn ignored_changes_are_applied_to_a_new_object_as_planned() {
    let with = |size: i64, kind: &str| {
        let a = thing("a").set("size", size).set("kind", kind);
        let a = a.options(|options| options.ignore_changes = vec![Path::field("size")]);
        graph([
            a,
            thing("b").set("disk", reference("test:cloud:Thing/a", "size")),
        ])
    };
    let world = applied(&with(1, "x")).await;
    let plan = world.plan(&with(2, "y")).await.unwrap();
    let b = plan
        .changes
        .iter()
        .find(|change| change.urn.name() == "b")
        .unwrap();
    assert_eq!(
        b.fields[0].after.known(),
        Some(&Value::Int(2)),
        "as the new object will have it"
    );
    world.must_apply(&with(2, "y")).await;
    world.assert_settled(&with(2, "y")).await;
}

#[tokio::test(start_paused = true)]
async fn replace_on_makes_any_change_a_replacement() {
    let with = |size: i64| {
        graph([thing("a")
            .set("size", size)
            .options(|options| options.replace_on = vec![Path::field("size")])])
    };
    let world = applied(&with(1)).await;
    assert_eq!(only(&world.plan(&with(2)).await.unwrap()).action, REPLACE);
    world.must_apply(&with(2)).await;
    world.assert_settled(&with(2)).await;
}

#[tokio::test(start_paused = true)]
async fn a_person_may_ask_for_a_replacement() {
    let wanted = graph([thing("a"), act("run", "it")]);
    let world = applied(&wanted).await;
    let urns = [thing_urn("a"), "test:cloud:Act/run".parse().unwrap()];
    let wishes = Wishes {
        replace: urns.into(),
        ..Wishes::default()
    };
    let plan = world.plan_with(&wanted, &wishes).await.unwrap();
    assert_eq!(actions(&plan), [("a", REPLACE), ("run", Action::Run)]);
}

#[tokio::test(start_paused = true)]
async fn unknown_values_name_what_they_wait_for() {
    let label = Expr::Call {
        function: Function::Concat,
        args: vec!["arn is ".into(), reference("test:cloud:Thing/a", "arn")],
    };
    let wanted = graph([thing("a"), thing("b").set("label", label)]);
    let world = World::default();
    let plan = world.plan(&wanted).await.unwrap();
    let b = plan
        .changes
        .iter()
        .find(|change| change.urn.name() == "b")
        .unwrap();
    let label = b
        .fields
        .iter()
        .find(|field| field.path == Path::field("label"))
        .unwrap();
    let reference = Reference {
        urn: thing_urn("a"),
        path: Path::field("arn"),
    };
    assert_eq!(label.after.waits_for(), [&reference]);
    assert_eq!(
        serde_json::to_value(&label.after).unwrap(),
        serde_json::json!({"$unknown": {"after": [{"urn": "test:cloud:Thing/a", "path": ["arn"]}]}})
    );
    world.must_apply(&wanted).await;
    let b = world.cloud.object("test:cloud:Thing/b");
    let a = world.cloud.object("test:cloud:Thing/a");
    assert_eq!(
        b.values["label"].as_str().unwrap(),
        format!("arn is arn:{}", a.id)
    );
}

#[tokio::test(start_paused = true)]
async fn an_unknown_that_may_force_a_replacement_is_shown_as_such() {
    let wanted = |size: i64| {
        graph([
            thing("a").set("size", size),
            thing("b").set("disk", reference("test:cloud:Thing/a", "revision")),
            thing("c").set("kind", reference("test:cloud:Thing/a", "arn")),
        ])
    };
    let world = applied(&wanted(1)).await;
    let plan = world.plan(&wanted(2)).await.unwrap();
    // An update may change a volatile output, and leaves the others alone.
    assert_eq!(
        actions(&plan),
        [("a", Action::Update), ("b", Action::Update)]
    );
    assert!(!plan.changes[1].fields[0].after.is_known());
    world.must_apply(&wanted(2)).await;
    world.assert_settled(&wanted(2)).await;
    let replaced = graph([
        thing("a").set("kind", "new"),
        thing("c").set("kind", reference("test:cloud:Thing/a", "arn")),
    ]);
    let plan = world.plan(&replaced).await.unwrap();
    let c = plan
        .changes
        .iter()
        .find(|change| change.urn.name() == "c")
        .unwrap();
    assert!(
        c.fields[0].replaces && !c.fields[0].after.is_known(),
        "{c:#?}"
    );
}

#[tokio::test(start_paused = true)]
async fn protection_refuses_and_outlives_its_code() {
    let protected = |kind: &str| {
        graph([thing("a")
            .set("kind", kind)
            .options(|options| options.protect = true)])
    };
    let world = applied(&protected("x")).await;
    let refused = |error: Error, verb: &str| {
        let said = messages(error);
        assert_eq!(said.len(), 1);
        assert!(
            said[0].starts_with("test:cloud:Thing/a: is protected, and the plan would"),
            "{said:?}"
        );
        assert!(said[0].contains(verb), "{said:?}");
    };
    refused(world.plan(&protected("y")).await.unwrap_err(), "replace it");
    refused(world.plan(&Graph::new()).await.unwrap_err(), "delete it");
    let mut session = world.read().await.unwrap();
    session.refresh(|_| true).await.unwrap();
    refused(
        session.plan_destroy(&HashSet::new()).unwrap_err(),
        "delete it",
    );
    // What the message says helps.
    world
        .must_apply(&graph([thing("a").set("kind", "x")]))
        .await;
    world.must_apply(&Graph::new()).await;
    assert_eq!(world.cloud.objects(), []);
}

#[tokio::test(start_paused = true)]
async fn what_is_retained_is_forgotten_and_stays() {
    let retained = graph([
        thing("a").options(|options| options.retain = true),
        thing("b"),
    ]);
    let world = applied(&retained).await;
    let plan = world.plan(&Graph::new()).await.unwrap();
    assert_eq!(
        actions(&plan),
        [("a", Action::Forget), ("b", Action::Delete)]
    );
    world.must_apply(&Graph::new()).await;
    assert_eq!(world.cloud.objects().len(), 1);
    assert!(world.state().await.unwrap().resources.is_empty());
    let world = applied(&retained).await;
    assert!(world.destroy().await.unwrap().is_complete());
    assert_eq!(world.cloud.objects().len(), 1);
    assert!(world.state().await.unwrap().resources.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_moved_keeps_its_object_and_its_name() {
    let before = graph([thing("old").set("size", 1), thing("user").refs(["old"])]);
    let world = applied(&before).await;
    let id = world.cloud.object("test:cloud:Thing/old").id;
    let after = with_moved(
        graph([thing("new").set("size", 1), thing("user").refs(["new"])]),
        "test:cloud:Thing/old",
        "test:cloud:Thing/new",
    );
    let plan = world.plan(&after).await.unwrap();
    assert_eq!(actions(&plan), [("new", Action::Rename)]);
    assert!(!plan.is_empty(), "a rename has to be applied to be kept");
    world.must_apply(&after).await;
    assert_eq!(world.cloud.writes(), [], "nothing changes at the cloud");
    assert_eq!(
        world
            .state()
            .await
            .unwrap()
            .object(&thing_urn("new"))
            .unwrap()
            .id,
        id
    );
    let later = graph([thing("new").set("size", 1), thing("user").refs(["new"])]);
    assert!(
        world.plan(&later).await.unwrap().is_empty(),
        "the code that moved it may go"
    );
    let replaced = graph([
        thing("new").set("size", 1).set("kind", "x"),
        thing("user").refs(["new"]),
    ]);
    world.must_apply(&replaced).await;
    assert!(world.plan(&replaced).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn depends_on_orders_what_no_reference_does() {
    let with = |order: bool| {
        graph([
            thing("b").options(|options| {
                if order {
                    options.depends_on = vec![thing_urn("a")];
                }
            }),
            thing("a"),
        ])
    };
    let world = applied(&with(true)).await;
    let order: Vec<_> = world
        .cloud
        .objects()
        .iter()
        .map(|object| object.urn().to_owned())
        .collect();
    assert_eq!(order, ["test:cloud:Thing/a", "test:cloud:Thing/b"]);
    assert_eq!(
        only(&world.plan(&with(false)).await.unwrap()).action,
        Action::Record
    );
    world.destroy().await.unwrap();
    let deleted: Vec<_> = world
        .cloud
        .writes()
        .into_iter()
        .map(|call| call.about)
        .collect();
    assert_eq!(deleted, ["thing-2", "thing-1"], "dependents go first");
}

#[tokio::test(start_paused = true)]
async fn options_are_recorded_without_touching_the_cloud() {
    let with = |retain: bool| graph([thing("a").options(|options| options.retain = retain)]);
    let world = applied(&with(false)).await;
    assert_eq!(
        only(&world.plan(&with(true)).await.unwrap()).action,
        Action::Record
    );
    world.must_apply(&with(true)).await;
    assert_eq!(world.cloud.writes(), []);
    assert!(
        world.state().await.unwrap().resources[&thing_urn("a")]
            .kept
            .retain
    );
    world.assert_settled(&with(true)).await;
}

fn provider(name: &str, region: &str, default: bool) -> ProviderConfig {
    ProviderConfig {
        name: name.parse().unwrap(),
        kind: "test".into(),
        default,
        config: [("region".to_owned(), Expr::from(region))].into(),
    }
}

#[tokio::test(start_paused = true)]
async fn resources_take_the_configuration_they_name_or_the_default() {
    let mut wanted = graph([
        thing("a"),
        thing("b").options(|options| options.provider = Some("rome".parse().unwrap())),
    ]);
    wanted.providers = vec![
        provider("paris", "eu-1", true),
        provider("rome", "eu-2", false),
    ];
    let world = applied(&wanted).await;
    let state = world.state().await.unwrap();
    let of = |name: &str| {
        state
            .object(&thing_urn(name))
            .unwrap()
            .request
            .provider
            .to_string()
    };
    assert_eq!((of("a").as_str(), of("b").as_str()), ("paris", "rome"));
    let regions: Vec<_> = state
        .providers
        .values()
        .map(|provider| provider.config["region"].clone())
        .collect();
    assert_eq!(regions, ["eu-1".into(), "eu-2".into()]);
    let mut moved = wanted.clone();
    moved.resources[1].options.provider = None;
    let plan = world.plan(&moved).await.unwrap();
    assert_eq!(only(&plan).action, REPLACE);
    assert!(
        only(&plan)
            .reason
            .as_ref()
            .unwrap()
            .contains("from the provider configuration rome to paris")
    );
    // What left the program is deleted through the configuration that made it.
    world.must_apply(&Graph::new()).await;
    assert_eq!(world.cloud.objects(), []);
}

#[tokio::test(start_paused = true)]
async fn a_configuration_has_settings_that_its_cloud_knows() {
    let world = World::default();
    let mut wanted = graph([thing("a")]);
    let mut config = provider("paris", "eu-1", true);
    config.config.insert("regon".into(), Expr::from("eu-2"));
    config.config.insert("account".into(), Expr::from(1));
    wanted.providers = vec![config];
    assert_eq!(
        messages(world.plan(&wanted).await.unwrap_err()),
        [
            "provider configuration paris: its setting account is a text",
            "provider configuration paris: has no setting regon; did you mean region?",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_program_may_say_which_account_it_is_for() {
    let world = World::default();
    let mut wanted = graph([thing("a")]);
    let mut config = provider("paris", "eu-1", true);
    config.config.insert("account".into(), Expr::from("2"));
    wanted.providers = vec![config.clone()];
    let said = messages(world.plan(&wanted).await.unwrap_err());
    assert!(
        said[0].contains("leads to the account test:1, and the program expects 2"),
        "{said:?}"
    );
    config.config.insert("account".into(), Expr::from("1"));
    wanted.providers = vec![config];
    world.must_apply(&wanted).await;
}

#[tokio::test(start_paused = true)]
async fn another_account_is_an_error_and_not_a_world_to_recreate() {
    let wanted = graph([thing("a")]);
    let mut world = applied(&wanted).await;
    world.cloud.become_account("test:2");
    let said = messages(world.plan(&wanted).await.unwrap_err());
    assert!(
        said[0].contains("leads to the account test:2, and what is recorded here is in test:1"),
        "{said:?}"
    );
    assert_eq!(world.cloud.calls(), [], "nothing was read");
    world.cloud.become_account("test:1");
    world.accounts = vec!["test:3".into()];
    let said = messages(world.plan(&wanted).await.unwrap_err());
    assert!(
        said[0].contains("this environment allows only test:3"),
        "{said:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn targets_take_what_they_depend_on_and_nothing_else() {
    let wanted = graph([
        thing("a"),
        thing("b").refs(["a"]),
        thing("c").refs(["b"]),
        thing("d"),
    ]);
    let world = World::default();
    let wishes = Wishes {
        targets: [thing_urn("b")].into(),
        ..Wishes::default()
    };
    let plan = world.plan_with(&wanted, &wishes).await.unwrap();
    assert_eq!(
        actions(&plan),
        [("a", Action::Create), ("b", Action::Create)]
    );
    let report = world
        .apply_with(&wanted, &wishes, Default::default())
        .await
        .unwrap();
    assert!(report.is_complete());
    assert_eq!(
        actions(&world.plan(&wanted).await.unwrap()),
        [("c", Action::Create), ("d", Action::Create)]
    );
    world.must_apply(&wanted).await;
    let mut session = world.write().await.unwrap();
    let plan = session.plan_destroy(&[thing_urn("b")].into()).unwrap();
    assert_eq!(
        actions(&plan),
        [("b", Action::Delete), ("c", Action::Delete)],
        "what depends on it goes too"
    );
    session
        .apply(&plan, None, &Map::new(), Default::default(), None)
        .await
        .unwrap();
    session.close().await.unwrap();
    assert_eq!(world.cloud.objects().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_is_made_again() {
    let wanted = graph([thing("a"), thing("b").refs(["a"]), thing("c")]);
    let world = applied(&wanted).await;
    let lost = world.cloud.object("test:cloud:Thing/c");
    world.cloud.remove(&lost.id);
    let plan = world.plan(&wanted).await.unwrap();
    assert!(plan.drift[0].gone);
    assert_eq!(only(&plan).action, Action::Create);
    assert_eq!(only(&plan).reason.as_deref(), Some("it is no longer there"));
    world.must_apply(&wanted).await;
    world.assert_settled(&wanted).await;
    let made = world.cloud.object("test:cloud:Thing/c");
    assert_ne!(
        made.values["name"], lost.values["name"],
        "its name is not used again"
    );
}

#[tokio::test(start_paused = true)]
async fn when_everything_is_gone_a_person_is_asked() {
    let wanted = graph([thing("a"), thing("b"), thing("c"), data("d")]);
    let world = applied(&wanted).await;
    for object in world.cloud.objects() {
        if object.type_name == "test:cloud:Thing" {
            world.cloud.remove(&object.id);
        }
    }
    let error = world.plan(&wanted).await.unwrap_err();
    assert!(
        matches!(error, Error::AllGone { count: 3, .. }),
        "{error:?}"
    );
    let mut session = world.read().await.unwrap();
    session.accept_gone();
    assert_eq!(session.refresh(|_| true).await.unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn physical_names_are_never_used_again() {
    let wanted = graph([thing("a").set("kind", "x")]);
    let world = applied(&wanted).await;
    let mut names = vec![world.cloud.object("test:cloud:Thing/a").values["name"].clone()];
    for (kind, destroy) in [("y", false), ("z", true), ("z", true), ("x", false)] {
        if destroy {
            world.must_apply(&Graph::new()).await;
        }
        world
            .must_apply(&graph([thing("a").set("kind", kind)]))
            .await;
        names.push(world.cloud.object("test:cloud:Thing/a").values["name"].clone());
    }
    let different: HashSet<_> = names.iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(different.len(), 5, "{names:?}");
    assert!(
        different.iter().all(|name| name.starts_with("shop-dev-a-")),
        "{names:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_name_that_is_planned_is_the_name_that_is_given() {
    let wanted = |kind: &str| {
        graph([
            thing("a").set("kind", kind),
            thing("b").set("label", reference("test:cloud:Thing/a", "name")),
        ])
    };
    let world = applied(&Graph::new()).await;
    for kind in ["x", "y"] {
        let plan = world.plan(&wanted(kind)).await.unwrap();
        let b = plan
            .changes
            .iter()
            .find(|change| change.urn.name() == "b")
            .unwrap();
        let planned = b
            .fields
            .iter()
            .find(|field| field.path == Path::field("label"))
            .unwrap()
            .after
            .clone();
        assert!(planned.is_known());
        world.must_apply(&wanted(kind)).await;
        assert_eq!(
            planned.known(),
            world.cloud.object("test:cloud:Thing/a").values.get("name")
        );
        assert_eq!(
            planned.known(),
            world.cloud.object("test:cloud:Thing/b").values.get("label")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_explicit_name_that_goes_leaves_the_object_alone() {
    let world = applied(&graph([thing("a").set("name", "mine")])).await;
    let unnamed = graph([thing("a")]);
    assert!(world.plan(&unnamed).await.unwrap().is_empty());
    let plan = world
        .plan(&graph([thing("a").set("name", "yours")]))
        .await
        .unwrap();
    assert_eq!(only(&plan).action, REPLACE);
}

#[tokio::test(start_paused = true)]
async fn outputs_change_with_what_they_tell() {
    let with = |size: i64| {
        let size_of = reference("test:cloud:Thing/a", "size");
        with_output(graph([thing("a").set("size", size)]), "SIZE", size_of)
    };
    let world = World::default();
    let plan = world
        .plan(&with_output(
            graph([thing("a")]),
            "ARN",
            reference("test:cloud:Thing/a", "arn"),
        ))
        .await
        .unwrap();
    assert!(!plan.outputs[0].after.is_known());
    world.must_apply(&with(1)).await;
    assert_eq!(world.state().await.unwrap().outputs["SIZE"], Value::Int(1));
    let plan = world.plan(&with(2)).await.unwrap();
    assert_eq!(plan.outputs[0].before, Value::Int(1));
    assert_eq!(plan.outputs[0].after.known(), Some(&Value::Int(2)));
    let none = graph([thing("a").set("size", 1)]);
    let plan = world.plan(&none).await.unwrap();
    assert!(plan.changes.is_empty() && !plan.is_empty() && plan.outputs[0].after.is_null());
    world.must_apply(&none).await;
    assert!(world.state().await.unwrap().outputs.is_empty());
}

#[tokio::test(start_paused = true)]
async fn secrets_are_marked_wherever_they_come_from() {
    let pin = Expr::from("1234");
    let wanted = with_output(
        graph([
            thing("a").set("pin", pin),
            kept("copy").set("value", reference("test:cloud:Thing/a", "pin")),
        ]),
        "PIN",
        reference("test:kept:Value/copy", "value"),
    );
    let world = World::default();
    let plan = world.plan(&wanted).await.unwrap();
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(
        text.matches("1234").count(),
        text.matches(r#"{"$secret":"1234"}"#).count(),
        "{text}"
    );
    assert!(!format!("{plan:?}").contains("1234"));
    world.must_apply(&wanted).await;
    world.assert_settled(&wanted).await;
    assert_eq!(
        world.state().await.unwrap().outputs["PIN"],
        Value::from("1234").secret()
    );
}

#[tokio::test(start_paused = true)]
async fn write_only_values_are_sent_when_they_change() {
    let with = |secret: &str| graph([thing("a").set("secret", secret)]);
    let world = applied(&with("hunter2")).await;
    assert_eq!(
        world.cloud.object("test:cloud:Thing/a").hidden["secret"],
        "hunter2".into()
    );
    let plan = world.plan(&with("hunter3")).await.unwrap();
    assert_eq!(paths(only(&plan)), ["secret"]);
    assert!(only(&plan).fields[0].after.has_secret() && only(&plan).fields[0].before.has_secret());
    world.must_apply(&with("hunter3")).await;
    assert_eq!(
        world.cloud.object("test:cloud:Thing/a").hidden["secret"],
        "hunter3".into()
    );
    world.assert_settled(&with("hunter3")).await;
}

#[tokio::test(start_paused = true)]
async fn acts_run_once_and_again_when_they_change() {
    let with = |command: &str| graph([thing("a"), act("migrate", command).refs(["a"])]);
    let world = applied(&with("one")).await;
    assert_eq!(world.cloud.acts(), ["one"]);
    world.must_apply(&with("one")).await;
    let plan = world.plan(&with("two")).await.unwrap();
    assert_eq!(only(&plan).action, Action::Run);
    assert!(only(&plan).irreversible.is_some());
    world.must_apply(&with("two")).await;
    world.must_apply(&graph([thing("a")])).await;
    assert_eq!(world.cloud.acts(), ["one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_undone_is_said() {
    let with =
        |disk: i64, kind: &str| graph([thing("a").set("disk", disk), data("d").set("kind", kind)]);
    let world = applied(&with(1, "x")).await;
    let plan = world.plan(&with(2, "y")).await.unwrap();
    let mut said: Vec<_> = plan
        .changes
        .iter()
        .map(|change| change.irreversible.as_deref())
        .collect();
    said.sort_unstable();
    assert_eq!(
        said,
        [
            Some("disk cannot be put back"),
            Some("the new object does not have the old one's data")
        ]
    );
    let plan = world
        .plan(&graph([thing("a").set("disk", 1)]))
        .await
        .unwrap();
    assert_eq!(only(&plan).irreversible.as_deref(), Some("deletes data"));
}

#[tokio::test(start_paused = true)]
async fn an_import_takes_an_object_in() {
    let world = World::default();
    let id = world.cloud.add(
        "test:cloud:Thing",
        [
            ("name".to_owned(), "legacy".into()),
            ("size".to_owned(), Value::Int(3)),
        ]
        .into(),
    );
    let wanted = graph([thing("a").set("size", 4).set("secret", "s3cret")]);
    let mut session = world.write().await.unwrap();
    let checked = session.check(wanted.clone(), &Map::new()).unwrap();
    session.identify(Some(&checked)).await.unwrap();
    session
        .import(&checked, &Map::new(), &thing_urn("a"), &id)
        .await
        .unwrap();
    let again = session
        .import(&checked, &Map::new(), &thing_urn("a"), &id)
        .await
        .unwrap_err();
    assert!(again.to_string().contains("is recorded already"), "{again}");
    session.close().await.unwrap();
    let plan = world.plan(&wanted).await.unwrap();
    assert_eq!(only(&plan).action, Action::Update);
    assert_eq!(
        paths(only(&plan)),
        ["secret", "size"],
        "its name stays; what cannot be read is sent once"
    );
    world.must_apply(&wanted).await;
    assert!(world.plan(&wanted).await.unwrap().is_empty());
    let writes: Vec<_> = world.cloud.writes().iter().map(|call| call.kind).collect();
    assert_eq!(writes, [CallKind::Update]);
}

#[tokio::test(start_paused = true)]
async fn what_the_cloud_will_choose_inside_a_new_block_is_unknown() {
    let level: Path = ["settings", "level"].into_iter().collect();
    let settings = map(serde_json::json!({"mode": "fast"}));
    let wanted = graph([
        thing("a").set("settings", settings),
        thing("b").set("size", Expr::reference(thing_urn("a"), level.clone())),
    ]);
    let world = World::default();
    let plan = world.plan(&wanted).await.unwrap();
    let b = plan
        .changes
        .iter()
        .find(|change| change.urn.name() == "b")
        .unwrap();
    let size = b
        .fields
        .iter()
        .find(|field| field.path == Path::field("size"))
        .unwrap();
    assert_eq!(size.after.waits_for()[0].path, level);
    world.must_apply(&wanted).await;
    assert_eq!(
        world.cloud.object("test:cloud:Thing/b").values["size"],
        Value::Int(1)
    );
}

#[tokio::test(start_paused = true)]
async fn what_lives_in_the_state_alone_cannot_be_imported() {
    let wanted = graph([kept("a").set("value", 1)]);
    let world = World::default();
    let mut session = world.write().await.unwrap();
    let checked = session.check(wanted, &Map::new()).unwrap();
    let urn = "test:kept:Value/a".parse().unwrap();
    let error = session
        .import(&checked, &Map::new(), &urn, "x")
        .await
        .unwrap_err();
    assert!(messages(error)[0].contains("nothing to import"));
}
