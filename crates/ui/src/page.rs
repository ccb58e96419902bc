//! What a browser is given. Its style, its list, its graph and its differences are those of a preview.

use stack_review::html::shared;

/// The page.
pub const PAGE: &str = include_str!("page/page.html");

/// What a browser is given that came by the address: the cookie with it, and from here on an address without the token.
/// A redirect would not do: to one that began on another site no browser sends a strict cookie.
pub const ENTER: &str = "<!doctype html><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0; url=/\"><title>stack ui</title><p><a href=\"/\">Go on</a></p>";

/// Its style.
pub fn style() -> String {
    [shared::STYLE, include_str!("page/page.css")].concat()
}

/// Its script. One module, so that nothing of it is a global.
pub fn script() -> String {
    [
        shared::ELEMENTS,
        shared::VALUES,
        shared::DIFFERENCES,
        include_str!("page/model.js"),
        shared::LAYOUT,
        shared::GRAPH,
        shared::LIST,
        shared::THEME,
        include_str!("page/environments.js"),
        include_str!("page/details.js"),
        include_str!("page/page.js"),
    ]
    .concat()
}
