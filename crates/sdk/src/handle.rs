//! What the rest of a program refers to a resource by.

use stack_model::{Describe, Expr, Name, Path, Reference, Urn};

use crate::output::Output;

/// What [`Stack::add`](crate::Stack::add) gives: an output for every field of the resource, and its urn.
pub trait Handle {
    /// Its name in the stack.
    fn urn(&self) -> &Urn;
}

/// What a resource can be made to wait for: a handle, or several.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something to depend on",
    note = "give a reference to what `stack.add` returned, or to a list of those"
)]
pub trait Dependencies {
    /// Adds the urns.
    fn urns(&self, urns: &mut Vec<Urn>);
}

impl<H: Handle> Dependencies for H {
    fn urns(&self, urns: &mut Vec<Urn>) {
        urns.push(self.urn().clone());
    }
}

impl<D: Dependencies> Dependencies for [D] {
    fn urns(&self, urns: &mut Vec<Urn>) {
        self.iter().for_each(|one| one.urns(urns));
    }
}

impl<D: Dependencies> Dependencies for Vec<D> {
    fn urns(&self, urns: &mut Vec<Urn>) {
        self.as_slice().urns(urns);
    }
}

impl<D: Dependencies> Dependencies for Option<D> {
    fn urns(&self, urns: &mut Vec<Urn>) {
        self.iter().for_each(|one| one.urns(urns));
    }
}

/// A provider configuration, for [`Declaration::provider`](crate::Declaration::provider).
#[derive(Debug, Clone)]
pub struct Provider {
    pub(crate) name: Name,
}

/// A type of resource that a program can add. Derived.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type of resource",
    note = "a type of resource is declared with `#[derive(Resource)]`"
)]
pub trait Resource: Describe {
    /// What adding one gives.
    type Handle;
    fn handle(origin: Origin) -> Self::Handle;
}

/// A type of lookup that a program can ask. Derived.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a type of lookup",
    note = "a type of lookup is declared with `#[derive(Lookup)]`"
)]
pub trait Lookup: Describe {
    /// What asking one gives.
    type Handle;
    fn handle(origin: Origin) -> Self::Handle;
}

/// Where the outputs of a handle come from.
#[doc(hidden)]
pub enum Origin {
    Resource(Urn),
    Lookup(Urn),
}

impl Origin {
    pub fn output<T>(&self, field: &str) -> Output<T> {
        let place = |urn: &Urn| Reference {
            urn: urn.clone(),
            path: Path::field(field),
        };
        Output::from_expr(match self {
            Self::Resource(urn) => Expr::Ref(place(urn)),
            Self::Lookup(urn) => Expr::Lookup(place(urn)),
        })
    }

    pub fn into_urn(self) -> Urn {
        match self {
            Self::Resource(urn) | Self::Lookup(urn) => urn,
        }
    }
}
