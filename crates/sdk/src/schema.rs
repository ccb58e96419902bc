//! The tables that the derives fill in, and what is built from them.

#![allow(
    missing_docs,
    reason = "seen by the derives alone; fields are those of the model's Schema and Field"
)]

use std::time::Duration;

use stack_model::graph::ReplaceOrder;
use stack_model::schema::{Nature, OperationTimeouts, PhysicalName};
use stack_model::{ConvertError, Equality, Field, Kind, Map, Removal, Schema, Value};

/// One field, as the derives know it.
pub struct FieldSpec {
    pub name: &'static str,
    pub doc: &'static str,
    pub kind: fn() -> Kind,
    pub required: bool,
    pub secret: bool,
    pub write_only: bool,
    pub replaces: bool,
    pub one_way: bool,
    pub volatile: bool,
    pub generated: bool,
    pub equality: Equality,
    pub reset: Reset,
    pub physical_name: Option<PhysicalName>,
}

impl FieldSpec {
    pub const fn new(name: &'static str, doc: &'static str, kind: fn() -> Kind) -> Self {
        Self {
            name,
            doc,
            kind,
            required: false,
            secret: false,
            write_only: false,
            replaces: false,
            one_way: false,
            volatile: false,
            generated: false,
            equality: Equality::Exact,
            reset: Reset::None,
            physical_name: None,
        }
    }

    fn field(&self) -> Field {
        Field {
            doc: self.doc.to_owned(),
            kind: (self.kind)(),
            required: self.required,
            secret: self.secret,
            write_only: self.write_only,
            replaces: self.replaces,
            one_way: self.one_way,
            volatile: self.volatile,
            generated: self.generated,
            equality: self.equality,
            removal: self.reset.removal(),
            physical_name: self.physical_name,
        }
    }
}

/// What becomes of a field that a program no longer sets; a [`Removal`] that a table can hold.
#[derive(Clone, Copy)]
pub enum Reset {
    None,
    Follow,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'static str),
    EmptyList,
    EmptyMap,
}

impl Reset {
    fn removal(self) -> Removal {
        Removal::Reset(match self {
            Self::None => return Removal::Replace,
            Self::Follow => return Removal::Follow,
            Self::Bool(truth) => Value::Bool(truth),
            Self::Int(number) => Value::Int(number),
            Self::Float(number) => Value::Float(number),
            Self::Text(text) => Value::from(text),
            Self::EmptyList => Value::List(Vec::new()),
            Self::EmptyMap => Value::Map(Map::new()),
        })
    }
}

/// A type, as the derives know it.
pub struct TypeSpec {
    pub type_name: &'static str,
    pub doc: &'static str,
    pub nature: Nature,
    pub replace_order: ReplaceOrder,
    pub unique: &'static [&'static [&'static str]],
    pub holds_data: bool,
    pub only_looks: bool,
    pub visibility_lag: Duration,
    pub create: Duration,
    pub update: Duration,
    pub delete: Duration,
}

impl TypeSpec {
    pub fn new(type_name: &'static str, doc: &'static str, nature: Nature) -> Self {
        let OperationTimeouts {
            create,
            update,
            delete,
        } = OperationTimeouts::default();
        Self {
            type_name,
            doc,
            nature,
            replace_order: ReplaceOrder::CreateFirst,
            unique: &[],
            holds_data: false,
            only_looks: false,
            visibility_lag: Duration::ZERO,
            create,
            update,
            delete,
        }
    }
}

pub fn schema(spec: &TypeSpec, inputs: &[FieldSpec], outputs: &[FieldSpec]) -> Schema {
    let names = |names: &&[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Schema {
        type_name: spec
            .type_name
            .parse()
            .expect("the derive checked the type's name"),
        doc: spec.doc.to_owned(),
        nature: spec.nature,
        inputs: fields(inputs),
        outputs: fields(outputs),
        replace_order: spec.replace_order,
        unique: spec.unique.iter().map(names).collect(),
        holds_data: spec.holds_data,
        only_looks: spec.only_looks,
        visibility_lag: spec.visibility_lag,
        timeouts: OperationTimeouts {
            create: spec.create,
            update: spec.update,
            delete: spec.delete,
        },
    }
}

fn fields(specs: &[FieldSpec]) -> std::collections::BTreeMap<String, Field> {
    specs
        .iter()
        .map(|spec| (spec.name.to_owned(), spec.field()))
        .collect()
}

pub fn block_kind(specs: &[FieldSpec]) -> Kind {
    Kind::Block(fields(specs))
}

pub fn enum_kind(texts: &[&str]) -> Kind {
    Kind::Enum(texts.iter().map(|text| (*text).to_owned()).collect())
}

/// The fields of a structure.
pub fn fields_of(value: &Value) -> Result<&Map, ConvertError> {
    match value.revealed() {
        Value::Map(map) => Ok(map),
        _ => Err(ConvertError::new("a structure", value)),
    }
}

/// A structure of fields. Null equals absent, and is left out.
pub fn map_of(fields: &mut [(&str, Value)]) -> Value {
    let set = fields.iter_mut().filter(|(_, value)| !value.is_null());
    Value::Map(
        set.map(|(name, value)| ((*name).to_owned(), std::mem::take(value)))
            .collect(),
    )
}
