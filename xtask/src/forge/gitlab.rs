//! GitLab's endpoints, by its documentation: <https://docs.gitlab.com/api/notes>, <https://docs.gitlab.com/api/commits>,
//! <https://docs.gitlab.com/api/issues>.

use serde_json::{Value as Json, json};

use super::world::{Comment, Issue, Reply, Request, User, World};
use super::{COMMIT, NUMBER};

/// When everything happens.
const WHEN: &str = "2026-01-02T03:04:05.000Z";

pub fn answer(world: &mut World, request: &Request<'_>) -> Reply {
    let Some((user, writes)) = request.asks else {
        return Reply::refusal(401, "401 Unauthorized");
    };
    let project = match &request.parts[..] {
        ["user"] => return Reply::new(200, account(user)),
        ["projects", _, rest @ ..] => rest,
        _ => return Reply::new(404, json!({"error": "404 Not Found"})),
    };
    if request.method != "GET" && !writes {
        return Reply::refusal(403, "403 Forbidden");
    }
    let number = NUMBER.to_string();
    match project {
        ["merge_requests", asked, rest @ ..] if *asked == number => {
            notes(world, request, user, rest)
        }
        ["issues", rest @ ..] => issues(world, request, user, rest),
        ["merge_requests", ..] => Reply::refusal(404, "404 Merge Request Not Found"),
        ["statuses", commit] if request.method == "POST" && *commit == COMMIT => {
            status(world, request, user)
        }
        ["statuses", _] => Reply::refusal(404, "404 Commit Not Found"),
        ["repository", "commits", commit, "statuses"] if *commit == COMMIT => {
            Reply::new(200, json!(world.statuses))
        }
        _ => Reply::refusal(404, "404 Not Found"),
    }
}

fn notes(world: &mut World, request: &Request<'_>, user: User, rest: &[&str]) -> Reply {
    let too_long = |body: &&str| body.chars().count() <= 1_000_000;
    let body = request.text("body").filter(|body| !body.trim().is_empty());
    let body = body.filter(too_long);
    match (request.method, rest) {
        ("GET", ["notes"]) => {
            // The newest first, unless it is asked for otherwise.
            let mut notes: Vec<&Comment> = world.comments.iter().collect();
            if !request.query.contains("sort=asc") {
                notes.reverse();
            }
            let (notes, page) = World::page(&notes, request, 20);
            let next = (page.number < page.pages).then(|| (page.number + 1).to_string());
            let notes: Vec<Json> = notes.iter().map(|one| note(one)).collect();
            let address = format!("{}/projects/1/merge_requests/{NUMBER}/notes", request.api);
            let reply = Reply::new(200, json!(notes))
                .with("x-page", page.number.to_string())
                .with("x-next-page", next.unwrap_or_default());
            match page.links(&address) {
                Some(links) => reply.with("link", links),
                None => reply,
            }
        }
        ("POST", ["notes"]) => {
            let Some(body) = body else {
                return Reply::new(400, json!({"message": {"note": ["can't be blank"]}}));
            };
            let id = world.comment(user, body);
            let made = world.comments.iter().find(|one| one.id == id);
            Reply::new(201, made.map_or(Json::Null, note))
        }
        (method, ["notes", id]) => {
            let at = world
                .comments
                .iter()
                .position(|one| one.id.to_string() == *id);
            let Some(at) = at else {
                return Reply::refusal(404, "404 Note Not Found");
            };
            if method != "GET" && world.comments[at].author != user {
                return Reply::refusal(403, "403 Forbidden");
            }
            match (method, body) {
                ("GET", _) => Reply::new(200, note(&world.comments[at])),
                ("PUT", Some(body)) => {
                    world.comments[at].body = body.to_owned();
                    world.comments[at].changes += 1;
                    Reply::new(200, note(&world.comments[at]))
                }
                ("DELETE", _) => {
                    world.comments.remove(at);
                    Reply::new(204, Json::Null)
                }
                _ => Reply::refusal(400, "400 Bad Request"),
            }
        }
        _ => Reply::refusal(404, "404 Not Found"),
    }
}

