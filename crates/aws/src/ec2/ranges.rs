//! Address ranges as EC2 keeps them.

use stack::Cidr;

use crate::prelude::*;

/// Refuses a range that EC2 would change silently, so that what is recorded is what was asked for.
///
/// EC2 clears bits beyond the prefix ("100.68.0.18/18 becomes 100.68.0.0/18", CreateSubnet, CreateRoute) and shortens
/// IPv6 texts. The object would then differ from the program for ever.
pub(super) fn canonical(field: &str, range: &str) -> Result<()> {
    let refused = |why: String| Err(Error::new(ErrorKind::Invalid, format!("{field}: {why}")));
    match range.parse::<Cidr>() {
        Ok(parsed) if parsed.to_string() == range => Ok(()),
        Ok(parsed) => refused(format!("{range} is written {parsed}")),
        Err(error) => refused(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_ec2_keeps_as_it_is_passes() {
        for range in ["10.0.0.0/16", "0.0.0.0/0", "::/0", "2001:db8::/56"] {
            assert!(canonical("cidr_block", range).is_ok(), "{range}");
        }
        for range in [
            "10.0.1.5/16",
            "10.0.0.0",
            "2001:DB8::/56",
            "2001:db8:0::/56",
            "",
        ] {
            let refused = canonical("cidr_block", range).expect_err(range);
            assert_eq!(refused.kind, ErrorKind::Invalid, "{range}");
        }
    }
}
