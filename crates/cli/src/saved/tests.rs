use proptest::prelude::*;
use stack_engine::partial::Partial;
use stack_engine::plan::OutputChange;
use stack_model::{Expr, Value};
use stack_testkit::{Damage, Glass, graph, kept, thing};

use super::*;

fn plan(outputs: &[(&str, i64)]) -> Plan {
    let output = |(name, after): &(&str, i64)| OutputChange {
        name: (*name).to_owned(),
        before: Value::Null,
        after: Partial::Known(Value::Int(*after)),
    };
    Plan {
        outputs: outputs.iter().map(output).collect(),
        ..Plan::default()
    }
}

#[test]
fn a_digest_tells_what_is_shown_and_not_its_order() {
    let shown = digest(&plan(&[("a", 1), ("b", 2)]));
    assert_eq!(shown, digest(&plan(&[("b", 2), ("a", 1)])));
    assert_ne!(shown, digest(&plan(&[("a", 1), ("b", 3)])));
    assert_ne!(shown, digest(&plan(&[("a", 1)])));
    let unchanged = Plan {
        unchanged: 7,
        ..plan(&[("a", 1), ("b", 2)])
    };
    assert_eq!(shown, digest(&unchanged));
}

/// A saved plan in a file, sealed with glass.
fn written() -> Vec<u8> {
    let base = Base {
        stack: "shop".into(),
        environment: "dev".into(),
        lineage: "lineage".into(),
        serial: 7,
        epoch: 9,
    };
    let secret = Expr::from(Value::from("hunter2").secret());
    let saved = Saved {
        base,
        graph: graph([thing("a").set("secret", secret), kept("b").refs(["a"])]),
        config: [("key".to_owned(), Value::from("c").secret())].into(),
        wishes: Wishes {
            targets: ["test:cloud:Thing/a".parse().unwrap()].into(),
            ..Wishes::default()
        },
        touched: vec!["test:cloud:Thing/a".parse().unwrap()],
        digest: "0123".into(),
        shown: "4567".into(),
    };
    let file = tempfile::NamedTempFile::new().unwrap();
    write(file.path(), &saved, &Glass).unwrap();
    std::fs::read(file.path()).unwrap()
}

fn opened(bytes: &[u8]) -> Result<Saved> {
    let sealed = Sealed::parse(bytes, "plan.json")?;
    futures::executor::block_on(open(sealed, &Glass))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_plan_is_an_error_or_a_plan(
        outside in any::<bool>(),
        draws in prop::collection::vec((any::<u8>(), any::<usize>(), any::<usize>()), 1..3),
    ) {
        let mut file: Json = serde_json::from_slice(&written()).unwrap();
        prop_assert!(opened(file.to_string().as_bytes()).is_ok());
        let damages = draws.into_iter().map(|(what, place, how)| Damage::drawn(what, place, how));
        let damaged = |text: &str| damages.fold(text.as_bytes().to_vec(), |bytes, damage| damage.done_to(&bytes));
        let bytes = if outside {
            damaged(&file.to_string())
        } else {
            let body = damaged(file["body"].as_str().unwrap());
            file["body"] = String::from_utf8_lossy(&body).into();
            file.to_string().into_bytes()
        };
        // Which of both does not matter here.
        let _ = opened(&bytes);
    }
}
