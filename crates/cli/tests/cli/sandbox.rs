//! A project in a folder of its own, and the binary run in it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value as Json, json};

/// A project in a folder of its own, with a home of its own.
pub struct Sandbox {
    temp: tempfile::TempDir,
}

/// A `Stack.toml` whose program is a file.
pub const STACK_TOML: &str = "[stack]\nname = \"shop\"\nprogram = { graph = \"graph.json\" }\n";

impl Sandbox {
    /// An empty folder.
    pub fn empty() -> Self {
        Self {
            temp: tempfile::tempdir().unwrap(),
        }
    }

    /// A project whose program is this graph.
    pub fn new(graph: &Json) -> Self {
        let sandbox = Self::empty();
        sandbox.write("Stack.toml", STACK_TOML);
        sandbox.graph(graph);
        sandbox
    }

    /// A project whose program is a command.
    pub fn command(command: &[&str]) -> Self {
        let sandbox = Self::empty();
        let command = json!(command);
        let text = format!("[stack]\nname = \"shop\"\nprogram = {{ command = {command} }}\n");
        sandbox.write("Stack.toml", &text);
        sandbox
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.temp.path().join(path)
    }

    /// The folder of the state of `dev`.
    pub fn state(&self) -> PathBuf {
        self.path(".stack/state/shop/dev")
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Git in one of its folders, with nothing of this machine around it; gives what it prints.
    pub fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .arg("-C")
            .arg(self.path(folder))
            .args([
                "-c",
                "user.name=tester",
                "-c",
                "user.email=tester@localhost",
            ])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn graph(&self, graph: &Json) {
        self.write("graph.json", &graph.to_string());
    }

    /// The binary, with nothing of this machine around it.
    pub fn binary(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stack"));
        command
            .args(arguments)
            .current_dir(self.temp.path())
            .stdin(Stdio::null())
            .env("HOME", self.path("home"))
            .env("USER", "tester")
            .env("TERM", "dumb");
        for name in [
            "CARGO_TARGET_DIR",
            "NO_COLOR",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "OTEL_SDK_DISABLED",
            "TRACEPARENT",
            "CLICOLOR_FORCE",
            "STACK_ENVIRONMENT",
            "STACK_KEY_FILE",
            "STACK_PASSPHRASE",
            "STACK_POLICIES",
            "STACK_NEW_PASSPHRASE",
            "STACK_AWS_PRICES",
            "STACK_AZURE_PRICES",
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
        ] {
            command.env_remove(name);
        }
        // A program's own Rust is the one that built this.
        for name in ["RUSTUP_HOME", "CARGO_HOME"] {
            let fallback = format!(".{}", name.trim_end_matches("_HOME").to_lowercase());
            let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(fallback));
            if let Some(value) = std::env::var_os(name).or(home.map(Into::into)) {
                command.env(name, value);
            }
        }
        command
    }

    /// Runs the binary to its end.
    pub fn output(&self, arguments: &[&str]) -> Output {
        self.binary(arguments).output().unwrap()
    }

    /// Runs the binary with something on standard input.
    pub fn fed(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .binary(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        child.wait_with_output().unwrap()
    }

    /// Starts the binary.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.binary(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Runs the binary, and gives all that a person sees of it.
    pub fn stack(&self, arguments: &[&str]) -> String {
        transcript(arguments, &self.output(arguments))
    }

    /// Runs the binary, which must succeed.
    pub fn succeeds(&self, arguments: &[&str]) -> Output {
        let output = self.output(arguments);
        assert!(
            output.status.success(),
            "{}",
            transcript(arguments, &output)
        );
        output
    }

    /// Every byte below a folder, with its file's name.
    pub fn bytes_below(&self, folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut open = vec![self.path(folder)];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => open.push(path),
                    false => found.push((path.clone(), std::fs::read(&path).unwrap())),
                }
            }
        }
        found
    }

    /// Compares with what is expected; what differs from run to run is left out.
    pub fn assert(&self, name: &str, seen: &str) {
        let folder = self.temp.path().canonicalize().unwrap();
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.add_filter(&regex_of(&folder), "[DIR]");
        settings.add_filter(&regex_of(self.temp.path()), "[DIR]");
        settings.add_filter(r"\b[0-9a-f]{16}\b", "[ID]");
        settings.add_filter(
            r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
            "[LINEAGE]",
        );
        settings.add_filter(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "[TIME]");
        settings.add_filter(r"on \S+ \(process \d+\)", "on [HOST] (process [PID])");
        settings.add_filter(r#""elapsed_ms":\d+"#, r#""elapsed_ms":[MS]"#);
        settings.add_filter(r#""durable_writes":\d+"#, r#""durable_writes":[N]"#);
        settings.add_filter(r"\bkey [0-9a-f]{8}\b", "key [KEY]");
        settings.add_filter(r"end process \d+ on \S+", "end process [PID] on [HOST]");
        settings.add_filter(r" (in|after) \d+s\b", "");
        settings.bind(|| insta::assert_snapshot!(name, seen));
    }
}

fn regex_of(path: &Path) -> String {
    let text = path.to_str().unwrap();
    text.chars()
        .map(
            |letter| match letter.is_ascii_alphanumeric() || letter == '/' {
                true => letter.to_string(),
                false => format!("\\{letter}"),
            },
        )
        .collect()
}

/// All that a person sees of a run.
pub fn transcript(arguments: &[&str], output: &Output) -> String {
    format!(
        "$ stack {}\n{}── stderr ──\n{}── exit {} ──\n",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
        output
            .status
            .code()
            .map_or("by signal".into(), |code| code.to_string())
    )
}

/// A graph with these resources.
pub fn graph(resources: Json) -> Json {
    json!({"format": 1, "resources": resources})
}

/// A `std:core:Value`.
pub fn value(name: &str, value: Json) -> Json {
    json!({"type": "std:core:Value", "name": name, "inputs": {"value": value}})
}

/// A reference to a `std:core:Value`.
pub fn reference(name: &str, path: Json) -> Json {
    json!({"$ref": {"urn": format!("std:core:Value/{name}"), "path": path}})
}