fn issues(world: &mut World, request: &Request<'_>, user: User, rest: &[&str]) -> Reply {
    match (request.method, rest) {
        ("GET", []) => {
            let (state, author) = (request.asked("state"), request.number("author_id"));
            let asked = |one: &&Issue| {
                let in_state = match state.as_deref() {
                    Some("opened") => one.open,
                    Some("closed") => !one.open,
                    _ => true,
                };
                in_state && author.is_none_or(|id| one.author.id == id as u64)
            };
            let all = world.issues.iter().rev().filter(|one| !one.pull_request);
            let found: Vec<&Issue> = all.filter(asked).collect();
            let (found, page) = World::page(&found, request, 20);
            let next = (page.number < page.pages).then(|| (page.number + 1).to_string());
            let found: Vec<Json> = found.iter().map(|one| issue(one)).collect();
            let reply = Reply::new(200, json!(found))
                .with("x-page", page.number.to_string())
                .with("x-next-page", next.unwrap_or_default());
            match page.links(&format!("{}/projects/1/issues", request.api)) {
                Some(links) => reply.with("link", links),
                None => reply,
            }
        }
        ("POST", []) => {
            let title = request
                .text("title")
                .filter(|title| !title.trim().is_empty());
            let Some(title) = title else {
                return Reply::new(400, json!({"error": "title is missing"}));
            };
            let description = request.text("description").unwrap_or_default();
            let number = world.issue(user, title, description, false);
            let made = world.issues.iter().find(|one| one.number == number);
            Reply::new(201, made.map_or(Json::Null, issue))
        }
        (method, [asked]) => {
            let mut all = world.issues.iter_mut().filter(|one| !one.pull_request);
            let Some(found) = all.find(|one| one.number.to_string() == *asked) else {
                return Reply::refusal(404, "404 Issue Not Found");
            };
            match (method, request.text("state_event")) {
                ("GET", _) => {}
                ("PUT", Some("close")) => found.open = false,
                ("PUT", Some("reopen")) => found.open = true,
                ("PUT", None) => {
                    let description = request.text("description").unwrap_or(&found.body);
                    found.body = description.to_owned();
                }
                _ => return Reply::refusal(400, "400 Bad Request"),
            }
            Reply::new(200, issue(found))
        }
        _ => Reply::refusal(404, "404 Not Found"),
    }
}

/// A status that is under way is changed, where its state may become the new one; after its end there is a new one.
fn status(world: &mut World, request: &Request<'_>, user: User) -> Reply {
    let name = request
        .text("name")
        .or(request.text("context"))
        .unwrap_or("default");
    let state = request.text("state").unwrap_or_default();
    let event = match state {
        "pending" => "enqueue",
        "running" => "run",
        "success" => "success",
        "failed" => "drop",
        "canceled" => "cancel",
        _ => return Reply::new(400, json!({"error": "state does not have a valid value"})),
    };
    let open = world.statuses.iter().position(|one| {
        one["name"] == name && matches!(one["status"].as_str(), Some("pending" | "running"))
    });
    let before = open.and_then(|at| world.statuses[at]["status"].as_str());
    if let (Some(before), "pending") = (before, state) {
        let message = format!(
            "Cannot transition status via :{event} from :{before} (Reason(s): Status cannot transition via \"{event}\")"
        );
        return Reply::refusal(400, &message);
    }
    let id = match open {
        Some(at) => world.statuses[at]["id"].clone(),
        None => json!(world.next_id()),
    };
    let status = json!({
        "id": id, "sha": COMMIT, "ref": "change", "status": state, "name": name,
        "target_url": request.body["target_url"], "description": request.body["description"],
        "pipeline_id": request.body["pipeline_id"], "created_at": WHEN, "started_at": null, "finished_at": null,
        "allow_failure": false, "coverage": null, "author": account(user),
    });
    match open {
        Some(at) => world.statuses[at] = status.clone(),
        None => world.statuses.push(status.clone()),
    }
    Reply::new(201, status)
}

fn note(comment: &Comment) -> Json {
    let Comment {
        id, author, body, ..
    } = comment;
    json!({
        "id": id, "type": null, "body": body, "attachment": null, "author": account(*author), "created_at": WHEN,
        "updated_at": WHEN, "system": false, "noteable_id": 1, "noteable_type": "MergeRequest", "project_id": 1,
        "resolvable": false, "confidential": false, "internal": false, "noteable_iid": NUMBER,
    })
}

fn issue(issue: &Issue) -> Json {
    let Issue {
        number,
        author,
        title,
        body,
        open,
        ..
    } = issue;
    json!({
        "id": number, "iid": number, "project_id": 1, "title": title, "description": body,
        "state": if *open { "opened" } else { "closed" }, "author": account(*author), "created_at": WHEN,
        "updated_at": WHEN, "labels": [], "web_url": format!("https://git.example.com/group/shop/-/issues/{number}"),
    })
}

fn account(user: User) -> Json {
    let User { id, login, .. } = user;
    json!({
        "id": id, "username": login, "name": login, "state": "active", "avatar_url": null,
        "web_url": format!("https://git.example.com/{login}"),
    })
}
