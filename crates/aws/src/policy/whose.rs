//! Which objects a policy is about: those of a stack, by their names, where names are in ARNs and actions can be narrowed
//! down to them.

use std::collections::{BTreeMap, BTreeSet};

use stack_model::{Expr, Value};
use stack_provider::{Need, Purpose, covers};

use crate::client::partition_of;

/// The types whose objects are named in ARNs, with the service and the input that holds the name.
pub(super) const NAMED: [(&str, &str, &str); 7] = [
    ("aws:ecr:Repository", "ecr", "name"),
    ("aws:iam:Role", "iam", "name"),
    ("aws:iam:RolePolicy", "iam", "role"),
    ("aws:iam:RolePolicyAttachment", "iam", "role"),
    ("aws:logs:LogGroup", "logs", "name"),
    ("aws:s3:Bucket", "s3", "bucket"),
    ("aws:secretsmanager:Secret", "secretsmanager", "name"),
];

/// The objects of a stack, by service.
pub(super) struct Whose {
    partition: &'static str,
    region: String,
    account: String,
    /// The ARNs of a service's objects; none where one of them cannot be told.
    named: BTreeMap<&'static str, Option<BTreeSet<String>>>,
}

/// A role that is passed to a service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// With this ARN.
    Exactly(String),
    /// One that the stack makes.
    OfStack,
    /// Which it is, is known only later.
    Any,
}

impl Role {
    /// The role that an input names. Without an input it is one that another object of the stack names.
    pub fn of(need: &Need, input: Option<&str>) -> Self {
        let Some(input) = input else {
            return Self::OfStack;
        };
        match need.inputs.get(input) {
            Some(Expr::Literal(Value::String(arn))) => Self::Exactly(arn.clone()),
            Some(Expr::Ref(reference)) if is_of(reference.urn.type_name(), "iam") => Self::OfStack,
            _ => Self::Any,
        }
    }
}

/// What is known of a name.
enum Called<'n> {
    /// It is this.
    Exactly(&'n str),
    /// It matches this.
    Like(&'n str),
    /// It is that of another object of the stack, which is among the needs.
    AsAnother,
    /// Only later.
    Unknown,
}

impl Whose {
    pub fn of(purpose: &Purpose) -> Self {
        let mut regions = purpose.regions.iter();
        let region = match (regions.next(), regions.next()) {
            (Some(region), None) => region.clone(),
            _ => "*".to_owned(),
        };
        let mut whose = Self {
            partition: partition_of(&region),
            region,
            account: purpose.account.clone().unwrap_or_else(|| "*".to_owned()),
            named: BTreeMap::new(),
        };
        for need in &purpose.needs {
            let of_type = |(type_name, ..): &&(&str, _, _)| *type_name == need.type_name.as_str();
            if let Some((_, service, input)) = NAMED.iter().find(of_type) {
                let arns = whose.arns(service, need, called(service, need, input));
                let known = whose
                    .named
                    .entry(service)
                    .or_insert_with(|| Some(BTreeSet::new()));
                match (known.as_mut(), arns) {
                    (Some(known), Some(arns)) => known.extend(arns),
                    _ => *known = None,
                }
            }
        }
        whose
    }

    /// The ARNs of a service's objects of the stack. None where policies cannot be narrowed down to them.
    pub fn named(&self, service: &str) -> Option<Vec<String>> {
        let arns = self.named.get(service)?.as_ref()?;
        let covered = |arn: &String| arns.iter().any(|other| other != arn && covers(other, arn));
        let least: Vec<String> = arns.iter().filter(|arn| !covered(arn)).cloned().collect();
        Some(least).filter(|arns| !arns.is_empty())
    }

    /// The ARNs of roles that are passed to services.
    pub fn roles(&self, roles: &BTreeSet<Role>) -> Vec<String> {
        let any = || vec![self.arn("iam", "role/*")];
        if roles.contains(&Role::Any) {
            return any();
        }
        let arns = roles.iter().flat_map(|role| match role {
            Role::Exactly(arn) => vec![arn.clone()],
            Role::OfStack => self.named("iam").unwrap_or_else(any),
            Role::Any => any(),
        });
        arns.collect()
    }

    /// The ARN of something in the account.
    pub fn arn(&self, service: &str, what: &str) -> String {
        let region = match service {
            "iam" => "",
            _ => &self.region,
        };
        format!(
            "arn:{}:{service}:{region}:{}:{what}",
            self.partition, self.account
        )
    }

    fn arns(&self, service: &str, need: &Need, called: Called<'_>) -> Option<Vec<String>> {
        let (name, exactly) = match called {
            Called::Exactly(name) => (name, true),
            Called::Like(pattern) => (pattern, false),
            Called::AsAnother => return Some(Vec::new()),
            Called::Unknown => return None,
        };
        let with = |ending: &str| {
            let endings = exactly.then(|| format!("{name}{ending}"));
            std::iter::once(name.to_owned()).chain(endings)
        };
        Some(match service {
            "iam" => vec![self.arn(service, &format!("role{}{name}", path_of(need)))],
            // The bucket, and the files in it.
            "s3" => with("/*")
                .map(|name| format!("arn:{}:s3:::{name}", self.partition))
                .collect(),
            // The group, and the streams in it.
            "logs" => with(":*")
                .map(|name| self.arn(service, &format!("log-group:{name}")))
                .collect(),
            // Secrets Manager adds six characters to the name.
            "secretsmanager" if exactly => {
                vec![self.arn(service, &format!("secret:{name}-??????"))]
            }
            "secretsmanager" => vec![self.arn(service, &format!("secret:{name}"))],
            _ => vec![self.arn(service, &format!("repository/{name}"))],
        })
    }
}

/// Where a role stands, as its ARN has it. Of somebody else's role only the name is told.
fn path_of(need: &Need) -> &str {
    match need.inputs.get("path") {
        _ if need.type_name.as_str() != "aws:iam:Role" => "/*",
        None | Some(Expr::Literal(Value::Null)) => "/",
        Some(Expr::Literal(Value::String(path))) => path,
        Some(_) => "/*",
    }
}

fn called<'n>(service: &str, need: &'n Need, input: &str) -> Called<'n> {
    match need.inputs.get(input) {
        None | Some(Expr::Literal(Value::Null)) => match &need.made_name {
            Some(pattern) => Called::Like(pattern),
            None => Called::Unknown,
        },
        Some(Expr::Literal(Value::String(name))) => Called::Exactly(name),
        Some(Expr::Ref(reference)) if is_of(reference.urn.type_name(), service) => {
            Called::AsAnother
        }
        Some(_) => Called::Unknown,
    }
}

fn is_of(type_name: &str, service: &str) -> bool {
    NAMED
        .iter()
        .any(|(known, of, _)| *known == type_name && *of == service)
}
