"""Webhooks as a receiver gets them, and Apps with their tokens."""

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
import requests
from github import GithubIntegration
from github.Auth import AppAuth

from conftest import Clone, Project
from contract import webhooks as described
from shipway.twin.behaviour import apps, environments, runs, workflows
from shipway.twin.identity import Identity
from shipway.twin.store import Document

Headers = dict[str, str]


@dataclass(slots=True)
class Receiver:
    """A server that takes webhooks."""

    url: str = ""
    got: list[tuple[Headers, bytes]] = field(default_factory=list)

    def events(self) -> list[str]:
        """Events and actions, in the order received."""
        return [".".join(filter(None, (event, body.get("action")))) for event, body in self.bodies()]

    def bodies(self) -> list[tuple[str, Any]]:
        """Event and payload of everything received."""
        return [(headers["x-github-event"], json.loads(body)) for headers, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def test_signed_and_as_described(project: Project, receiver: Receiver, clone: Clone) -> None:
    repo = project.github().get_repo(project.full_name)
    config = {"url": receiver.url, "secret": "s3cret", "content_type": "json"}
    hook = repo.create_hook("web", config, ["*"], active=True)
    clone.git("switch", "--quiet", "--create", "topic")
    clone.commit("feat: topic", topic__md="topic\n")
    clone.git("push", "--quiet", project.remote(), "topic")
    issue = repo.create_issue("Broken", labels=["bug"])
    issue.create_comment("Indeed").edit("Really")
    issue.edit(title="Very broken", state="closed")
    issue.edit(state="open", milestone=repo.create_milestone("1.0"))
    issue.add_to_assignees("octocat")
    pull = repo.create_pull(title="Add", body="", head="topic", base="main", draft=True)
    pull.edit(title="Add topic")
    pull.add_to_labels("release")
    pull.create_review(body="Fine", event="COMMENT")
    repo.get_commit("topic").create_status("success", context="ci")
    pull.edit(state="closed")
    release = repo.create_git_release("v2.0.0", "2", "", draft=True).update_release("2", "", draft=False)
    repo.create_deployment("main", environment="staging").create_status("success")
    release.delete_release()
    repo.get_git_ref("tags/v2.0.0").delete()
    project.twin.settle()
    problems = [
        f"{event}: {one}" for event, body in receiver.bodies() for one in described.check(event, body)
    ]
    assert problems == []
    headers, body = receiver.got[0]
    digest = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["x-hub-signature-256"] == f"sha256={digest}"
    assert receiver.events() == [
        "ping", "push", "create", "label.created", "issues.opened", "issue_comment.created",
        "issue_comment.edited", "issues.edited", "issues.closed", "milestone.created", "issues.milestoned",
        "issues.reopened", "issues.assigned", "pull_request.opened", "pull_request.edited", "label.created",
        "pull_request.labeled", "pull_request_review.submitted", "status", "pull_request.closed",
        "release.created", "push", "create", "release.edited", "release.published", "release.released",
        "deployment.created", "deployment_status.created", "release.deleted", "push", "delete",
    ]  # fmt: skip
    sent = list(repo.get_hook_deliveries(hook.id))
    assert {one.status_code for one in sent} == {202}
    assert sent[-1].guid == headers["x-github-delivery"]


def test_a_receiver_that_is_gone_is_told_in_the_deliveries(project: Project) -> None:
    repo = project.github().get_repo(project.full_name)
    hook = repo.create_hook("web", {"url": "http://127.0.0.1:9/hook"}, ["push"], active=True)
    project.twin.settle()
    (delivery,) = repo.get_hook_deliveries(hook.id)
    assert (delivery.status_code, delivery.status) == (502, "failed to connect to host")


# -- Apps ------------------------------------------------------------------------------------------

PERMISSIONS = {"contents": "write", "checks": "write", "deployments": "write", "actions": "read"}


@dataclass(slots=True)
class App:
    """An installed app with its key."""

    project: Project
    document: Document
    key: str
    installation: int

    def jwt(self, **claims: object) -> str:
        """A JSON web token signed with the key."""
        now = int(datetime.now(UTC).timestamp())
        given = {"iss": str(self.document["id"]), "iat": now - 10, "exp": now + 300, **claims}
        return jwt.encode(given, self.key, "RS256")

    def ask(self, token: str, path: str, body: Document | None = None) -> requests.Response:
        """Ask the REST API."""
        url, headers = self.project.twin.api_url + path, {"Authorization": f"Bearer {token}"}
        return requests.request(
            "POST" if body is not None else "GET", url, json=body, headers=headers, timeout=30
        )

    def token(self, **body: object) -> requests.Response:
        """Ask for a token of the installation."""
        return self.ask(self.jwt(), f"/app/installations/{self.installation}/access_tokens", body)


@pytest.fixture
def app(project: Project, receiver: Receiver) -> App:
    world = project.twin.world
    with world.locked():
        made = {"webhook_url": receiver.url, "webhook_secret": "s3cret", "events": ["check_run"]}
        document, key = apps.create(world, "helper", "octocat", PERMISSIONS, **made)  # type: ignore[arg-type]
        installation = apps.install(world, document, "octocat")
    return App(project, document, key, installation["id"])


def test_a_token_carries_its_rights(app: App) -> None:
    full = app.token().json()["token"]
    name = app.project.full_name
    sha = app.project.github().get_repo(name).get_branch("main").commit.sha
    run = {"name": "gate", "head_sha": sha, "conclusion": "success"}
    assert app.ask(full, f"/repos/{name}/check-runs", run).status_code == 201
    less = app.token(permissions={"contents": "read"}, repositories=["hello"]).json()
    assert less["permissions"] == {"contents": "read", "metadata": "read"}
    refused = app.ask(less["token"], f"/repos/{name}/check-runs", run)
    assert (refused.status_code, refused.json()["message"]) == (403, "Resource not accessible by integration")
    assert app.ask(full, f"/repos/{name}/issues", {"title": "x"}).status_code == 403
    more = app.token(permissions={"issues": "write"})
    words = "The permissions requested are not granted to this installation."
    assert (more.status_code, more.json()["message"]) == (422, words)
    assert app.token(repositories=["other"]).status_code == 422


def test_tokens_end(app: App) -> None:
    clock = app.project.twin.world.clock
    clock.set(datetime.now(UTC))
    token = app.token().json()["token"]
    assert app.ask(token, "/installation/repositories").json()["total_count"] == 1
    clock.advance(timedelta(hours=1))
    assert app.ask(token, "/installation/repositories").json()["message"] == "Bad credentials"


FUTURE = "must be a numeric value representing the future time at which the assertion expires"
EXPIRED = f"'Expiration time' claim ('exp') {FUTURE}"


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"exp": 1}, EXPIRED),
        ({"exp": 2**40}, "'Expiration time' claim ('exp') is too far in the future"),
        ({"iss": "77777"}, "Integration not found"),
    ],
)
def test_refuses_bad_json_web_tokens(app: App, claims: dict[str, object], words: str) -> None:
    answer = app.ask(app.jwt(**claims), "/app")
    assert (answer.status_code, answer.json()["message"]) == (401, words)


