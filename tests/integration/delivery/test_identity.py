"""Who asks: GitHub's word counts, whatever the variables of the process say."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from integration.delivery.test_locks import entries, lock, repository
from integration.release.world import FILES, NAME, NOON, World
from shipway.adapters.git_repo import Clone
from shipway.adapters.github.identity import approvers, issuer_of
from shipway.bootstrap.environment import Chance, Environment, Watchers, connect
from shipway.bootstrap.locking import LockAsked, run_lock
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.bootstrap.release import Asked, run_release
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.errors import ExitCode, GitHubError
from shipway.twin import admin
from shipway.twin.behaviour import runs, teams
from shipway.twin.behaviour.access import Identity

WORKFLOW = "on:\n  workflow_dispatch:\n"
JOB = {"contents": "write", "actions": "read", "deployments": "write", "metadata": "read"}
CONFIGURATION = """
environments:
  dev:
    authorize: {actions: {lock: {teams: [octo-org/operators]}}}
    deploy: {command: ["true"]}
  staging:
    deploy: {command: ["true"]}
  production:
    after: dev
    authorize: {roles: [admin], approvals: true}
    deploy: {command: ["true"]}
"""

pytestmark = pytest.mark.requirement("AUTH-1")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A repository with a workflow, which `writer` has started by hand."""
    files = FILES | {".github/shipway.yml": CONFIGURATION, ".github/workflows/deploy.yml": WORKFLOW}
    for made in repository(tmp_path, files):
        path = "/actions/workflows/deploy.yml/dispatches"
        made.request("POST", path, {"ref": "main"}, made.token_of("writer"))
        yield made


def run_of(world: World) -> dict[str, Any]:
    """The newest run."""
    (run, *_) = world.request("GET", "/actions/runs")["workflow_runs"]
    return dict(run)


def job(world: World, permissions: dict[str, str] | None = None, **variables: str) -> Environment:
    """What a step of the run sees."""
    token = world.token_of("github-actions[bot]", permissions=permissions or JOB, kind="actions")
    given = {"GITHUB_RUN_ID": str(run_of(world)["id"]), "GITHUB_ACTOR": "writer", **variables}
    return world.environment(GITHUB_TOKEN=token, GH_TOKEN=token, **given)


def locking(world: World, environment: Environment, name: str = "staging", **asked: Any) -> DeliveryOutcome:
    """Lock as that job."""
    return run_lock(
        LockAsked(repo=world.clone, environment=name, reason="moving", **asked),
        environment,
        Watchers(),
        sleep=world.pauses.append,
        chance=Chance(lambda: NOON, lambda: 0.0),
    )


def test_of_a_workflow_it_is_who_started_the_run(world: World) -> None:
    before = len(world.calls())
    outcome = locking(world, job(world))
    assert outcome.exit_code is ExitCode.OK
    (entry,) = entries(world)
    assert (entry["actor"], entry["detail"]["identity"]) == ("writer", "workflow run")
    assert entry["detail"]["verdicts"][0]["summary"] == "writer may lock in staging: role write"
    asked = [call for call in world.calls()[before:] if call.startswith("GET") and "actions" in call]
    assert asked == [
        "GET /repos/{owner}/{repo}/actions/runs",
        "GET /repos/{owner}/{repo}/actions/runs/{run_id}",
    ]


def test_who_starts_it_again_is_who_asks(world: World) -> None:
    with world.twin.world.locked(Identity("reviewer", "user")):
        repo = world.twin.world.repository(NAME) or {}
        (run,) = world.twin.world.store.all("run", NAME)
        runs.set_status(world.twin.world, repo, run, "completed", "failure")
        runs.rerun(world.twin.world, repo, run["id"])
    locking(world, job(world))
    assert entries(world)[0]["actor"] == "reviewer"


@pytest.mark.parametrize("variable", ["GITHUB_ACTOR", "GITHUB_TRIGGERING_ACTOR"])
def test_a_variable_that_says_otherwise_is_refused(world: World, variable: str) -> None:
    with pytest.raises(GitHubError) as refused:
        locking(world, job(world, **{variable: "releaser"}))
    assert refused.value.message == "The run says that releaser started it, and GitHub says writer."
    assert (refused.value.reason_code, refused.value.exit_code) == (
        "identity-differs",
        ExitCode.NOT_AUTHORISED,
    )
    assert "shipway-ledger" not in world.git("ls-remote", "origin")


def test_a_run_that_is_over_lends_nobody_its_name(world: World) -> None:
    with world.twin.world.locked():
        (run,) = world.twin.world.store.all("run", NAME)
        runs.set_status(
            world.twin.world, world.twin.world.repository(NAME) or {}, run, "completed", "success"
        )
    with pytest.raises(GitHubError) as refused:
        locking(world, job(world))
    assert refused.value.message == f"Run {run['id']} is over, so nobody asks from it."


