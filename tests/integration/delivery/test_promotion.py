"""A version on its way through the pipeline, on the twin, and everything that it leaves behind."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from integration.delivery.rollback_world import ended_process, ledger_file
from integration.release.world import FILES, NOON, World, clone_of, make_source, settle_people
from shipway.bootstrap.environment import Chance, Watchers
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.domain.outcome import Decision
from shipway.errors import ExitCode, UsageError
from shipway.twin.server import Twin
from shipway.twin.world import Clock

CONFIGURATION = """
gates:
  licences: {command: [sh, -c, "test ! -e ../licences-fail"], stages: [promotion]}
  smoke:
    command: [sh, -c, "echo $SHIPWAY_VERSION $SHIPWAY_ENVIRONMENT $SHIPWAY_STAGE >> ../smoked; test ! -e ../bad"]
environments:
  dev: {deploy: {command: [sh, -c, "echo $SHIPWAY_VERSION to $SHIPWAY_ENVIRONMENT >> ../deployed"]}}
  staging: {deploy: {command: [sh, -c, "test ! -e ../deploy-fails"]}}
  production: {deploy: {command: ["true"], url: "https://hello.example"}, soak: 1h}
"""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Version 1.0.0 and three environments."""
    source = make_source(tmp_path / "source", FILES | {".github/shipway.yml": CONFIGURATION})
    with Twin(clock=Clock(NOON)) as twin:
        token = settle_people(twin, source)
        yield World(twin, clone_of(twin, token, tmp_path / "clone"), token)


def promote(
    world: World,
    target: str,
    source: str = "",
    *,
    holder: str = "",
    later: timedelta = timedelta(),
    **asked: Any,
) -> DeliveryOutcome:
    """Run `shipway promote` in this process; `holder` names it as another run."""
    environment = replace(world.environment(), **({"holder": holder} if holder else {}))
    return run_promotion(
        PromotionAsked(
            **{"version": "1.0.0", "source": source, "target": target, "repo": world.clone, **asked}
        ),
        environment,
        Watchers(),
        sleep=world.pauses.append,
        chance=Chance(lambda: NOON + later, lambda: 0.0),
    )


def events(world: World, version: str = "1.0.0") -> list[dict[str, Any]]:
    """Entries about a version."""
    return [json.loads(line) for line in ledger_file(world, f"releases/{version}.jsonl").splitlines()]


def tags(world: World) -> dict[str, str]:
    """Tag → commit on GitHub."""
    rows = world.request("GET", "/git/matching-refs/tags/")
    return {row["ref"].removeprefix("refs/tags/"): row["object"]["sha"] for row in rows}


@pytest.mark.requirement("PRO-1", "PRO-2", "PRO-4", "DEP-5", "LED-1", "AUTH-1")
def test_the_same_bytes_go_from_one_environment_to_the_next(world: World) -> None:
    for source, target in (("", "dev"), ("dev", "staging")):
        assert promote(world, target, source).exit_code is ExitCode.OK
    soaking = promote(world, "production", "staging")
    assert (soaking.decision, soaking.reason_code, soaking.exit_code) == (
        Decision.WAITING,
        "soaking",
        ExitCode.WAITING,
    )
    assert soaking.next_step == "Run the command again then, or with --wait."
    done = promote(world, "PROD", " Staging ", later=timedelta(hours=2))

    assert (done.decision, done.environment, done.facts["production"]) == (Decision.DONE, "production", True)
    commit = world.git("rev-parse", "v1.0.0^{commit}")
    expected = {f"{name}-{env}" for name in ("v1.0.0", "latest") for env in ("dev", "staging", "production")}
    placed = tags(world)
    assert {name: placed[name] for name in expected} == dict.fromkeys(expected, commit)
    rows = world.request("GET", "/deployments")
    assert [row["environment"] for row in rows] == ["production", "staging", "dev"]
    assert {row["payload"]["digest"] for row in rows} == {f"commit:{commit}"}
    assert (world.clone.parent / "smoked").read_text().splitlines() == [
        f"1.0.0 {name} verification" for name in ("dev", "staging", "production")
    ]
    kinds = [event["kind"] for event in events(world)]
    assert kinds == ["promotion-started", "deployed", "verified"] * 3
    started = [event for event in events(world) if event["kind"] == "promotion-started"][-1]
    assert started["detail"]["production"] is True
    assert started["detail"]["configuration"] == world.git("rev-parse", "origin/main")
    authority = next(row for row in started["detail"]["verdicts"] if row["gate"] == "authority")
    assert authority["summary"] == "releaser may promote in production: role admin"


