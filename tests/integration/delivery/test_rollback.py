"""Rollbacks on the twin: the way back, what it leaves, what refuses it, and what becomes of a failing one."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from integration.delivery.rollback_world import (
    CONFIGURATION,
    Stage,
    ended_process,
    ledger_file,
    promote,
    roll_back,
    tags,
)
from integration.release.world import World, git
from shipway.bootstrap.delivery import setting
from shipway.bootstrap.environment import Watchers
from shipway.cli.rollback_text import rollback_text
from shipway.cli.root import run
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Decision
from shipway.errors import ExitCode, UsageError

pytestmark = pytest.mark.requirement("RBK-1")


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """One prepared repository for all tests of a worker."""
    return Stage(tmp_path_factory.mktemp("rollback"))


@pytest.fixture
def world(stage: Stage) -> Iterator[World]:
    """Production holds 1.2.0, and held 1.1.0 and 1.0.0 before."""
    with stage.scene() as world:
        yield world


def events(world: World, version: str) -> list[dict]:
    """What the ledger says of a version since production held it."""
    rows = [json.loads(line) for line in ledger_file(world, f"releases/{version}.jsonl").splitlines()]
    return [row for row in rows if row["kind"].startswith(("rol", "deployment-failed"))]


def last_words(world: World) -> list[tuple[str, str, str]]:
    """Version, state and its description of the deployments to production, oldest first."""
    rows = reversed(world.request("GET", "/deployments?environment=production"))
    newest = ((row, world.request("GET", f"/deployments/{row['id']}/statuses")[0]) for row in rows)
    return [(row["payload"]["version"], one["state"], one["description"]) for row, one in newest]


def states(world: World) -> list[tuple[str, str]]:
    """The same without the descriptions."""
    return [(version, state) for version, state, _ in last_words(world)]


@pytest.mark.requirement("RBK-2", "RBK-4", "RBK-5")
def test_production_goes_back_to_the_last_verified_version(world: World) -> None:
    before = len(world.calls())
    outcome = roll_back(world, "prod")
    assert len(world.calls()) - before == 8
    assert (outcome.decision, outcome.exit_code) == (Decision.DONE, ExitCode.OK)
    assert outcome.message == "production is back on 1.1.0."
    facts = outcome.to_json()
    assert (facts["command"], facts["from"], facts["to"], facts["own_seconds"]) == (
        "rollback",
        "1.2.0",
        "1.1.0",
        0.0,
    )
    impact = facts["impact"]
    assert [line.split(" ", 1)[1] for line in impact["commits"]] == ["feat: orders (#12)"]
    assert (impact["commit_count"], impact["pull_requests"], impact["tickets"]) == (1, [12], ["OPS-7"])
    assert (impact["migrations"], impact["environments"]) == (["db/migrations/7.sql"], ["dev"])
    assert facts["incident"] == "docs/incidents/2026-11-21-production-1.2.0.md"
    assert states(world) == [
        ("1.0.0", "inactive"),
        ("1.1.0", "inactive"),
        ("1.2.0", "inactive"),
        ("1.1.0", "success"),
    ]
    replaced = [said for _, state, said in last_words(world) if state == "inactive"]
    assert replaced == ["replaced by 1.1.0", "replaced by 1.2.0", "replaced by 1.1.0"]
    placed = tags(world)
    assert placed["v1.1.0-production-rollback-1"] == placed["latest-production"] == placed["v1.1.0"]
    assert {"v1.2.0", "v1.2.0-production"} <= placed.keys()
    assert (world.clone / "../deployed").read_text().splitlines()[-1] == "rollback 1.1.0"
    assert [event["kind"] for event in events(world, "1.2.0")] == ["rollback-started", "rolled-back"]
    assert events(world, "1.2.0")[0]["detail"]["impact"] == impact


@pytest.mark.requirement("RBK-2", "LED-1")
def test_the_incident_stands_beside_the_ledger_and_the_audit_finds_nothing(world: World) -> None:
    outcome = roll_back(world, reason="@octocat <b>errors</b>")
    page = ledger_file(world, outcome.facts["incident"])
    assert "| State | **rolled back** |" in page
    assert "| Why | @\u200boctocat &lt;b&gt;errors&lt;/b&gt; |" in page
    assert "- db/migrations/7.sql" in page
    assert "| 2026-11-21T12:00:00Z | rolled-back | releaser | 0.00 s |" in page
    assert "| State | **rolled back** |" in ledger_file(world, "docs/releases/v1.2.0.md")
    assert setting(world.clone, None, world.environment()).ledger.whole().flaws == ()


def test_run_again_it_is_back_already_and_nothing_is_written(world: World) -> None:
    roll_back(world)
    before = world.canonical()
    again = roll_back(world)
    assert (again.message, again.steps, again.facts["rollback_tag"]) == (
        "production is back on 1.1.0.",
        (),
        "v1.1.0-production-rollback-1",
    )
    assert again.next_step == (
        "Nothing was left to do. To go further back, name the version: "
        "shipway rollback production --to VERSION --reason '…'"
    )
    assert roll_back(world, to="1.1.0").decision is Decision.DONE
    assert world.canonical() == before


@pytest.mark.requirement("RBK-5")
def test_tags_are_numbered_and_stay(world: World) -> None:
    for _ in range(3):
        assert roll_back(world, to="v1.0.0").message == "production is back on 1.0.0."
        promote(world, "1.2.0", "production", "dev", lift_hold=True, reason="mended")
    numbered = {name: oid for name, oid in tags(world).items() if "rollback" in name}
    assert numbered.keys() == {f"v1.0.0-production-rollback-{number}" for number in (1, 2, 3)}
    assert {*numbered.values()} == {tags(world)["v1.0.0"]}


def test_a_dry_run_shows_everything_and_writes_nothing(world: World) -> None:
    before = world.canonical()
    outcome = roll_back(world, dry_run=True)
    assert world.canonical() == before
    assert (outcome.decision, outcome.message) == (
        Decision.PLANNED,
        "production would go back from 1.2.0 to 1.1.0.",
    )
    assert outcome.facts["impact"]["migrations"] == ["db/migrations/7.sql"]
    assert outcome.steps == (
        "record rollback-started in the ledger",
        "create the deployment to production",
        "set the deployment to production to in_progress",
        f"deploy to production: {outcome.steps[3].removeprefix('deploy to production: ')}",
        "run gates smoke (rollback, production)",
        (
            "set the deployment to production to success, place v1.1.0-production-rollback-1, latest-production, "
            "record rolled-back"
        ),
    )
    warned = {row["reason_code"]: row["summary"] for row in outcome.verdicts if row["warning"]}
    assert warned == {
        "migrations-touched": (
            "what db/migrations/7.sql did is not taken back by a rollback: check that 1.1.0 bears it"
        )
    }


def grounds(outcome: DeliveryOutcome) -> dict[str, tuple[str, str]]:
    """Policy → code and sentence."""
    return {row["gate"]: (row["reason_code"], row["summary"]) for row in outcome.verdicts}


@pytest.mark.requirement("RBK-4")
def test_where_no_migration_goes_that_is_said(world: World) -> None:
    roll_back(world)

    planned = roll_back(world, to="1.0.0", dry_run=True)

    assert grounds(planned)["impact"] == ("no-migrations", "no migration is among the changed files")


@pytest.mark.requirement("RBK-4")
def test_what_is_too_old_for_others_is_said_before_and_kept(world: World, tmp_path: Path) -> None:
    config = tmp_path / "shipway.yml"
    dependants = "rollback:\n  dependants: {shop: {needs: 1.2.0}, billing: {needs: 1.1.0}}\n"
    config.write_text(CONFIGURATION + dependants)

    planned = roll_back(world, dry_run=True, config=config)
    done = roll_back(world, config=config)

    assert planned.facts["impact"]["dependants"] == ["shop needs 1.2.0"]
    warned = {row["gate"]: row["summary"] for row in planned.verdicts if row["warning"]}
    assert warned["dependants"] == "1.1.0 comes back to production, and shop needs 1.2.0"
    assert "       breaks: shop needs 1.2.0\n" in rollback_text(planned)
    assert done.message == "production is back on 1.1.0."
    page = ledger_file(world, done.facts["incident"])
    assert "| Dependants that it was too old for | shop needs 1.2.0 |" in page
    assert "- The dependants above: what they need did not run any more." in page


@pytest.mark.requirement("RBK-4")
def test_in_a_clone_without_history_github_is_asked_what_goes(world: World, stage: Stage) -> None:
    whole = roll_back(world, to="1.0.0", dry_run=True).facts["impact"]
    address = world.git("remote", "get-url", "origin")
    git(world.clone.parent, "clone", "--quiet", "--depth=1", address, "shallow")
    world.clone = world.clone.parent / "shallow"
    assert world.git("rev-parse", "--is-shallow-repository") == "true"
    assert roll_back(world, to="1.0.0", dry_run=True).facts["impact"] == whole
    assert (whole["commit_count"], whole["unknown"]) == (3, "")
    world.twin.faults.add("error-before", {"path": "/compare/"}, status=404)
    unread = roll_back(world, to="1.0.0", dry_run=True)
    assert unread.decision is Decision.PLANNED
    code, why = grounds(unread)["impact"]
    assert code == "impact-unknown"
    assert why.startswith("what goes could not be read: GitHub refused GET /repos/octo-org/hello/compare/")


# --- refusals


def refused(outcome: DeliveryOutcome) -> tuple[str, ExitCode, str, str]:
    return outcome.reason_code, outcome.exit_code, outcome.message, outcome.next_step


def test_a_version_that_was_never_verified_there_is_refused_with_those_that_were(world: World) -> None:
    assert refused(roll_back(world, to="0.9.0")) == (
        "never-verified",
        ExitCode.VERSION_MISSING,
        "production cannot be rolled back: 0.9.0 is not verified in production; verified there: 1.1.0, 1.0.0.",
        "Name one of them: shipway rollback production --to 1.1.0 --reason '…'",
    )


def test_the_version_that_stands_there_is_refused(world: World) -> None:
    assert refused(roll_back(world, to="1.2.0")) == (
        "version-stands",
        ExitCode.TRANSITION,
        "production cannot be rolled back: 1.2.0 is what stands in production.",
        "Name one of them: shipway rollback production --to 1.1.0 --reason '…'",
    )


@pytest.mark.requirement("RBK-1", "FAIL-4")
def test_a_version_that_was_rolled_back_itself_does_not_come_back_by_another_rollback(world: World) -> None:
    roll_back(world)
    held = roll_back(world, to="1.2.0")
    assert refused(held)[:2] == ("held", ExitCode.TRANSITION)
    assert held.message.startswith(
        "production cannot be rolled back: 1.2.0 was rolled back in production by releaser at 2026-11-21T"
    )
    assert held.next_step == (
        "When its cause is mended: shipway promote 1.2.0 --from dev --to production --lift-hold --reason '…'"
    )


def test_nothing_is_deployed_yet(world: World) -> None:
    world.commit(
        "ci: add staging", {".github/shipway.yml": "environments: {staging: {}, dev: {}, production: {}}"}
    )
    assert refused(roll_back(world, "staging")) == (
        "nothing-deployed",
        ExitCode.VERSION_MISSING,
        "staging cannot be rolled back: nothing is deployed to staging.",
        "Promote a version there first: shipway promote VERSION --from dev --to staging",
    )


@pytest.mark.requirement("AUTH-1")
def test_who_may_not_is_refused_and_that_is_recorded(world: World) -> None:
    config = "environments: {dev: {}, production: {authorize: {users: [reviewer]}}}"
    world.commit("ci: restrict", {".github/shipway.yml": config})
    assert refused(roll_back(world)) == (
        "not-authorised",
        ExitCode.NOT_AUTHORISED,
        "production cannot be rolled back: releaser may not roll back in production; reviewer may.",
        "reviewer can run: shipway rollback production --to 1.1.0 --reason '…'",
    )
    assert [event["kind"] for event in events(world, "1.2.0")] == ["rollback-refused"]
    assert roll_back(world, login="reviewer").decision is Decision.DONE


def test_an_environment_that_does_not_exist_is_guessed(world: World) -> None:
    with pytest.raises(UsageError) as caught:
        roll_back(world, "produktion")
    assert str(caught.value) == (
        "There is no environment 'produktion'. Did you mean production? There are dev, production."
    )


def test_a_reason_is_needed(world: World) -> None:
    with pytest.raises(UsageError) as caught:
        roll_back(world, reason=" ")
    assert str(caught.value) == (
        "A reason is needed. Say it: shipway rollback production --reason 'errors at checkout'"
    )


def test_the_command_line_says_it_in_json(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {**world.twin.environment(world.token), "GITHUB_REPOSITORY": "octo-org/hello"}.items():
        monkeypatch.setenv(name, value)
    words = ["rollback", "production", "--reason", "errors", "--repo", str(world.clone)]
    assert run([*words, "--dry-run"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("Plan, nothing of it done:\n  1. record rollback-started in the ledger\n")
    assert "\nWhat goes with 1.2.0:\n      commits: 1\npull requests: #12\n" in text
    assert "   migrations: db/migrations/7.sql\n" in text
    assert run([*words, "--to", "1.0.0", "--output", "json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["to"], row["success"], row["rollback_tag"]) == ("1.0.0", True, "v1.0.0-production-rollback-1")


# --- the hold


@pytest.mark.requirement("RBK-3")
def test_the_version_comes_back_only_by_lifting_the_hold(world: World) -> None:
    roll_back(world)
    held = promote(world, "1.2.0", "production", "dev")
    assert (held.reason_code, held.exit_code) == ("held", ExitCode.TRANSITION)
    assert promote(world, "1.1.0", "production", "dev").decision is Decision.DONE
    assert promote(world, "1.2.0", "production", "dev").reason_code == "held"
    lifted = promote(world, "1.2.0", "production", "dev", lift_hold=True, reason="mended in #13")
    assert lifted.decision is Decision.DONE


@pytest.mark.requirement("RBK-6")
def test_nothing_rolls_back_by_itself_what_came_by_a_rollback_and_a_person_is_warned(world: World) -> None:
    assert roll_back(world, automatic=True).decision is Decision.DONE
    assert refused(roll_back(world, automatic=True)) == (
        "rollback-repeated",
        ExitCode.TRANSITION,
        "production cannot be rolled back: the newest deployment to production is a rollback from 1.2.0 already.",
        "Look at it, and decide: shipway rollback production --to 1.0.0 --reason '…'",
    )
    by_hand = roll_back(world, to="1.0.0")
    assert by_hand.decision is Decision.DONE
    assert [row["gate"] for row in by_hand.verdicts if row["warning"]] == ["repeat"]


# --- failing


@pytest.mark.requirement("RBK-6")
def test_a_failing_smoke_test_calls_people_once_and_a_person_may_try_again(world: World) -> None:
    (world.clone / "../smoke-fails").touch()
    outcome = roll_back(world)
    assert refused(outcome) == (
        "verification-failed",
        ExitCode.GATE,
        "1.1.0 was deployed to production, and gate smoke did not pass: the command failed with exit code 1.",
        (
            "Nothing is tried again by itself. Look at production and bring 1.1.0 back by hand, as docs/rollback.md "
            "says; then run: shipway rollback production --to 1.1.0 --reason '…'"
        ),
    )
    assert refused(roll_back(world, automatic=True))[0] == "rollback-repeated"
    assert roll_back(world).exit_code is ExitCode.GATE
    (issue,) = world.request("GET", "/issues?state=all")
    assert issue["title"] == "P0: rollback of production to 1.1.0 failed"
    assert {label["name"] for label in issue["labels"]} == {"incident", "P0"}
    assert issue["body"].startswith(
        "<!-- shipway:rollback production 1.2.0 -->\n**production** was to go back"
    )
    assert "   - db/migrations/7.sql" in issue["body"]
    assert outcome.facts["issue"] == {"number": issue["number"], "url": issue["html_url"]}
    (world.clone / "../smoke-fails").unlink()
    assert roll_back(world).message == "production is back on 1.1.0."
    assert [event["kind"] for event in events(world, "1.2.0")] == [
        *("rollback-started", "deployment-failed", "rollback-failed", "rollback-refused"),
        *("rollback-started", "deployment-failed", "rollback-failed", "rollback-started", "rolled-back"),
    ]


@pytest.mark.requirement("RBK-6", "FAIL-3")
def test_a_failing_command_escalates_too_even_where_no_issue_can_be_opened(world: World) -> None:
    (world.clone / "../deploy-fails").touch()
    world.twin.faults.add("error-before", {"method": "POST", "path": "/issues$"}, status=410)
    outcome = roll_back(world)
    assert (outcome.reason_code, outcome.exit_code, outcome.facts["issue"]) == (
        "deployment-failed",
        ExitCode.FAILURE,
        None,
    )
    (warning,) = outcome.warnings
    assert warning.startswith("Could not open an issue: P0: rollback of production to 1.1.0 failed: ")
    assert states(world)[-1] == ("1.1.0", "failure")


# --- two at once, and one that dies


@pytest.mark.requirement("PRO-7", "LOCK-1")
def test_of_two_at_once_one_goes_back_and_the_other_is_refused(world: World) -> None:
    others: list[DeliveryOutcome] = []

    def meanwhile(move: object, facts: object) -> None:
        if type(move).__name__ == "StartDeployment":
            others.append(roll_back(world, holder=f"process:elsewhere:{len(others)}"))

    outcome = roll_back(world, watchers=Watchers(move=meanwhile))
    assert outcome.decision is Decision.DONE
    (other,) = others
    assert refused(other) == (
        "promotion-under-way",
        ExitCode.LOCKED,
        (
            "production cannot be rolled back: releaser has been bringing 1.1.0 into production since "
            "2026-11-21T12:00:00Z."
        ),
        "Look what stands there, then ask again: shipway status --env production",
    )
    assert [state for _, state in states(world)].count("success") == 1


@pytest.mark.requirement("PRO-7")
def test_one_that_looked_before_the_other_began_finds_it_done(world: World) -> None:
    others: list[DeliveryOutcome] = []

    def before(move: object, facts: object) -> None:
        if type(move).__name__ == "Record" and not others:
            others.append(roll_back(world, holder="process:elsewhere:1"))

    outcome = roll_back(world, watchers=Watchers(move=before))
    assert [outcome.message, others[0].message] == ["production is back on 1.1.0."] * 2
    assert outcome.steps == ()
    assert len(states(world)) == 4


class Killed(BaseException):
    """The process is gone."""


def killed(_: float) -> None:
    raise Killed


@pytest.mark.requirement("FAIL-1")
@pytest.mark.parametrize("fault", ["reset-before", "reset-after"])
@pytest.mark.parametrize("nth", range(1, 9))
def test_killed_at_any_request_and_run_again_it_ends_the_same(stage: Stage, fault: str, nth: int) -> None:
    with stage.scene() as world:
        roll_back(world)
        undisturbed = (states(world), tags(world), [event["kind"] for event in events(world, "1.2.0")])
    with stage.scene() as world:
        world.twin.faults.add(fault, {"path": r"^(?!.*\.git/|/_twin)", "nth": nth})
        with suppress(Killed):  # some answers are not missed when they are lost
            roll_back(world, holder=ended_process(), sleep=killed)
        assert roll_back(world).message == "production is back on 1.1.0."
        kinds = [event["kind"] for event in events(world, "1.2.0")]
        ended = [(version, state) for version, state in states(world) if state != "error"]
        assert (ended, tags(world), [*dict.fromkeys(kinds)]) == undisturbed
        assert kinds.count("rolled-back") == 1


@pytest.mark.requirement("FAIL-1", "RBK-6")
@pytest.mark.parametrize("nth", range(4, 12))
def test_killed_while_it_fails_and_run_again_people_are_called_once(stage: Stage, nth: int) -> None:
    with stage.scene() as world:
        (world.clone / "../smoke-fails").touch()
        world.twin.faults.add("reset-after", {"path": r"^(?!.*\.git/|/_twin)", "nth": nth})
        with suppress(Killed):
            roll_back(world, holder=ended_process(), sleep=killed)
        assert roll_back(world).exit_code is ExitCode.GATE
        assert [row["title"] for row in world.request("GET", "/issues?state=all")] == [
            "P0: rollback of production to 1.1.0 failed"
        ]
        assert events(world, "1.2.0")[-1]["kind"] == "rollback-failed"
        assert "claim" not in json.loads(ledger_file(world, "head.json"))["environments"]["production"]
        assert {state for _, state in states(world)} <= {"inactive", "success", "failure", "error"}
