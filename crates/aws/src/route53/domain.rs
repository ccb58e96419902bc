//! Domain names in one form, however they are written.
//!
//! By "DNS domain name format" in Route 53's guide: case does not matter, the dot at the end may be left out, and what
//! is none of a to z, 0 to 9, `-` and `_` is answered as three octal digits after a backslash, even the `*` that may be
//! sent as it is.

/// A name as it is sent and compared: in lower case, without the dot at its end, the rest escaped but for `*`.
pub(super) fn canonical(name: &str) -> String {
    let name = name.strip_suffix('.').unwrap_or(name);
    let bytes = name.as_bytes();
    let mut canonical = String::with_capacity(name.len());
    let mut at = 0;
    while at < bytes.len() {
        let (byte, length) = match escape(&bytes[at..]) {
            Some(byte) => (byte, 4),
            None => (bytes[at], 1),
        };
        match byte.to_ascii_lowercase() {
            // A dot within a label is not one between two.
            b'.' if length == 4 => canonical.push_str("\\056"),
            plain @ (b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*') => {
                canonical.push(char::from(plain));
            }
            other => canonical.push_str(&format!("\\{other:03o}")),
        }
        at += length;
    }
    canonical
}

/// Where a name stands among others: Route 53 orders them by their labels, from the last one on.
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html>
pub(super) fn place(name: &str) -> Vec<String> {
    let name = canonical(name);
    name.rsplit('.').map(str::to_owned).collect()
}

/// The byte that three octal digits after a backslash stand for.
fn escape(bytes: &[u8]) -> Option<u8> {
    let [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] = bytes else {
        return None;
    };
    Some((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'))
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn a_name_has_one_form_however_it_is_written() {
        let cases = [
            ("Example.COM.", "example.com"),
            ("example.com", "example.com"),
            ("\\052.example.com.", "*.example.com"),
            ("*.example.com", "*.example.com"),
            ("_x-1.example.com", "_x-1.example.com"),
            ("a\\056b.example.com", "a\\056b.example.com"),
            ("a b.example.com", "a\\040b.example.com"),
            ("a\\040b.example.com", "a\\040b.example.com"),
            ("\\101.example.com", "a.example.com"),
            ("a\\9.example.com", "a\\1349.example.com"),
            (".", ""),
        ];
        for (written, form) in cases {
            assert_eq!(canonical(written), form, "{written}");
            assert_eq!(canonical(form), form, "{form} again");
        }
    }
}