@pytest.mark.requirement("GATE-10")
def test_gates_that_github_does_not_show_are_warned_of(world: World) -> None:
    world.twin.faults.add("error-before", {"method": "POST", "path": "/statuses/"}, status=500, times=9)
    outcome = promote(world, "dev")
    assert outcome.exit_code is ExitCode.OK
    commit = world.git("rev-parse", "v1.0.0^{commit}")
    asked = f"POST /repos/octo-org/hello/statuses/{commit}"
    assert outcome.warnings == (
        f"The gates could not be shown on the commit: GitHub answered 500 to {asked}.",
    )


@pytest.mark.requirement("PRO-2", "PRO-7", "FAIL-1")
def test_asked_again_it_is_there_and_nothing_is_written(world: World) -> None:
    promote(world, "dev")
    before = world.canonical()

    again = promote(world, "dev")

    assert (again.decision, again.exit_code, again.message) == (
        Decision.DONE,
        ExitCode.OK,
        "1.0.0 is in dev.",
    )
    assert world.canonical() == before


@pytest.mark.requirement("PRO-1", "REL-7")
def test_the_plan_of_a_release_goes_on_after_the_time_that_it_must_soak(world: World) -> None:
    planned = world.release(dry_run=True)

    waits = [step for step in planned.steps if step.startswith("wait for time")]
    assert waits == [
        (
            "wait for time: 1.1.0 cannot go to production yet: it must stay 1h in the environment before, 1h more, "
            "until 2026-11-21T13:00:00Z."
        )
    ]
    assert planned.steps[-1].startswith("set the deployment to production to success")
    assert planned.decision is Decision.PLANNED


@pytest.mark.requirement("PRO-6", "REL-7")
def test_a_dry_run_shows_verdicts_and_steps_and_changes_nothing(world: World) -> None:
    before = world.canonical()

    planned = promote(world, "dev", dry_run=True)

    assert planned.decision is Decision.PLANNED
    assert planned.steps == (
        "record promotion-started in the ledger",
        "run gates licences (promotion, dev)",
        "create the deployment to dev",
        "set the deployment to dev to in_progress",
        "deploy to dev: sh -c 'echo $SHIPWAY_VERSION to $SHIPWAY_ENVIRONMENT >> ../deployed'",
        "run gates smoke (verification, dev)",
        "set the deployment to dev to success, place v1.0.0-dev, latest-dev, record deployed, verified",
    )
    assert world.canonical() == before
    assert [row["gate"] for row in planned.verdicts if row["ruling"] == "pass"] == [
        "order",
        "version",
        "verified",
        "digest",
        "tag",
        "signature",
        "lock",
        "hold",
        "direction",
        "authority",
        "claim",
    ]


@pytest.mark.requirement("PRO-6")
def test_a_dry_run_of_what_is_there_says_so(world: World) -> None:
    done = promote(world, "dev")

    planned = promote(world, "dev", dry_run=True)

    assert [row["gate"] for row in done.verdicts[-2:]] == ["licences", "smoke"]
    assert (planned.decision, planned.steps, planned.message) == (
        Decision.PLANNED,
        (),
        "1.0.0 is in dev already.",
    )


@pytest.mark.requirement("PRO-6")
def test_what_is_there_already_is_told_the_way_onward(world: World) -> None:
    assert promote(world, "dev").next_step == ""

    again = promote(world, "dev")
    onward = (
        "Nothing was left to do. Promote it to the next one: shipway promote 1.0.0 --from dev --to staging"
    )

    assert (again.decision, again.steps, again.next_step) == (Decision.DONE, (), onward)
    assert promote(world, "dev", dry_run=True).next_step == onward


