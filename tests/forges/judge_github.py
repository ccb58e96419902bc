"""PyGithub, on the double of GitHub.

    python judge_github.py <address of the REST API> <token> <commit> <token that may read>
"""

import sys

from github import Auth, Github, GithubException
from github.Commit import Commit
from github.Issue import Issue


def repository(token):
    client = Github(
        auth=Auth.Token(token),
        base_url=API,
        lazy=True,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )
    return client.get_repo("acme/shop")


def issue(repo, number):
    url = f"/repos/acme/shop/issues/{number}"
    return Issue(repo.requester, {}, {"url": url, "number": number}, completed=True)


def refusal(work):
    try:
        work()
    except GithubException as error:
        return error.status, error.data["message"]
    raise AssertionError("it was not refused")


API, TOKEN, COMMIT, READS = sys.argv[1:]
repo = repository(TOKEN)

# Comments, over three pages of 30.
seven = issue(repo, 7)
made = [seven.create_comment(f"number {number}") for number in range(70)]
listed = list(seven.get_comments())
assert [one.body for one in listed] == [f"number {number}" for number in range(70)]
assert [one.id for one in listed] == [one.id for one in made] == sorted(one.id for one in made)
first = listed[0]
assert (first.user.login, first.user.type) == ("github-actions[bot]", "Bot")
assert first.html_url.endswith(f"/pull/7#issuecomment-{first.id}")
first.edit("another")
first.update()
assert first.body == "another"
made[1].delete()
assert refusal(made[1].delete)[0] == 404
assert len(list(seven.get_comments())) == 69
assert refusal(lambda: list(issue(repo, 8).get_comments()))[0] == 404
assert refusal(lambda: seven.create_comment("x" * 65_537))[0] == 422
seven.create_comment("x" * 65_536)

# Who we are.
_, data = repo.requester.graphql_query("query { viewer { login } }", {})
assert data["data"]["viewer"]["login"] == first.user.login

# Statuses.
commit = Commit(repo.requester, {}, {"url": f"/repos/acme/shop/commits/{COMMIT}", "sha": COMMIT}, completed=True)
commit.create_status("pending", context="stack/shop/dev", description="being planned")
status = commit.create_status("success", "https://ci.example.com/1", "3 to create", "stack/shop/dev")
assert (status.state, status.context, status.description) == ("success", "stack/shop/dev", "3 to create")
assert status.target_url == "https://ci.example.com/1"
_, statuses = repo.requester.requestJsonAndCheck("GET", f"/repos/acme/shop/commits/{COMMIT}/statuses")
assert [one["state"] for one in statuses] == ["success", "pending"]
assert refusal(lambda: commit.create_status("perhaps"))[0] == 422
assert refusal(lambda: commit.create_status("success", description="x" * 141))[0] == 422

# Issues, over several pages; ours are told from others', and what is closed from what is open.
opened = [repo.create_issue(f"title {number}", body=f"body {number}") for number in range(40)]
assert (opened[0].state, opened[0].user.login) == ("open", first.user.login)
assert opened[0].html_url == f"https://git.example.com/acme/shop/issues/{opened[0].number}"
assert [one.number for one in repo.get_issues()] == [one.number for one in reversed(opened)]
opened[0].edit(body="another")
assert repo.get_issue(opened[0].number).body == "another"
opened[1].edit(state="closed", state_reason="completed")
assert repo.get_issue(opened[1].number).state == "closed"
ours = repo.get_issues(state="open", creator=first.user.login)
assert [one.number for one in ours] == [one.number for one in reversed(opened) if one.number != opened[1].number]
assert [one.number for one in repo.get_issues(state="closed")] == [opened[1].number]
assert list(repo.get_issues(creator="mallory")) == []
assert refusal(lambda: repo.create_issue(" "))[0] == 422
assert refusal(lambda: repo.create_issue("x", body="x" * 65_537))[0] == 422
assert refusal(lambda: repo.get_issue(7_000).title)[0] == 404

# Who may not.
reads = repository(READS)
assert len(list(issue(reads, 7).get_comments())) == 70
refused = refusal(lambda: issue(reads, 7).create_comment("x"))
assert refused == (403, "Resource not accessible by integration"), refused
assert refusal(lambda: list(issue(repository("none"), 7).get_comments())) == (401, "Bad credentials")
assert refusal(lambda: reads.create_issue("x")) == (403, "Resource not accessible by integration")
