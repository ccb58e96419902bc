//! Where a list may be asked.

use stack_http::is_loopback;
use url::Url;

use crate::error::{Error, Result};
use crate::query::List;

/// An address of a list: encrypted, or of this machine.
pub fn address(list: List, text: &str) -> Result<Url> {
    let url = Url::parse(text).ok().filter(|url| {
        !url.cannot_be_a_base()
            && url.username().is_empty()
            && (url.scheme() == "https" || url.scheme() == "http" && is_loopback(url))
    });
    url.ok_or_else(|| Error::Address {
        list,
        address: text.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_text_is_for_this_machine_alone() {
        let is_good = |text: &str| address(List::Azure, text).is_ok();
        for good in [
            "https://prices.azure.com",
            "http://127.0.0.1:80/",
            "http://[::1]:5000",
            "http://localhost:1",
        ] {
            assert!(is_good(good), "{good}");
        }
        for bad in [
            "http://prices.azure.com",
            "http://127.0.0.1.example.com",
            "https://me@x",
            "ftp://127.0.0.1",
            "",
            "mailto:a@b",
        ] {
            assert!(!is_good(bad), "{bad}");
        }
    }
}
