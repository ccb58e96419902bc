//! `azure:dbforpostgresql:Database`: a database of a server.

use stack::resource::*;

/// A database of a server.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("azure:dbforpostgresql:Database", visibility_lag = "15s", holds_data)]
pub struct Database {
    /// The id of its server.
    #[input(required, replaces, case_insensitive)]
    pub server_id: String,
    /// Its name, unique on the server: up to 63 characters. Made by the engine when it is not set.
    #[input(replaces, name(max_length = 63, separator = "_"))]
    pub name: Option<String>,
    /// Its character set. `UTF8` by default.
    #[input(replaces, case_insensitive)]
    pub charset: Option<String>,
    /// Its collation, such as `en_US.utf8`.
    #[input(replaces, case_insensitive)]
    pub collation: Option<String>,
}

#[cfg(feature = "provider")]
mod handler {
    use super::super::VERSION;
    use super::*;
    use crate::dbforpostgresql::FlexibleServer;
    use crate::prelude::*;

    impl Arm for Database {
        const ARM: ArmType =
            ArmType::beneath::<FlexibleServer>("server_id", "databases", VERSION, Update::Never)
                .one_at_a_time();
    }
}
