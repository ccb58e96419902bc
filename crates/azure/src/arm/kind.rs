//! What a type's file says of it.

use std::future::Future;

use serde_json::Value as Json;
use stack_model::{Describe, FromValue, Map, ToValue};
use stack_provider::{Actions, Change, Context, Error, Finding, Result};

use super::{ResourceId, actions};
use crate::client::Azure;

/// A type of Azure Resource Manager.
///
/// A field of the declaration is Azure's property of the same name: `max_replicas` is `properties.maxReplicas`, and
/// within blocks `maxReplicas`. `location`, `tags` and `identity` are what they are for every type. What lies elsewhere
/// is listed in [`PLACES`](Self::PLACES); what a list cannot say, [`shape`](Self::shape) and
/// [`observe`](Self::observe) do.
pub(crate) trait Arm: Describe<Inputs: FromValue + ToValue> {
    /// Where its objects are and how they change.
    const ARM: ArmType;

    /// Fields that lie elsewhere than `properties.fieldName`: `("sku", "sku.name")`. Within blocks only the last name
    /// can differ: `("scale.rules", "customRules")`. Where Azure writes `Enabled` and `Disabled` for a truth value, the
    /// place ends in `?`. An empty place is no place: the field is not in the body.
    const PLACES: &[(&str, &str)] = &[];

    /// Where its names are unique in all of Azure and its service can be asked whether one is free: that question, as
    /// Azure's roles name it. It is a POST everywhere; some services call it a read, others an action.
    const NAME_CHECK: Option<&'static str> = None;

    /// Adds what it calls besides what its place and its life say. `kind` is its type, as Azure's roles name it.
    fn actions(usual: Actions, kind: &str) -> Actions {
        let _ = kind;
        usual
    }

    /// Finishes a body that was made from the inputs.
    fn shape(body: &mut Json, inputs: &Self::Inputs) {
        let _ = (body, inputs);
    }

    /// Finishes what an update sends: a part that Azure takes as a whole alone, say. `after` is the whole body.
    fn amend(patch: &mut Json, after: &Json) {
        let _ = (patch, after);
    }

    /// Adds to the body of a create what only Azure knows.
    fn complete(azure: &Azure, body: &mut Json) -> impl Future<Output = Result<()>> + Send {
        let _ = (azure, body);
        async { Ok(()) }
    }

    /// Finishes the values that were read from an answer: what takes another call, what is called otherwise.
    fn observe(
        azure: &Azure,
        id: &ResourceId,
        answer: &Json,
        values: &mut Map,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (azure, id, answer, values);
        async { Ok(()) }
    }

    /// Says more about a refusal of the create, where this type knows what to do about it.
    fn explain(error: Error) -> Error {
        error
    }

    /// Says more about a name that is taken, where this type knows what to do about it; nothing where it does not matter.
    fn taken(
        azure: &Azure,
        name: &str,
        known: &Map,
        found: Finding,
    ) -> impl Future<Output = Option<Finding>> + Send {
        let _ = (azure, name, known);
        async { Some(found) }
    }

    /// Calls that follow the create or the update of the object itself. May run again after a crash.
    fn settle(
        azure: &Azure,
        id: &ResourceId,
        change: Change<'_, Self::Inputs>,
        context: &Context,
    ) -> impl Future<Output = Result<()>> + Send {
        let _ = (azure, id, change, context);
        async { Ok(()) }
    }
}

/// Where the objects of a type are and how they change.
pub(crate) struct ArmType {
    /// The input that holds the id of what it lies beneath. Empty for the subscription.
    pub parent: &'static str,
    /// An object of the type that it lies beneath, where its path alone does not say what it is.
    pub beneath: Option<fn() -> ResourceId>,
    /// What follows the parent's id: `providers/Microsoft.App/containerApps`, `subnets`.
    pub path: &'static str,
    /// The API version that its properties are of.
    pub version: &'static str,
    /// How the last part of the id is made.
    pub naming: Naming,
    /// How it is changed.
    pub update: Update,
    /// How it begins and ends.
    pub life: Life,
    /// Whether its parent takes one change at a time.
    pub one_at_a_time: bool,
    /// Whether Azure answers a change of it when it is done, and never before.
    pub at_once: bool,
}

impl ArmType {
    /// A type of a resource group.
    pub const fn of_group(path: &'static str, version: &'static str, update: Update) -> Self {
        Self::of("resource_group_id", path, version, update)
    }

    /// A type beneath one of our types, whose path says only what comes after.
    pub const fn beneath<P: Arm>(
        parent: &'static str,
        path: &'static str,
        version: &'static str,
        update: Update,
    ) -> Self {
        let mut kind = Self::of(parent, path, version, update);
        kind.beneath = Some(actions::parent::<P>);
        kind
    }

    /// A type beneath another.
    pub const fn of(
        parent: &'static str,
        path: &'static str,
        version: &'static str,
        update: Update,
    ) -> Self {
        Self {
            parent,
            beneath: None,
            path,
            version,
            naming: Naming::Field,
            update,
            life: Life::Made,
            one_at_a_time: false,
            at_once: false,
        }
    }

    /// Its parent refuses two changes at once.
    pub const fn one_at_a_time(mut self) -> Self {
        self.one_at_a_time = true;
        self
    }

    /// Azure is done with each change of it when it answers.
    pub const fn at_once(mut self) -> Self {
        self.at_once = true;
        self
    }

    /// With another way of naming.
    pub const fn named(mut self, naming: Naming) -> Self {
        self.naming = naming;
        self
    }

    /// With another life.
    pub const fn lives(mut self, life: Life) -> Self {
        self.life = life;
        self
    }
}

/// How the last part of an id is made.
pub(crate) enum Naming {
    /// It is the input `name`.
    Field,
    /// It is always the same.
    Fixed(&'static str),
    /// It is a GUID: the input `name` when it is one, one derived from it otherwise.
    Guid,
}

/// How an object is changed.
pub(crate) enum Update {
    /// By PATCH, with what differs (RFC 7396).
    Patch,
    /// By PUT, with the object as observed and what differs laid over it; without the properties that are named here,
    /// which Azure keeps as they are when they are left out.
    Put {
        /// Their places, such as `properties.subnets`.
        without: &'static [&'static str],
    },
    /// Not at all.
    Never,
}

/// How an object begins and ends.
pub(crate) enum Life {
    /// It is made and deleted.
    Made,
    /// It is made, and Azure Resource Manager has no way to delete it: it is switched off by this PATCH and marked as left,
    /// and goes when its parent goes. One that is marked counts as not there.
    Left {
        /// What switches it off.
        off: fn() -> Json,
    },
    /// It is a part of its parent from the beginning, with values that Azure chose. Ours as long as it has others.
    Part {
        /// What is sent to give it Azure's values again.
        reset: fn() -> Json,
    },
}
