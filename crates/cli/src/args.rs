//! What may be typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::commands::{
    apply, check, completions, config, destroy, drift, extend, graph, import, new, output,
    permissions, plan, policy, preview, refresh, rollback, schema, seal, secrets, state, sweep,
    teardown, ui,
};

/// Infrastructure as an ordinary Rust program.
#[derive(Debug, Parser)]
#[command(
    name = "stack",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command understands.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Begin the search for Stack.toml in this folder
    #[arg(
        short = 'C',
        global = true,
        value_name = "DIR",
        default_value = ".",
        hide_default_value = true
    )]
    pub directory: PathBuf,
    /// The environment; the only one that Stack.toml has, or `dev`, when not given
    #[arg(
        short,
        long,
        global = true,
        value_name = "NAME",
        env = "STACK_ENVIRONMENT",
        hide_env_values = true
    )]
    pub environment: Option<String>,
    /// text or json; `stack graph` knows dot and mermaid as well, `stack preview` markdown and html, `stack drift` markdown
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    pub format: Option<Format>,
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true
    )]
    pub color: Color,
    /// Export the run as a trace of OpenTelemetry: to this collector, to the one that the standard variables name, or to
    /// one on this machine
    #[arg(
        long,
        global = true,
        value_name = "URL",
        num_args = 0..=1,
        require_equals = true
    )]
    pub otel: Option<Option<String>>,
}

impl Global {
    /// Whether JSON was asked for.
    pub fn is_json(&self) -> bool {
        self.format == Some(Format::Json)
    }
}

/// How data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// A graph for Graphviz.
    Dot,
    /// A graph for Markdown.
    Mermaid,
    /// A comment on a pull request.
    Markdown,
    /// A page for a browser.
    Html,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// From now on, for everything that is printed.
    pub fn write_global(self) {
        let choice = match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what an apply would do
    Plan(plan::Args),
    /// Show what applies of many stacks and environments would do, for a pull request
    Preview(preview::Args),
    /// Do what the program asks for
    Apply(apply::Args),
    /// Delete everything that is recorded
    Destroy(destroy::Args),
    /// Put off when an environment is torn down
    Extend(extend::Args),
    /// Destroy every environment of a backend whose time is over
    Teardown(teardown::Args),
    /// Find objects in an account that belong to nobody, and delete them
    Sweep(sweep::Args),
    /// Look at every environment of a backend in a browser, and at runs while they go on
    Ui(ui::Args),
    /// Put back what an earlier state recorded
    Rollback(rollback::Args),
    /// Show what changed outside since the last run; record it, or put it back
    Drift(drift::Args),
    /// Settle what an earlier run left in doubt, and record what changed outside, without asking
    Refresh(refresh::Args),
    /// Take an object in that exists already
    Import(import::Args),
    /// Show the stack's outputs
    Output(output::Args),
    /// Look after the policies that judge plans
    #[command(subcommand)]
    Policy(policy::Command),
    /// Show what to permit to whoever plans and applies
    Permissions(permissions::Args),
    /// Look at what is recorded, and repair it
    #[command(subcommand)]
    State(state::Command),
    /// Show what the program declares, as a graph
    Graph(graph::Args),
    /// Check the program without touching anything
    Check(check::Args),
    /// Make a new stack
    New(new::Args),
    /// Show the documentation of a resource type
    Schema(schema::Args),
    /// Look at the configuration, and change it in Stack.toml
    #[command(subcommand)]
    Config(config::Command),
    /// Seal a secret for Stack.toml
    Seal(seal::Args),
    /// Look after the key that secrets are sealed with
    #[command(subcommand)]
    Secrets(secrets::Command),
    /// Write completions for a shell
    Completions(completions::Args),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
