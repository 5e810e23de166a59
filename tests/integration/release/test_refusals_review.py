"""A release that somebody or something stands in the way of, and that goes on afterwards."""

import pytest

from integration.release.refusals import Said, said
from integration.release.world import CONFIGURATION, World


@pytest.mark.requirement("FAIL-4")
def test_a_closed_pull_request(world: World) -> None:
    world.release()
    world.request("PATCH", "/pulls/1", {"state": "closed"})
    assert said(world.release) == Said(
        "pull-request-closed",
        1,
        "Pull request #1 of release 1.1.0 was closed without merging.",
        "Reopen it, or release another version: shipway release 1.1.1",
    )


@pytest.mark.requirement("FAIL-4", "CLI-1")
def test_changes_requested(world: World) -> None:
    world.release()
    review = {"event": "REQUEST_CHANGES", "body": "No."}
    world.request("POST", "/pulls/1/reviews", review, world.token_of("reviewer"))
    assert said(world.release) == Said(
        "changes-requested",
        3,
        "Pull request #1: reviewer requested changes.",
        "Waiting for reviewer. Then run again: shipway release 1.1.0",
    )


@pytest.mark.requirement("FAIL-4", "CLI-1")
def test_a_failing_check_and_an_unresolved_conversation(world: World) -> None:
    world.release()
    head = world.request("GET", "/pulls/1")["head"]["sha"]
    world.request("POST", f"/statuses/{head}", {"state": "failure", "context": "ci"})
    world.approve()
    remark = {"body": "Hm.", "commit_id": head, "path": "CHANGELOG.md", "line": 1, "side": "RIGHT"}
    world.request("POST", "/pulls/1/comments", remark, world.token_of("reviewer"))
    assert said(world.release) == Said(
        "checks-failed",
        3,
        "Pull request #1: failed: ci; 1 unresolved conversation.",
        "Waiting for the checks' authors. Then run again: shipway release 1.1.0",
    )


@pytest.mark.requirement("FAIL-4", "CLI-1")
def test_a_gate_that_does_not_pass(world: World) -> None:
    failing = CONFIGURATION.replace('unit: {command: ["true"]}', 'unit: {command: ["false"]}')
    world.commit("chore: configure", {".github/shipway.yml": failing})
    assert said(world.release) == Said(
        "gates-failed",
        8,
        "Gate unit did not pass: the command failed with exit code 1.",
        "Repair it on main, or run the command again to repeat the gates; "
        "pull request #1 stays a draft until then.",
    )
    assert world.request("GET", "/pulls/1")["draft"]


@pytest.mark.requirement("FAIL-4", "DEP-1")
def test_a_failed_deployment_is_tried_again(world: World) -> None:
    sign = world.clone.parent / "repaired"
    staging = f'staging: {{deploy: {{command: ["test", "-e", "{sign}"]}}}}'
    configured = CONFIGURATION.replace('staging: {deploy: {command: ["true"]}}', staging)
    world.commit("chore: configure", {".github/shipway.yml": configured})
    world.release()
    world.approve()
    assert said(world.release) == Said(
        "deployment-failed",
        1,
        "Deployment of 1.1.0 to staging failed: failed with exit code 1.",
        "Look at its log, repair the cause, and try again: shipway release 1.1.0",
    )
    sign.touch()
    assert world.release().state.value == "completed"


@pytest.mark.requirement("FAIL-1", "REL-4")
def test_a_step_that_was_published_and_not_deployed_is_gone_on_with(world: World) -> None:
    sign = world.clone.parent / "repaired"
    world.commit(
        "chore: configure",
        {
            ".github/shipway.yml": CONFIGURATION.replace(
                'staging: {deploy: {command: ["true"]}}',
                f'staging: {{deploy: {{command: ["test", "-e", "{sign}"]}}}}',
            )
        },
    )
    world.release("minor")
    world.approve()
    assert said(lambda: world.release("minor")).code == "deployment-failed"
    sign.touch()

    done = world.release("minor")

    assert (done.version, done.state.value) == ("1.1.0", "completed")
    assert world.release("minor").version == "1.2.0"


@pytest.mark.requirement("FAIL-4")
def test_a_hostile_report(world: World) -> None:
    configured = 'gates:\n  unit: {report: ["unit.xml"]}\n'
    hostile = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuites>&x;</testsuites>'
    world.commit("chore: configure", {".github/shipway.yml": configured, "unit.xml": hostile})
    answer = said(world.release)
    assert answer[:2] == ("gates-failed", 8)
    assert answer.message == "Gate unit did not pass: 1 report cannot be read."
    assert "root:" not in world.request("GET", "/pulls/1")["body"]
