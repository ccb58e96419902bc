//! A cloud's id of an object, as a line of text can bear it.

/// The part of an id that tells one object of a stack from another. Azure's ids begin with the subscription and the
/// resource group, which is most of them: `…/Microsoft.Network/virtualNetworks/main` says as much. The whole is in
/// `--format json` and in `stack state show`.
pub fn short(id: &str) -> String {
    let beginning = "/subscriptions/";
    let of_azure = id
        .get(..beginning.len())
        .is_some_and(|found| found.eq_ignore_ascii_case(beginning));
    match id.to_ascii_lowercase().rfind("/providers/") {
        Some(at) if of_azure => format!("…{}", &id[at + "/providers".len()..]),
        Some(_) | None => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn only_azures_ids_are_long() {
        let network =
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks/v";
        assert_eq!(short(network), "…/Microsoft.Network/virtualNetworks/v");
        let role = format!("{network}/providers/Microsoft.Authorization/roleAssignments/r");
        assert_eq!(short(&role), "…/Microsoft.Authorization/roleAssignments/r");
        for whole in [
            "/subscriptions/s/resourceGroups/g",
            "vpc-0a1b2c3d",
            "arn:aws:iam::123456789012:role/providers/x",
            "/aws/providers/x",
        ] {
            assert_eq!(short(whole), whole);
        }
    }
}
