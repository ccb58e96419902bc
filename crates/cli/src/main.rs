//! The binary `stack`. Everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    stack_cli::run()
}
