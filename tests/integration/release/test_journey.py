"""A release from commits to production, on the twin, and everything that it leaves behind."""

import pytest

from integration.release.world import World, write
from shipway.domain.outcome import Decision
from shipway.domain.state import State


@pytest.mark.requirement("REL-4", "REL-6", "PR-1", "PR-3", "DEP-1", "DEP-5", "LED-1", "LED-2")
def test_from_commits_to_production(world: World) -> None:
    waiting = world.release()

    assert (waiting.decision, waiting.state, waiting.version) == (Decision.WAITING, State.REVIEW, "1.1.0")
    assert waiting.message == "Pull request #1: 0 of 1 approvals of its newest commit."
    pull = world.request("GET", "/pulls/1")
    assert pull["title"] == "chore(release): 1.1.0"
    assert {label["name"] for label in pull["labels"]} == {"release", "auto-generated", "version:1.1.0"}
    assert "greet in French" in pull["body"]
    assert not pull["draft"]

    world.approve()
    done = world.release()

    assert (done.decision, done.state, done.tag) == (Decision.DONE, State.COMPLETED, "v1.1.0")
    assert [(d["environment"], d["state"]) for d in done.deployments] == [
        ("staging", "success"),
        ("production", "success"),
    ]
    tag = world.request("GET", "/git/ref/tags/v1.1.0")
    assert tag["object"]["type"] == "tag"
    release = world.request("GET", "/releases/tags/v1.1.0")
    assert [asset["name"] for asset in release["assets"]] == ["hello.txt"]
    assert not release["draft"]
    world.git("fetch", "--quiet", "--tags", "origin")
    assert 'version = "1.1.0"' in world.git("show", "origin/main:pyproject.toml")
    changelog = world.git("show", "origin/main:CHANGELOG.md")
    assert changelog.startswith("# Changelog\n\nKept by people too.\n\n## ")
    assert changelog.endswith("## 1.0.0\n\n- First.")
    report = world.git("show", "origin/shipway-ledger:docs/releases/v1.1.0.md")
    assert "| State | **completed** |" in report
    log = world.git("show", "origin/shipway-ledger:docs/audit/releases.log").splitlines()
    assert [line.split()[3] for line in log] == [
        "initiated",
        "branch-cut",
        "gates",
        "pull-request",
        "merged",
        "tagged",
        "published",
        "promotion-started",
        "deployed",
        "verified",
        "promotion-started",
        "deployed",
        "verified",
        "completed",
    ]


@pytest.mark.requirement("FAIL-1", "PERF-2")
def test_running_again_when_all_is_done_changes_nothing(world: World) -> None:
    world.release()
    world.approve()
    world.release()
    before = world.canonical()
    asked = len(world.calls())

    again = world.release()

    assert (again.decision, again.reason_code) == (Decision.DONE, "nothing-to-release")
    assert len(world.calls()) - asked <= 2
    assert world.canonical() == before


@pytest.mark.requirement("REL-7")
def test_a_dry_run_plans_everything_and_changes_nothing(world: World) -> None:
    before = world.canonical()

    planned = world.release(dry_run=True)

    assert planned.decision is Decision.PLANNED
    assert planned.steps[-1] == (
        "set the deployment to production to success, place v1.1.0-production, latest-production, "
        "record deployed, verified, completed"
    )
    waits = [step for step in planned.steps if step.startswith("wait ")]
    assert waits == [
        "wait for a reviewer with write access: The pull request: 0 of 1 approvals of its newest commit."
    ]
    assert planned.estimate == {
        "seconds": None,
        "unknown": ["unit", "staging", "production"],
        "at_most": 1200.0,
    }
    assert "greet" in planned.notes
    assert world.canonical() == before


@pytest.mark.requirement("REL-7", "FACE-2")
def test_a_dry_run_says_that_it_goes_by_the_configuration_that_is_pushed(world: World) -> None:
    assert world.release(dry_run=True).warnings == ()
    configuration = ".github/shipway.yml"
    write(world.clone, {configuration: "gates: {}\n"})

    (warning,) = world.release(dry_run=True, allow_dirty=True).warnings
    assert warning == (
        "The .github/shipway.yml of this clone is not that of main on GitHub, which counts; "
        "look with this one by --config .github/shipway.yml."
    )
    tried = world.release(dry_run=True, allow_dirty=True, config=world.clone / configuration)
    assert tried.warnings == ()
    assert tried.steps[-1] == "record merged, tagged, published, completed in the ledger"


