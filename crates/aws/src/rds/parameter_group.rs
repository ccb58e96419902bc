//! `aws:rds:ParameterGroup`: settings of a database engine.

use stack::resource::*;

/// Settings of a database engine, for any number of databases.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource("aws:rds:ParameterGroup")]
pub struct ParameterGroup {
    /// Its name, unique in the account and region: at most 255 lower-case letters, digits and hyphens. Made by the
    /// engine when it is not set.
    #[input(replaces, name(max_length = 255, lowercase))]
    pub name: Option<String>,
    /// The engine and its major version, such as `postgres16` or `mysql8.0`.
    #[input(replaces)]
    pub family: String,
    /// What it is for. Its name by default.
    #[input(replaces)]
    pub description: Option<String>,
    /// The settings that differ from the engine's own. One that is no longer here goes back to the engine's.
    #[input(set)]
    pub parameters: Vec<Parameter>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN.
    #[output]
    pub arn: String,
}

/// A setting of a database engine.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct Parameter {
    /// Its name, such as `max_connections`.
    pub name: String,
    /// Its value, as text.
    pub value: String,
    /// When databases take it up. At once where the engine can by default, at their next restart otherwise.
    pub apply_method: Option<ApplyMethod>,
}

/// When databases take a setting up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Choice)]
pub enum ApplyMethod {
    /// At once; for dynamic settings only.
    Immediate,
    /// When they are restarted next.
    PendingReboot,
}

#[cfg(feature = "provider")]
mod handler;
