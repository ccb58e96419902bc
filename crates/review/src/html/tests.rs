//! The page as text, and the page in a browser.

use std::path::Path;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::document::Action;
use crate::samples::{change, document, resource};

#[path = "sample.rs"]
mod sample;

fn page_of(review: &Review) -> String {
    page(&[Entry::Review(review)])
}

/// What is between two parts of a page that are there once.
fn between<'p>(page: &'p str, from: &str, to: &str) -> &'p str {
    assert_eq!(page.matches(from).count(), 1, "{from}");
    let (_, rest) = page.split_once(from).unwrap();
    rest.split_once(to).unwrap().0
}

fn data(page: &str) -> &str {
    between(
        page,
        r#"<script type="application/json" id="previews">"#,
        "</script>",
    )
}

/// One that says this wherever a cloud or a program may say something.
fn saying(text: &str) -> Review {
    let mut one = resource(&format!("a:b:C/{text}"), Action::Update, &[text]);
    one.changes = vec![change(text, json!({text: [text]}))];
    one.id = Some(text.into());
    one.at = Some(text.into());
    one.group = vec![text.into()];
    one.reason = Some(text.into());
    one.irreversible = Some(text.into());
    one.before = json!({text: text});
    one.after = json!({text: text});
    let mut review = Review::new(document(vec![one]));
    review.document.subject.environment = text.into();
    review.document.outputs = vec![crate::document::Output {
        name: text.into(),
        before: json!(text),
        after: json!({"$unknown": {"after": [{"urn": text}]}}),
    }];
    review.findings = vec![crate::review::Finding {
        level: crate::review::Level::Deny,
        policy: text.into(),
        urn: Some(format!("a:b:C/{text}")),
        message: text.into(),
        accepted: None,
    }];
    review
}

proptest! {
    /// Whatever is said, it comes out as it went in, and nothing of it is markup on the way.
    #[test]
    fn what_is_said_is_data(
        text in prop_oneof![
            any::<String>(),
            "[<>/!\\-& \u{2028}\u{2029}\"'\\\\{}scriptSCRIPT]{0,40}",
            Just("</script><script>alert(1)</script><!--".to_owned()),
            Just("{{script}}{{previews}}".to_owned()),
        ],
    ) {
        let review = saying(&text);
        let failure = Entry::Failure { stack: &text, environment: "dev", error: text.clone() };
        let page = page(&[Entry::Review(&review), failure]);
        let data = data(&page);
        for mark in ['<', '>', '&', '\u{2028}', '\u{2029}'] {
            prop_assert!(!data.contains(mark), "{mark}: {data}");
        }
        prop_assert!(!data.contains(char::is_control), "{data:?}");
        let read: Json = serde_json::from_str(data).unwrap();
        let failed = json!({"stack": text, "environment": "dev", "error": text});
        prop_assert_eq!(read, json!({"format": 1, "previews": [json!(review), failed]}));
    }
}

#[test]
fn the_policy_names_what_is_there_and_nothing_else() {
    let page = page_of(&sample::shop());
    let policy = between(
        &page,
        r#"<meta http-equiv="Content-Security-Policy" content=""#,
        "\"",
    );
    let of = |text| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let script = of(between(&page, r#"<script type="module">"#, "</script>"));
    let style = of(between(&page, "<style>", "</style>"));
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; script-src {script}; style-src {style}; img-src data:; base-uri 'none'; \
             form-action 'none'"
        )
    );
}

/// No address leads out of the page, and no attribute is a program.
#[test]
fn the_page_needs_nothing_but_itself() {
    let page = page(&[]);
    for scheme in ["http:", "https:", "//cdn", "url(h", "@import"] {
        let named = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!named.contains(scheme), "{scheme}");
    }
    for handler in [
        " onclick",
        " onload",
        " onerror",
        " style=",
        "innerHTML",
        "eval(",
    ] {
        assert!(!page.contains(handler), "{handler}");
    }
    assert_eq!(page.matches("<script").count(), 2);
}

#[test]
fn the_same_previews_give_the_same_page() {
    let shop = sample::shop();
    assert_eq!(page_of(&shop), page_of(&shop.clone()));
}

/// A stack of many resources: each tenth depends on those before it.
fn large(count: usize) -> Review {
    let urn = |number: usize| format!("std:core:Value/resource-{number:04}");
    let one = |number: usize| {
        let needs: Vec<String> = match number {
            0 => Vec::new(),
            number if number % 10 == 0 => vec![urn(number - 10), urn(number - 1)],
            number => vec![urn(number - number % 10)],
        };
        let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
        let mut one = resource(&urn(number), Action::Create, &needs);
        one.changes = vec![change(
            "value",
            json!({"number": number, "text": "x".repeat(100)}),
        )];
        one.after = json!({"value": {"number": number, "text": "x".repeat(100)}});
        one
    };
    let mut review = Review::new(document((0..count).map(one).collect()));
    review.document.summary.create = count;
    review
}

/// What would be done if anything that is said were taken for markup, for a program, or for a link.
const HOSTILE: &str = concat!(
    r#"</script><script>window.harmed=1</script><!--"><img src=x onerror="window.harmed=1">"#,
    r#"<svg onload=window.harmed=1>javascript:window.harmed=1 {{script}} &lt;b&gt;"#
);

/// Everything that `tests/page.js` looks at, in one browser. `STACK_PICTURES` names a folder for what it sees.
#[test]
fn the_page_works_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, entries: &[Entry<'_>]| {
        std::fs::write(folder.path().join(name), page(entries)).unwrap();
    };
    let shop = sample::shop();
    let mut dev = shop.clone();
    dev.document.subject.environment = "dev".into();
    dev.document.subject.production = false;
    dev.findings.clear();
    let mut still = document(vec![resource("a:b:C/same", Action::None, &[])]);
    still.empty = true;
    still.summary.unchanged = 1;
    let still = Review::new(still);
    let failure = Entry::Failure {
        stack: "shop",
        environment: "broken",
        error: "error: the key is not one\n  try: `stack seal`".into(),
    };
    write("shop.html", &[Entry::Review(&shop)]);
    write(
        "several.html",
        &[Entry::Review(&dev), Entry::Review(&shop), failure],
    );
    write("still.html", &[Entry::Review(&still)]);
    write("hostile.html", &[Entry::Review(&saying(HOSTILE))]);
    write("large.html", &[Entry::Review(&large(2000))]);
    let script = xtask::root().unwrap().join("crates/review/tests/page.js");
    in_browser(&script, folder.path());
}

fn in_browser(script: &Path, pages: &Path) {
    let browser = xtask::browser::ensure().unwrap();
    let mut command = browser.script(script).unwrap();
    let output = command.env("PAGES", pages).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
