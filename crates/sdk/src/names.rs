//! What is called what, and what is wrong with it.

use std::collections::HashMap;
use std::panic::Location;

use stack_model::{Name, NameError, Problem, TypeName, Urn};

/// The names that a program has given, and every problem found so far.
#[derive(Default)]
pub(crate) struct Names {
    /// The components around what is declared now, outermost first.
    pub(crate) scopes: Vec<String>,
    pub(crate) problems: Vec<Problem>,
    /// Where each urn was declared.
    declared: HashMap<Urn, String>,
}

impl Names {
    /// The urn of what is declared now.
    pub(crate) fn declare(&mut self, type_name: &str, name: &str, at: &Location<'_>) -> Urn {
        let name = match self.scopes.last() {
            Some(instance) => format!("{instance}-{name}"),
            None => name.to_owned(),
        };
        let name = self.checked(type_name, &name, at);
        let urn = Urn::new(&parsed::<TypeName>(type_name), &name);
        if let Some(first) = self.declared.insert(urn.clone(), place(at)) {
            let message =
                format!("is declared twice, first at {first}: give one of them another name");
            self.problem(urn.as_str(), at, message);
        }
        urn
    }

    /// A name. One that cannot be used is recorded as a problem, and then any other will do: the graph is never
    /// handed out.
    pub(crate) fn checked(&mut self, subject: &str, name: &str, at: &Location<'_>) -> Name {
        name.parse().unwrap_or_else(|error: NameError| {
            self.problem(subject, at, error.to_string());
            parsed(&format!("problem-{}", self.problems.len()))
        })
    }

    pub(crate) fn problem(&mut self, subject: &str, at: &Location<'_>, message: String) {
        self.problems.push(Problem {
            subject: subject.to_owned(),
            at: Some(place(at)),
            message,
        });
    }
}

/// As people write it: `src/main.rs:42`.
pub(crate) fn place(at: &Location<'_>) -> String {
    format!("{}:{}", at.file(), at.line())
}

/// What has been checked, by a derive or above, parses.
pub(crate) fn parsed<T: std::str::FromStr<Err = NameError>>(text: &str) -> T {
    text.parse().expect("the text was checked before")
}
