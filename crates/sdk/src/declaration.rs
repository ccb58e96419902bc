//! A resource before it has a name: its inputs, and how the engine is to treat it.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use stack_model::graph::{Options, ReplaceOrder};
use stack_model::{Expr, Name, Path, Segment};

use crate::handle::{Dependencies, Provider};
use crate::input::Input;

/// What a builder has been told so far.
#[doc(hidden)]
#[derive(Default)]
pub struct Fields(BTreeMap<String, Expr>);

impl Fields {
    #[must_use]
    pub fn with(mut self, field: &str, value: Expr) -> Self {
        self.0.insert(field.to_owned(), value);
        self
    }

    #[must_use]
    pub fn with_secret(self, field: &str, value: Expr) -> Self {
        self.with(field, value.secret())
    }
}

/// A resource of type `R`, to be given to [`Stack::add`](crate::Stack::add). Its methods are options of the engine.
#[must_use = "a declaration does nothing until `stack.add(name, …)`"]
pub struct Declaration<R> {
    pub(crate) inputs: BTreeMap<String, Expr>,
    pub(crate) options: Options,
    pub(crate) problems: Vec<String>,
    declares: PhantomData<fn() -> R>,
}

#[doc(hidden)]
pub fn declaration<R>(fields: Fields) -> Declaration<R> {
    Declaration {
        inputs: fields.0,
        options: Options::default(),
        problems: Vec::new(),
        declares: PhantomData,
    }
}

#[doc(hidden)]
pub fn block<B>(fields: Fields) -> Input<B> {
    Input::from_expr(Expr::map(fields.0))
}

impl<R> Declaration<R> {
    /// Refuses every plan that would delete or replace it. Stays in force when the code that said it is gone.
    pub fn protect(mut self) -> Self {
        self.options.protect = true;
        self
    }

    /// When it is no longer declared, forget it instead of deleting it.
    pub fn retain(mut self) -> Self {
        self.options.retain = true;
        self
    }

    /// Waits for another resource, besides those that its inputs refer to.
    pub fn depends_on(mut self, other: &(impl Dependencies + ?Sized)) -> Self {
        other.urns(&mut self.options.depends_on);
        self
    }

    /// Takes another provider configuration than its cloud's default.
    pub fn provider(mut self, provider: &Provider) -> Self {
        self.options.provider = Some(provider.name.clone());
        self
    }

    /// Replaces it whenever this input changes.
    pub fn replace_on(mut self, field: impl Into<FieldPath>) -> Self {
        self.options.replace_on.push(field.into().0);
        self
    }

    /// Leaves changes of this input alone, whoever made them.
    pub fn ignore_changes(mut self, field: impl Into<FieldPath>) -> Self {
        self.options.ignore_changes.push(field.into().0);
        self
    }

    /// In a replacement, makes the new object before the old one is deleted.
    pub fn create_first(mut self) -> Self {
        self.options.replace_order = Some(ReplaceOrder::CreateFirst);
        self
    }

    /// In a replacement, deletes the old object before the new one is made.
    pub fn delete_first(mut self) -> Self {
        self.options.replace_order = Some(ReplaceOrder::DeleteFirst);
        self
    }

    /// How long a create may take: `90s`, `40m` or `2h`.
    pub fn timeout_create(mut self, duration: &str) -> Self {
        self.options.timeouts.create = self.duration(duration);
        self
    }

    /// How long an update may take: `90s`, `40m` or `2h`.
    pub fn timeout_update(mut self, duration: &str) -> Self {
        self.options.timeouts.update = self.duration(duration);
        self
    }

    /// How long a delete may take: `90s`, `40m` or `2h`.
    pub fn timeout_delete(mut self, duration: &str) -> Self {
        self.options.timeouts.delete = self.duration(duration);
        self
    }

    fn duration(&mut self, text: &str) -> Option<String> {
        let digits = text.strip_suffix(['s', 'm', 'h']).unwrap_or_default();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            self.problems
                .push(format!("{text:?} is not a duration: write 90s, 40m or 2h"));
        }
        Some(text.to_owned())
    }
}

/// A question of type `Q`, to be given to [`Stack::lookup`](crate::Stack::lookup).
#[must_use = "a question is not asked until `stack.lookup(name, …)`"]
pub struct LookupDeclaration<Q> {
    pub(crate) inputs: BTreeMap<String, Expr>,
    pub(crate) provider: Option<Name>,
    declares: PhantomData<fn() -> Q>,
}

#[doc(hidden)]
pub fn lookup_declaration<Q>(fields: Fields) -> LookupDeclaration<Q> {
    LookupDeclaration {
        inputs: fields.0,
        provider: None,
        declares: PhantomData,
    }
}

impl<Q> LookupDeclaration<Q> {
    /// Asks another provider configuration than its cloud's default.
    pub fn provider(mut self, provider: &Provider) -> Self {
        self.provider = Some(provider.name.clone());
        self
    }
}

/// A place in a resource's inputs: `"tags.owner"` (numbers are indices), or `["tags", "kubernetes.io/role"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPath(pub Path);

impl From<&str> for FieldPath {
    fn from(text: &str) -> Self {
        let segment = |part: &str| match part.parse::<u32>() {
            Ok(index) => Segment::Index(index),
            Err(_) => Segment::from(part),
        };
        Self(text.split('.').map(segment).collect())
    }
}

impl<const N: usize> From<[&str; N]> for FieldPath {
    fn from(keys: [&str; N]) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl From<Path> for FieldPath {
    fn from(path: Path) -> Self {
        Self(path)
    }
}
