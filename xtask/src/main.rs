//! What people do often: `cargo xtask demo | test | bench | check | emulators`.

mod bench;
mod check;
mod demo;
mod dependencies;
mod emulators;
mod step;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "What people do often")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the whole life of each cloud's starter on an emulator
    Demo,
    /// Measure the engine, beside Terraform where it is installed
    Bench(bench::Args),
    /// Run every check and every test, as CI does
    Test,
    /// Run rustfmt, clippy and the dependency check
    Check,
    /// Start both emulators and run them until Ctrl-C
    Emulators,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Demo => demo::run(),
        Command::Bench(args) => bench::run(&args),
        Command::Test => test::run(),
        Command::Check => check::run(),
        Command::Emulators => emulators::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let mut cause = error.source();
            while let Some(inner) = cause {
                eprintln!("  caused by: {inner}");
                cause = inner.source();
            }
            ExitCode::FAILURE
        }
    }
}
