//! What the planner knows of a type.
//!
//! The engine diffs; providers do not. So everything that decides between nothing, an update and a replacement is
//! data here, derived from the declaration of the type.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::graph::ReplaceOrder;
use crate::name::TypeName;
use crate::value::Value;

/// A type of resource, effect or lookup.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Schema {
    /// Its name.
    pub type_name: TypeName,
    /// Its documentation, as Markdown.
    pub doc: String,
    /// Whether it is an object, an act or a question.
    pub nature: Nature,
    /// What a program may ask for, by field.
    pub inputs: BTreeMap<String, Field>,
    /// What the cloud answers beyond the inputs. Every type has `id` besides.
    pub outputs: BTreeMap<String, Field>,
    /// The order in which it is replaced when nothing else decides.
    pub replace_order: ReplaceOrder,
    /// Sets of inputs that no two objects may share. Where the program fixes them, an old object has to go first.
    pub unique: Vec<Vec<String>>,
    /// Whether deleting it loses what people put in.
    pub holds_data: bool,
    /// Whether it is an act that only looks, and so leaves nothing to undo.
    pub only_looks: bool,
    /// How long after a create the cloud may still not show the object.
    pub visibility_lag: Duration,
    /// How long each operation may take unless the program says otherwise.
    pub timeouts: OperationTimeouts,
}

/// What a type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Nature {
    /// An object at a cloud.
    Object,
    /// An object that lives in the state alone, such as a random password. There is nothing to refresh.
    Kept,
    /// An act that leaves no object: a migration, a check. Never run in a rollback.
    Effect,
    /// A read-only question.
    Lookup,
}

/// How long each operation may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OperationTimeouts {
    /// A create, until the object can be used.
    pub create: Duration,
    /// An update, until it is in force.
    pub update: Duration,
    /// A delete, until the object is gone.
    pub delete: Duration,
}

impl Default for OperationTimeouts {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self {
            create: minutes(10),
            update: minutes(10),
            delete: minutes(10),
        }
    }
}

/// One field of a type.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Field {
    /// Its documentation, as Markdown.
    pub doc: String,
    /// What it holds.
    pub kind: Kind,
    /// Whether a program must set it.
    pub required: bool,
    /// Whether its values are secret.
    pub secret: bool,
    /// Whether the cloud never tells it again. A refresh keeps what was recorded.
    pub write_only: bool,
    /// Whether a change needs a new object.
    pub replaces: bool,
    /// Whether it cannot be put back once changed, such as a disk that only grows.
    pub one_way: bool,
    /// Of an output: whether an update may change it. Until then it counts as unknown.
    pub volatile: bool,
    /// Of an output: whether the cloud generates it anew each time, so that "as it was" leaves it out.
    pub generated: bool,
    /// How two values of it are compared.
    pub equality: Equality,
    /// What becomes of it when a program no longer sets it.
    pub removal: Removal,
    /// How the engine names the object when the program does not.
    pub physical_name: Option<PhysicalName>,
}

impl Field {
    /// A plain optional field of a kind.
    pub fn new(kind: Kind) -> Self {
        Self {
            doc: String::new(),
            kind,
            required: false,
            secret: false,
            write_only: false,
            replaces: false,
            one_way: false,
            volatile: false,
            generated: false,
            equality: Equality::Exact,
            removal: Removal::Replace,
            physical_name: None,
        }
    }
}

/// What becomes of a field that a program set and sets no longer.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Removal {
    /// It needs a new object; a list or map that does not replace becomes empty.
    #[default]
    Replace,
    /// This is sent.
    Reset(Value),
    /// The cloud's value stays, and is the cloud's to change from then on.
    Follow,
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Anything that JSON can say.
    Any,
    /// A truth value.
    Bool,
    /// A 64-bit integer.
    Int,
    /// A number.
    Float,
    /// Text.
    String,
    /// One of a few texts.
    Enum(Vec<String>),
    /// A list.
    List(Box<Kind>),
    /// A map with free keys. Compared as a whole: a key that the program does not set should not be there.
    Map(Box<Kind>),
    /// A nested structure. Compared field by field: what was never set follows the cloud.
    Block(BTreeMap<String, Field>),
}

/// How two values of a field are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Equality {
    /// Equal when they are the same.
    #[default]
    Exact,
    /// A list without order.
    Set,
    /// Text that holds JSON: equal when what it says is.
    Json,
    /// Text without regard to case.
    CaseInsensitive,
    /// Text without regard to case and spaces, such as the names of Azure's regions: `West Europe` is `westeurope`.
    CaseAndSpaceInsensitive,
}

/// The form of names that a cloud accepts, for names that the engine makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PhysicalName {
    /// The most characters.
    pub max_length: usize,
    /// Whether letters must be lower case.
    pub lowercase: bool,
    /// What stands between the parts; usually `-`. Nothing where a name holds letters and digits alone.
    pub separator: Option<char>,
}

/// A type that says what the planner needs to know of it. Derived from its declaration.
pub trait Describe: Sized + Send + Sync + 'static {
    /// What a program asks for, resolved. A handler's create and update get it.
    type Inputs: Send + Sync;
    /// The type's name: `aws:ec2:Vpc`.
    const TYPE: &'static str;

    /// What the planner knows of it.
    fn schema() -> Schema;
}
