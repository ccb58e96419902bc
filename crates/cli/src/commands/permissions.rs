//! `stack permissions`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stack_engine::event::Silent;
use stack_engine::{Session, purposes};
use stack_provider::Purpose;

use crate::environment::Home;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::invocation::Invocation;
use crate::project::Environment;
use crate::render::style::{count, print, talk};
use crate::{planning, providers};

/// `stack permissions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only what a plan or a preview takes, and nothing that changes anything
    #[arg(long)]
    plan_only: bool,
    /// Of this cloud alone: aws or azure
    #[arg(long, value_name = "CLOUD")]
    cloud: Option<String>,
    /// Write each document into a file of its own, in this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// The documents of one cloud and account.
struct Permitted {
    cloud: String,
    purpose: Purpose,
    documents: Vec<String>,
}

/// Shows what to permit to whoever works on the environment, as its cloud's own tools take it. Asks no cloud.
pub async fn run(invocation: &Invocation, args: Args) -> Result<Exit> {
    let found = invocation
        .unless_cancelled(permitted(invocation, &args))
        .await?;
    if found.is_empty() {
        talk("nothing here takes a permission");
        return Ok(Exit::Done);
    }
    match &args.out {
        Some(folder) => write(folder, &found)?,
        None => show(&found)?,
    }
    Ok(Exit::Done)
}

/// Shows the documents, which have to be of one cloud: what reads them knows no other.
fn show(found: &[Permitted]) -> Result<()> {
    let clouds: BTreeSet<&str> = found.iter().map(|one| one.cloud.as_str()).collect();
    if clouds.len() > 1 {
        let clouds: Vec<&str> = clouds.into_iter().collect();
        return Err(Error::usage(
            format!(
                "the permissions are of several clouds: {}",
                clouds.join(" and ")
            ),
            "choose one with --cloud, or write each document into a file with --out DIR",
        ));
    }
    let documents: Vec<&str> = found
        .iter()
        .flat_map(|one| &one.documents)
        .map(String::as_str)
        .collect();
    print(&format!("{}\n", documents.join("\n"))).map_err(Error::Output)?;
    if documents.len() > 1 {
        talk(&format!(
            "{}, one after the other; --out DIR writes each into a file",
            count(documents.len(), "document")
        ));
    }
    Ok(())
}

/// The documents of every cloud and account that was asked for.
async fn permitted(invocation: &Invocation, args: &Args) -> Result<Vec<Permitted>> {
    let project = invocation.project()?;
    let environment = invocation.environment(&project)?;
    let home = Home::of(&project, &environment)?;
    let reading = home.reading();
    let connections = providers::connections();
    let schemas = Arc::clone(connections.schemas());
    let place = home.with_keys(&Silent, &reading);
    let (graph, session) = tokio::join!(
        planning::graph(&project, &environment, &schemas),
        Session::read(place, connections)
    );
    let (graph, session) = (graph?, session?);
    let config = planning::config(&project, &environment, &session)?;
    let purposes = purposes(&graph, &config, session.state(), &schemas, !args.plan_only);
    let clouds = purposes.iter().map(|(cloud, _)| cloud.clone());
    let clouds: BTreeSet<String> = clouds.collect();
    if let Some(asked) = args.cloud.as_ref().filter(|cloud| !clouds.contains(*cloud)) {
        let clouds: Vec<String> = clouds.into_iter().filter(|cloud| cloud != "std").collect();
        return Err(Error::usage(
            format!("nothing here is of {asked}"),
            format!("what there is, is of {}", clouds.join(" and ")),
        ));
    }
    let chosen = purposes
        .into_iter()
        .filter(|(cloud, _)| args.cloud.as_ref().is_none_or(|asked| asked == cloud));
    let permitted = chosen.map(|(cloud, mut purpose)| {
        purpose.account = purpose
            .account
            .or_else(|| only_account(&environment, &cloud));
        Permitted {
            documents: session.connections.policies(&cloud, &purpose),
            cloud,
            purpose,
        }
    });
    Ok(permitted.filter(|one| !one.documents.is_empty()).collect())
}

/// The account of a cloud that the environment allows, if there is just one.
fn only_account(environment: &Environment, cloud: &str) -> Option<String> {
    let of_cloud = |account: &String| {
        let (of, account) = account.split_once(':')?;
        (of == cloud).then(|| account.to_owned())
    };
    let mut allowed = environment.accounts.iter().filter_map(of_cloud);
    allowed.next().filter(|_| allowed.next().is_none())
}

/// Writes each document into a file of its own, and says where.
fn write(folder: &Path, found: &[Permitted]) -> Result<()> {
    let mut files: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for one in found {
        let documents = one.documents.iter().map(String::as_str);
        files.entry(one.file()).or_default().extend(documents);
    }
    let failed = |doing, path: &Path| {
        let path = path.to_owned();
        move |source| Error::File {
            doing,
            path,
            source,
        }
    };
    std::fs::create_dir_all(folder).map_err(failed("make the folder", folder))?;
    for (file, documents) in files {
        for (number, text) in documents.iter().enumerate() {
            let number = match documents.len() {
                1 => String::new(),
                _ => format!("-{}", number + 1),
            };
            let path = folder.join(format!("{file}{number}.json"));
            std::fs::write(&path, format!("{text}\n")).map_err(failed("write", &path))?;
            talk(&path.display().to_string());
        }
    }
    Ok(())
}

impl Permitted {
    /// What its files are called, but for a number.
    fn file(&self) -> String {
        let Purpose { name, account, .. } = &self.purpose;
        let account = account.iter().map(|account| format!("-{account}"));
        let ending = if self.purpose.changing { "" } else { "-plan" };
        format!(
            "{name}-{}{}{ending}",
            self.cloud,
            account.collect::<String>()
        )
    }
}
