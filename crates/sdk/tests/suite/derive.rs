//! What the derives make of one declaration.

use stack::resource::*;
use stack_model::graph::ReplaceOrder;
use stack_model::schema::Nature;
use stack_model::{Equality, Kind, Map, Removal};

/// How traffic is carried.
#[derive(Debug, Clone, Copy, PartialEq, Choice)]
pub enum Protocol {
    /// TCP.
    #[choice("TCP")]
    Tcp,
    /// HTTP of version 2.
    HttpTwo,
}

/// One port that is open.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Rule {
    /// The port.
    pub port: u16,
    /// How traffic is carried.
    #[input(replaces)]
    pub protocol: Option<Protocol>,
    /// What `type` means is up to you.
    pub r#type: Option<String>,
}

/// A way in. Its required field is called as its type is, and a field as the struct is.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("test:net:Way", kept)]
pub struct Way {
    /// How traffic is carried.
    #[input]
    pub protocol: Protocol,
    /// Where it leads.
    #[input]
    pub way: Vec<String>,
}

/// A gate.
///
/// With a second paragraph.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "test:net:Gate",
    create = "40m",
    visibility_lag = "30s",
    unique("name"),
    unique("zone", "name"),
    replace_order = "delete-first",
    holds_data
)]
pub struct Gate {
    /// Where it is.
    #[input(replaces)]
    pub zone: String,
    /// What it is called.
    #[input(replaces, name(max_length = 63, lowercase, separator = "_"))]
    pub name: Option<String>,
    /// Whether it is open.
    #[input(reset = true)]
    pub open: Option<bool>,
    /// How warm it is.
    #[input(reset = -1)]
    pub warmth: Option<f64>,
    /// What is let through.
    #[input(required, set)]
    pub rules: Vec<Rule>,
    /// How it is marked.
    #[input(reset = {})]
    pub tags: BTreeMap<String, String>,
    /// What is said about it.
    #[input(json, one_way)]
    pub policy: Option<String>,
    /// Anything.
    #[input]
    pub extra: Option<Value>,
    /// What opens it.
    #[input(write_only)]
    pub key: Option<Secret<String>>,
    /// Its address.
    #[output(volatile)]
    pub address: String,
    /// How often it was made.
    #[output(generated)]
    pub revision: i64,
    /// Another key.
    #[output]
    pub master: Option<Secret<String>>,
}

/// Which zones there are.
#[derive(Debug, Clone, PartialEq, Lookup)]
#[lookup("test:net:Zones")]
pub struct Zones {
    /// Only those of a region.
    #[input]
    pub region: Option<String>,
    /// Their names.
    #[output]
    pub names: Vec<String>,
}

/// A thing whose every field may be left out.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("test:net:Act", effect)]
pub struct Act {}

fn gate() -> Gate {
    Gate {
        zone: "a".into(),
        name: None,
        open: Some(false),
        warmth: Some(1.5),
        rules: vec![Rule {
            port: 80,
            protocol: Some(Protocol::Tcp),
            r#type: None,
        }],
        tags: BTreeMap::from([("k".into(), "v".into())]),
        policy: None,
        extra: None,
        key: Some(Secret::new("hunter2".into())),
        address: "10.0.0.1".into(),
        revision: 3,
        master: None,
    }
}

