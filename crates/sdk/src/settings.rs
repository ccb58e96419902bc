//! Configuration as the program's own type.

use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use stack_model::Problem;

/// Reads a program's settings. What does not fit is named by its key.
pub(crate) fn read<S: DeserializeOwned>(config: &Json) -> Result<S, Problem> {
    // A program without settings says so with `()`, whatever the configuration holds.
    if std::mem::size_of::<S>() == 0
        && let Ok(nothing) = S::deserialize(Json::Null)
    {
        return Ok(nothing);
    }
    let config = match config {
        Json::Null => Json::Object(serde_json::Map::new()),
        config => config.clone(),
    };
    serde_path_to_error::deserialize(&config).map_err(|error| {
        let path = error.path().to_string();
        let secret = at(&config, error.path()).is_some_and(|found| found.get("$config").is_some());
        let message = if secret {
            "is secret, so it does not enter the program: give the field the type \
             `stack::Secret<String>`"
                .to_owned()
        } else {
            error.inner().to_string()
        };
        Problem {
            subject: if path == "." {
                "configuration".to_owned()
            } else {
                format!("configuration {path}")
            },
            at: None,
            message,
        }
    })
}

fn at<'c>(config: &'c Json, path: &serde_path_to_error::Path) -> Option<&'c Json> {
    use serde_path_to_error::Segment;
    path.iter()
        .try_fold(config, |found, segment| match segment {
            Segment::Seq { index } => found.get(index),
            Segment::Map { key } => found.get(key),
            Segment::Enum { variant } => found.get(variant),
            Segment::Unknown => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize)]
    struct Settings {
        #[allow(dead_code)]
        database: Database,
    }

    #[derive(Debug, Deserialize)]
    struct Database {
        #[allow(dead_code)]
        size: u16,
        #[allow(dead_code)]
        key: String,
    }

    fn problem(config: Json) -> String {
        read::<Settings>(&config).unwrap_err().to_string()
    }

    #[test]
    fn what_does_not_fit_is_named() {
        assert_eq!(
            problem(json!({"database": {"size": "x", "key": ""}})),
            "configuration database.size: invalid type: string \"x\", expected u16"
        );
        assert_eq!(
            problem(json!({"database": {"size": 1}})),
            "configuration database: missing field `key`"
        );
        assert_eq!(
            problem(json!({})),
            "configuration: missing field `database`"
        );
    }

    #[test]
    fn a_secret_in_a_plain_field_says_which_type_to_use() {
        let config = json!({"database": {"size": 1, "key": {"$config": ["database", "key"]}}});
        assert!(problem(config).starts_with("configuration database.key: is secret"));
    }

    #[test]
    fn a_program_without_settings_takes_any_configuration() {
        read::<()>(&json!({"a": 1})).unwrap();
    }
}
