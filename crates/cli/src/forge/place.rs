//! From what was typed and what a CI sets to a pull request, or to the issues of a repository.

use std::path::PathBuf;

use serde_json::Value as Json;
use stack_forge::{GitHub, GitHubIssues, GitLab, GitLabIssues, Token};

use super::issues::Issues;
use super::{PullRequest, Whom};
use crate::error::{Error, Result};

/// A variable of the environment that is set and not empty.
type Variable<'v> = &'v dyn Fn(&str) -> Option<String>;

/// What to do where it is not the token that is missing.
const NAME_IT: &str = "name it: no pull request started this job, or another did";

/// What GitLab is reached by, as it is called where it lacks.
const GITLAB_API: &str = "the address of its API (CI_API_V4_URL)";
const GITLAB_TOKEN: &str = "the token (STACK_GITLAB_TOKEN, or GITLAB_TOKEN)";
const GITLAB_PROJECT: &str = "the project (--repository, or CI_PROJECT_ID)";

/// What is not there, all at once.
#[derive(Default)]
struct Missing(Vec<&'static str>);

impl Missing {
    /// Notes that it is missing, if it is.
    fn or<T>(&mut self, found: Option<T>, what: &'static str) -> Option<T> {
        if found.is_none() {
            self.0.push(what);
        }
        found
    }

    fn error(self, option: &str, hint: &str) -> Error {
        let message = format!("`{option}` lacks\n  {}", self.0.join("\n  "));
        Error::usage(message, hint)
    }
}

/// The pull request of a job of GitHub Actions, or the one that was given.
///
/// <https://docs.github.com/actions/reference/workflows-and-actions/variables>
pub fn github(whom: &Whom, variable: Variable<'_>) -> Result<PullRequest> {
    let named = variable("GITHUB_REPOSITORY");
    let event = match &whom.repository {
        Some(other) if Some(other) != named.as_ref() => None,
        _ => event(variable)?,
    };
    let event = event.map(|mut event| event["pull_request"].take());
    let (number, head) = match &event {
        None => (None, None),
        // Not GITHUB_SHA: in a job of a pull request that is the merge with its base, which nobody sees.
        Some(event) => (event["number"].as_u64(), event["head"]["sha"].as_str()),
    };
    let head = head.filter(|_| whom.pull_request.is_none() || whom.pull_request == number);

    let mut missing = Missing::default();
    let token = missing.or(variable("GITHUB_TOKEN"), "the token (GITHUB_TOKEN)");
    let repository = missing.or(
        whom.repository.clone().or(named),
        "the repository (--repository, or GITHUB_REPOSITORY)",
    );
    let number = missing.or(
        whom.pull_request.or(number),
        "the pull request (--pull-request, or the event of a pull request in GITHUB_EVENT_PATH)",
    );
    let commit = missing.or(
        whom.commit.as_deref().or(head),
        "its commit (--commit, or the event of that pull request in GITHUB_EVENT_PATH)",
    );
    let hint = match &token {
        Some(_) => NAME_IT,
        None => {
            "in a job of GitHub Actions that a pull request starts, all but the token is there: give the step \
             `env: { GITHUB_TOKEN: ${{ github.token }} }`"
        }
    };
    let (Some(token), Some(repository), Some(number), Some(commit)) =
        (token, repository, number, commit)
    else {
        return Err(missing.error("--comment github", hint));
    };
    let (owner, name) = owner_and_name(&repository)?;
    let forge = GitHub::new(
        &github_api(variable),
        &Token::new(&token),
        (owner, name),
        number,
        commit_of(commit)?,
    )?;
    let target_url = variable("GITHUB_SERVER_URL")
        .zip(variable("GITHUB_REPOSITORY"))
        .zip(variable("GITHUB_RUN_ID"))
        .map(|((server, repository), run)| format!("{server}/{repository}/actions/runs/{run}"));
    Ok(PullRequest {
        forge: Box::new(forge),
        target_url,
        summary: variable("GITHUB_STEP_SUMMARY").map(PathBuf::from),
    })
}

/// The issues of the repository of a job of GitHub Actions, or of the one that was given.
pub fn github_issues(repository: Option<&str>, variable: Variable<'_>) -> Result<Issues> {
    let mut missing = Missing::default();
    let token = missing.or(variable("GITHUB_TOKEN"), "the token (GITHUB_TOKEN)");
    let repository = missing.or(
        repository
            .map(str::to_owned)
            .or_else(|| variable("GITHUB_REPOSITORY")),
        "the repository (--repository, or GITHUB_REPOSITORY)",
    );
    let (Some(token), Some(repository)) = (token, repository) else {
        let hint = "in a job of GitHub Actions all but the token is there: give the step `env: { GITHUB_TOKEN: ${{ \
                    github.token }} }`";
        return Err(missing.error("--issue github", hint));
    };
    let name = owner_and_name(&repository)?;
    let tracker = GitHubIssues::new(&github_api(variable), &Token::new(&token), name)?;
    Ok(Issues {
        tracker: Box::new(tracker),
        summary: variable("GITHUB_STEP_SUMMARY").map(PathBuf::from),
    })
}

fn github_api(variable: Variable<'_>) -> String {
    variable("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned())
}

/// What started a job of GitHub Actions.
fn event(variable: Variable<'_>) -> Result<Option<Json>> {
    let Some(path) = variable("GITHUB_EVENT_PATH").map(PathBuf::from) else {
        return Ok(None);
    };
    let read = std::fs::read(&path).and_then(|text| Ok(serde_json::from_slice(&text)?));
    read.map(Some).map_err(|source| Error::File {
        doing: "read",
        path,
        source,
    })
}

/// The two parts of a repository's name.
fn owner_and_name(repository: &str) -> Result<(&str, &str)> {
    let is_name = |name: &str| {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        !name.is_empty() && name.chars().all(allowed) && name.chars().any(|letter| letter != '.')
    };
    repository
        .split_once('/')
        .filter(|(owner, name)| is_name(owner) && is_name(name))
        .ok_or_else(|| {
            Error::usage(
                format!("{repository:?} is no repository of GitHub"),
                "write OWNER/NAME",
            )
        })
}

/// A commit is named in full: statuses are of commits, and an abbreviation may come to name two.
fn commit_of(commit: &str) -> Result<&str> {
    let in_full = matches!(commit.len(), 40 | 64);
    match in_full && commit.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(commit),
        false => Err(Error::usage(
            format!("{commit:?} is no commit"),
            "give its full hash, as `git rev-parse HEAD` prints it",
        )),
    }
}

/// The merge request of a pipeline of GitLab, or the one that was given.
///
/// <https://docs.gitlab.com/ci/variables/predefined_variables>
pub fn gitlab(whom: &Whom, variable: Variable<'_>) -> Result<PullRequest> {
    let id = variable("CI_PROJECT_ID");
    let is_here = match &whom.repository {
        None => true,
        given => *given == id || *given == variable("CI_PROJECT_PATH"),
    };
    let here = |name: &str| variable(name).filter(|_| is_here);
    let number = here("CI_MERGE_REQUEST_IID").and_then(|text| text.parse().ok());
    let is_its = whom.pull_request.is_none() || whom.pull_request == number;
    // The pipeline's own commit, also where that is a merge with the target: its statuses are what the merge request shows.
    let built = here("CI_COMMIT_SHA").filter(|_| is_its);
    let pipeline = match &whom.commit {
        Some(commit) if Some(commit) != built.as_ref() => None,
        _ => here("CI_PIPELINE_ID").filter(|_| built.is_some()),
    };

    let mut missing = Missing::default();
    let api = missing.or(variable("CI_API_V4_URL"), GITLAB_API);
    let token = missing.or(gitlab_token(variable), GITLAB_TOKEN);
    let project = missing.or(whom.repository.clone().or(id), GITLAB_PROJECT);
    let number = missing.or(
        whom.pull_request.or(number),
        "the merge request (--pull-request, or CI_MERGE_REQUEST_IID, which only merge request pipelines have)",
    );
    let commit = missing.or(
        whom.commit.clone().or(built),
        "its commit (--commit, or CI_COMMIT_SHA of a pipeline of that merge request)",
    );
    let hint = match &token {
        Some(_) => NAME_IT,
        None => {
            "in a merge request pipeline all but the token is there: make a project access token with the role Developer \
             and the scope `api`, and give it as the masked variable STACK_GITLAB_TOKEN; CI_JOB_TOKEN may not write notes"
        }
    };
    let (Some(api), Some(token), Some(project), Some(number), Some(commit)) =
        (api, token, project, number, commit)
    else {
        return Err(missing.error("--comment gitlab", hint));
    };
    let forge = GitLab::new(
        &api,
        &Token::new(&token),
        &project,
        number,
        commit_of(&commit)?,
        pipeline.as_deref(),
    )?;
    Ok(PullRequest {
        forge: Box::new(forge),
        target_url: variable("CI_JOB_URL"),
        summary: None,
    })
}

/// The issues of the project of a pipeline of GitLab, or of the one that was given.
pub fn gitlab_issues(repository: Option<&str>, variable: Variable<'_>) -> Result<Issues> {
    let mut missing = Missing::default();
    let api = missing.or(variable("CI_API_V4_URL"), GITLAB_API);
    let token = missing.or(gitlab_token(variable), GITLAB_TOKEN);
    let project = repository.map(str::to_owned);
    let project = missing.or(
        project.or_else(|| variable("CI_PROJECT_ID")),
        GITLAB_PROJECT,
    );
    let (Some(api), Some(token), Some(project)) = (api, token, project) else {
        let hint = "in a pipeline all but the token is there: make a project access token with the role Reporter and the \
                    scope `api`, and give it as the masked variable STACK_GITLAB_TOKEN; CI_JOB_TOKEN may not write issues";
        return Err(missing.error("--issue gitlab", hint));
    };
    let tracker = GitLabIssues::new(&api, &Token::new(&token), &project)?;
    Ok(Issues {
        tracker: Box::new(tracker),
        summary: None,
    })
}

fn gitlab_token(variable: Variable<'_>) -> Option<String> {
    variable("STACK_GITLAB_TOKEN").or_else(|| variable("GITLAB_TOKEN"))
}