#[test]
fn the_schema_says_what_the_attributes_say() {
    let schema = Gate::schema();
    assert_eq!(schema.type_name.as_str(), Gate::TYPE);
    assert_eq!(schema.doc, "A gate.\n\nWith a second paragraph.");
    assert_eq!(schema.nature, Nature::Object);
    assert_eq!(schema.replace_order, ReplaceOrder::DeleteFirst);
    assert_eq!(schema.unique, [vec!["name"], vec!["zone", "name"]]);
    assert!(schema.holds_data);
    assert_eq!(schema.visibility_lag.as_secs(), 30);
    assert_eq!(
        (
            schema.timeouts.create.as_secs(),
            schema.timeouts.delete.as_secs()
        ),
        (2400, 600)
    );
    assert_eq!(
        schema.outputs.keys().collect::<Vec<_>>(),
        ["address", "master", "revision"]
    );

    let input = |name: &str| schema.inputs[name].clone();
    assert!(input("zone").required && input("zone").replaces);
    assert!(!input("name").required);
    assert_eq!(input("name").physical_name.unwrap().separator, Some('_'));
    assert_eq!(input("open").removal, Removal::Reset(Value::Bool(true)));
    assert_eq!(input("warmth").removal, Removal::Reset(Value::Int(-1)));
    assert_eq!(
        input("tags").removal,
        Removal::Reset(Value::Map(Map::new()))
    );
    assert!(input("rules").required);
    assert_eq!(input("rules").equality, Equality::Set);
    assert_eq!(input("policy").equality, Equality::Json);
    assert!(input("policy").one_way);
    assert_eq!(input("extra").kind, Kind::Any);
    assert!(input("key").secret && input("key").write_only);
    assert_eq!(input("key").kind, Kind::String);
    assert!(schema.outputs["address"].volatile && !schema.outputs["address"].generated);
    assert!(schema.outputs["revision"].generated);
    assert!(schema.outputs["master"].secret);
}

#[test]
fn a_block_and_a_choice_are_kinds_of_their_own() {
    let Kind::List(rule) = &Gate::schema().inputs["rules"].kind else {
        panic!("rules are a list");
    };
    let Kind::Block(fields) = rule.as_ref() else {
        panic!("a rule is a block");
    };
    assert_eq!(
        fields.keys().collect::<Vec<_>>(),
        ["port", "protocol", "type"]
    );
    assert!(fields["port"].required);
    assert!(fields["protocol"].replaces);
    let texts = vec!["TCP".to_owned(), "http-two".to_owned()];
    assert_eq!(fields["protocol"].kind, Kind::Enum(texts));
}

#[test]
fn effects_lookups_and_what_is_kept_say_so() {
    assert_eq!(Way::schema().nature, Nature::Kept);
    assert_eq!(Act::schema().nature, Nature::Effect);
    assert_eq!(Zones::schema().nature, Nature::Lookup);
}

#[test]
fn what_is_written_is_read_back() {
    let gate = gate();
    let value = gate.to_value();
    assert_eq!(Gate::from_value(&value).unwrap(), gate);
    let inputs = GateInputs::from_value(&value).unwrap();
    assert_eq!(inputs.rules, gate.rules);
    let Value::Map(map) = value else {
        panic!("a struct is a map");
    };
    assert_eq!(map["key"], Value::from("hunter2").secret());
    assert!(!map.contains_key("name"), "null equals absent");
}

#[test]
fn a_value_that_does_not_fit_says_where() {
    let mut value = gate().to_value();
    let path = stack::FieldPath::from("rules.0.protocol").0;
    assert!(value.put(&path.0, "udp".into()));
    let error = GateInputs::from_value(&value).unwrap_err();
    assert_eq!(
        error.to_string(),
        "rules[0].protocol must be one of \"TCP\", \"http-two\", and is \"udp\""
    );
}

#[test]
fn a_choice_reads_from_configuration() {
    assert_eq!("http-two".parse(), Ok(Protocol::HttpTwo));
    let error = serde_json::from_str::<Protocol>("\"x\"").unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"x\" is not one of \"TCP\", \"http-two\""
    );
}

#[test]
fn a_field_may_be_called_as_a_type_is() {
    let program = |stack: &mut stack::Stack, ()| {
        stack.add(
            "x",
            Way::builder().protocol(Protocol::Tcp).way(["a"]).build(),
        );
        Ok(())
    };
    let graph = stack::testing::graph(program, ());
    assert_eq!(graph.resources[0].inputs["protocol"], "TCP".into());
}
