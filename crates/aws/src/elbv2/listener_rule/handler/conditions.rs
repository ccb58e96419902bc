//! Conditions between our shape and the API's.

use super::*;

const HOST: &str = "host-header";
const PATH: &str = "path-pattern";
const METHOD: &str = "http-request-method";
const SOURCE: &str = "source-ip";
const QUERY: &str = "query-string";
const HEADER: &str = "http-header";

pub(super) fn to_sdk(conditions: &[Condition]) -> Result<Vec<sdk::RuleCondition>> {
    conditions.iter().map(one_to_sdk).collect()
}

pub(super) fn from_sdk(conditions: Option<Vec<sdk::RuleCondition>>) -> Vec<Condition> {
    let conditions = conditions.unwrap_or_default().into_iter();
    conditions.map(one_from_sdk).collect()
}

fn one_to_sdk(condition: &Condition) -> Result<sdk::RuleCondition> {
    let some = |list: &[String]| (!list.is_empty()).then(|| Some(list.to_vec()));
    let field = |field: &str| sdk::RuleCondition::builder().field(field);
    let host = some(&condition.host_header).map(|values| {
        let values = sdk::HostHeaderConditionConfig::builder().set_values(values);
        field(HOST).host_header_config(values.build())
    });
    let path = some(&condition.path_pattern).map(|values| {
        let values = sdk::PathPatternConditionConfig::builder().set_values(values);
        field(PATH).path_pattern_config(values.build())
    });
    let method = some(&condition.http_request_method).map(|values| {
        let values = sdk::HttpRequestMethodConditionConfig::builder().set_values(values);
        field(METHOD).http_request_method_config(values.build())
    });
    let source = some(&condition.source_ip).map(|values| {
        let values = sdk::SourceIpConditionConfig::builder().set_values(values);
        field(SOURCE).source_ip_config(values.build())
    });
    let query = (!condition.query_string.is_empty()).then(|| {
        let pairs = condition.query_string.iter().map(|pair| {
            sdk::QueryStringKeyValuePair::builder()
                .set_key(pair.key.clone())
                .value(&pair.value)
                .build()
        });
        let values = sdk::QueryStringConditionConfig::builder().set_values(Some(pairs.collect()));
        field(QUERY).query_string_config(values.build())
    });
    let header = condition.http_header.as_ref().map(|header| {
        let values = sdk::HttpHeaderConditionConfig::builder()
            .http_header_name(&header.name)
            .set_values(Some(header.values.clone()));
        field(HEADER).http_header_config(values.build())
    });
    let mut parts = [host, path, method, source, query, header]
        .into_iter()
        .flatten();
    match (parts.next(), parts.next()) {
        (Some(part), None) => Ok(part.build()),
        (None, _) => Err(one_part("none is")),
        (Some(_), Some(_)) => Err(one_part("several are")),
    }
}

fn one_part(found: &str) -> Error {
    let message = format!("a condition has one part, and {found} set");
    Error::new(ErrorKind::Invalid, message)
        .hint("make a condition for each; a request has to fit all conditions of a rule")
}

fn one_from_sdk(condition: sdk::RuleCondition) -> Condition {
    let mut this = Condition::default();
    // Hosts and paths are told in two places, the older of which is common to both.
    let old = condition.values.unwrap_or_default();
    match condition.field.as_deref() {
        Some(HOST) => {
            let config = condition.host_header_config;
            this.host_header = config.and_then(|config| config.values).unwrap_or(old);
        }
        Some(PATH) => {
            let config = condition.path_pattern_config;
            this.path_pattern = config.and_then(|config| config.values).unwrap_or(old);
        }
        Some(METHOD) => {
            let config = condition.http_request_method_config;
            this.http_request_method = config.and_then(|config| config.values).unwrap_or(old);
        }
        Some(SOURCE) => {
            let config = condition.source_ip_config;
            this.source_ip = config.and_then(|config| config.values).unwrap_or(old);
        }
        Some(QUERY) => {
            let pairs = condition.query_string_config;
            let pairs = pairs.and_then(|pairs| pairs.values).unwrap_or_default();
            let pair = |pair: sdk::QueryStringKeyValuePair| {
                Some(QueryStringPair {
                    key: pair.key.filter(|key| !key.is_empty()),
                    value: pair.value?,
                })
            };
            this.query_string = pairs.into_iter().filter_map(pair).collect();
        }
        Some(HEADER) => {
            this.http_header = condition.http_header_config.and_then(|header| {
                Some(HttpHeader {
                    name: header.http_header_name?,
                    values: header.values.unwrap_or_default(),
                })
            });
        }
        // One that is not known here is one that differs.
        _ => {}
    }
    this
}