@pytest.mark.parametrize(
    ("permissions", "variables", "message"),
    [
        ({"contents": "write"}, {}, "GitHub does not show run {run} to this token"),
        (JOB, {"GITHUB_RUN_ID": "0"}, "GitHub does not show run 0 to this token"),
        (JOB, {"GITHUB_RUN_ID": "../.."}, "GITHUB_RUN_ID is '../..', which is no run"),
        (JOB, {"GITHUB_RUN_ID": ""}, "the token is a workflow's, and GITHUB_RUN_ID names no run"),
    ],
)
def test_nobody_stands_behind_a_token_alone(
    world: World, permissions: dict[str, str], variables: dict[str, str], message: str
) -> None:
    with pytest.raises(GitHubError) as refused:
        locking(world, job(world, permissions, **variables))
    said = message.format(run=run_of(world)["id"])
    assert refused.value.message == f"Who asks cannot be found out: {said}."
    assert (refused.value.reason_code, refused.value.exit_code) == (
        "identity-unknown",
        ExitCode.NOT_AUTHORISED,
    )


# --- identity tokens


KEY, OTHER_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))


class Issuer:
    """Gives out one identity token, and the key that it can be checked with."""

    def __init__(self) -> None:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = self.path.startswith("/token?x=1&audience=shipway")
                allowed = not asked or self.headers["Authorization"] == "Bearer job"
                body = json.dumps({"value": issuer.token} if asked else issuer.keys()).encode()
                self.send_response(200 if allowed else 401)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.token = ""
        Thread(target=self._server.serve_forever, daemon=True).start()

    def keys(self) -> dict[str, Any]:
        """The public key as a set."""
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
        return {"keys": [{**key, "kid": "one", "alg": "RS256", "use": "sig"}]}

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """One on this machine."""
    made = Issuer()
    yield made
    made.close()


def with_token(
    world: World, issuer: Issuer, key: rsa.RSAPrivateKey = KEY, algorithm: str = "RS256", **changes: Any
) -> Environment:
    """A job that may have identity tokens, and is given one with these claims."""
    claims = {
        "iss": issuer.url,
        "aud": "shipway",
        "iat": int(time.time()),
        "exp": int(time.time()) + 300,
        "repository": NAME,
        "run_id": str(run_of(world)["id"]),
        "run_attempt": "1",
        "actor": "writer",
        **changes,
    }
    issuer.token = jwt.encode(
        {name: value for name, value in claims.items() if value is not None},
        key if algorithm == "RS256" else "x" * 32,
        algorithm=algorithm,
        headers={"kid": "one"},
    )
    environment = job(world)
    claim = replace(environment.run, token_url=f"{issuer.url}/token?x=1", token="job", issuer=issuer.url)
    return replace(environment, run=claim)


def test_an_identity_token_names_who_asks_without_another_question(world: World, issuer: Issuer) -> None:
    environment = with_token(world, issuer)
    before = len(world.calls())
    assert locking(world, environment).exit_code is ExitCode.OK
    assert not [call for call in world.calls()[before:] if "actions" in call]
    (entry,) = entries(world)
    assert (entry["actor"], entry["detail"]["identity"]) == ("writer", "OIDC")


