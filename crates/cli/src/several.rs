//! Several stacks that are worked on together.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use stack_engine::CheckedGraph;
use stack_model::Name;
use stack_provider::trace::{self, Work};

use crate::error::{Error, Result};
use crate::invocation::Invocation;
use crate::project::{self, Environment, Project, ProjectError};
use crate::render::style::talk;
use crate::stacks::{self, Place};

/// A stack and one of its environments.
pub type Member = (Project, Environment);

/// Every stack in a folder and below that has the environment that was asked for, in the order of their paths. Folders that
/// are hidden, or that tools fill, are passed over.
pub fn members(invocation: &Invocation) -> Result<Vec<Member>> {
    let folder = &invocation.global.directory;
    let mut folders = Vec::new();
    stacks_below(folder, &mut folders)?;
    if folders.is_empty() {
        return Err(Error::usage(
            format!(
                "there is no {} in {} or below",
                project::FILE,
                folder.display()
            ),
            "name the folder of the stacks: stack -C DIR …",
        ));
    }
    let mut members = Vec::new();
    for folder in folders {
        let project = Project::find(&folder)?;
        match invocation.environment(&project) {
            Ok(environment) => members.push((project, environment)),
            Err(Error::Project(ProjectError::NoEnvironment { name, .. })) => {
                talk(&format!("{} has no environment {name}", project.name));
            }
            Err(error) => return Err(error),
        }
    }
    if members.is_empty() {
        return Err(Error::usage(
            "none of these stacks has that environment",
            "name another with --environment, or add it to their Stack.toml",
        ));
    }
    let mut seen: HashMap<Place, &Path> = HashMap::new();
    for member in &members {
        let folder = &member.0.folder;
        if let Some(other) = seen.insert(place(member)?, folder) {
            let place = format!("{} of {}", member.1.name, member.0.name);
            return Err(Error::refused(
                format!(
                    "{} and {} both are {place}",
                    other.display(),
                    folder.display()
                ),
                "give one of them another name in its Stack.toml",
            ));
        }
    }
    Ok(members)
}

fn stacks_below(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let unreadable = |source| Error::File {
        doing: "read",
        path: folder.to_owned(),
        source,
    };
    if folder.join(project::FILE).is_file() {
        found.push(folder.to_owned());
    }
    let mut below = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let passed_over = name.starts_with('.') || name == "target" || name == "node_modules";
        // A link may lead back here.
        if !passed_over && entry.file_type().map_err(unreadable)?.is_dir() {
            below.push(entry.path());
        }
    }
    below.sort();
    below
        .iter()
        .try_for_each(|folder| stacks_below(folder, found))
}

/// Does the work of one of several, and says in a trace which one that is.
pub async fn within<T>(stack: &str, environment: &str, doing: impl Future<Output = T>) -> T {
    trace::within(Work::Environment { stack, environment }, doing).await
}

/// The names of a member.
pub fn place((project, environment): &Member) -> Result<Place> {
    let name = |text: &str| {
        let name = text.parse::<Name>();
        name.map_err(|error| Error::refused(error.to_string(), "choose another name"))
    };
    Ok((name(&project.name)?, name(&environment.name)?))
}

/// Which of these each one reads, by their graphs. One without a graph reads none.
pub fn reads<'g>(
    places: &[Place],
    graphs: impl Iterator<Item = Option<&'g CheckedGraph>>,
) -> Vec<Vec<usize>> {
    let positions: HashMap<&Place, usize> = places.iter().zip(0..).collect();
    let reads = |graph: Option<&CheckedGraph>| {
        let places = graph.map(|graph| stacks::references(&graph.graph));
        let places = places.into_iter().flat_map(|places| places.into_keys());
        places
            .filter_map(|place| positions.get(&place).copied())
            .collect()
    };
    graphs.map(reads).collect()
}

/// The positions, each after those that it reads, else as they are; and those that cannot be put in such an order, because
/// each reads another of them. These are last.
pub fn order(reads: &[Vec<usize>]) -> (Vec<usize>, Vec<usize>) {
    let mut order: Vec<usize> = Vec::with_capacity(reads.len());
    let mut placed = vec![false; reads.len()];
    loop {
        let is_next = |one: &usize| !placed[*one] && reads[*one].iter().all(|read| placed[*read]);
        let Some(next) = (0..reads.len()).find(is_next) else {
            break;
        };
        placed[next] = true;
        order.push(next);
    }
    let circle = (0..reads.len()).filter(|one| !placed[*one]).collect();
    (order, circle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_after_what_it_reads() {
        assert_eq!(order(&[vec![2], vec![], vec![1]]), (vec![1, 2, 0], vec![]));
        assert_eq!(order(&[vec![], vec![], vec![]]), (vec![0, 1, 2], vec![]));
        let circle = [vec![1], vec![0], vec![], vec![2]];
        assert_eq!(order(&circle), (vec![2, 3], vec![0, 1]));
    }
}