@pytest.mark.requirement("PRO-7")
def test_of_two_who_race_one_is_told_who_is_first(world: World) -> None:
    told: list[DeliveryOutcome] = []
    environment = world.environment()

    def while_it_deploys(line: str) -> None:
        told.append(promote(world, "dev", holder="process:elsewhere:7"))

    config = CONFIGURATION.replace(">> ../deployed", "; true")
    world.commit("ci: say it", {".github/shipway.yml": config})
    first = run_promotion(
        PromotionAsked(version="1.0.0", target="dev", repo=world.clone),
        environment,
        Watchers(output=while_it_deploys),
        sleep=world.pauses.append,
        chance=Chance(lambda: NOON, lambda: 0.0),
    )

    assert first.decision is Decision.DONE
    assert {one.reason_code for one in told} == {"promotion-under-way"}
    assert told[0].exit_code is ExitCode.LOCKED
    assert told[0].message == (
        "1.0.0 cannot go to dev: releaser has been bringing 1.0.0 into dev since 2026-11-21T12:00:00Z."
    )
    assert len(world.request("GET", "/deployments")) == 1


@pytest.mark.requirement("PRO-7", "FAIL-1", "DEP-5")
def test_what_a_run_left_that_has_ended_is_taken_over(world: World) -> None:
    world.twin.faults.add("error-before", {"method": "POST", "path": "/deployments$"}, times=50)
    with pytest.raises(Exception, match="GitHub"):
        promote(world, "dev", holder=ended_process())
    world.twin.faults.clear()

    done = promote(world, "dev", holder="process:elsewhere:8")

    assert done.decision is Decision.DONE
    started = [event for event in events(world) if event["kind"] == "promotion-started"]
    assert len(started) == 2
    assert started[0]["detail"]["id"] == started[1]["detail"]["id"]


@pytest.mark.requirement("GATE-4", "PRO-9", "DEP-5")
def test_what_is_not_verified_is_no_success_and_goes_no_further(world: World) -> None:
    promote(world, "dev")
    (world.clone.parent / "bad").write_text("")

    failed = promote(world, "staging", "dev")

    assert (failed.reason_code, failed.exit_code) == ("verification-failed", ExitCode.GATE)
    assert failed.next_step.startswith("Roll back: shipway rollback staging --reason '…'")
    assert failed.deployment
    assert failed.deployment["state"] == "failure"
    assert "v1.0.0-staging" not in tags(world)
    assert [event["kind"] for event in events(world)][-2:] == ["deployment-failed", "promotion-stopped"]
    further = promote(world, "production", "staging")
    assert further.reason_code == "not-verified"

    (world.clone.parent / "bad").unlink()
    assert promote(world, "staging", "dev").decision is Decision.DONE


@pytest.mark.requirement("GATE-2", "GATE-4", "PRO-1")
def test_gates_before_the_deployment_stop_it(world: World) -> None:
    (world.clone.parent / "licences-fail").write_text("")

    stopped = promote(world, "dev")

    assert (stopped.reason_code, stopped.exit_code) == ("gates-failed", ExitCode.GATE)
    assert stopped.message == ("Gate licences before dev did not pass: the command failed with exit code 1.")
    assert world.request("GET", "/deployments") == []
    assert [event["kind"] for event in events(world)] == ["promotion-started", "promotion-stopped"]


@pytest.mark.requirement("GATE-5")
def test_a_gate_that_is_overridden_lets_past_and_says_so(world: World) -> None:
    (world.clone.parent / "licences-fail").write_text("")

    done = promote(world, "dev", override=("licences",), reason="known, see 42", expires="4h")

    assert done.decision is Decision.DONE
    (overridden,) = [event for event in events(world) if event["kind"] == "overridden"]
    assert overridden["detail"] == {
        "environment": "dev",
        "gate": "licences",
        "reason": "known, see 42",
        "expires": "2026-11-21T16:00:00Z",
    }


