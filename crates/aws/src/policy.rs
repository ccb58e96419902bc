//! Policies of IAM that permit what is asked for.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

mod asked;
mod split;
mod things;
mod whose;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use stack_provider::{Ask, Catalog, Implied, Need, Purpose};

use crate::{Aws, quotas};
use whose::{Role, Whose};

/// A document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    version: &'static str,
    statement: Vec<Statement>,
}

/// One statement of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: String,
    effect: &'static str,
    action: Vec<String>,
    resource: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    condition: BTreeMap<&'static str, BTreeMap<&'static str, Vec<String>>>,
}

/// Services without regions, and S3, whose buckets' names are unique in all of them.
const NOT_REGIONAL: [&str; 4] = ["iam", "route53", "s3", "sts"];

/// What is asked about everything, and takes no name.
const ABOUT_ALL: [&str; 1] = ["logs:DescribeLogGroups"];

/// The documents, each within what a managed policy may be.
pub(crate) fn documents(catalog: &Catalog<Aws>, purpose: &Purpose) -> Vec<String> {
    let mut statements = statements(catalog, purpose);
    if purpose.changing {
        statements.push(preflight(purpose));
    }
    split::within_limits(statements)
}

/// What IAM's simulator can be asked about it.
pub(crate) fn asks(catalog: &Catalog<Aws>, purpose: &Purpose) -> Vec<Ask> {
    let about = things::by_action(catalog, purpose);
    let statements = statements(catalog, purpose).into_iter();
    statements
        .flat_map(|one| asked::asks(one, &about, purpose))
        .collect()
}

fn statements(catalog: &Catalog<Aws>, purpose: &Purpose) -> Vec<Statement> {
    let whose = Whose::of(purpose);
    let wanted = Wanted::of(catalog, purpose);
    let mut statements = Vec::new();
    for (service, actions) in &wanted.plain {
        let named = whose.named(service);
        let (about_all, about_some): (Vec<String>, Vec<String>) =
            actions.iter().cloned().partition(|action| {
                let beyond = ABOUT_ALL.contains(&action.as_str()) || wanted.others.contains(action);
                named.is_none() || beyond
            });
        let sid = capitalized(service);
        let rest = if about_some.is_empty() { "" } else { "All" };
        if let Some(resource) = named.filter(|_| !about_some.is_empty()) {
            statements.push(Statement::new(sid.clone(), about_some, resource));
        }
        if !about_all.is_empty() {
            let sid = format!("{sid}{rest}");
            let mut statement = Statement::new(sid, about_all, vec!["*".to_owned()]);
            if !NOT_REGIONAL.contains(&service.as_str()) && !purpose.regions.is_empty() {
                let regions = purpose.regions.iter().cloned().collect();
                statement.only("StringEquals", "aws:RequestedRegion", regions);
            }
            statements.push(statement);
        }
    }
    let (grants, uses): (Vec<String>, Vec<String>) = wanted
        .keys
        .into_iter()
        .partition(|action| action == "kms:CreateGrant");
    let keys = || vec![whose.arn("kms", "key/*")];
    if !uses.is_empty() {
        statements.push(Statement::new("Keys".to_owned(), uses, keys()));
    }
    if !grants.is_empty() {
        let mut granting = Statement::new("KeyGrants".to_owned(), grants, keys());
        let yes = BTreeSet::from(["true".to_owned()]);
        granting.only("Bool", "kms:GrantIsForAWSResource", yes);
        statements.push(granting);
    }
    if !wanted.passed_to.is_empty() {
        let action = vec!["iam:PassRole".to_owned()];
        let mut passing =
            Statement::new("PassRoles".to_owned(), action, whose.roles(&wanted.roles));
        passing.only("StringEquals", "iam:PassedToService", wanted.passed_to);
        statements.push(passing);
    }
    if !wanted.first_used.is_empty() {
        let action = vec!["iam:CreateServiceLinkedRole".to_owned()];
        let roles = vec![whose.arn("iam", "role/aws-service-role/*")];
        let mut making = Statement::new("FirstUseOfServices".to_owned(), action, roles);
        making.only("StringLike", "iam:AWSServiceName", wanted.first_used);
        statements.push(making);
    }
    statements
}

