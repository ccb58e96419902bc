//! `stack new`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use stack_model::Name;

use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::render::style::{print, talk};

/// `stack new`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder to make; its name is the stack's
    directory: PathBuf,
    /// What to begin with
    #[arg(long, value_name = "NAME", default_value = "minimal")]
    template: Template,
    /// A checkout of stack to take the SDK from; the registry, in this release's version, when not given
    #[arg(long, value_name = "DIR")]
    sdk: Option<PathBuf>,
}

/// What to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Template {
    /// One component, one setting, one output; no cloud.
    Minimal,
}

/// The files of a template, with what is filled in as `{{name}}`, `{{sdk}}` and `{{std}}`.
struct Source {
    path: &'static str,
    text: &'static str,
}

impl Template {
    fn files(self) -> &'static [Source] {
        match self {
            Self::Minimal => &[
                Source {
                    path: "Cargo.toml",
                    text: include_str!("../../templates/minimal/Cargo.toml.in"),
                },
                Source {
                    path: "Stack.toml",
                    text: include_str!("../../templates/minimal/Stack.toml.in"),
                },
                Source {
                    path: "src/main.rs",
                    text: include_str!("../../templates/minimal/main.rs"),
                },
                Source {
                    path: ".gitignore",
                    text: include_str!("../../templates/minimal/gitignore"),
                },
            ],
        }
    }
}

/// Makes a new stack from a template. Never writes into a folder that has something in it.
pub fn run(_: &Invocation, args: Args) -> Result<Exit> {
    let folder = &args.directory;
    let name = name(folder)?;
    if std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Error::usage(
            format!("{} is there already, and is not empty", folder.display()),
            "name a folder that is not there yet",
        ));
    }
    let sdk = args.sdk.as_deref().map(checkout).transpose()?;
    for source in args.template.files() {
        let text = source
            .text
            .replace("{{name}}", name.as_str())
            .replace("{{sdk}}", &dependency(sdk.as_deref(), "sdk"))
            .replace("{{std}}", &dependency(sdk.as_deref(), "std"));
        write(&folder.join(source.path), &text)?;
    }
    let made = args
        .template
        .files()
        .iter()
        .map(|source| folder.join(source.path));
    let list: String = made.map(|path| format!("{}\n", path.display())).collect();
    print(&list).map_err(Error::Output)?;
    talk(&format!("try: stack -C {} plan", folder.display()));
    Ok(Exit::Done)
}

/// The stack's name, which is also its package's.
fn name(folder: &Path) -> Result<Name> {
    let last = folder.file_name().unwrap_or_default().to_string_lossy();
    let is_package =
        last.starts_with(|first: char| first.is_ascii_alphabetic()) && !last.contains('.');
    last.parse::<Name>()
        .ok()
        .filter(|_| is_package)
        .ok_or_else(|| {
            Error::usage(
                format!("{last:?} cannot be the name of a stack and its package"),
                "name a folder of letters, digits, - and _, beginning with a letter",
            )
        })
}

/// The folder with the crates of a checkout.
fn checkout(folder: &Path) -> Result<PathBuf> {
    let crates = folder.join("crates");
    if !crates.join("sdk/Cargo.toml").is_file() {
        return Err(Error::usage(
            format!(
                "{} is no checkout of stack: it has no crates/sdk",
                folder.display()
            ),
            "name the folder that holds stack's own Cargo.toml",
        ));
    }
    crates.canonicalize().map_err(|source| Error::File {
        doing: "read",
        path: crates,
        source,
    })
}

fn dependency(crates: Option<&Path>, name: &str) -> String {
    match crates {
        Some(crates) => format!("{{ path = {:?} }}", crates.join(name)),
        None => format!("{:?}", env!("CARGO_PKG_VERSION")),
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|source| Error::File {
            doing: "write",
            path: path.to_owned(),
            source,
        })
}
