//! What tells one record from another, and the id made of it.

use super::*;

/// What tells one record from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub zone_id: String,
    /// As the program writes it, in lower case. In this form it is in the id, so that a read can give back what was
    /// asked for, with or without a dot at the end.
    pub name: String,
    pub kind: RecordType,
    pub set_identifier: Option<String>,
}

impl Key {
    pub(super) fn of_inputs(inputs: &RecordInputs) -> Self {
        Self {
            zone_id: inputs.zone_id.clone(),
            name: inputs.name.to_ascii_lowercase(),
            kind: inputs.r#type,
            set_identifier: inputs.set_identifier.clone(),
        }
    }

    /// Reads `ZONE_NAME_TYPE[_SET]`. A zone's id has no underscore. A name may have some, but is in lower case, so that
    /// the type is the first part after it that can be one.
    pub(super) fn of_id(id: &str) -> Result<Self> {
        let invalid = || {
            let message = format!("{id} is no id of a record: those are ZONE_NAME_TYPE[_SET]");
            Error::new(ErrorKind::Invalid, message)
        };
        let (zone_id, rest) = id.split_once('_').ok_or_else(invalid)?;
        for (at, _) in rest.match_indices('_').skip_while(|(at, _)| *at == 0) {
            let (name, after) = (&rest[..at], &rest[at + 1..]);
            let (kind, set) = match after.split_once('_') {
                Some((kind, set)) => (kind, Some(set.to_owned())),
                None => (after, None),
            };
            if let Ok(kind) = kind.parse() {
                return Ok(Self {
                    zone_id: zone_id.to_owned(),
                    name: name.to_ascii_lowercase(),
                    kind,
                    set_identifier: set,
                });
            }
        }
        Err(invalid())
    }

    pub(super) fn id(&self) -> String {
        let Self {
            zone_id,
            name,
            kind,
            set_identifier,
        } = self;
        match set_identifier {
            Some(set) => format!("{zone_id}_{name}_{kind}_{set}"),
            None => format!("{zone_id}_{name}_{kind}"),
        }
    }

    /// What tells it from the zone's other records.
    pub(super) fn mark(&self) -> Mark {
        let kind = self.kind.as_str().to_owned();
        (
            domain::canonical(&self.name),
            kind,
            self.set_identifier.clone(),
        )
    }
}

/// What tells a record from the others of its zone: its name in one form, its type, and which of several it is.
pub(super) type Mark = (String, String, Option<String>);

/// What tells a record that Route 53 shows from the zone's others.
pub(super) fn mark_of(set: &sdk::ResourceRecordSet) -> Mark {
    let kind = set.r#type().as_str().to_owned();
    (
        domain::canonical(set.name()),
        kind,
        set.set_identifier.clone(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back_to_its_key() {
        let cases = [
            ("Z1_example.com_A", "example.com", RecordType::A, None),
            (
                "Z1__acme._tcp.example.com._SRV",
                "_acme._tcp.example.com.",
                RecordType::Srv,
                None,
            ),
            (
                "Z1_a_a_b.example.com_TXT",
                "a_a_b.example.com",
                RecordType::Txt,
                None,
            ),
            (
                "Z1_*.example.com_AAAA_blue_A_1",
                "*.example.com",
                RecordType::Aaaa,
                Some("blue_A_1"),
            ),
        ];
        for (id, name, kind, set_identifier) in cases {
            let key = Key {
                zone_id: "Z1".to_owned(),
                name: name.to_owned(),
                kind,
                set_identifier: set_identifier.map(str::to_owned),
            };
            assert_eq!(key.id(), id);
            assert_eq!(Key::of_id(id).expect("it is one"), key);
        }
        for id in [
            "",
            "Z1",
            "Z1_example.com",
            "Z1_A",
            "Z1__A_x",
            "Z1_example.com_FOO",
        ] {
            assert!(Key::of_id(id).is_err(), "{id} was taken for an id");
        }
    }
}
