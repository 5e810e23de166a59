"""`shipway status`: what runs where, in few requests, with what the ledger and the environments themselves say."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from twin_project import QUIET, Clone, Project

from shipway.adapters.health import Address, versions
from shipway.cli.root import run
from shipway.domain.status_view import Health, notes
from shipway.twin.behaviour import access, deployments, environments

TEN = ["dev", "test", "qa", "staging", "uat", "preprod", "canary", "eu", "us", "production"]
WAITING = threading.Event()


class Answers(BaseHTTPRequestHandler):
    """An environment that says its version, or something else, by path."""

    def do_GET(self) -> None:
        if self.path == "/never":
            WAITING.wait(10)
            return
        bodies = {
            "/ok": {"version": "v1.1.0"},
            "/commit": {"build": [{"sha": "abcdef1234567"}]},
            "/other": {"version": "0.9.0"},
            "/nothing": {"version": {"major": 1}},
        }
        body = json.dumps(bodies[self.path]) if self.path in bodies else "<html>"
        self.send_response(503 if self.path == "/down" else 200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """Where environments answer."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    WAITING.set()
    server.shutdown()
    thread.join()
    server.server_close()
    WAITING.clear()


class Place:
    """A repository with deployments, and the command line on it."""

    def __init__(self, project: Project, clone: Clone, capsys: pytest.CaptureFixture[str]) -> None:
        self.project, self.clone, self._capsys = project, clone, capsys
        self.world = project.twin.world

    def deploy(self, environment: str, version: str = "", state: str = "success") -> None:
        """Record a deployment, of ours if it has a version."""
        with self.world.locked(access.authenticate(self.world, self.project.token)):
            repo = self.world.repository(self.project.full_name) or {}
            payload = {"schema": 1, "release": "id", "version": version, "actor": "bob"} if version else {}
            sha = self.world.git_of(repo).resolve("main") or ""
            made = deployments.record(
                self.world, repo, "main", sha, {"environment": environment, "payload": payload}
            )
            deployments.create_status(self.world, repo, made, state)

    def push(self, branch: str, files: dict[str, str]) -> None:
        """Put files on a branch of GitHub."""
        for name, text in files.items():
            path = self.clone.path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        self.clone.commit("chore: write")
        self.clone.git("push", "--quiet", "--force", self.project.remote(), f"HEAD:refs/heads/{branch}")

    def status(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        code = run(["status", "--repo", str(self.clone.path), *words])
        out = self._capsys.readouterr()
        return code, out.out, out.err

    def rows(self, *words: str) -> dict[str, dict[str, Any]]:
        code, out, _ = self.status("--output", "json", *words)
        data = json.loads(out)
        assert (code, data["schema"]) == (0, 1)
        return {row["environment"]: row for row in data["environments"]}

    @property
    def api_requests(self) -> int:
        return sum(one.kind in {"rest", "graphql"} for one in self.project.twin.journal.requests)


@pytest.fixture
def place(
    project: Project, clone: Clone, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Place:
    variables = {**QUIET, **project.twin.environment(project.token), "GITHUB_REPOSITORY": project.full_name}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return Place(project, clone, capsys)


def head(commit: str, **environments: Any) -> dict[str, str]:
    return {"head.json": json.dumps({"sequence": 1, "hash": "0", "open": {}, "environments": environments})}


def verified(version: str, commit: str) -> dict[str, Any]:
    one = {"version": version, "commit": commit, "digest": "", "at": "2026-11-21T12:00:00Z", "by": "bob"}
    return {"verified": [{**one, "deployment": 1}]}


@pytest.mark.requirement("PRO-5")
def test_ten_environments_take_two_requests_at_most(place: Place) -> None:
    place.push(
        "main", {".github/shipway.yml": f"environments: {{{', '.join(f'{name}: {{}}' for name in TEN)}}}"}
    )
    for name in TEN:
        place.deploy(name, "1.0.0")
    assert list(place.rows()) == TEN
    assert place.api_requests == 1

    for _ in range(100):
        place.deploy("dev", "1.1.0", "failure")
    place.deploy("dev", "1.1.0")
    rows = place.rows()
    assert place.api_requests == 3
    assert {name: row["version"] for name, row in rows.items()} == {
        **dict.fromkeys(TEN, "1.0.0"),
        "dev": "1.1.0",
    }


@pytest.mark.requirement("PRO-5")
def test_the_states_of_environments(place: Place) -> None:
    place.deploy("dev", "1.1.0")
    place.deploy("staging", "1.0.0")
    place.deploy("staging", "1.1.0", "failure")
    place.deploy("uat", "1.0.0", "in_progress")
    place.deploy("production", "1.0.0")
    place.deploy("preview")
    with place.world.locked():
        environments.ensure(place.world, place.world.repository("octocat/hello") or {}, "empty")
    commit = place.clone.git("rev-parse", "HEAD")
    lock = {"by": "alice", "reason": "freeze", "at": "2026-11-21T12:00:00Z", "until": "2999-01-01T00:00:00Z"}
    past = {**lock, "until": "2026-11-21T12:30:00Z"}
    hold = {"version": "1.1.0", "reason": "slow", "by": "bob", "at": "2026-11-21T12:00:00Z"}
    newer = hold | {"version": "1.2.0", "reason": "wrong", "by": "carol"}
    place.push(
        "shipway-ledger",
        head(
            commit,
            dev=verified("1.1.0", commit) | {"lock": past},
            production=verified("1.1.0", commit) | {"lock": lock, "holds": [hold, newer]},
        ),
    )
    rows = place.rows()
    assert {name: row["state"] for name, row in rows.items()} == {
        "dev": "verified",
        "staging": "failed",
        "uat": "deploying",
        "production": "deployed",
        "empty": "never deployed",
        "preview": "deployed",
    }
    assert (rows["staging"]["version"], rows["staging"]["attempted"]) == ("1.0.0", "1.1.0")
    assert [name for name, row in rows.items() if row["foreign"]] == ["preview"]
    assert rows["dev"]["lock"] is None
    assert rows["production"]["lock"]["reason"] == "freeze"
    assert rows["production"]["lock"]["actor"] == "alice"
    assert [(one["version"], one["actor"]) for one in rows["production"]["holds"]] == [
        ("1.1.0", "bob"),
        ("1.2.0", "carol"),
    ]

    _, text, _ = place.status()
    assert "production   1.0.0    " in text
    assert "staging      1.0.0    " in text
    assert "failed (1.1.0)" in text
    assert "  production is locked until 2999-01-01T00:00:00Z by alice, " in text
    assert "  1.1.0 does not come back to production since bob rolled it back: slow\n" in text
    assert "  1.2.0 does not come back to production since carol rolled it back: wrong\n" in text
    assert "against 1.1.0, 1.2.0" in text


def test_what_stood_where_others_have_deployed_since_is_said(place: Place) -> None:
    place.deploy("production", "1.0.0")
    place.push("shipway-ledger", head("c" * 40, production=verified("1.0.0", "c" * 40)))
    place.deploy("production")
    said = "the newest deployment to production is not Shipway's, or of a run that was started again; "
    last = "1.0.0 was verified there last: shipway status --env production --history 5"
    assert f"  {said}{last}\n" in place.status()[1]


@pytest.mark.requirement("LOCK-1")
@pytest.mark.parametrize(
    ("scope", "subject", "said"),
    [
        ("", "", "by alice, 2h ago: freeze"),
        ("user", "alice", "by alice, 2h ago, open to alice: freeze"),
        ("release", "1.1.0", "by alice, 2h ago, open to 1.1.0: freeze"),
        ("pr", "7", "by alice, 2h ago, open to pull request #7: freeze"),
    ],
)
def test_whom_a_lock_lets_through_is_said(scope: str, subject: str, said: str) -> None:
    now = datetime(2026, 11, 21, 14, tzinfo=UTC)
    lock = {"actor": "alice", "reason": "freeze", "at": "2026-11-21T12:00:00Z", "until": ""}
    nothing: dict[str, Any] = {"trial": None, "holds": [], "health": None, "progress": None, "foreign": False}
    row = {"environment": "dev", **nothing}

    assert notes([{**row, "lock": {**lock, "scope": scope, "subject": subject}}], now) == [
        f"dev is locked {said}"
    ]


@pytest.mark.requirement("PRO-5")
def test_one_environment_is_found_as_people_call_it(place: Place) -> None:
    place.deploy("dev", "1.1.0")
    place.deploy("production", "1.0.0")
    assert list(place.rows("--env", " Prod ")) == ["production"]
    code, _, told = place.status("--env", "live")
    assert code == 2
    assert "There is no environment 'live'." in told


@pytest.mark.requirement("PRO-5")
def test_the_history_shows_what_others_deployed(place: Place) -> None:
    place.deploy("production", "1.0.0")
    place.deploy("production", state="failure")
    place.deploy("production", "1.1.0")
    place.deploy("dev", "1.2.0")
    code, out, _ = place.status("--env", "production", "--history", "2", "--output", "yaml")
    assert code == 0
    assert place.api_requests == 2
    _, text, _ = place.status("--env", "production", "--history", "2")
    lines = text.splitlines()
    assert [line.split()[-1] for line in lines[1:]] == ["Shipway", "foreign"]
    assert [line.split()[2] for line in lines[1:]] == ["1.1.0", "—"]
    assert out.count("- deployment:") == 2


@pytest.mark.requirement("PRO-5")
def test_an_environment_that_says_another_version_has_drifted(place: Place, address: str) -> None:
    paths = {"dev": "ok", "staging": "other", "uat": "down", "production": "html", "preview": "nothing"}
    lines = [f'  {name}: {{version-url: "{address}/{path}"}}' for name, path in paths.items()]
    place.push("main", {".github/shipway.yml": "\n".join(["environments:", *lines])})
    for name in paths:
        place.deploy(name, "1.1.0")
    assert {name: row["health"] for name, row in place.rows().items()} == {
        "dev": {"state": "ok", "version": "v1.1.0", "problem": ""},
        "staging": {"state": "drift", "version": "0.9.0", "problem": ""},
        "uat": {"state": "unknown", "version": "", "problem": "answered with status 503"},
        "production": {"state": "unknown", "version": "", "problem": "did not answer with JSON"},
        "preview": {"state": "unknown", "version": "", "problem": "says nothing at version"},
    }
    code, text, _ = place.status()
    assert code == 0
    assert "drift: says 0.9.0" in text
    assert "  uat answered with status 503, so its health is unknown\n" in text


@pytest.mark.requirement("PRO-5")
def test_what_cannot_be_asked_is_unknown(address: str) -> None:
    nowhere = Address("http://127.0.0.1:1/", "version")
    asked = {
        "late": Address(f"{address}/never", "version"),
        "gone": nowhere,
        "deep": Address(f"{address}/commit", "build.0.sha"),
    }
    assert versions(asked, seconds=0.2) == {
        "late": Health(problem="did not answer within 0.2 s"),
        "gone": Health(problem="cannot be asked: ConnectionError"),
        "deep": Health(version="abcdef1234567"),
    }


@pytest.mark.requirement("PRO-5")
def test_colour_is_for_terminals_that_want_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.deploy("production", "1.0.0", "failure")
    assert "\x1b" not in place.status()[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[31mfailed (1.0.0)\x1b[0m" in place.status()[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in place.status()[1]


@pytest.mark.requirement("PRO-5")
def test_wide_characters_are_aligned(place: Place) -> None:
    place.deploy("本番", "1.0.0")
    place.deploy("dev", "1.10.0")
    lines = place.status()[1].splitlines()
    dev, wide = sorted(lines[3:5])
    assert lines[2].startswith("environment  version  sha")
    assert dev.startswith("dev          1.10.0   ")
    assert wide.startswith("本番         1.0.0    ")


@pytest.mark.requirement("PRO-5")
def test_a_broken_configuration_does_not_hide_what_runs(place: Place) -> None:
    place.push("main", {".github/shipway.yml": "enviroments: {}"})
    place.deploy("dev", "1.0.0")
    code, text, told = place.status()
    assert code == 0
    assert "dev          1.0.0" in text
    assert told.startswith("warning: .github/shipway.yml cannot be used:")


@pytest.mark.requirement("PRO-5")
def test_a_repository_without_anything(place: Place) -> None:
    assert place.status()[:2] == (0, "octocat/hello, latest release none\n\nNo environments yet.\n")
    assert place.status("--history", "5")[:2] == (0, "No deployments yet.\n")