def test_of_a_run_that_was_started_again_github_is_asked_who_did(world: World, issuer: Issuer) -> None:
    environment = with_token(world, issuer, run_attempt="2")
    before = len(world.calls())
    assert locking(world, environment).exit_code is ExitCode.OK
    assert [call for call in world.calls()[before:] if "actions" in call] == [
        "GET /repos/{owner}/{repo}/actions/runs/{run_id}"
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.test"},
        {"aud": "somebody"},
        {"exp": 1},
        {"iat": None},
        {"actor": None},
        {"repository": "octo-org/other"},
        {"run_id": "1"},
        {"actor": "releaser"},
        {"key": OTHER_KEY},
        {"algorithm": "HS256"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_an_identity_token_that_does_not_hold_is_refused(
    world: World, issuer: Issuer, changes: dict[str, Any]
) -> None:
    with pytest.raises(GitHubError) as refused:
        locking(world, with_token(world, issuer, **changes))
    assert (refused.value.reason_code, refused.value.exit_code) == (
        "identity-differs",
        ExitCode.NOT_AUTHORISED,
    )
    assert "shipway-ledger" not in world.git("ls-remote", "origin")


def test_an_identity_token_that_cannot_be_had_is_no_identity(world: World, issuer: Issuer) -> None:
    environment = with_token(world, issuer)
    wrong = replace(environment, run=replace(environment.run, token="another job"))
    with pytest.raises(GitHubError) as refused:
        locking(world, wrong)
    assert refused.value.message == (
        "Who asks cannot be found out: GitHub's identity token cannot be had: HTTPError."
    )


@pytest.mark.parametrize(
    ("server", "issuer"),
    [
        ("https://github.com", "https://token.actions.githubusercontent.com"),
        ("https://octo.ghe.com", "https://token.actions.octo.ghe.com"),
        ("https://git.octo.test", "https://git.octo.test/_services/token"),
        ("https://notgithub.com", "https://notgithub.com/_services/token"),
    ],
)
def test_each_github_signs_for_itself(server: str, issuer: str) -> None:
    assert issuer_of(server) == issuer


# --- teams and approvals


def operators(world: World, *members: str) -> None:
    """A team with these members."""
    with world.twin.world.locked():
        team = admin.create_team(world.twin.world, "octo-org", "operators", ())
        for login in members:
            teams.add_member(world.twin.world, team, login)


def test_a_team_is_asked_for_only_where_a_rule_names_it(world: World) -> None:
    operators(world, "reviewer")
    before = len(world.calls())
    assert lock(world, login="reviewer").exit_code is ExitCode.OK
    assert not [call for call in world.calls()[before:] if "teams" in call]
    assert lock(world, "dev", login="reviewer").exit_code is ExitCode.OK
    assert [call for call in world.calls()[before:] if "teams" in call] == [
        "GET /orgs/{org}/teams/{team_slug}/memberships/{username}"
    ]
    assert entries(world)[-1]["detail"]["verdicts"][0]["summary"] == (
        "reviewer may lock in dev: member of octo-org/operators"
    )


def test_who_is_not_in_the_team_is_told_what_would_suffice(world: World) -> None:
    operators(world, "reviewer")
    refused = lock(world, "dev")
    assert (refused.exit_code, refused.reason_code) == (ExitCode.NOT_AUTHORISED, "not-authorised")
    assert refused.message == (
        "dev cannot be locked: releaser may not lock in dev; someone in the team octo-org/operators may."
    )
    assert (
        refused.next_step == "Someone in the team octo-org/operators can run: shipway lock dev --reason '…'"
    )


@pytest.mark.parametrize("there", [True, False], ids=["hidden", "absent"])
def test_a_team_that_cannot_be_read_lets_nobody_in(world: World, there: bool) -> None:
    """A workflow's own token cannot see teams."""
    if there:
        operators(world, "writer")
    refused = locking(world, job(world), "dev") if there else lock(world, "dev")
    assert (refused.exit_code, refused.reason_code) == (ExitCode.NOT_AUTHORISED, "teams-unreadable")
    login = "writer" if there else "releaser"
    assert refused.verdicts[0]["ruling"] == "inconclusive"
    assert refused.message == (
        f"dev cannot be locked: whether {login} is in octo-org/operators cannot be read with this token; "
        "someone in the team octo-org/operators may lock in dev."
    )


def test_an_approval_on_github_stands_in_for_a_rule_and_is_recorded(world: World) -> None:
    """`writer` may not promote to production; `releaser` let the run go on there."""
    twin = world.twin.world
    with twin.locked():
        admin.create_user(twin, "github-actions[bot]", kind="Bot")
    releaser = twin.user("releaser") or {}
    body = {"reviewers": [{"type": "User", "id": releaser["id"]}]}
    environment = world.request("PUT", "/environments/production", body)["id"]
    permissions = {**JOB, "deployments": "write"}
    assert promoted(world, job(world, permissions), "dev", "").exit_code is ExitCode.OK
    refused = promoted(world, job(world, permissions), "production", "dev")
    assert (refused.exit_code, refused.reason_code) == (ExitCode.NOT_AUTHORISED, "not-authorised")
    with twin.locked(Identity("github-actions[bot]", "actions")):
        (run,) = twin.store.all("run", NAME)
        runs.enter_environment(twin, twin.repository(NAME) or {}, run, "production")
    answer = {"environment_ids": [environment], "state": "approved", "comment": "Seen"}
    world.request("POST", f"/actions/runs/{run['id']}/pending_deployments", answer)
    done = promoted(world, job(world, permissions), "production", "dev")
    assert done.exit_code is ExitCode.OK
    grounds = {row["gate"]: row["summary"] for row in done.verdicts}
    assert grounds["authority"] == "writer may promote in production: approved on GitHub by releaser"
    github = connect(world.environment(), Clone(world.clone))
    approvals = approvers(github, str(run["id"]), ("dev", "production"))
    assert approvals == {"dev": (), "production": ("releaser",)}


def promoted(world: World, environment: Environment, target: str, source: str) -> DeliveryOutcome:
    """Promote as that job."""
    return run_promotion(
        PromotionAsked(version="1.0.0", source=source, target=target, repo=world.clone),
        environment,
        Watchers(),
        sleep=world.pauses.append,
        chance=Chance(lambda: NOON, lambda: 0.0),
    )


# --- a release goes into environments too


def test_a_release_is_held_to_the_same_rules(world: World) -> None:
    """`releaser` may do everything but lock in dev; only whom production names comes in there."""
    first = world.release("1.1.0")
    assert first.pull_request
    world.approve(first.pull_request["number"])
    ended = world.release("1.1.0")
    assert ended.exit_code is ExitCode.OK
    assert world.request("GET", "/deployments?environment=production")


def test_a_release_in_a_workflow_is_asked_for_by_who_started_the_run(world: World) -> None:
    environment = job(world, {**JOB, "pull_requests": "write", "checks": "write"}, GITHUB_ACTOR="releaser")
    with pytest.raises(GitHubError) as refused:
        run_release(Asked("1.1.0", repo=world.clone), environment, Watchers(), sleep=world.pauses.append)
    assert refused.value.reason_code == "identity-differs"
