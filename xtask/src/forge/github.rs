//! GitHub's endpoints, by its own descriptions of them: <https://github.com/github/rest-api-description>.

use serde_json::{Value as Json, json};

use super::world::{Comment, Issue, Reply, Request, User, World};
use super::{COMMIT, NUMBER};

/// When everything happens.
const WHEN: &str = "2026-01-02T03:04:05Z";

pub fn answer(world: &mut World, request: &Request<'_>) -> Reply {
    let Some((user, writes)) = request.asks else {
        return Reply::refusal(401, "Bad credentials");
    };
    if let ["api", "graphql"] = request.parts[..] {
        return viewer(user, request);
    }
    let ["repos", owner, name, rest @ ..] = &request.parts[..] else {
        return missing();
    };
    if request.method != "GET" && !writes {
        return Reply::refusal(403, "Resource not accessible by integration");
    }
    let place = Place {
        repository: format!("{}/repos/{owner}/{name}", request.api),
        page: format!("https://git.example.com/{owner}/{name}/pull/{NUMBER}"),
    };
    let number = NUMBER.to_string();
    match (request.method, rest) {
        ("GET", ["issues", asked, "comments"]) if *asked == number => {
            let (comments, page) = World::page(&world.comments, request, 30);
            let comments: Vec<Json> = comments.iter().map(|one| place.comment(one)).collect();
            let reply = Reply::new(200, json!(comments));
            let address = format!("{}/issues/{number}/comments", place.repository);
            match page.links(&address) {
                Some(links) => reply.with("link", links),
                None => reply,
            }
        }
        ("POST", ["issues", asked, "comments"]) if *asked == number => {
            let Some(body) = request.text("body").filter(|body| !body.trim().is_empty()) else {
                return invalid("IssueComment", "body", "is missing");
            };
            if body.chars().count() > 65_536 {
                return too_long("IssueComment");
            }
            let id = world.comment(user, body);
            let made = world.comments.iter().find(|one| one.id == id);
            Reply::new(201, made.map_or(Json::Null, |one| place.comment(one)))
        }
        (method, ["issues", "comments", id]) => {
            let at = world
                .comments
                .iter()
                .position(|one| one.id.to_string() == *id);
            let Some(at) = at else { return missing() };
            match method {
                "GET" => Reply::new(200, place.comment(&world.comments[at])),
                "PATCH" => {
                    let Some(body) = request.text("body") else {
                        return invalid("IssueComment", "body", "is missing");
                    };
                    world.comments[at].body = body.to_owned();
                    world.comments[at].changes += 1;
                    Reply::new(200, place.comment(&world.comments[at]))
                }
                "DELETE" => {
                    world.comments.remove(at);
                    Reply::new(204, Json::Null)
                }
                _ => missing(),
            }
        }
        (_, ["issues"]) => place.issues(world, request, user),
        (method, ["issues", asked]) => {
            let issues = &mut world.issues;
            let found = issues
                .iter_mut()
                .find(|one| one.number.to_string() == *asked);
            match (method, found) {
                ("GET", Some(found)) => Reply::new(200, place.issue(found)),
                ("PATCH", Some(found)) => place.changed(found, request),
                _ => missing(),
            }
        }
        ("POST", ["statuses", commit]) => {
            if *commit != COMMIT && !world.commits.iter().any(|known| known == commit) {
                return Reply::refusal(422, &format!("No commit found for SHA: {commit}"));
            }
            let state = request.text("state").unwrap_or_default();
            if !["error", "failure", "pending", "success"].contains(&state) {
                return invalid("Status", "state", "is not included in the list");
            }
            let description = request.text("description").unwrap_or_default();
            if description.chars().count() > 140 {
                return invalid(
                    "Status",
                    "description",
                    "is too long (maximum is 140 characters)",
                );
            }
            let id = world.next_id();
            let status = json!({
                "url": format!("{}/statuses/{commit}", place.repository),
                "avatar_url": "https://git.example.com/avatar", "id": id, "node_id": format!("SC_{id}"),
                "state": state, "description": request.body["description"],
                "target_url": request.body["target_url"],
                "context": request.text("context").unwrap_or("default"),
                "created_at": WHEN, "updated_at": WHEN, "creator": account(user),
            });
            world.statuses.push(status.clone());
            Reply::new(201, status)
        }
        ("GET", ["commits", commit, "statuses"]) if *commit == COMMIT => {
            let newest: Vec<&Json> = world.statuses.iter().rev().collect();
            Reply::new(200, json!(newest))
        }
        _ => missing(),
    }
}

/// GraphQL, as far as it goes here.
fn viewer(user: User, request: &Request<'_>) -> Reply {
    let query: String = request
        .text("query")
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    match query.trim_start_matches("query") {
        "{viewer{login}}" => Reply::new(200, json!({"data": {"viewer": {"login": user.login}}})),
        _ => Reply::new(
            200,
            json!({"errors": [{"message": "The double does not know this query"}]}),
        ),
    }
}

fn missing() -> Reply {
    let body = json!({"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"});
    Reply::new(404, body)
}

fn too_long(resource: &str) -> Reply {
    let message = "Body is too long (maximum is 65536 characters)";
    invalid(resource, "data", message)
}

