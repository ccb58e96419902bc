//! `azure:dbforpostgresql:Configuration`: a parameter of a server.

use stack::resource::*;

/// A parameter of a server with a value of ours. Deleting it gives the parameter Azure's value again.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:dbforpostgresql:Configuration", unique("server_id", "name"))]
pub struct Configuration {
    /// The id of the server.
    #[input(required, replaces, case_insensitive)]
    pub server_id: String,
    /// The parameter, such as `azure.extensions` or `log_min_duration_statement`.
    #[input(required, replaces, case_insensitive)]
    pub name: String,
    /// Its value.
    #[input(required)]
    pub value: String,
    /// Whether the server has to be started anew before the value counts.
    #[output(volatile)]
    pub is_config_pending_restart: bool,
}

#[cfg(feature = "provider")]
mod handler {
    use super::super::VERSION;
    use super::*;
    use crate::dbforpostgresql::FlexibleServer;
    use crate::prelude::*;

    impl Arm for Configuration {
        const ARM: ArmType = ArmType::beneath::<FlexibleServer>(
            "server_id",
            "configurations",
            VERSION,
            Update::Patch,
        )
        .one_at_a_time()
        .lives(Life::Part {
            reset: || json!({"properties": {"source": "system-default"}}),
        });

        fn shape(body: &mut Json, _: &ConfigurationInputs) {
            put(body, "properties.source", json!("user-override"));
        }

        async fn observe(_: &Azure, _: &ResourceId, answer: &Json, _: &mut Map) -> Result<()> {
            match answer["properties"]["source"].as_str() {
                Some("user-override") => Ok(()),
                _ => Err(Error::new(ErrorKind::Gone, "it has Azure's value")),
            }
        }
    }
}
