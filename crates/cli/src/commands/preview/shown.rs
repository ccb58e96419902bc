//! Previews as text, JSON, Markdown, a page, and as what a pull request is told.

use serde_json::json;
use stack_forge::State;
use stack_review::document::FORMAT;
use stack_review::{html as page, markdown as comments, words};

use super::Preview;
use crate::forge::{Subject, Told};
use crate::render::error;

pub fn text(previews: &[Preview], _: usize) -> String {
    let one = |preview: &Preview| {
        let Subject { stack, environment } = &preview.subject;
        let shown = match &preview.planned {
            Ok(planned) => planned.text.as_str(),
            Err(_) => "It could not be planned.\n",
        };
        match previews.len() {
            1 => shown.to_owned(),
            _ => format!("── {environment} of {stack} ──\n\n{shown}\n"),
        }
    };
    match previews {
        [] => "No stack is touched.\n".to_owned(),
        previews => previews.iter().map(one).collect(),
    }
}

pub fn json(previews: &[Preview], _: usize) -> String {
    let one = |preview: &Preview| match &preview.planned {
        Ok(planned) => json!(planned.review),
        Err(error) => json!({
            "format": FORMAT,
            "stack": preview.subject.stack,
            "environment": preview.subject.environment,
            "error": error::event(error),
        }),
    };
    let previews: Vec<_> = previews.iter().map(one).collect();
    format!("{:#}\n", json!({"format": FORMAT, "previews": previews}))
}

pub fn markdown(previews: &[Preview], limit: usize) -> String {
    let previews = previews.iter().map(|one| comment(one, limit));
    let previews: Vec<String> = previews.collect();
    previews.join("\n")
}

pub fn html(previews: &[Preview], _: usize) -> String {
    let entries: Vec<page::Entry<'_>> = previews.iter().map(entry).collect();
    page::page(&entries)
}

fn entry(preview: &Preview) -> page::Entry<'_> {
    match &preview.planned {
        Ok(planned) => page::Entry::Review(&planned.review),
        Err(error) => page::Entry::Failure {
            stack: &preview.subject.stack,
            environment: &preview.subject.environment,
            error: error::plain(error),
        },
    }
}

/// What a pull request is told of a preview.
pub fn told(preview: &Preview, limit: usize) -> Told {
    let (state, description) = match &preview.planned {
        Err(_) => (State::Error, "could not be planned".to_owned()),
        Ok(planned) => {
            let document = &planned.review.document;
            let summary = words::summary(&document.summary, document.outputs.len());
            match planned.review.denials().count() {
                0 => (State::Success, summary),
                denials => {
                    let violations = words::count(denials, "violation");
                    (State::Failure, format!("{violations}: {summary}"))
                }
            }
        }
    };
    Told {
        subject: preview.subject.clone(),
        body: comment(preview, limit),
        state,
        description,
    }
}

fn comment(preview: &Preview, limit: usize) -> String {
    let Subject { stack, environment } = &preview.subject;
    match &preview.planned {
        Ok(planned) => comments::review(&planned.review, limit),
        Err(error) => comments::failure(stack, environment, &error::plain(error), limit),
    }
}

#[cfg(test)]
mod tests {
    use stack_review::document::{Document, Subject as Of, Summary};
    use stack_review::{Finding, Level, Review};

    use super::*;
    use crate::desk::Planned;

    /// What is told of a plan of which this was found.
    fn told_of(levels: &[Level]) -> Told {
        let document = Document {
            format: FORMAT,
            subject: Of {
                stack: "shop".into(),
                environment: "dev".into(),
                production: false,
                serial: 1,
            },
            redacted: false,
            digest: "d1".into(),
            empty: false,
            summary: Summary {
                create: 3,
                ..Summary::default()
            },
            providers: Default::default(),
            resources: Vec::new(),
            drift: Vec::new(),
            outputs: Vec::new(),
            outputs_may_change: Vec::new(),
        };
        let mut review = Review::new(document);
        review.findings = levels
            .iter()
            .map(|level| Finding {
                level: *level,
                policy: "no-public-buckets".into(),
                urn: None,
                message: "it is public".into(),
                accepted: None,
            })
            .collect();
        let preview = Preview {
            subject: Subject {
                stack: "shop".into(),
                environment: "dev".into(),
            },
            planned: Ok(Planned {
                review,
                text: String::new(),
                acts: Vec::new(),
            }),
        };
        told(&preview, comments::LIMIT)
    }

    #[test]
    fn what_a_policy_denies_fails_and_what_it_warns_of_does_not() {
        let seen = |levels: &[Level]| {
            let told = told_of(levels);
            (told.state, told.description)
        };
        let plain = (State::Success, "3 to create".to_owned());
        assert_eq!(seen(&[]), plain);
        assert_eq!(seen(&[Level::Warn]), plain);
        let denied = (State::Failure, "2 violations: 3 to create".to_owned());
        assert_eq!(seen(&[Level::Deny, Level::Warn, Level::Deny]), denied);
    }
}
