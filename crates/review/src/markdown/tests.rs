use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::costs::{Charge, Cost, Costs, Part, Unknown};
use crate::money::{Price, Quantity};
use crate::review::Finding;
use crate::samples::{change, document, resource};

#[test]
fn nothing_ends_a_block_from_within() {
    assert_eq!(fenced("", "a ```` b\n"), "`````\na ```` b\n`````\n");
}

#[test]
fn what_is_said_notifies_nobody_and_links_to_nothing() {
    let said = cell("ask @team|`x` <img src=x> [a](http://b)\n*now*");
    for mark in ["@team", "|", "`", "<", "[", "*", "\n"] {
        assert!(!said.contains(mark), "{mark}: {said}");
    }
}

#[test]
fn what_cannot_be_undone_comes_first_and_then_what_goes() {
    let mut lost = resource("a:b:C/lost", Action::Update, &[]);
    lost.irreversible = Some("it cannot be put back".into());
    let plan = document(vec![
        resource("a:b:C/new", Action::Create, &[]),
        resource("a:b:C/gone", Action::Delete, &[]),
        resource("a:b:C/other", Action::Replace, &[]),
        lost,
        resource("a:b:C/same", Action::None, &[]),
    ]);
    let text = review(&Review::new(plan), LIMIT);
    let place = |name: &str| text.find(name).unwrap_or_else(|| panic!("{name}: {text}"));
    let order = ["C/lost", "C/other", "C/gone", "C/new"].map(place);
    assert!(order.is_sorted(), "{text}");
    assert!(!text.contains("C/same"), "{text}");
    assert!(text.contains("**1 change cannot be undone by a rollback.**"));
}

#[test]
fn a_violation_is_named_at_the_top() {
    let mut found = Review::new(document(vec![resource("a:b:C/x", Action::Create, &[])]));
    let levels = [
        (Level::Deny, None),
        (Level::Warn, None),
        (Level::Deny, Some("it is | the site")),
    ];
    for (level, accepted) in levels {
        found.findings.push(Finding {
            level,
            policy: "no-public-bucket".into(),
            urn: Some("a:b:C/x".into()),
            message: "is public".into(),
            accepted: accepted.map(str::to_owned),
        });
    }
    let text = review(&found, LIMIT);
    let title = "**Policies: 1 violation, 1 warning, 1 accepted: this is not applied**";
    assert!(text.contains(title), "{text}");
    assert!(
        text.contains("is public Accepted: it is &#124; the site"),
        "{text}"
    );
    assert!(text.find(title) < text.find("| ➕ |"), "{text}");
}

proptest! {
    /// However long the parts are: within the limit, with the beginning and the end, and no block left open.
    #[test]
    fn a_comment_keeps_its_limit(
        sizes in prop::collection::vec((1..40usize, 0..3000usize), 0..60),
        limit in 1000..9000usize,
    ) {
        let one = |(number, (name, size)): (usize, (usize, usize))| {
            let mut one = resource(&format!("a:b:C/{number}-{}", "n".repeat(name)), Action::Create, &[]);
            one.changes = vec![change("text", json!("x".repeat(size)))];
            one.may_change = vec!["t".repeat(name); number % 3];
            one
        };
        let count = sizes.len();
        let mut plan = document(sizes.into_iter().enumerate().map(one).collect());
        plan.redacted = true;
        let text = review(&Review::new(plan), limit);
        prop_assert!(text.len() <= limit, "{} of {limit}", text.len());
        prop_assert!(text.starts_with("<!-- stack preview of shop/dev -->"));
        prop_assert!(text.ends_with("<code>d1</code></sub>\n"));
        prop_assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
        prop_assert_eq!(text.matches("```").count() % 2, 0);
        let rows = text.matches("| ➕ |").count();
        let more = |what: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(what)?.split(' ').next()?.parse().ok())
                .unwrap_or(0usize)
        };
        prop_assert_eq!(rows + more("_… and "), count);
    }

    #[test]
    fn costs_keep_the_limit_too(
        count in 0..80u32,
        limit in 1000..9000usize,
        long in 0..400usize,
    ) {
        let cost = |number: u32| {
            let price = Price::parse("0.5").unwrap();
            let charge = Charge {
                what: "w".repeat(long),
                quantity: Quantity::of(number),
                unit: "hours".into(),
                price,
                tiered: false,
                month: price * Quantity::of(number),
            };
            let part = Part { part: "p".into(), before: None, after: Some(charge) };
            let unknown = Unknown { part: None, why: "u".repeat(long) };
            let use_ = Some(format!("use {number}"));
            Cost::of(format!("a:b:C/{number}"), vec![part], vec![unknown], use_)
        };
        let mut plan = Review::new(document(Vec::new()));
        plan.costs = Some(Costs::of((1..=count).map(cost).collect(), vec!["old @team".repeat(long)]));
        let text = review(&plan, limit);
        prop_assert!(text.len() <= limit, "{} of {limit}", text.len());
        prop_assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
        prop_assert!(!text.contains("@team"));
        let shown = text.matches("w: ").count().max(text.matches("hour").count());
        let more = text.lines().find_map(|line| line.strip_prefix("_… and ")?.split(' ').next()?.parse().ok());
        if text.contains("| USD a month |") && shown < count as usize {
            prop_assert_eq!(shown + more.unwrap_or(0), count as usize);
        }
    }
}

#[test]
fn an_error_that_is_too_long_is_cut_between_lines() {
    let short = failure("shop", "dev", "error: no\n  try: yes\n", 65_000);
    assert!(
        short.ends_with("```text\nerror: no\n  try: yes\n```\n"),
        "{short}"
    );
    let long = "````` a line of a compiler\n".repeat(9_000);
    let cut = failure("shop", "dev", &long, 65_000);
    assert!((60_000..=65_000).contains(&cut.len()), "{}", cut.len());
    let kept = cut.matches("a line of").count();
    let end = format!("… and {} lines more\n``````\n", 9_000 - kept);
    assert!(cut.ends_with(&end), "{}", &cut[cut.len() - 100..]);
}
