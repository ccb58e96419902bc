//! States and journals as bytes: everything comes back, nothing secret is in them, and damage is not overlooked.

use proptest::prelude::*;
use stack_engine::backend::{Backend, BackendError, Keys, Seal};
use stack_engine::codec::{
    count_resources, decode_journal, decode_preamble, decode_state, encode_batch, encode_state,
};
use stack_engine::journal::{Entry, FORMAT, InDoubt, Intent, Operation, replay};
use stack_engine::state::{Delta, Durations, Kept, LookupState, Object, Request, ResourceState};
use stack_engine::{Error, State};
use stack_model::{Expr, Map, Value};
use stack_testkit::disk::Write;
use stack_testkit::scenario::{thing_urn, with_output};
use stack_testkit::{TestKeys, World, graph, reference, thing};

fn keys() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,6}",
        Just("$secret".to_owned()),
        Just("$sealed".to_owned()),
        Just("$$ref".to_owned()),
        Just("$".to_owned()),
        ".{0,4}",
    ]
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,12}",
        Just("\"$secret\"".to_owned()),
        Just("line\nbreak\u{2028}\0".to_owned())
    ]
}

pub fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-1e12f64..1e12)
            .prop_filter("JSON makes whole numbers integers", |float| float.fract()
                != 0.0)
            .prop_map(Value::Float),
        texts().prop_map(Value::String),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::btree_map(keys(), inner.clone(), 0..4).prop_map(Value::Map),
            inner.prop_map(Value::secret),
        ]
    })
}

fn object(id: &str, value: Value, observed: Value) -> Object {
    Object {
        id: id.into(),
        request: Request {
            provider: "test".parse().unwrap(),
            generation: 3,
            token: "t".into(),
            inputs: [("value".to_owned(), value)].into(),
            expressions: [(
                "value".to_owned(),
                Expr::list(vec![reference("test:cloud:Thing/b", "id")]),
            )]
            .into(),
            dependencies: vec![thing_urn("b")],
        },
        observed: [("seen".to_owned(), observed)].into(),
        incomplete: true,
        unverified: true,
        durations: Durations {
            create: 7,
            update: 0,
        },
    }
}

pub fn state(value: Value, observed: Value) -> State {
    let mut state = State::born("lineage".into(), "shop".into(), "dev".into());
    state.header.serial = 4;
    let resource = ResourceState {
        object: Some(object("a-1", value.clone(), observed.clone())),
        deposed: vec![object("a-0", observed.clone(), value.clone())],
        kept: Kept {
            protect: true,
            ..Kept::default()
        },
    };
    state.apply(&Delta::Resource {
        urn: thing_urn("a"),
        state: Box::new(resource),
    });
    state.apply(&Delta::Resource {
        urn: thing_urn("gone"),
        state: Box::default(),
    });
    state.apply(&Delta::Forget {
        urn: thing_urn("gone"),
    });
    state.generations.insert(thing_urn("gone"), 9);
    let answered = LookupState {
        inputs: Map::new(),
        answer: [("answer".to_owned(), observed)].into(),
    };
    state.apply(&Delta::Lookup {
        urn: "test:cloud:Zone/z".parse().unwrap(),
        state: answered,
    });
    state.apply(&Delta::Outputs {
        values: [("out".to_owned(), value)].into(),
        expressions: [("out".to_owned(), reference("test:cloud:Thing/a", "id"))].into(),
    });
    state
}

