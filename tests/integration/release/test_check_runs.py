"""Gates as check runs of an App: begun before the first command, completed as each answers, never in the way."""

from typing import Any

import pytest

from integration.release.world import FILES, World, write
from shipway.bootstrap.environment import Watchers
from shipway.bootstrap.release import Asked, run_release
from shipway.domain.outcome import Decision
from shipway.domain.verdict import Verdict
from shipway.twin.behaviour import access

ALL = {"contents": "write", "pull_requests": "write", "deployments": "write", "checks": "write"}
TWO_GATES = 'gates: {lint: {command: ["true"]}, unit: {command: ["true"]}}'
REPORTED = "gates: {unit: {report: [junit.xml], coverage: 0}, more: {report: [junit.xml], coverage: 0}}"


def as_app(world: World, permissions: dict[str, str] | None = None) -> None:
    """Go on with the token of an App."""
    with world.twin.world.locked():
        world.token = access.issue_token(
            world.twin.world, "github-actions[bot]", permissions or ALL, kind="actions"
        )


def configured(world: World, text: str) -> None:
    """Push a configuration."""
    world.commit("ci: configure", {**FILES, ".github/shipway.yml": text})


def runs(world: World) -> dict[str, dict[str, Any]]:
    """Check runs of the release branch by name; each name is there once."""
    reader = world.token_of("releaser")
    answer = world.request("GET", "/commits/release%2F1.1.0/check-runs?filter=all", token=reader)
    found = answer["check_runs"]
    named = {run["name"]: run for run in found}
    assert len(named) == len(found)
    return named


def written(world: World) -> list[tuple[str, str]]:
    """What happened to check runs, in order."""
    effects = [one for one in world.twin.journal.entries() if one.effect.startswith("check_run")]
    return [(one.subject, one.detail["status"]) for one in effects]


@pytest.mark.requirement("GATE-10")
def test_check_runs_show_how_far_the_gates_are(world: World) -> None:
    configured(world, TWO_GATES)
    as_app(world)

    outcome = world.release()

    assert outcome.decision is Decision.WAITING
    assert written(world) == [
        ("shipway/lint", "in_progress"),
        ("shipway/unit", "queued"),
        ("shipway/lint", "completed"),
        ("shipway/unit", "in_progress"),
        ("shipway/unit", "completed"),
    ]
    assert {name: run["conclusion"] for name, run in runs(world).items()} == {
        "shipway/lint": "success",
        "shipway/unit": "success",
    }
    assert "ReportGates" not in world.moves


@pytest.mark.requirement("GATE-10", "PERF-2")
def test_gates_that_only_read_reports_are_shown_in_one_request(world: World) -> None:
    configured(world, REPORTED)
    write(world.clone, {"junit.xml": '<testsuite tests="1"><testcase name="a"/></testsuite>'})
    as_app(world)

    world.release()

    assert written(world) == [("shipway/unit", "completed"), ("shipway/more", "completed")]
    assert world.moves.count("ReportGates") == 1


@pytest.mark.requirement("GATE-3", "GATE-10")
def test_failing_tests_are_noted_on_their_lines_fifty_at_most(world: World) -> None:
    cases = "".join(
        f'<testcase name="t{n}" file="hello.txt" line="1"><failure message="boom"/></testcase>'
        for n in range(60)
    )
    configured(world, REPORTED)
    write(world.clone, {"junit.xml": f'<testsuite tests="60" failures="60">{cases}</testsuite>'})
    as_app(world)

    world.release()

    unit = runs(world)["shipway/unit"]
    assert (unit["conclusion"], unit["output"]["annotations_count"]) == ("failure", 50)
    assert unit["output"]["summary"].endswith("- 10 more notes on lines are in the reports")
    assert runs(world)["shipway/more"]["conclusion"] == "action_required"


@pytest.mark.requirement("FAIL-1", "GATE-10")
@pytest.mark.parametrize("configuration", [TWO_GATES, REPORTED])
def test_a_release_goes_on_where_its_token_may_not_write_checks(world: World, configuration: str) -> None:
    configured(world, configuration)
    write(world.clone, {"junit.xml": '<testsuite tests="1"><testcase name="a"/></testsuite>'})
    as_app(world, {name: level for name, level in ALL.items() if name != "checks"})

    outcome = world.release()

    assert outcome.decision is Decision.WAITING
    assert outcome.warnings == (
        (
            "The gates could not be shown on the commit: the token lacks the permission `checks: write`. "
            "Add this line under `permissions:` of the job, or give it to the App: checks: write"
        ),
    )
    assert runs(world) == {}


@pytest.mark.requirement("FAIL-1", "FAIL-2", "GATE-10")
@pytest.mark.parametrize("fault", ["error-before", "error-after", "reset-after", "rate-limit"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_whatever_goes_wrong_there_is_one_check_run_a_gate_and_it_is_true(
    world: World, fault: str, nth: int
) -> None:
    configured(world, TWO_GATES)
    as_app(world)
    options = {"status": 502} if fault.startswith("error") else {}
    world.twin.faults.add(fault, {"operation": "CheckRun", "nth": nth}, **options)

    outcome = world.release()

    assert outcome.decision is Decision.WAITING
    assert {name: run["conclusion"] for name, run in runs(world).items()} == {
        "shipway/lint": "success",
        "shipway/unit": "success",
    }


@pytest.mark.requirement("FAIL-1", "GATE-10")
def test_check_runs_that_a_dead_run_left_open_are_taken_over(world: World) -> None:
    configured(world, TWO_GATES)
    as_app(world)

    def die(_: Verdict) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_release(Asked("auto", repo=world.clone), world.environment(), Watchers(verdict=die))
    left = {name: run["status"] for name, run in runs(world).items()}
    world.release()

    assert left == {"shipway/lint": "in_progress", "shipway/unit": "queued"}
    assert {name: run["conclusion"] for name, run in runs(world).items()} == {
        "shipway/lint": "success",
        "shipway/unit": "success",
    }
