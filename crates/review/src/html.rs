//! Previews as one HTML page: a list, a graph and diffs in a single file that needs no network and no server.
//!
//! What a cloud says is hostile until shown otherwise. It is in the page as JSON alone, which nothing in it can end;
//! the page's script makes text of it, never markup; and the page's own policy lets no other script or style run and
//! no request leave.

use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::document::FORMAT;
use crate::review::Review;

/// What other pages of ours share with this one. The list and the graph show rows as `modelOf` makes them here, and ask for
/// `KINDS`, `signOf`, `levelOf`, `matches`, `changed`, `changesFirst` and `shortType`, which each page says for itself.
pub mod shared {
    /// Colours, buttons, panes, the list, the graph and details.
    pub const STYLE: &str = include_str!("page/page.css");
    /// Making elements.
    pub const ELEMENTS: &str = include_str!("page/elements.js");
    /// Values as lines, and how they differ.
    pub const VALUES: &str = include_str!("page/values.js");
    /// Differences and other parts that details are made of.
    pub const DIFFERENCES: &str = include_str!("page/differences.js");
    /// Where the boxes of a graph go.
    pub const LAYOUT: &str = include_str!("page/layout.js");
    /// The graph.
    pub const GRAPH: &str = include_str!("page/graph.js");
    /// The list.
    pub const LIST: &str = include_str!("page/list.js");
    /// Light and dark.
    pub const THEME: &str = include_str!("page/theme.js");
}

/// One preview on the page.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Entry<'a> {
    /// A plan.
    Review(&'a Review),
    /// What could not be planned.
    Failure {
        /// The stack's name.
        stack: &'a str,
        /// The environment's name.
        environment: &'a str,
        /// What a person on a terminal would see.
        error: String,
    },
}

const TEMPLATE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
/// One module, so that nothing of it is a global. Functions are known before any of it runs, constants in this order.
const SCRIPT: &str = concat!(
    include_str!("page/elements.js"),
    include_str!("page/values.js"),
    include_str!("page/differences.js"),
    include_str!("page/model.js"),
    include_str!("page/layout.js"),
    include_str!("page/graph.js"),
    include_str!("page/list.js"),
    include_str!("page/theme.js"),
    include_str!("page/details.js"),
    include_str!("page/page.js"),
);

/// A page that shows these previews. The same previews give the same page.
pub fn page(entries: &[Entry<'_>]) -> String {
    let data = inert(&json!({"format": FORMAT, "previews": entries}).to_string());
    filled(|place| match place {
        "policy" => policy(),
        "style" => STYLE.to_owned(),
        "script" => SCRIPT.to_owned(),
        "previews" => data.clone(),
        _ => String::new(),
    })
}

/// The template with its places filled. What is filled in is not looked at again.
fn filled(fill: impl Fn(&str) -> String) -> String {
    let mut parts = TEMPLATE.split("{{");
    let mut page = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (place, rest) = part.split_once("}}").unwrap_or(("", part));
        page.push_str(&fill(place));
        page.push_str(rest);
    }
    page
}

/// What the page may do: run its own script, use its own style, and nothing else. Its icon is in the page as well.
fn policy() -> String {
    format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        digest(SCRIPT),
        digest(STYLE)
    )
}

/// As a policy names a script or style: over every byte between its tags.
fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

/// JSON that may stand in a script's element, and passes a terminal. Outside of its strings compact JSON has none of these
/// characters, and in a string each may be written as its number.
fn inert(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => {
                let _ = write!(safe, "\\u{:04x}", u32::from(letter));
            }
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests;
