//! The smallest stack: two values and a password, without a cloud.

use stack::prelude::*;
use stack_std::{core, random};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    greeting: String,
}

fn main() -> ExitCode {
    stack::run(hello)
}

fn hello(stack: &mut Stack, settings: Settings) -> Result<()> {
    let password = stack.add("door", random::Password::builder().length(20).build());

    let root = stack.add(
        "root",
        core::Value::builder()
            .value(json!({
                "greeting": settings.greeting,
                "guests": ["Ada", "Grace"],
            }))
            .build(),
    );
    let guest = root.value.get("guests").index(0);
    let leaf = stack.add(
        "leaf",
        core::Value::builder()
            .value(json!({
                "text": interpolate!("{}, {}!", root.value.get("greeting"), guest),
                "door": password.result,
            }))
            .build(),
    );

    stack.output("MESSAGE", leaf.value.get("text"));
    stack.described_output("DOOR", &password.result, "opens the door");
    Ok(())
}

#[cfg(test)]
mod tests {
    use stack::testing::{self, Inspect};

    use super::*;

    #[test]
    fn the_greeting_comes_from_the_configuration() {
        let settings = Settings {
            greeting: "Hi".into(),
        };
        let graph = testing::graph(hello, settings);
        assert_eq!(graph.resources.len(), 3);
        assert_eq!(
            graph.input("std:core:Value/root", "value.greeting"),
            "Hi".into()
        );
    }
}
