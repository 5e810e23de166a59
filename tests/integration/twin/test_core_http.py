"""What every request passes: tokens, permissions, limits, pages, caching, versions, errors."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from twin_project import Effects, Project

from shipway.twin import admin
from shipway.twin.behaviour import access
from shipway.twin.server import Twin


class Caller:
    """Plain HTTP with a token."""

    def __init__(self, twin: Twin, token: str | None) -> None:
        self.twin = twin
        self.session = requests.Session()
        if token:
            self.session.headers["authorization"] = f"Bearer {token}"

    def __call__(self, method: str, path: str, **options: object) -> requests.Response:
        return self.session.request(method, self.twin.api_url + path, allow_redirects=False, **options)

    def refused(self, method: str, path: str, **options: object) -> tuple[int, str]:
        reply = self(method, path, **options)
        return reply.status_code, reply.json()["message"]


HELLO = "/repos/octocat/hello"
NEW_REF = {"ref": "refs/heads/x", "sha": "0" * 40}


def test_tokens_are_known_or_refused(project: Project, effects: Effects) -> None:
    assert Caller(project.twin, project.token)("GET", "/user").json()["login"] == "octocat"
    assert Caller(project.twin, None).refused("GET", "/user") == (401, "Requires authentication")
    assert Caller(project.twin, "ghp_wrong").refused("GET", HELLO) == (401, "Bad credentials")
    assert Caller(project.twin, None)("GET", HELLO).status_code == 200


def test_tokens_expire(project: Project, effects: Effects) -> None:
    clock = project.twin.world.clock
    clock.set(datetime(2026, 1, 1, tzinfo=UTC))
    with project.twin.world.locked():
        expiry = clock.now() + timedelta(hours=1)
        token = access.issue_token(project.twin.world, "octocat", expires_at=expiry)
    caller = Caller(project.twin, token)
    assert caller("GET", "/user").status_code == 200
    clock.advance(timedelta(hours=1))
    assert caller.refused("GET", "/user") == (401, "Bad credentials")


@pytest.mark.requirement("SEC-3")
def test_permissions_of_tokens_and_roles_of_people_are_enforced(project: Project, effects: Effects) -> None:
    actions = Caller(project.twin, project.token_of("github-actions[bot]", {"contents": "read"}, "actions"))
    limited = Caller(project.twin, project.token_of("octocat", {"metadata": "read"}))
    stranger = Caller(project.twin, project.token_of("stranger"))
    reply = actions("POST", f"{HELLO}/git/refs", json=NEW_REF)
    assert (reply.status_code, reply.json()["message"]) == (403, "Resource not accessible by integration")
    assert reply.headers["x-accepted-github-permissions"] == "contents=write"
    assert limited.refused("POST", f"{HELLO}/git/refs", json=NEW_REF) == (
        403,
        "Resource not accessible by personal access token",
    )
    assert stranger.refused("POST", f"{HELLO}/git/refs", json=NEW_REF) == (404, "Not Found")
    assert stranger.refused("PATCH", HELLO, json={}) == (403, "Must have admin rights to Repository.")
    assert Caller(project.twin, None).refused("POST", f"{HELLO}/git/refs", json=NEW_REF)[0] == 401


def test_teams_and_organisations_give_roles(twin: Twin, effects: Effects) -> None:
    with twin.world.locked():
        admin.create_org(twin.world, "acme", ("alice", "bob"))
        admin.create_repository(twin.world, "acme/app", private=True)
        admin.create_team(twin.world, "acme", "crew", ("bob",), {"acme/app": "maintain"})
        tokens = {login: access.issue_token(twin.world, login) for login in ("alice", "bob")}
    permissions = {
        login: Caller(twin, token)("GET", "/repos/acme/app").json()["permissions"]
        for login, token in tokens.items()
    }
    assert permissions["alice"] == dict.fromkeys(("admin", "maintain", "push", "triage"), False) | {
        "pull": True
    }
    assert permissions["bob"] == dict.fromkeys(("maintain", "push", "triage", "pull"), True) | {
        "admin": False
    }


def test_the_hourly_budget_runs_out_and_comes_back(project: Project, effects: Effects) -> None:
    clock = project.twin.world.clock
    clock.set(datetime(2026, 1, 1, tzinfo=UTC))
    project.twin.world.limits.limits["actions"] = 2
    token = project.token_of("github-actions[bot]", {"contents": "read"}, "actions")
    caller = Caller(project.twin, token)
    reply = caller("GET", HELLO)
    assert {
        name: reply.headers[f"x-ratelimit-{name}"] for name in ("limit", "used", "remaining", "reset")
    } == {
        "limit": "2",
        "used": "1",
        "remaining": "1",
        "reset": str(int(clock.now().timestamp()) + 3600),
    }
    assert caller("GET", HELLO).headers["x-ratelimit-remaining"] == "0"
    out = caller("GET", HELLO)
    assert (out.status_code, out.headers["x-ratelimit-remaining"]) == (403, "0")
    assert out.json()["message"] == "API rate limit exceeded for github-actions[bot]."
    clock.advance(timedelta(hours=1))
    assert caller("GET", HELLO).status_code == 200


def test_unchanged_answers_cost_nothing(project: Project, effects: Effects) -> None:
    caller = Caller(project.twin, project.token)
    first = caller("GET", HELLO)
    again = caller("GET", HELLO, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert caller("GET", "/rate_limit").json()["rate"]["used"] == 1


def test_lists_come_in_pages_with_links(project: Project, effects: Effects) -> None:
    caller = Caller(project.twin, project.token)
    first = caller("GET", f"{HELLO}/commits?per_page=1")
    url = f"{project.twin.api_url}{HELLO}/commits?per_page=1&page="
    assert first.headers["link"] == f'<{url}2>; rel="next", <{url}2>; rel="last"'
    second = caller("GET", f"{HELLO}/commits?per_page=1&page=2")
    assert second.headers["link"] == f'<{url}1>; rel="prev", <{url}1>; rel="first"'
    assert [one["commit"]["message"] for one in second.json()] == ["feat: begin"]
    assert "link" not in caller("GET", f"{HELLO}/branches").headers


def test_api_versions_are_checked(project: Project, effects: Effects) -> None:
    caller = Caller(project.twin, project.token)
    chosen = caller("GET", "/user", headers={"x-github-api-version": "2026-03-10"})
    assert chosen.headers["x-github-api-version-selected"] == "2026-03-10"
    assert caller("GET", "/user", headers={"x-github-api-version": "1999-01-01"}).status_code == 400


def test_bodies_are_checked(project: Project, effects: Effects) -> None:
    caller, refs = Caller(project.twin, project.token), f"{HELLO}/git/refs"
    assert caller.refused("POST", refs, data=b"{") == (400, "Problems parsing JSON")
    assert caller.refused("POST", refs, data=b"[]") == (400, "Body should be a JSON object")
    assert caller.refused("POST", refs, json={}) == (
        422,
        'Invalid request.\n\n"ref", "sha" weren\'t supplied.',
    )


def test_types_in_bodies_are_checked(project: Project, effects: Effects, contract) -> None:
    caller = Caller(project.twin, project.token)
    assert caller.refused("POST", f"{HELLO}/git/refs", json={"ref": "refs/heads/x", "sha": 1}) == (
        422,
        "Invalid request.\n\nFor 'properties/sha', 1 is not a string.",
    )
    contract.problems.clear()


def test_what_is_not_there_is_not_found(project: Project, effects: Effects) -> None:
    caller = Caller(project.twin, project.token)
    for path in (
        "/nonsense",
        "/repos/octocat/none",
        f"{HELLO}/git/commits/{'0' * 40}",
        f"{HELLO}/contents/none",
    ):
        assert caller.refused("GET", path) == (404, "Not Found")


def test_files_come_raw_and_by_link(project: Project, effects: Effects) -> None:
    caller = Caller(project.twin, project.token)
    raw = caller("GET", f"{HELLO}/contents/VERSION", headers={"accept": "application/vnd.github.raw+json"})
    assert raw.content == b"1.0.0\n"
    link = caller("GET", f"{HELLO}/contents/VERSION").json()["download_url"]
    assert caller.session.get(link).content == b"1.0.0\n"
    patch = caller("GET", f"{HELLO}/compare/v1.0.0...main", headers={"accept": "application/vnd.github.diff"})
    assert patch.text.startswith("diff --git a/README.md b/README.md\n")


def test_repositories_are_made_and_removed(twin: Twin, effects: Effects) -> None:
    with twin.world.locked():
        admin.create_user(twin.world, "alice")
        token = access.issue_token(twin.world, "alice")
    caller = Caller(twin, token)
    made = caller("POST", "/user/repos", json={"name": "new", "auto_init": True, "private": True})
    assert (made.status_code, made.json()["full_name"], made.json()["private"]) == (201, "alice/new", True)
    assert caller("GET", "/repos/alice/new/readme").json()["path"] == "README.md"
    assert caller.refused("POST", "/user/repos", json={"name": "new"}) == (422, "Repository creation failed.")
    assert [one["name"] for one in caller("GET", "/user/repos").json()] == ["new"]
    assert caller("DELETE", "/repos/alice/new").status_code == 204
    assert caller("GET", "/repos/alice/new").status_code == 404
    effects.expect(
        "repository.created alice/new",
        "commit.created Initial commit",
        "ref.created refs/heads/main",
        "repository.deleted alice/new",
    )


def test_requests_are_counted_with_route_and_agent(project: Project, effects: Effects) -> None:
    caller = Caller(project.twin, project.token)
    caller("GET", HELLO, headers={"user-agent": "probe/1"})
    (asked,) = requests.get(f"{project.twin.url}/_twin/requests", timeout=5).json()
    assert asked == {
        "kind": "rest",
        "method": "GET",
        "route": "/repos/{owner}/{repo}",
        "path": HELLO,
        "status": 200,
        "user_agent": "probe/1",
        "operation": None,
    }


def test_organisations_know_their_members(twin: Twin, effects: Effects) -> None:
    with twin.world.locked():
        admin.create_org(twin.world, "acme", ("alice",))
        admin.create_user(twin.world, "bob")
        alice, bob = (Caller(twin, access.issue_token(twin.world, login)) for login in ("alice", "bob"))
    assert alice("GET", "/orgs/acme").json()["login"] == "acme"
    assert [one["login"] for one in alice("GET", "/orgs/acme/members").json()] == ["alice"]
    assert [one["login"] for one in alice("GET", "/user/orgs").json()] == ["acme"]
    assert bob("GET", "/user/orgs").json() == []
    statuses = [
        caller("GET", f"/orgs/acme/members/{login}").status_code
        for caller, login in ((alice, "alice"), (alice, "bob"), (bob, "alice"))
    ]
    assert statuses == [204, 404, 302]
    assert alice("GET", "/orgs/alice").status_code == 404


def test_branches_where_a_commit_is_the_head(project: Project, effects: Effects) -> None:
    caller = Caller(project.twin, project.token)
    sha = caller("GET", f"{HELLO}/branches/main").json()["commit"]["sha"]
    found = caller("GET", f"{HELLO}/commits/{sha}/branches-where-head").json()
    assert [one["name"] for one in found] == ["main"]


def test_credentials_that_make_no_sense_are_bad_ones(project: Project, effects: Effects) -> None:
    caller = Caller(project.twin, None)
    for header in ("Basic %%%", "Basic eA==", "Bearer "):
        assert caller.refused("GET", HELLO, headers={"authorization": header}) == (401, "Bad credentials")


def test_an_empty_repository_has_no_history(twin: Twin, effects: Effects) -> None:
    with twin.world.locked():
        admin.create_repository(twin.world, "octocat/empty")
        token = access.issue_token(twin.world, "octocat")
    caller, empty = Caller(twin, token), "/repos/octocat/empty"
    assert caller.refused("GET", f"{empty}/commits") == (409, "Git Repository is empty.")
    assert caller.refused("GET", f"{empty}/git/ref/heads/main") == (409, "Git Repository is empty.")
    assert caller.refused("GET", f"{empty}/contents/") == (404, "This repository is empty.")
    assert caller("GET", f"{empty}/branches").json() == []
    made = caller("PUT", f"{empty}/contents/a.txt", json={"message": "feat: begin", "content": "YQ=="})
    assert made.status_code == 201
    assert caller("GET", f"{empty}/commits").json()[0]["commit"]["message"] == "feat: begin"
    assert caller.refused("GET", f"{empty}/commits?sha=none") == (404, "Not Found")
    effects.expect("commit.created feat: begin", "ref.created refs/heads/main")
