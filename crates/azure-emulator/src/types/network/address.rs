//! Address ranges of networks and subnets.

use ipnet::IpNet;
use serde_json::Value;

use crate::json;
use crate::refusal::Refusal;

/// Reads a range.
pub fn range(text: &str, path: &str) -> Result<IpNet, Refusal> {
    let read = text
        .parse::<IpNet>()
        .ok()
        .filter(|range| range.addr() == range.network());
    read.ok_or_else(|| {
        let message = format!("Address prefix '{text}' of '{path}' is not a range in CIDR notation, such as 10.0.0.0/16.");
        Refusal::bad_request("InvalidAddressPrefixFormat", message).at(path)
    })
}

/// The ranges of a list.
pub fn ranges(body: &Value, path: &str) -> Result<Vec<IpNet>, Refusal> {
    let texts = json::list(body, path).iter().filter_map(Value::as_str);
    texts.map(|text| range(text, path)).collect()
}

/// Whether two ranges have an address in common.
pub fn overlap(left: &IpNet, right: &IpNet) -> bool {
    left.contains(right) || right.contains(left)
}
