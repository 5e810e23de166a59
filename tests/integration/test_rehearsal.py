"""`shipway release … --rehearse`: everything happens on a private twin, nothing anywhere else."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from twin_project import QUIET, Clone

from shipway.bootstrap.environment import Environment, Watchers
from shipway.bootstrap.locking import LockAsked, run_lock
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.bootstrap.release import Asked, run_release
from shipway.cli.people import PATIENCE, People
from shipway.cli.playground import Site, playground
from shipway.cli.rehearsal import rehearsed
from shipway.domain.delivery.steps import StartDeployment
from shipway.errors import InputError, ShipwayError, UsageError
from shipway.twin import admin
from shipway.twin.behaviour import branches, issues, pulls
from shipway.twin.identity import Identity

CONFIGURATION = """\
release: {approvals: 2, reviewers: [carol]}
gates:
  present: {command: [test, -f, VERSION]}
  suite: {report: [reports/*.xml], signals: {metrics: {load: {url: "http://127.0.0.1:1", at-most: 1}}}}
  checks: {checks: [build]}
environments:
  staging: {deploy: {command: [touch, DEPLOYED]}}
  production: {after: staging, deploy: {command: [touch, DEPLOYED]}}
"""
JUNIT = '<testsuite name="unit"><testcase classname="a" name="b" time="0.5"/></testsuite>'
PROTECTION = {
    "required_pull_request_reviews": {
        "required_approving_review_count": 1,
        "require_code_owner_reviews": True,
    },
    "required_status_checks": {"strict": False, "contexts": ["ci/test"]},
    "enforce_admins": True,
    "restrictions": None,
}


@pytest.fixture(autouse=True)
def _quiet_git(monkeypatch):
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def here(project, clone, effects, tmp_path, request):
    """A clone of a protected, configured repository with a report that is not committed, and its environment."""
    (clone.path / ".github").mkdir()
    (clone.path / ".github/shipway.yml").write_text(getattr(request, "param", CONFIGURATION))
    (clone.path / ".github/CODEOWNERS").write_text("* @dave\n")
    clone.commit("feat: greet <b>loudly</b>")
    clone.git("push", "--quiet", project.remote(), "main")
    with project.twin.world.locked():
        repo = project.twin.world.repository("octocat/hello")
        branches.protect(project.twin.world, repo, "main", PROTECTION)
        admin.add_collaborator(project.twin.world, "octocat/hello", "dave")
    copy = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", f"{project.twin.url}/octocat/hello.git", copy], check=True)
    (copy / "reports").mkdir()
    (copy / "reports/junit.xml").write_text(JUNIT)
    effects.take()
    variables = project.twin.environment(project.token) | {"GITHUB_REPOSITORY": "octocat/hello"}
    return Clone(copy), Environment.read(variables)


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Each file below a folder, with its time and content."""
    files = [Path(top, name) for top, _, names in os.walk(folder) for name in names]
    return {str(file): (file.stat().st_mtime_ns, file.read_bytes()) for file in files}


def rehearse(clone: Clone, environment: Environment, capsys, output="json", version="auto"):
    code = rehearsed(Asked(version, repo=clone.path), output, environment)
    printed = capsys.readouterr().out
    return code, json.loads(printed) if output == "json" else printed


@pytest.mark.requirement("REL-8")
def test_nothing_is_written_to_github_or_to_the_clone(here, capsys, project, effects):
    clone, environment = here
    before, refs = everything(clone.path), dict(project.twin.world.git["octocat/hello"].refs)
    code, _ = rehearse(clone, environment, capsys)
    assert code == 0
    assert everything(clone.path) == before
    effects.expect()
    assert dict(project.twin.world.git["octocat/hello"].refs) == refs
    asked = [(one.kind, one.method, one.status) for one in project.twin.journal.requests if one.kind != "git"]
    assert asked == [("graphql", "POST", 200)]


@pytest.mark.requirement("REL-8")
def test_the_difference_names_everything_that_would_change(here, capsys, project):
    clone, environment = here
    _, found = rehearse(clone, environment, capsys)
    difference = found["difference"]
    assert [one["name"] for one in difference["branches"]] == ["main", "release/1.1.0", "shipway-ledger"]
    assert [one["name"] for one in difference["tags"]] == [
        "latest-production",
        "latest-staging",
        "v1.1.0",
        "v1.1.0-production",
        "v1.1.0-staging",
    ]
    assert [(one["branch"], one["path"]) for one in difference["files"]] == [
        ("main", "CHANGELOG.md"),
        ("main", "VERSION"),
    ]
    assert "-1.0.0\n+1.1.0\n" in difference["files"][1]["diff"]
    (pull,) = difference["pull_requests"]
    assert (pull["title"], pull["state"], pull["head"], pull["base"], pull["author"]) == (
        "chore(release): 1.1.0",
        "merged",
        "release/1.1.0",
        "main",
        "octocat",
    )
    assert pull["labels"] == ["auto-generated", "release", "version:1.1.0"]
    assert "greet &lt;b&gt;loudly&lt;/b&gt;" in pull["body"]
    assert f"{project.twin.url}/octocat/hello/compare/v1.0.0...release/1.1.0" in pull["body"]
    assert [(one["tag_name"], one["draft"]) for one in difference["releases"]] == [("v1.1.0", False)]
    states = [
        (one["environment"], [s["state"] for s in one["statuses"]]) for one in difference["deployments"]
    ]
    assert states == [("staging", ["in_progress", "success"]), ("production", ["in_progress", "success"])]
    kinds = [line.split()[3] for line in difference["ledger"]]
    assert kinds[0] == "initiated"
    assert kinds[-1] == "completed"
    assert difference["effects"][0] == "octocat: commit.created 1.1.0: initiated"
    assert "dave: review.submitted #1" in difference["effects"]


@pytest.mark.requirement("REL-8")
def test_commands_that_reach_out_are_replaced_and_it_says_so(here, capsys):
    clone, environment = here
    _, found = rehearse(clone, environment, capsys)
    assert found["notes"] == [
        "Nothing is deployed to staging: its deployer is only printed.",
        "Nothing is deployed to production: its deployer is only printed.",
        "Gate suite does not ask for its metrics: they are about what runs elsewhere.",
        "Gate checks does not wait for build: no workflow runs here.",
    ]
    assert [row["gate"] for row in found["outcome"]["verdicts"] if row["ruling"] == "pass"][:2] == [
        "present",
        "suite",
    ]
    assert not (clone.path / "DEPLOYED").exists()


OUTSIDE = """\
environments:
  dev: {deploy: {preset: fly, with: {app: web, image: "web:{version}"}}}
  staging: {after: dev, deploy: {event: true}}
  production: {after: staging, deploy: {call: {url: "http://127.0.0.1:1/deploy", headers: {Authorization: NOT_SET}}}}
"""


@pytest.mark.requirement("REL-8", "DEP-2")
@pytest.mark.parametrize("here", [OUTSIDE], indirect=True)
def test_presets_calls_and_events_reach_nobody(here, capsys):
    _, found = rehearse(*here, capsys)
    assert found["notes"] == [
        f"Nothing is deployed to {name}: its deployer is only printed."
        for name in ("dev", "staging", "production")
    ]
    states = [[s["state"] for s in one["statuses"]] for one in found["difference"]["deployments"]]
    assert states == [["in_progress", "success"]] * 3


@pytest.mark.requirement("REL-8")
def test_people_read_a_difference(here, capsys):
    clone, environment = here
    code, text = rehearse(clone, environment, capsys, "text", "minor")
    assert code == 0
    for line in (
        "+ tag v1.1.0 at ",
        "-1.0.0",
        "+1.1.0",
        "chore(release): 1.1.0  (merged)",
        "staging       v1.1.0 ",
        "in_progress → success",
        "This was a rehearsal: nothing was written to GitHub or to this clone.",
    ):
        assert line in text
    assert "\x1b" not in text


@pytest.mark.requirement("REL-8")
def test_a_gate_that_fails_ends_the_rehearsal_as_it_would_end_the_release(here, capsys):
    clone, environment = here
    (clone.path / "reports/junit.xml").write_text(JUNIT.replace("/></", "><failure/></testcase></", 1))
    code, found = rehearse(clone, environment, capsys)
    assert (code, found["outcome"]["reason_code"]) == (8, "gates-failed")
    assert [pull["state"] for pull in found["difference"]["pull_requests"]] == ["open"]


@pytest.mark.requirement("REL-8")
def test_a_shallow_clone_borrows_nothing(here, capsys, project, tmp_path):
    shallow = tmp_path / "shallow"
    address = f"{project.twin.url}/octocat/hello.git"
    subprocess.run(["git", "clone", "--quiet", "--depth=1", address, shallow], check=True)
    (shallow / "reports").mkdir()
    (shallow / "reports/junit.xml").write_text(JUNIT)
    code, found = rehearse(Clone(shallow), here[1], capsys)
    assert (code, found["outcome"]["tag"]) == (0, "v1.1.0")


@pytest.mark.requirement("REL-8")
def test_a_release_goes_on_from_its_open_pull_request(here, capsys, project, effects):
    clone, environment = here
    with project.twin.world.locked():
        repo = project.twin.world.repository("octocat/hello")
        issues.number_from(project.twin.world, repo, 41)
    begun = run_release(Asked("auto", repo=clone.path), environment, Watchers())
    assert begun.pull_request["number"] == 41
    effects.take()

    code, shown = rehearse(clone, environment, capsys, version="1.1.0")

    assert effects.take() == []
    assert (code, shown["outcome"]["decision"]) == (0, "done")
    (pull,) = shown["difference"]["pull_requests"]
    assert (pull["number"], pull["state"], pull["head"]) == (41, "merged", "release/1.1.0")
    told = [line.split()[3] for line in shown["difference"]["ledger"]]
    assert "initiated" not in told
    assert "pull-request" not in told, "it has the number that the ledger knows"
    assert told[-1] == "completed"
    assert [one["tag_name"] for one in shown["difference"]["releases"]] == ["v1.1.0"]


@pytest.mark.requirement("REL-8")
def test_a_pull_request_that_nothing_happens_to_is_no_difference(here, capsys, effects):
    clone, environment = here
    run_release(Asked("auto", repo=clone.path), environment, Watchers())
    effects.take()

    _, shown = rehearse(clone, environment, capsys, version="2.0.0")

    assert [one["head"] for one in shown["difference"]["pull_requests"]] == ["release/2.0.0"]


@pytest.mark.requirement("REL-8")
def test_a_release_that_is_further_than_its_pull_request_is_not_rehearsed(here, capsys, project, effects):
    clone, environment = here
    for version in ("1.1.0", "2.0.0"):
        run_release(Asked(version, repo=clone.path), environment, Watchers())
    with project.twin.world.locked(Identity("octocat")):
        repo = project.twin.world.repository("octocat/hello")
        newest = max(pulls.listed(project.twin.world, repo), key=lambda pull: pull["number"])
        issues.set_state(project.twin.world, repo, newest, "closed")
    effects.take()
    with pytest.raises(InputError) as refused:
        rehearse(clone, environment, capsys)
    assert refused.value.reason_code == "release-under-way"
    assert str(refused.value) == (
        "Release 2.0.0 is under way on GitHub and not in an open pull request, from which alone a rehearsal can go "
        "on. See what is left: shipway release 2.0.0 --dry-run"
    )


@pytest.mark.requirement("REL-8")
def test_a_dry_run_and_a_rehearsal_exclude_each_other(tmp_path):
    with pytest.raises(UsageError) as refused:
        rehearsed(Asked("auto", repo=tmp_path, dry_run=True), "text")
    assert refused.value.message == (
        "--dry-run and --rehearse exclude each other: one does nothing, the other does everything on a twin."
    )


@pytest.mark.requirement("REL-8")
def test_it_ends_when_nobody_can_move_the_release_on():
    with playground(Site("octocat/hello", "main", "octocat")) as place:
        people = People(place, print)
        for _ in range(PATIENCE - 1):
            people.sleep(0)
        with pytest.raises(ShipwayError) as stuck:
            people.sleep(0)
    assert stuck.value.reason_code == "rehearsal-stuck"
    assert stuck.value.message == "Nobody on the twin can move the release on."


@pytest.mark.requirement("REL-8")
def test_without_the_extra_it_names_the_command_that_installs_it(clone):
    script = (
        "import sys; sys.modules['uvicorn'] = None\n"
        "from shipway.cli import main\n"
        "sys.argv = ['shipway', 'release', 'auto', '--rehearse']\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=clone.path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error[twin-not-installed]: The twin needs uvicorn, which is not installed.\n"
        "  In a clone of Shipway: `pip install '.[twin]'`.\n"
    )


class Stopped(Exception):
    """What a runner does to a job in the middle of it."""


def begin(version: str, clone: Clone, environment: Environment) -> None:
    """Leave a claim behind, in the name of a workflow run that only GitHub knows."""

    def stop(move: object, _: object) -> None:
        if isinstance(move, StartDeployment):
            raise Stopped

    asked = PromotionAsked(version=version, target="staging", repo=clone.path)
    with pytest.raises(Stopped):
        run_promotion(asked, replace(environment, holder="run:77"), Watchers(stop))


@pytest.mark.requirement("REL-8", "LOCK-1")
def test_locks_count_in_a_rehearsal_and_claims_of_runs_elsewhere_do_not(here, capsys, effects):
    clone, environment = here
    begin("1.0.0", clone, environment)
    effects.take()
    code, found = rehearse(clone, environment, capsys)
    assert (code, found["outcome"]["state"]) == (0, "completed")
    locked = LockAsked(environment="staging", reason="moving", repo=clone.path)
    assert run_lock(locked, environment, Watchers()).exit_code == 0
    effects.take()
    code, found = rehearse(clone, environment, capsys)
    assert (code, found["outcome"]["reason_code"]) == (13, "locked")
    assert found["difference"]["deployments"] == []