fn invalid(resource: &str, field: &str, message: &str) -> Reply {
    let error = json!({"resource": resource, "field": field, "code": "custom", "message": message});
    let body = json!({
        "message": "Validation Failed", "errors": [error], "documentation_url": "https://docs.github.com/rest",
    });
    Reply::new(422, body)
}

/// Where the pull request is, for programs and for people.
struct Place {
    repository: String,
    page: String,
}

impl Place {
    /// The list of issues, pull requests among them, the newest first; or a new one.
    fn issues(&self, world: &mut World, request: &Request<'_>, user: User) -> Reply {
        if request.method == "POST" {
            let title = request.text("title").unwrap_or_default();
            if title.trim().is_empty() {
                return invalid("Issue", "title", "is missing");
            }
            let body = request.text("body").unwrap_or_default();
            if body.chars().count() > 65_536 {
                return too_long("Issue");
            }
            let number = world.issue(user, title, body, false);
            let made = world.issues.iter().find(|one| one.number == number);
            return Reply::new(201, made.map_or(Json::Null, |one| self.issue(one)));
        }
        let state = request.asked("state");
        let creator = request.asked("creator");
        let asked = |one: &&Issue| {
            let in_state = match state.as_deref() {
                None | Some("open") => one.open,
                Some("closed") => !one.open,
                Some(_) => true,
            };
            let by = creator.as_ref();
            in_state && by.is_none_or(|login| one.author.login.eq_ignore_ascii_case(login))
        };
        let issues: Vec<&Issue> = world.issues.iter().rev().filter(asked).collect();
        let (issues, page) = World::page(&issues, request, 30);
        let issues: Vec<Json> = issues.iter().map(|one| self.issue(one)).collect();
        let reply = Reply::new(200, json!(issues));
        match page.links(&format!("{}/issues", self.repository)) {
            Some(links) => reply.with("link", links),
            None => reply,
        }
    }

    fn changed(&self, issue: &mut Issue, request: &Request<'_>) -> Reply {
        if let Some(body) = request.text("body") {
            if body.chars().count() > 65_536 {
                return too_long("Issue");
            }
            issue.body = body.to_owned();
        }
        match request.text("state") {
            None => {}
            Some("open") => issue.open = true,
            Some("closed") => issue.open = false,
            Some(_) => return invalid("Issue", "state", "is not included in the list"),
        }
        Reply::new(200, self.issue(issue))
    }

    fn issue(&self, issue: &Issue) -> Json {
        let Issue {
            number,
            author,
            title,
            body,
            open,
            pull_request,
        } = issue;
        let page = self.page.rsplit_once("/pull/").map_or("", |(page, _)| page);
        let api = format!("{}/issues/{number}", self.repository);
        let kind = if *pull_request { "pull" } else { "issues" };
        let mut shown = json!({
            "id": number, "node_id": format!("I_{number}"), "number": number, "url": api,
            "html_url": format!("{page}/{kind}/{number}"), "repository_url": self.repository,
            "labels_url": format!("{api}/labels{{/name}}"), "comments_url": format!("{api}/comments"),
            "events_url": format!("{api}/events"), "title": title, "body": body, "user": account(*author),
            "labels": [], "state": if *open { "open" } else { "closed" }, "locked": false, "assignee": null,
            "assignees": [], "milestone": null, "comments": 0, "created_at": WHEN, "updated_at": WHEN,
            "closed_at": if *open { Json::Null } else { json!(WHEN) }, "author_association": "NONE",
            "performed_via_github_app": null,
        });
        if *pull_request {
            let api = format!("{}/pulls/{number}", self.repository);
            let page = format!("{page}/pull/{number}");
            shown["pull_request"] = json!({
                "url": api, "html_url": page, "diff_url": format!("{page}.diff"), "patch_url": format!("{page}.patch"),
            });
        }
        shown
    }

    fn comment(&self, comment: &Comment) -> Json {
        let Comment {
            id, author, body, ..
        } = comment;
        let Self { repository, page } = self;
        json!({
            "id": id, "node_id": format!("IC_{id}"), "url": format!("{repository}/issues/comments/{id}"),
            "html_url": format!("{page}#issuecomment-{id}"), "issue_url": format!("{repository}/issues/{NUMBER}"),
            "body": body, "user": account(*author), "created_at": WHEN, "updated_at": WHEN,
            "author_association": "NONE", "performed_via_github_app": null,
        })
    }
}

fn account(user: User) -> Json {
    let User { id, login, kind } = user;
    let api = format!("https://git.example.com/api/v3/users/{login}");
    json!({
        "id": id, "login": login, "type": kind, "node_id": format!("U_{id}"), "site_admin": false,
        "gravatar_id": "", "avatar_url": "https://git.example.com/avatar",
        "html_url": format!("https://git.example.com/{login}"), "url": api,
        "events_url": format!("{api}/events{{/privacy}}"), "followers_url": format!("{api}/followers"),
        "following_url": format!("{api}/following{{/other_user}}"), "gists_url": format!("{api}/gists{{/gist_id}}"),
        "organizations_url": format!("{api}/orgs"), "received_events_url": format!("{api}/received_events"),
        "repos_url": format!("{api}/repos"), "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{api}/subscriptions"),
    })
}
