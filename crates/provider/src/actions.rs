//! What a type asks of its cloud, as the cloud's own policies name it: `ec2:CreateVpc`,
//! `Microsoft.Network/virtualNetworks/write`.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// An action, as the cloud's policies name it. A `*` stands for anything.
pub type Action = Cow<'static, str>;

/// What the engine does with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    /// Reads it, looks for it, or answers a lookup: all that a plan does.
    Read,
    /// Makes it, and brings it to where it can be used.
    Create,
    /// Changes it in place.
    Update,
    /// Deletes it.
    Delete,
}

impl Verb {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Read, Self::Create, Self::Update, Self::Delete];
}

/// What a type asks of its cloud, for each thing that the engine does with it.
///
/// Policies are made of it, so it is what handlers call and nothing else: the conformance kit fails a type whose handler
/// calls what is not declared, and one that declares what it never calls.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actions {
    called: BTreeSet<(Verb, Action)>,
    implied: Vec<Implied>,
}

impl Actions {
    /// Nothing at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reading takes these.
    #[must_use]
    pub fn to_read<A: Into<Action>>(self, actions: impl IntoIterator<Item = A>) -> Self {
        self.and([Verb::Read], actions)
    }

    /// Creating takes these, besides those of reading.
    #[must_use]
    pub fn to_create<A: Into<Action>>(self, actions: impl IntoIterator<Item = A>) -> Self {
        self.and([Verb::Create], actions)
    }

    /// Updating takes these, besides those of reading.
    #[must_use]
    pub fn to_update<A: Into<Action>>(self, actions: impl IntoIterator<Item = A>) -> Self {
        self.and([Verb::Update], actions)
    }

    /// Creating and updating take these, besides those of reading: what is set in the same way at any time.
    #[must_use]
    pub fn to_set<A: Into<Action>>(self, actions: impl IntoIterator<Item = A>) -> Self {
        self.and([Verb::Create, Verb::Update], actions)
    }

    /// Tags take these: the first is wanted of a create too, whose call sets them, without a call of its own.
    #[must_use]
    pub fn to_tag(self, set: &'static str, remove: &'static str) -> Self {
        self.to_update([set, remove])
            .implying([Implied::by(Verb::Create, set)])
    }

    /// Deleting takes these, besides those of reading.
    #[must_use]
    pub fn to_delete<A: Into<Action>>(self, actions: impl IntoIterator<Item = A>) -> Self {
        self.and([Verb::Delete], actions)
    }

    /// What the cloud wants besides, without a call of ours.
    #[must_use]
    pub fn implying(mut self, implied: impl IntoIterator<Item = Implied>) -> Self {
        self.implied.extend(implied);
        self
    }

    fn and<A: Into<Action>>(
        mut self,
        verbs: impl IntoIterator<Item = Verb> + Clone,
        actions: impl IntoIterator<Item = A>,
    ) -> Self {
        for action in actions {
            let action = action.into();
            let each = verbs.clone().into_iter();
            self.called.extend(each.map(|verb| (verb, action.clone())));
        }
        self
    }

    /// Every action that is called, and what for.
    pub fn called(&self) -> impl Iterator<Item = (Verb, &Action)> {
        self.called.iter().map(|(verb, action)| (*verb, action))
    }

    /// Whether reading, or a verb, covers an action: what is called for it, and what that implies.
    pub fn covers(&self, verb: Verb, action: &str) -> bool {
        let of_verb = |own: Verb| own == verb || own == Verb::Read;
        self.called()
            .any(|(own, pattern)| of_verb(own) && covers(pattern, action))
            || self.implied.iter().any(|one| {
                let applies = one.verb == Verb::Read || verb != Verb::Read;
                applies && covers(&one.action, action)
            })
    }

    /// What the cloud wants besides.
    pub fn implied(&self) -> &[Implied] {
        &self.implied
    }
}

/// What a cloud wants besides the actions that are called: that of a service on our behalf, or of an object that ours is
/// tied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Implied {
    /// The action.
    pub action: Action,
    /// What for: reading, or any change.
    pub verb: Verb,
    /// Only where this input is set; within blocks with dots.
    pub given: Option<&'static str>,
    /// Not where this input is `false`.
    pub unless_off: Option<&'static str>,
    /// Only for this service of the cloud, where its policies can say so.
    pub service: Option<&'static str>,
}

impl Implied {
    /// An action that a verb implies.
    pub fn by(verb: Verb, action: impl Into<Action>) -> Self {
        Self {
            action: action.into(),
            verb,
            given: None,
            unless_off: None,
            service: None,
        }
    }

    /// Only where this input is set.
    #[must_use]
    pub fn given(mut self, input: &'static str) -> Self {
        self.given = Some(input);
        self
    }

    /// Not where this input is `false`.
    #[must_use]
    pub fn unless_off(mut self, input: &'static str) -> Self {
        self.unless_off = Some(input);
        self
    }

    /// Only for this service of the cloud.
    #[must_use]
    pub fn of(mut self, service: &'static str) -> Self {
        self.service = Some(service);
        self
    }
}

/// Whether an action is one of those that a policy names: case does not count, and a `*` stands for anything.
pub fn covers(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = action.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, action, expected) in [
            ("s3:GetObject", "s3:getobject", true),
            ("s3:GetObject", "s3:GetObjectAcl", false),
            ("*", "iam:GetRole", true),
            ("*/read", "Microsoft.App/jobs/read", true),
            ("*/read", "Microsoft.App/jobs/write", false),
            (
                "Microsoft.App/*/read",
                "Microsoft.App/locations/a/read",
                true,
            ),
            ("Microsoft.App/*/read", "Microsoft.App/read", false),
            ("a*b*b", "ab", false),
            ("a*b*b", "abb", true),
            ("a**b", "ab", true),
        ] {
            assert_eq!(covers(pattern, action), expected, "{pattern} {action}");
        }
    }

    #[test]
    fn a_verb_covers_what_reading_takes_and_nothing_of_the_others() {
        let actions = Actions::none()
            .to_read(["x:Get"])
            .to_create(["x:Make"])
            .to_delete(["x:End"])
            .implying([Implied::by(Verb::Create, "x:Tag")]);
        assert!(actions.covers(Verb::Read, "x:Get"));
        assert!(actions.covers(Verb::Create, "x:Get"));
        assert!(actions.covers(Verb::Create, "x:Make"));
        assert!(actions.covers(Verb::Create, "x:Tag"));
        assert!(!actions.covers(Verb::Read, "x:Make"));
        assert!(!actions.covers(Verb::Read, "x:Tag"));
        assert!(!actions.covers(Verb::Create, "x:End"));
        assert!(!actions.covers(Verb::Update, "x:Make"));
    }
}
