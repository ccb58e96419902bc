//! Documents within what IAM takes for one managed policy.

use super::{Document, Statement};

/// The most characters of a managed policy; white space does not count.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const MOST: usize = 6_144;

/// Puts as many statements into each document as it takes.
pub(super) fn within_limits(statements: Vec<Statement>) -> Vec<String> {
    let mut documents: Vec<Vec<Statement>> = Vec::new();
    for statement in statements.into_iter().flat_map(halved) {
        match documents.last_mut() {
            Some(last) if fits(last, &statement) => last.push(statement),
            _ => documents.push(vec![statement]),
        }
    }
    documents
        .into_iter()
        .map(|statement| written(statement, true))
        .collect()
}

fn fits(document: &[Statement], further: &Statement) -> bool {
    let mut all = document.to_vec();
    all.push(further.clone());
    written(all, false).len() <= MOST
}

/// A statement that is too long for a document of its own is halved, until its parts fit.
fn halved(statement: Statement) -> Vec<Statement> {
    let alone = written(vec![statement.clone()], false).len() <= MOST;
    if alone || statement.action.len() < 2 {
        return vec![statement];
    }
    let mut first = statement;
    let second = Statement {
        sid: format!("{}More", first.sid),
        action: first.action.split_off(first.action.len() / 2),
        ..first.clone()
    };
    [first, second].into_iter().flat_map(halved).collect()
}

fn written(statement: Vec<Statement>, pretty: bool) -> String {
    let document = Document {
        version: "2012-10-17",
        statement,
    };
    let text = match pretty {
        true => serde_json::to_string_pretty(&document),
        false => serde_json::to_string(&document),
    };
    text.expect("texts in lists and maps can be written as JSON")
}
