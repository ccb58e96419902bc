//! The dependency check: who must not pull in what.

use xtask::binary::cargo;

use crate::step::Outcome;

/// A promise about what a crate, with its default features, never compiles.
struct Rule {
    package: &'static str,
    reason: &'static str,
    /// Names, or with a `*` at the end, beginnings of names.
    forbidden: &'static [&'static str],
}

const ENGINE: &str = "the engine knows no cloud and no network";
const CLOUDS: &[&str] = &["aws-*", "azure_*", "hyper", "hyper-*", "reqwest"];

const PROGRAM: &str = "a program must build in seconds";
const SLOW: &[&str] = &[
    "aws-*", "azure_*", "h2", "hyper", "hyper-*", "reqwest", "rustls", "tokio",
];

const RULES: &[Rule] = &[
    Rule {
        package: "stack-engine",
        reason: ENGINE,
        forbidden: CLOUDS,
    },
    Rule {
        package: "stack-review",
        reason: "what is said about a plan needs no cloud",
        forbidden: CLOUDS,
    },
    Rule {
        package: "stack-sdk",
        reason: PROGRAM,
        forbidden: SLOW,
    },
    Rule {
        package: "stack-std",
        reason: PROGRAM,
        forbidden: SLOW,
    },
    Rule {
        package: "stack-azure-client",
        reason: "what keeps secrets speaks to Azure without its resources",
        forbidden: &["aws-*", "stack-azure", "stack-engine", "stack-provider"],
    },
    Rule {
        package: "stack-forge",
        reason: "it says what it is told, of plans or of anything else",
        forbidden: &[
            "aws-*",
            "azure_*",
            "stack-aws",
            "stack-azure*",
            "stack-backend",
            "stack-cost",
            "stack-engine",
            "stack-model",
            "stack-otel",
            "stack-policy",
            "stack-provider",
            "stack-review",
            "stack-sdk*",
            "stack-std",
            "stack-ui",
        ],
    },
    Rule {
        package: "stack-cost",
        reason: "a binary without a cloud is built without its SDK",
        forbidden: &["aws-*", "azure_*", "stack-aws", "stack-azure"],
    },
    Rule {
        package: "stack-backend",
        reason: "a binary without a cloud is built without its SDK",
        forbidden: &["aws-*", "azure_*"],
    },
    Rule {
        package: "stack-aws",
        reason: PROGRAM,
        forbidden: SLOW,
    },
    Rule {
        package: "stack-azure",
        reason: PROGRAM,
        forbidden: SLOW,
    },
    Rule {
        package: "stack-azure-emulator",
        reason: "what judges the provider must not share its code",
        forbidden: &["stack-*", "azure_*"],
    },
];

/// Checks every rule and reports every violation at once.
pub fn check() -> Outcome {
    let mut violations = Vec::new();
    for rule in RULES {
        violations.extend(violations_in(rule, &tree(rule.package)?));
    }
    if violations.is_empty() {
        return Ok(());
    }
    Err(violations.join("\nerror: ").into())
}

/// `cargo tree` and not `cargo metadata`: the latter unites the features that all members of the workspace ask for, so
/// it could not tell `stack-aws` with its provider from `stack-aws` without.
fn tree(package: &str) -> Outcome<String> {
    let mut command = cargo(&["tree", "--package", package, "--edges", "normal,build"])?;
    command.args(["--target", "all", "--prefix", "depth", "--format", " {p}"]);
    let output = command.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`cargo tree --package {package}` failed:\n{said}").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Reads lines of `DEPTH NAME VERSION…`; a forbidden crate is reported with the path to it. What it pulls in itself is
/// not: one line per way in is what somebody has to fix.
fn violations_in(rule: &Rule, tree: &str) -> Vec<String> {
    let mut path: Vec<&str> = Vec::new();
    let mut found_at = usize::MAX;
    let mut violations = Vec::new();
    for line in tree.lines() {
        let mut words = line.split_whitespace();
        let Some(depth) = words.next().and_then(|depth| depth.parse::<usize>().ok()) else {
            continue;
        };
        let Some(name) = words.next() else { continue };
        path.truncate(depth);
        path.push(name);
        if depth > found_at {
            continue;
        }
        found_at = usize::MAX;
        // At depth 0 is the package itself.
        let mut forbidden = rule.forbidden.iter();
        if depth > 0 && forbidden.any(|pattern| matches(pattern, name)) {
            found_at = depth;
            violations.push(format!(
                "{} must not depend on {name}, because {}: {}",
                rule.package,
                rule.reason,
                path.join(" -> ")
            ));
        }
    }
    violations
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::{Rule, violations_in};

    const RULE: Rule = Rule {
        package: "program",
        reason: "it must be small",
        forbidden: &["tokio", "aws-*"],
    };

    #[test]
    fn a_tree_without_forbidden_crates_is_fine() {
        let tree = "0 program v0.1.0 (/x)\n1 serde v1.0.0\n2 tokio-macros v2.0.0 (proc-macro)\n";
        assert_eq!(violations_in(&RULE, tree), Vec::<String>::new());
    }

    #[test]
    fn each_way_in_is_one_violation_with_its_path() {
        let tree = "0 program v0.1.0 (/x)\n1 client v1.0.0\n2 aws-sdk-ec2 v1.0.0\n3 aws-types v1.0.0\n\
                    1 serde v1.0.0\n1 queue v1.0.0\n2 tokio v1.0.0 (*)\n";
        assert_eq!(
            violations_in(&RULE, tree),
            [
                "program must not depend on aws-sdk-ec2, because it must be small: program -> client -> aws-sdk-ec2",
                "program must not depend on tokio, because it must be small: program -> queue -> tokio",
            ]
        );
    }
}