fn entries(value: &Value) -> Vec<Entry> {
    let request = object("a", value.clone(), Value::Null).request;
    let intent = |operation| Intent {
        urn: thing_urn("a"),
        operation,
        request: request.clone(),
        kept: Kept::default(),
        id: None,
        until: "2025-12-10T09:00:00Z".into(),
    };
    let outputs = Delta::Outputs {
        values: [("out".to_owned(), value.clone())].into(),
        expressions: Default::default(),
    };
    vec![
        Entry::Begin {
            format: FORMAT,
            command: "apply".into(),
            at: "now".into(),
            version: "0".into(),
        },
        Entry::Facts {
            deltas: vec![outputs.clone()],
        },
        Entry::Intent {
            step: 0,
            intent: Box::new(intent(Operation::Create)),
        },
        Entry::Intent {
            step: 1,
            intent: Box::new(intent(Operation::Delete)),
        },
        Entry::Accepted {
            step: 0,
            id: "a-1".into(),
        },
        Entry::Failed {
            step: 1,
            message: "no".into(),
            deltas: vec![],
        },
        Entry::Settled {
            deltas: vec![outputs],
        },
        Entry::End,
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn states_come_back(value in values(), observed in values()) {
        let state = state(value, observed);
        let bytes = encode_state(&state, &TestKeys).unwrap();
        prop_assert_eq!(decode_state(&bytes, &TestKeys, "here").unwrap(), state.clone());
        prop_assert_eq!(decode_preamble(&bytes, "here").unwrap().header, state.header);
    }

    #[test]
    fn journals_come_back(value in values()) {
        let entries = entries(&value);
        let bytes = encode_batch(&entries, &TestKeys).unwrap();
        prop_assert_eq!(decode_journal::<Entry>(&[bytes], &TestKeys, "here").unwrap(), entries);
    }

    #[test]
    fn no_secret_is_in_the_bytes(text in "[a-z]{12}", around in values()) {
        let secret = Value::from(text.as_str()).secret();
        let hidden = Value::List(vec![around, Value::Map([("$k".to_owned(), secret)].into())]);
        let mut bytes = encode_state(&state(hidden.clone(), hidden.clone()), &TestKeys).unwrap();
        bytes.extend(encode_batch(&entries(&hidden), &TestKeys).unwrap());
        prop_assert!(!String::from_utf8(bytes).unwrap().contains(&text));
    }

    #[test]
    fn what_was_cut_off_never_happened(at in 0usize..2000) {
        let entries = entries(&Value::from("x").secret());
        let first = encode_batch(&entries[..3], &TestKeys).unwrap();
        let second = encode_batch(&entries[3..], &TestKeys).unwrap();
        let cut = at % second.len();
        let ends = second[..cut].iter().filter(|byte| **byte == b'\n').count();
        let read: Vec<Entry> = decode_journal(&[first, second[..cut].to_vec()], &TestKeys, "here").unwrap();
        prop_assert_eq!(&read, &entries[..3 + ends]);
    }

    #[test]
    fn damage_is_not_overlooked(at in 0usize..2000, flip in 1u8..255) {
        let entries = entries(&Value::from("x"));
        let mut bytes = encode_batch(&entries, &TestKeys).unwrap();
        let last = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap();
        bytes[at % last] ^= flip;
        let error = decode_journal::<Entry>(&[bytes], &TestKeys, "here").unwrap_err();
        prop_assert!(matches!(error, BackendError::Damaged { .. }), "{:?}", error);
        let mut bytes = encode_state(&state(Value::Int(1), Value::Null), &TestKeys).unwrap();
        let body = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let at = body + at % (bytes.len() - body);
        bytes[at] ^= flip;
        let error = decode_state(&bytes, &TestKeys, "here").unwrap_err();
        prop_assert!(matches!(error, BackendError::Damaged { .. }), "{:?}", error);
    }
}

#[test]
fn newer_formats_are_refused_by_name() {
    let newer = Entry::Begin {
        format: FORMAT + 1,
        command: "apply".into(),
        at: "now".into(),
        version: "9".into(),
    };
    let mut bytes = encode_batch(&[newer], &TestKeys).unwrap();
    // What follows is of a kind that this version has never heard of.
    bytes.extend(encode_batch(&[serde_json::json!({"undone": {"step": 1}})], &TestKeys).unwrap());
    let error = decode_journal::<Entry>(&[bytes], &TestKeys, "here").unwrap_err();
    assert!(
        matches!(error, BackendError::Newer { found, .. } if found == FORMAT + 1),
        "{error:?}"
    );

    let bytes = encode_state(&State::default(), &TestKeys).unwrap();
    let text = String::from_utf8(bytes)
        .unwrap()
        .replacen("\"format\":1", "\"format\":2", 1);
    for error in [
        decode_preamble(text.as_bytes(), "here").err(),
        decode_state(text.as_bytes(), &TestKeys, "here").err(),
    ] {
        assert!(
            matches!(
                error,
                Some(BackendError::Newer {
                    found: 2,
                    known: 1,
                    ..
                })
            ),
            "{error:?}"
        );
    }
}

#[test]
fn replay_leaves_in_doubt_what_has_no_outcome() {
    let all = entries(&Value::Null);
    let mut doubts = Vec::new();
    replay(&mut State::default(), &mut doubts, all[..6].to_vec());
    let [InDoubt { intent, accepted }] = doubts.as_slice() else {
        panic!("{doubts:?}")
    };
    assert_eq!(
        (intent.operation, accepted.as_deref()),
        (Operation::Create, Some("a-1"))
    );
    // Another run settled it.
    replay(
        &mut State::default(),
        &mut doubts,
        [all[0].clone(), all[6].clone()],
    );
    assert!(doubts.is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_that_a_run_writes_holds_a_secret() {
    let mut world = World::default();
    world.config = [("key".to_owned(), Value::from("config-plaintext"))].into();
    let wanted = |size: i64| {
        with_output(
            graph([
                thing("a")
                    .set("size", size)
                    .set("secret", "secret-plaintext")
                    .set("pin", "pin-plaintext")
                    .set(
                        "settings",
                        serde_json::from_value::<Value>(
                            serde_json::json!({"hidden": "hidden-plaintext"}),
                        )
                        .unwrap(),
                    )
                    .set("label", Expr::from(Value::from("label-plaintext").secret())),
                thing("b")
                    .set("label", reference("test:cloud:Thing/a", "pin"))
                    .set("zone", Expr::Config(["key"].into_iter().collect())),
            ]),
            "PIN",
            reference("test:cloud:Thing/a", "pin"),
        )
    };
    world.must_apply(&wanted(1)).await;
    world.must_apply(&wanted(2)).await;
    world.assert_settled(&wanted(2)).await;
    assert_eq!(
        world.cloud.object("test:cloud:Thing/b").values["zone"],
        "config-plaintext".into()
    );
    for write in world.disk.writes() {
        let (Write::Append(bytes) | Write::Commit(bytes)) = write;
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("plaintext"), "{text}");
    }
    for event in world.events.events() {
        assert!(!format!("{event:?}").contains("plaintext"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_damaged_disk_is_an_error_and_not_an_empty_world() {
    let world = World::default();
    world.must_apply(&graph([thing("a")])).await;
    let other = TestKeys.create("x").await.unwrap();
    assert_eq!(other.header(), TestKeys.header());
    // A journal cut in its middle, by a machine that lost what it had said was durable.
    let torn = world.fork();
    let count = torn.disk.writes().len();
    torn.disk.die_at(count + 1, usize::MAX);
    let wanted = graph([thing("a"), thing("b")]);
    torn.apply(&wanted).await.unwrap_err();
    let journals = stack_engine::Backend::journals(&torn.disk, 0)
        .await
        .unwrap();
    let mut batch = journals.last().unwrap().batches.concat();
    batch[80] ^= 1;
    torn.disk.memory.cut(journals.last().unwrap().epoch, 0);
    let lease = stack_engine::Backend::lock(&torn.disk.memory, &holder())
        .await
        .unwrap();
    lease.append(&batch).await.unwrap();
    drop(lease);
    let error = torn.apply(&wanted).await.unwrap_err();
    assert!(
        matches!(
            &error,
            stack_testkit::Ended::Engine(Error::Backend(BackendError::Damaged { .. }))
        ),
        "{error:?}"
    );
}

pub fn holder() -> stack_engine::Holder {
    stack_engine::Holder {
        command: "damage".into(),
        user: "eve".into(),
        host: "engine".into(),
        process: 1,
        since: "now".into(),
    }
}

#[tokio::test(start_paused = true)]
async fn states_of_before_commands_were_recorded_are_read() {
    let world = World::default();
    world.must_apply(&graph([thing("a")])).await;
    let bytes = world.disk.state(2).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (first, body) = text.split_once('\n').unwrap();
    let mut header: serde_json::Value = serde_json::from_str(first).unwrap();
    for key in ["command", "at"] {
        assert!(header.as_object_mut().unwrap().remove(key).is_some());
    }
    assert!(!body.contains("\"expressions\""), "{body}");
    let old = format!("{header}\n{body}");
    let seal = TestKeys;
    let state = decode_state(old.as_bytes(), &seal, "old").unwrap();
    assert_eq!((state.header.command, state.header.at), (None, None));
    assert_eq!(count_resources(old.as_bytes(), "old").unwrap(), 1);
    let damaged = old.replace("thing-1", "thing-2");
    count_resources(damaged.as_bytes(), "old").unwrap_err();
}
