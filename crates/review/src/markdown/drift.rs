//! What changed outside, as Markdown for an issue.

use std::fmt::Write;

use super::{NOTES, Page, cell, code, failed, fenced, html, rest};
use crate::drift::{Drifted, Report};
use crate::words::{self, count};

/// The part of an issue that tells whose it is, so that the next check finds it. Markdown does not show it.
pub fn marker(stack: &str, environment: &str) -> String {
    format!("<!-- stack drift of {stack}/{environment} -->")
}

/// The title of an issue, the same as long as there is one.
pub fn title(stack: &str, environment: &str) -> String {
    format!("Drift: {stack} in {environment} is not as recorded")
}

/// A report in at most `limit` bytes, as far as its head fits at all.
pub fn report(report: &Report, limit: usize) -> String {
    let tail = tail(report);
    let mut page = Page {
        text: String::new(),
        room: limit.saturating_sub(tail.len() + NOTES),
    };
    page.must(&head(report));
    table(report, &mut page);
    details(report, &mut page);
    page.text + &tail
}

/// An environment that could not be looked at, with what a person on a terminal would see, in at most `limit` bytes, as
/// far as its head fits at all.
pub fn failure(stack: &str, environment: &str, error: &str, limit: usize) -> String {
    let head = format!(
        "{}\n### `{stack}` in `{environment}`: could not be looked at\n\n",
        marker(stack, environment)
    );
    failed(head, error, limit)
}

fn head(report: &Report) -> String {
    let subject = &report.subject;
    let mut text = marker(&subject.stack, &subject.environment);
    let production = match subject.production {
        true => " (production)",
        false => "",
    };
    let _ = writeln!(
        text,
        "\n### `{}` in `{}`{production}: {}\n",
        subject.stack,
        subject.environment,
        report.summary()
    );
    for warning in &report.warnings {
        let _ = writeln!(text, "> [!WARNING]\n> {}\n", cell(warning));
    }
    text
}

fn table(report: &Report, page: &mut Page) {
    if report.is_empty() {
        return;
    }
    page.note("| | Resource | Changed outside of stack |\n|---|---|---|\n");
    let missing = page.as_many(report.resources.iter().map(row));
    rest(missing, "resource", page);
}

fn row(one: &Drifted) -> String {
    let fields = one.properties.iter().map(|property| code(&property.field));
    let what = match one.gone {
        true => "**is gone**".to_owned(),
        false => fields.collect::<Vec<_>>().join(", "),
    };
    format!("| {} | {} | {what} |\n", symbol(one), code(&one.urn))
}

fn details(report: &Report, page: &mut Page) {
    let changed = report.resources.iter().filter(|one| !one.gone);
    let changed: Vec<&Drifted> = changed.collect();
    let missing = page.as_many(changed.iter().map(|one| detail(one)));
    if missing > 0 {
        page.note(&format!(
            "\n_{} more do not fit here: `stack drift` shows them._\n\n",
            count(missing, "diff")
        ));
    }
}

fn detail(one: &Drifted) -> String {
    let mut diff = String::new();
    for property in &one.properties {
        let sides = [("-", &property.recorded), ("+", &property.observed)];
        for (mark, value) in sides.iter().filter(|(_, value)| !value.is_null()) {
            let _ = writeln!(diff, "{mark} {} = {}", property.field, words::value(value));
        }
    }
    let id = one.id.as_ref().map(|id| format!(" ({})", html(id)));
    format!(
        "<details><summary>{} <code>{}</code>{}</summary>\n\n{}\n</details>\n\n",
        symbol(one),
        html(&one.urn),
        id.unwrap_or_default(),
        fenced("diff", &diff)
    )
}

fn tail(report: &Report) -> String {
    let environment = &report.subject.environment;
    let go_on = match report.is_empty() {
        true => String::new(),
        false => format!(
            "`-` is recorded, `+` is there. `stack drift -e {environment} --revert` puts it back, `stack drift -e \
             {environment} --accept` records it.\n\n"
        ),
    };
    format!(
        "{go_on}<sub>{} compared with state {}; nothing was changed.</sub>\n",
        count(report.read, "object"),
        report.subject.serial
    )
}

fn symbol(one: &Drifted) -> &'static str {
    if one.gone { "❌" } else { "✏️" }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::document::Subject;
    use crate::drift::{FORMAT, Property};

    fn report_of(resources: Vec<Drifted>) -> Report {
        Report {
            format: FORMAT,
            subject: Subject {
                stack: "shop".into(),
                environment: "prod".into(),
                production: true,
                serial: 7,
            },
            read: resources.len() + 1,
            not_read: 0,
            warnings: Vec::new(),
            resources,
        }
    }

    fn drifted(name: &str, gone: bool, fields: &[(&str, &str)]) -> Drifted {
        let property = |(field, observed): &(&str, &str)| Property {
            path: vec![json!(field)],
            field: (*field).to_owned(),
            recorded: json!("was"),
            observed: json!(observed),
        };
        Drifted {
            urn: format!("a:b:C/{name}"),
            type_name: "a:b:C".into(),
            name: name.into(),
            id: Some(format!("c-{name}")),
            gone,
            properties: fields.iter().map(property).collect(),
        }
    }

    #[test]
    fn an_issue_says_what_is_recorded_and_what_is_there() {
        let found = report_of(vec![
            drifted("one", false, &[("size", "is"), ("tags.team", "`x` @team")]),
            drifted("two", true, &[]),
        ]);
        let expected = "<!-- stack drift of shop/prod -->\n\
            ### `shop` in `prod` (production): 1 changed, 1 gone; 1 as recorded\n\n\
            | | Resource | Changed outside of stack |\n|---|---|---|\n\
            | ✏️ | <code>a:b:C/one</code> | <code>size</code>, <code>tags.team</code> |\n\
            | ❌ | <code>a:b:C/two</code> | **is gone** |\n\n\
            <details><summary>✏️ <code>a:b:C/one</code> (c-one)</summary>\n\n\
            ```diff\n- size = \"was\"\n+ size = \"is\"\n- tags.team = \"was\"\n+ tags.team = \"`x` @team\"\n```\n\n\
            </details>\n\n\
            `-` is recorded, `+` is there. `stack drift -e prod --revert` puts it back, `stack drift -e prod --accept` \
            records it.\n\n\
            <sub>3 objects compared with state 7; nothing was changed.</sub>\n";
        assert_eq!(report(&found, super::super::LIMIT), expected);
    }

    #[test]
    fn what_is_as_recorded_says_so() {
        let text = report(&report_of(Vec::new()), super::super::LIMIT);
        assert!(text.contains("(production): 1 as recorded\n"), "{text}");
        assert!(!text.contains("--accept"), "{text}");
    }

    proptest! {
        #[test]
        fn it_fits_and_what_does_not_is_counted(count in 0usize..60, length in 0usize..400, limit in 2_500usize..20_000) {
            let long = "x".repeat(length);
            let resource = |number: usize| drifted(&format!("n{number}"), number.is_multiple_of(7), &[("size", &long)]);
            let text = report(&report_of((0..count).map(resource).collect()), limit);
            prop_assert!(text.len() <= limit, "{} of {limit}", text.len());
            let rows = text.matches("\n| ✏️ |").count() + text.matches("\n| ❌ |").count();
            let missing = count - rows;
            prop_assert_eq!(missing > 0, text.contains("… and "));
            if missing > 1 {
                let said = format!("… and {missing} resources more");
                prop_assert!(text.contains(&said), "{}", text);
            }
        }
    }
}
