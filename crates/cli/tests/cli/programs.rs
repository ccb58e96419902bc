//! Programs that do not come to a graph.

use crate::sandbox::Sandbox;

/// A program that answers in the protocol, around `body`.
fn python(body: &str) -> Sandbox {
    let program = format!(
        "import json, sys\n\
         request = json.load(sys.stdin)\n\
         def answer(word, body):\n\
         \x20   print('\\x1estack-%s %s' % (word, request['nonce']))\n\
         \x20   print(json.dumps(body))\n\
         \x20   print('\\x1estack-end %s' % request['nonce'])\n\
         {body}\n"
    );
    let sandbox = Sandbox::command(&["python3", "program.py"]);
    sandbox.write("program.py", &program);
    sandbox
}

#[test]
fn what_a_program_prints_besides_goes_to_stderr() {
    let sandbox = python(
        "print('hello from the program')\n\
         print('and from its stderr', file=sys.stderr)\n\
         answer('graph', {'format': 1, 'resources': [\n\
         \x20   {'type': 'std:core:Value', 'name': request['environment'], 'inputs': {'value': request['config']}}]})",
    );
    let seen = sandbox.stack(&["plan"]);
    sandbox.assert("chatter", &seen);
}

#[test]
fn a_program_that_ends_badly_has_one_clear_error() {
    let cases = [
        ("fails", "sys.exit(3)"),
        (
            "dies",
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
        ),
        ("silent", "print('I am not a graph')"),
        (
            "cut_off",
            "print('\\x1estack-graph ' + request['nonce']); print('{')",
        ),
        (
            "twice",
            "answer('graph', {'format': 1, 'resources': []}); answer('graph', {'format': 1, 'resources': []})",
        ),
        ("no_json", "answer('graph', 'nonsense')"),
        ("newer", "answer('graph', {'format': 99, 'resources': []})"),
        (
            "fails_after_its_graph",
            "answer('graph', {'format': 1, 'resources': []}); sys.exit(4)",
        ),
        (
            "says_what_is_wrong",
            "answer('error', {'problems': [\n\
         \x20   {'subject': 'std:core:Value/a', 'at': 'src/main.rs:1', 'message': 'is declared twice'},\n\
         \x20   {'subject': 'the program', 'message': 'no zones given'}]}); sys.exit(1)",
        ),
    ];
    let mut all = String::new();
    for (name, body) in cases {
        let sandbox = python(body);
        all += &format!("── {name} ──\n{}", sandbox.stack(&["plan"]));
    }
    Sandbox::empty().assert("programs", &all);
}

#[test]
fn a_panic_is_shown() {
    // As Rust says it; compiling one for this would take longer than all other tests.
    let sandbox = python(
        "print(\"\\nthread 'main' (7) panicked at src/main.rs:4:5:\\nno zones in eu-north-9\\n\
         note: run with `RUST_BACKTRACE=1`\", file=sys.stderr)\nsys.exit(101)",
    );
    let seen = sandbox.stack(&["plan"]);
    sandbox.assert("panic", &seen);
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let sandbox = Sandbox::command(&["./no-such-program"]);
    let seen = sandbox.stack(&["plan"]);
    sandbox.assert("no_program", &seen);
}

fn package(main: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "Stack.toml",
        "[stack]\nname = \"shop\"\nprogram = { cargo = \"shop\" }\n",
    );
    let manifest =
        "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
    sandbox.write("Cargo.toml", manifest);
    sandbox.write("src/main.rs", main);
    sandbox
}

#[test]
fn what_the_compiler_says_is_shown_as_it_is() {
    let sandbox = package("fn main() { let zones: u32 = \"two\"; }");
    let output = sandbox.output(&["plan"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("error[E0308]: mismatched types") && stderr.contains("src/main.rs:1:30"),
        "{stderr}"
    );
    let last = "error: the program shop does not compile; what the compiler says is above\n";
    assert!(stderr.ends_with(last), "{stderr}");
    assert!(output.stdout.is_empty());
}

#[test]
fn a_panic_of_a_real_program_is_shown() {
    let sandbox = package("fn main() { panic!(\"no zones\") }");
    let output = sandbox.output(&["plan"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.ends_with("error: the program shop panicked: no zones\n"),
        "{stderr}"
    );
}

#[test]
fn a_program_that_differs_from_run_to_run_is_found_out() {
    let sandbox = python(
        "import uuid\n\
         answer('graph', {'format': 1, 'resources': [\n\
         \x20   {'type': 'std:core:Value', 'name': 'same', 'inputs': {'value': 1}},\n\
         \x20   {'type': 'std:core:Value', 'name': 'random', 'at': 'src/main.rs:9', 'inputs': {'value': str(uuid.uuid4())}}]})",
    );
    let seen = sandbox.stack(&["check"]);
    sandbox.assert("impure", &seen);
}
