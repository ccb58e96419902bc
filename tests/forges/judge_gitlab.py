"""python-gitlab, on the double of GitLab.

    python judge_gitlab.py <address of the server> <token> <commit> <another's token>
"""

import sys

import gitlab

URL, TOKEN, COMMIT, ANOTHER = sys.argv[1:]


def server(token):
    return gitlab.Gitlab(URL, private_token=token)


def request(token):
    return server(token).projects.get("group/shop", lazy=True).mergerequests.get(7, lazy=True)


def refusal(work):
    try:
        work()
    except gitlab.GitlabError as error:
        return error.response_code, error.error_message
    raise AssertionError("it was not refused")


us = server(TOKEN)
us.auth()
seven = request(TOKEN)

# Notes, over several pages of 20.
made = [seven.notes.create({"body": f"number {number}"}) for number in range(50)]
listed = seven.notes.list(get_all=True, sort="asc")
assert [one.body for one in listed] == [f"number {number}" for number in range(50)]
assert seven.notes.list(get_all=True)[0].body == "number 49"
assert {one.author["id"] for one in listed} == {us.user.id}
first = seven.notes.get(listed[0].id)
first.body = "another"
first.save()
assert seven.notes.get(first.id).body == "another"
theirs = request(ANOTHER).notes.get(first.id)
theirs.body = "mine"
assert refusal(theirs.save)[0] == 403
made[1].delete()
assert refusal(made[1].delete)[0] == 404
assert refusal(lambda: seven.notes.create({"body": " "}))[0] == 400

# Issues, over several pages.
project = us.projects.get("group/shop", lazy=True)
opened = [project.issues.create({"title": f"title {number}", "description": "body"}) for number in range(30)]
assert (opened[0].state, opened[0].author["id"]) == ("opened", us.user.id)
listed = project.issues.list(get_all=True, state="opened", author_id=us.user.id)
assert [one.iid for one in listed] == [one.iid for one in reversed(opened)]
first = project.issues.get(opened[0].iid)
first.description = "another"
first.save()
assert project.issues.get(first.iid).description == "another"
first.state_event = "close"
first.save()
assert project.issues.get(first.iid).state == "closed"
assert len(project.issues.list(get_all=True, state="opened")) == 29
assert [one.iid for one in project.issues.list(get_all=True, state="closed")] == [first.iid]
assert project.issues.list(get_all=True, author_id=us.user.id + 1) == []
assert refusal(lambda: project.issues.create({"title": " "}))[0] == 400
assert refusal(lambda: project.issues.get(7_000))[0] == 404

# Statuses: what is under way is changed, what is at its end is followed by another.
commit = us.projects.get("group/shop", lazy=True).commits.get(COMMIT, lazy=True)
begun = commit.statuses.create({"state": "pending", "name": "stack/shop/dev"})
again = refusal(lambda: commit.statuses.create({"state": "pending", "name": "stack/shop/dev"}))
assert again[0] == 400 and "Cannot transition status via :enqueue from :pending" in again[1], again
ended = commit.statuses.create({"state": "success", "name": "stack/shop/dev", "description": "3 to create"})
assert ended.id == begun.id
anew = commit.statuses.create({"state": "failed", "name": "stack/shop/dev"})
assert anew.id != begun.id
assert [one.status for one in commit.statuses.list(get_all=True)] == ["success", "failed"]
assert refusal(lambda: commit.statuses.create({"state": "perhaps"}))[0] == 400
assert refusal(lambda: request("none").notes.list(get_all=True))[0] == 401
