//! `aws:elbv2:ListenerRule`: what is done with some requests.

use stack::resource::*;

use super::action::Action;

/// What is done with the requests that all of its conditions fit. Rules are gone through in the order of their
/// priorities, and the first one that fits decides.
#[derive(Debug, Clone, PartialEq, Resource)]
#[resource(
    "aws:elbv2:ListenerRule",
    create = "5m",
    update = "5m",
    delete = "5m",
    visibility_lag = "15s",
    unique("listener_arn", "priority")
)]
pub struct ListenerRule {
    /// The listener.
    #[input(replaces)]
    pub listener_arn: String,
    /// Its place among the listener's rules, from 1, which comes first, to 50,000. Unique in the listener; rules may
    /// change places.
    #[input]
    pub priority: i32,
    /// Which requests it is for. All of them have to fit.
    #[input(required, set)]
    pub conditions: Vec<Condition>,
    /// What is done.
    #[input(required)]
    pub actions: Vec<Action>,
    /// Its tags.
    #[input]
    pub tags: BTreeMap<String, String>,
    /// Its ARN, which is also its id.
    #[output]
    pub arn: String,
}

/// Which requests fit. Exactly one of its parts is set, and one of the values in it has to fit. In texts, `*` stands
/// for any characters and `?` for any one.
#[derive(Debug, Clone, Default, PartialEq, Block)]
pub struct Condition {
    /// Host names, such as `*.example.com`.
    #[input(set)]
    pub host_header: Vec<String>,
    /// Paths, such as `/img/*`, without regard to the query.
    #[input(set)]
    pub path_pattern: Vec<String>,
    /// Methods, such as `GET`, in capitals and without `*` and `?`.
    #[input(set)]
    pub http_request_method: Vec<String>,
    /// Ranges of addresses that requests come from, such as `192.0.2.0/24`.
    #[input(set)]
    pub source_ip: Vec<String>,
    /// Parts of the query.
    #[input(set)]
    pub query_string: Vec<QueryStringPair>,
    /// A header.
    pub http_header: Option<HttpHeader>,
}

/// A part of the query.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct QueryStringPair {
    /// The key. Any when it is not set.
    pub key: Option<String>,
    /// The value.
    pub value: String,
}

/// A header.
#[derive(Debug, Clone, PartialEq, Block)]
pub struct HttpHeader {
    /// Its name, of any case, without `*` and `?`.
    #[input(case_insensitive)]
    pub name: String,
    /// Values.
    #[input(required, set)]
    pub values: Vec<String>,
}

#[cfg(feature = "provider")]
mod handler;