def test_refuses_the_signature_of_another_key(app: App) -> None:
    header, body, _ = app.jwt().split(".")
    answer = app.ask(f"{header}.{body}.{'A' * 342}", "/app")
    assert answer.json()["message"] == "A JSON web token could not be decoded"


def test_pygithub_finds_the_installation(app: App) -> None:
    auth = AppAuth(app.document["id"], app.key)
    integration = GithubIntegration(auth=auth, base_url=app.project.twin.api_url)
    found = integration.get_repo_installation("octocat", "hello")
    assert (found.id, found.app_slug) == (app.installation, "helper")
    repo = found.get_github_for_installation().get_repo(app.project.full_name)
    run = repo.create_check_run("gate", repo.get_branch("main").commit.sha)
    run.edit(status="completed", conclusion="failure")
    assert (run.app.slug, run.conclusion) == ("helper", "failure")


def test_apps_decide_about_deployments(app: App, receiver: Receiver, clone: Clone) -> None:
    world, name = app.project.twin.world, app.project.full_name
    path = clone.path / ".github" / "workflows"
    path.mkdir(parents=True)
    (path / "deploy.yml").write_text("on: workflow_dispatch\n")
    clone.commit("ci: deploy")
    clone.git("push", "--quiet", app.project.remote(), "main")
    with world.locked(Identity("octocat")):
        repo = world.repository(name) or {}
        environments.add_rule(
            world, repo, environments.put(world, repo, "production", {}), app.document["id"]
        )
        run = workflows.dispatch(world, repo, workflows.find(world, repo, "deploy.yml"), "main")
        deployment = runs.enter_environment(world, repo, run, "production")
    app.project.twin.settle()
    (told,) = [body for event, body in receiver.bodies() if event == "deployment_protection_rule"]
    assert described.check("deployment_protection_rule", told) == []
    assert told["deployment_callback_url"].endswith(f"/actions/runs/{run['id']}/deployment_protection_rule")
    answer = {"environment_name": "production", "state": "approved", "comment": "All gates passed"}
    path_ = told["deployment_callback_url"].removeprefix(app.project.twin.api_url)
    assert app.ask(app.token().json()["token"], path_, answer).status_code == 204
    with world.locked():
        assert not runs.held(world, repo, deployment["id"])
