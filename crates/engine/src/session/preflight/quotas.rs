//! Which quotas a plan would exceed: a pure function of what the clouds tell.

use std::collections::BTreeMap;

use stack_provider::{Finding, Quota};

/// A finding for each quota that has too little left. Objects of several types may take from one: it is the name that
/// tells quotas apart.
pub(super) fn exceeded(quotas: impl IntoIterator<Item = Quota>) -> Vec<Finding> {
    let mut by_name: BTreeMap<String, Quota> = BTreeMap::new();
    for quota in quotas {
        match by_name.get_mut(&quota.name) {
            Some(one) => {
                one.wanted = one.wanted.saturating_add(quota.wanted);
                // Somebody else may have made something between two answers.
                one.used = one.used.max(quota.used);
                one.limit = one.limit.min(quota.limit);
            }
            None => drop(by_name.insert(quota.name.clone(), quota)),
        }
    }
    let too_little =
        |quota: &Quota| quota.wanted > 0 && quota.used.saturating_add(quota.wanted) > quota.limit;
    let exceeded = by_name.into_values().filter(too_little);
    exceeded.map(finding).collect()
}

fn finding(quota: Quota) -> Finding {
    let Quota {
        name,
        limit,
        used,
        wanted,
    } = quota;
    Finding::new(
        format!("the quota {name} is {limit}: {used} in use, and this plan needs {wanted} more"),
        "ask the cloud for a higher limit, or delete what is not needed",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quota(name: &str, limit: u64, used: u64, wanted: u64) -> Quota {
        Quota {
            name: name.to_owned(),
            limit,
            used,
            wanted,
        }
    }

    #[test]
    fn a_quota_is_exceeded_by_one_too_many() {
        assert_eq!(exceeded([quota("VPCs", 5, 3, 2)]), []);
        let [found] = &exceeded([quota("VPCs", 5, 3, 3)])[..] else {
            panic!("one finding")
        };
        assert_eq!(
            found.message,
            "the quota VPCs is 5: 3 in use, and this plan needs 3 more"
        );
    }

    #[test]
    fn what_no_number_can_hold_is_too_much() {
        let most = u64::MAX;
        assert_eq!(exceeded([quota("a", most - 1, 1, most)]).len(), 1);
        let both = [
            quota("a", most - 1, 0, most - 1),
            quota("a", most - 1, 0, 2),
        ];
        assert_eq!(exceeded(both).len(), 1);
    }

    proptest! {
        /// However the wanted are spread over types, and in whatever order they are told, it is their sum that counts;
        /// and no quota counts for another.
        #[test]
        fn what_is_wanted_of_one_quota_is_summed(
            wanted in prop::collection::vec((0..3usize, 0..9u64), 0..12),
            limits in prop::array::uniform3((0..40u64, 0..40u64)),
            turned in any::<prop::sample::Index>(),
        ) {
            let names = ["a", "b", "c"];
            let mut told: Vec<Quota> = wanted
                .iter()
                .map(|(of, wanted)| quota(names[*of], limits[*of].0, limits[*of].1, *wanted))
                .collect();
            if !told.is_empty() {
                let by = turned.index(told.len());
                told.rotate_left(by);
            }
            let found = exceeded(told);
            for (of, name) in names.into_iter().enumerate() {
                let sum: u64 = wanted.iter().filter(|one| one.0 == of).map(|one| one.1).sum();
                let (limit, used) = limits[of];
                let says = format!("the quota {name} is {limit}: {used} in use, and this plan needs {sum} more");
                let expected = usize::from(sum > 0 && used + sum > limit);
                prop_assert_eq!(found.iter().filter(|one| one.message == says).count(), expected);
            }
            prop_assert!(found.len() <= names.len());
        }
    }
}