@pytest.mark.requirement("PRO-2", "FAIL-4")
def test_a_tag_of_the_environment_on_another_commit_is_refused(world: World) -> None:
    elsewhere = world.git("rev-parse", "HEAD")
    world.request("POST", "/git/refs", {"ref": "refs/tags/v1.0.0-dev", "sha": elsewhere})

    refused = promote(world, "dev")

    assert (refused.reason_code, refused.exit_code) == ("environment-tag-elsewhere", ExitCode.TAG_EXISTS)
    assert world.request("GET", "/deployments") == []


@pytest.mark.requirement("PRO-2")
def test_files_that_were_exchanged_are_not_the_same_artifact(world: World) -> None:
    made = world.request("POST", "/releases", {"tag_name": "v1.0.0", "name": "v1.0.0"})
    upload(world, made["id"], b"one")
    promote(world, "dev")
    (asset,) = world.request("GET", f"/releases/{made['id']}/assets")
    world.request("DELETE", f"/releases/assets/{asset['id']}")
    upload(world, made["id"], b"two")

    refused = promote(world, "staging", "dev")

    assert (refused.reason_code, refused.exit_code) == ("digest-differs", ExitCode.TRANSITION)


def upload(world: World, release: int, content: bytes) -> None:
    """Attach a file to a release, as anybody might."""
    row = world.request("GET", f"/releases/{release}")
    address = row["upload_url"].partition("{")[0]
    headers = {"Authorization": f"Bearer {world.token}", "Content-Type": "text/plain"}
    requests.post(f"{address}?name=a.txt", data=content, headers=headers, timeout=30).raise_for_status()


@pytest.mark.requirement("PRO-1", "FAIL-4")
@pytest.mark.parametrize(
    ("asked", "message", "advice"),
    [
        ({"target": " "}, "to cannot be empty", "Example: shipway promote 1.2.3 --from dev --to staging"),
        (
            {"version": " "},
            "version cannot be empty",
            "Example: shipway promote 1.2.3 --from dev --to staging",
        ),
        (
            {"version": "1.0"},
            "'1.0' is not a SemVer 2.0.0 version: it has three numbers, the patch part is missing after '1.0'.",
            "Write it as MAJOR.MINOR.PATCH, for example 1.0.0.",
        ),
        (
            {"target": "stagin"},
            "There is no environment 'stagin'.",
            "Did you mean staging? There are dev, staging, production.",
        ),
        (
            {"lift_hold": True},
            "Lifting a hold needs a reason.",
            "Say it: --lift-hold --reason 'fixed in #42'",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_looked_at(
    world: World, asked: dict[str, Any], message: str, advice: str
) -> None:
    with pytest.raises(UsageError) as refused:
        promote(world, **{"target": "dev", **asked})

    assert (refused.value.message, refused.value.next_step) == (message, advice)
    assert refused.value.exit_code is ExitCode.USAGE


@pytest.mark.requirement("PERF-2")
def test_a_promotion_takes_five_requests(world: World) -> None:
    world.commit(
        "ci: no gates",
        {".github/shipway.yml": CONFIGURATION[CONFIGURATION.index("environments:") :]},
    )
    promote(world, "dev")
    before = len(world.calls())

    promote(world, "staging", "dev")

    assert world.calls()[before:] == [
        "POST /graphql",  # look
        "POST /graphql",  # claim, with the verdicts
        "POST /repos/{owner}/{repo}/deployments",
        "POST /graphql",  # in progress
        "POST /graphql",  # success, tags, ledger
    ]


@pytest.mark.requirement("LED-2")
def test_the_page_of_a_version_that_was_only_promoted_says_so(world: World) -> None:
    (world.clone.parent / "bad").write_text("")
    promote(world, "dev")

    page = ledger_file(world, "docs/releases/v1.0.0.md")

    assert "| State | **failed** |" in page
    assert "| From |" not in page
    (world.clone.parent / "bad").unlink()
    promote(world, "dev")
    assert "| State | **promoted** |" in ledger_file(world, "docs/releases/v1.0.0.md")
