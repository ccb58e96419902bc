//! Policy documents as IAM gives them.

/// IAM gives policy documents percent-encoded, by RFC 3986.
pub(super) fn decoded(encoded: &str) -> String {
    percent_encoding::percent_decode_str(encoded)
        .decode_utf8_lossy()
        .into_owned()
}