@pytest.mark.requirement("PR-2")
def test_new_commits_update_branch_and_pull_request_and_keep_what_people_wrote(world: World) -> None:
    world.release()
    body = world.request("GET", "/pulls/1")["body"]
    world.request("PATCH", "/pulls/1", {"body": f"Please look at the French.\n\n{body}\n\nThanks!"})
    world.git("pull", "--quiet")
    world.commit("fix: greet politely")

    world.release()

    after = world.request("GET", "/pulls/1")["body"]
    assert after.startswith("Please look at the French.\n\n<!-- shipway:begin")
    assert after.endswith("<!-- shipway:end -->\n\nThanks!")
    assert "greet politely" in after
    files = {file["filename"] for file in world.request("GET", "/pulls/1/files")}
    assert files == {"CHANGELOG.md", "pyproject.toml"}


@pytest.mark.requirement("REL-2", "REL-3")
def test_a_higher_version_takes_the_place_of_an_open_release(world: World) -> None:
    world.release("patch")
    assert world.request("GET", "/pulls/1")["title"] == "chore(release): 1.0.1"

    outcome = world.release("auto")

    assert outcome.version == "1.1.0"
    assert world.request("GET", "/pulls/1")["state"] == "closed"
    assert world.request("GET", "/pulls/2")["title"] == "chore(release): 1.1.0"


@pytest.mark.requirement("REL-2", "REL-3")
def test_auto_goes_on_with_an_open_release_of_a_higher_version(world: World) -> None:
    world.release("major")

    outcome = world.release("auto")

    assert (outcome.version, outcome.pull_request and outcome.pull_request["number"]) == ("2.0.0", 1)
    world.git("fetch", "--quiet")
    log = world.git("show", "origin/shipway-ledger:docs/audit/releases.log").splitlines()
    assert [line.split()[3] for line in log] == ["initiated", "branch-cut", "gates", "pull-request"]


@pytest.mark.requirement("REL-6")
def test_a_merged_release_is_finished_before_new_commits_are_released(world: World) -> None:
    world.release()
    world.approve()
    world.request("PUT", "/pulls/1/merge", {"merge_method": "merge"})
    world.git("pull", "--quiet")
    world.commit("feat!: greet in Latin only")

    assert world.release("auto").tag == "v1.1.0"
    assert world.release("auto").version == "2.0.0"


@pytest.mark.requirement("DEP-5", "FAIL-2")
def test_a_deployment_whose_answer_was_lost_is_not_made_again_by_a_stale_read(world: World) -> None:
    world.release()
    world.approve()
    world.twin.faults.add("reset-after", {"method": "POST", "path": "/deployments$"})
    world.twin.faults.add("stale-read", {"operation": "Release"}, times=3)

    done = world.release()

    assert done.decision is Decision.DONE
    found = world.request("GET", "/deployments")
    assert [one["environment"] for one in found] == ["production", "staging"]


@pytest.mark.requirement("DEP-5", "FAIL-2")
def test_a_deployment_that_was_made_twice_is_closed_honestly(world: World) -> None:
    world.release()
    world.approve()
    world.twin.faults.add("error-after", {"method": "POST", "path": "/deployments$"})
    world.twin.faults.add("stale-read", {"method": "GET", "path": "/deployments$"})
    world.twin.faults.add("stale-read", {"operation": "Release", "nth": 2})

    world.release()
    done = world.release("1.1.0")

    first, second = sorted(one["id"] for one in world.request("GET", "/deployments?environment=staging"))
    ended = world.request("GET", f"/deployments/{first}/statuses")
    assert done.decision is Decision.DONE
    assert [(one["state"], one["description"]) for one in ended] == [
        ("inactive", f"created twice, as an answer of GitHub was lost: deployment {second} took its place")
    ]
    assert world.request("GET", f"/deployments/{second}/statuses")[0]["state"] == "success"