/// What an apply asks before it begins. See [`preflight`](crate::preflight) and [`quotas`](crate::quotas).
fn preflight(purpose: &Purpose) -> Statement {
    let simulating = ["iam:GetRole", "iam:SimulatePrincipalPolicy"];
    let types = purpose.needs.iter().map(|need| &need.type_name);
    let actions: BTreeSet<&str> = simulating
        .into_iter()
        .chain(types.filter_map(quotas::action))
        .collect();
    let actions = actions.into_iter().map(str::to_owned).collect();
    Statement::new("Preflight".to_owned(), actions, vec!["*".to_owned()])
}

impl Statement {
    fn new(sid: String, action: Vec<String>, resource: Vec<String>) -> Self {
        Self {
            sid,
            effect: "Allow",
            action,
            resource,
            condition: BTreeMap::new(),
        }
    }

    fn only(&mut self, operator: &'static str, key: &'static str, values: BTreeSet<String>) {
        let values = values.into_iter().collect();
        self.condition
            .entry(operator)
            .or_default()
            .insert(key, values);
    }
}

/// What is to be permitted, sorted by how policies can narrow it down.
#[derive(Default)]
struct Wanted {
    /// By service.
    plain: BTreeMap<String, BTreeSet<String>>,
    /// Those of them that another service needs, for objects that it names itself: a secret that RDS makes.
    others: BTreeSet<String>,
    /// Uses of keys.
    keys: BTreeSet<String>,
    /// Roles that are passed to services.
    roles: BTreeSet<Role>,
    /// The services that they are passed to.
    passed_to: BTreeSet<String>,
    /// Services whose own roles are made.
    first_used: BTreeSet<String>,
}

impl Wanted {
    fn of(catalog: &Catalog<Aws>, purpose: &Purpose) -> Self {
        let mut wanted = Self::default();
        wanted.call("sts:GetCallerIdentity");
        let mut seen = BTreeSet::new();
        for need in &purpose.needs {
            let Some(actions) = catalog.actions(&need.type_name) else {
                continue;
            };
            if seen.insert((&need.type_name, &need.verbs)) {
                need.called(actions).for_each(|action| wanted.call(action));
            }
            for implied in need.implied(actions) {
                wanted.implied(need, implied);
            }
        }
        wanted
    }

    fn call(&mut self, action: &str) {
        let service = action.split(':').next().unwrap_or_default();
        let actions = self.plain.entry(service.to_owned()).or_default();
        actions.insert(action.to_owned());
    }

    fn implied(&mut self, need: &Need, implied: &Implied) {
        match (implied.action.as_ref(), implied.service) {
            ("iam:PassRole", Some(service)) => {
                self.roles.insert(Role::of(need, implied.given));
                self.passed_to.insert(service.to_owned());
            }
            ("iam:CreateServiceLinkedRole", Some(service)) => {
                self.first_used.insert(service.to_owned());
            }
            (action, _) if action.starts_with("kms:") => {
                self.keys.insert(action.to_owned());
            }
            (action, _) => {
                self.call(action);
                // `aws:rds:Instance` and `rds:CreateDBInstance`.
                let own = need.type_name.as_str().trim_start_matches("aws:");
                if own.split(':').next() != action.split(':').next() {
                    self.others.insert(action.to_owned());
                }
            }
        }
    }
}

/// `application-autoscaling` as the name of a statement, which takes letters and digits alone.
fn capitalized(service: &str) -> String {
    let words = service.split('-').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or_default();
        format!("{}{rest}", first.to_ascii_uppercase())
    });
    words.collect()
}

#[cfg(test)]
mod tests;
