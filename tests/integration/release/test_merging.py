"""What GitHub demands before a release may be merged: checks, code owners, conversations, and its merge queue."""

from typing import Any

import pytest
import requests

from integration.release.world import World
from shipway.domain.outcome import Decision, Outcome
from shipway.domain.state import State
from shipway.twin import admin
from shipway.twin.behaviour import apps

NOBODY_SAID_YES = (
    "Pull request #1: 0 of 1 approvals of its newest commit; never reported: build; "
    "the rules of main block merging."
)


def classic(world: World) -> None:
    """Classic protection: a check, and a review by a code owner."""
    reviews = {"required_approving_review_count": 1, "require_code_owner_reviews": True}
    settings = {
        "required_status_checks": {"strict": False, "contexts": ["build"]},
        "enforce_admins": True,
        "required_pull_request_reviews": reviews,
        "restrictions": None,
    }
    world.request("PUT", "/branches/main/protection", settings)


CHECK = {
    "type": "required_status_checks",
    "parameters": {
        "required_status_checks": [{"context": "build"}],
        "strict_required_status_checks_policy": False,
    },
}
REVIEW = {
    "type": "pull_request",
    "parameters": {
        "required_approving_review_count": 1,
        "require_code_owner_review": True,
        "dismiss_stale_reviews_on_push": False,
        "require_last_push_approval": False,
        "required_review_thread_resolution": False,
    },
}
QUEUE = {
    "type": "merge_queue",
    "parameters": {
        "check_response_timeout_minutes": 60,
        "grouping_strategy": "ALLGREEN",
        "max_entries_to_build": 5,
        "max_entries_to_merge": 5,
        "merge_method": "MERGE",
        "min_entries_to_merge": 1,
        "min_entries_to_merge_wait_minutes": 5,
    },
}


def ruleset(world: World, *rules: dict[str, Any]) -> None:
    """A ruleset that covers main."""
    covers = {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}
    settings = {"name": "main", "target": "branch", "enforcement": "active", "conditions": covers}
    world.request("POST", "/rulesets", {**settings, "rules": list(rules)})


def report_build(world: World, state: str) -> None:
    """The check reports on the newest commit of the pull request."""
    head = world.request("GET", "/pulls/1")["head"]["sha"]
    world.request("POST", f"/statuses/{head}", {"state": state, "context": "build"})


def told(outcome: Outcome) -> tuple[Decision, str, str]:
    """What a run says."""
    return outcome.decision, outcome.reason_code, outcome.message


def ask(world: World, document: str, **variables: Any) -> Any:
    """Ask the twin's GraphQL interface."""
    answer = requests.post(
        world.twin.graphql_url,
        json={"query": document, "variables": variables},
        headers={"Authorization": f"Bearer {world.token}"},
        timeout=30,
    ).json()
    assert "errors" not in answer, answer
    return answer["data"]


@pytest.mark.requirement("PR-4")
@pytest.mark.parametrize("rules", ["classic", "ruleset"])
def test_protected_main_is_waited_for_by_name(world: World, rules: str) -> None:
    world.commit("chore: name owners", {".github/CODEOWNERS": "* @reviewer\n"})
    with world.twin.world.locked():
        admin.add_collaborator(world.twin.world, "octo-org/hello", "colleague")
    if rules == "classic":
        classic(world)
    else:
        ruleset(world, CHECK, REVIEW)

    assert told(world.release()) == (Decision.WAITING, "approvals-missing", NOBODY_SAID_YES)
    world.approve(login="colleague")
    report_build(world, "pending")
    assert told(world.release()) == (
        Decision.WAITING,
        "code-owners-missing",
        "Pull request #1: a code owner has to approve; running: build; the rules of main block merging.",
    )
    report_build(world, "failure")
    world.approve()
    assert told(world.release()) == (
        Decision.WAITING,
        "checks-failed",
        "Pull request #1: failed: build; the rules of main block merging.",
    )
    report_build(world, "success")
    done = world.release()

    assert (done.state, done.tag) == (State.COMPLETED, "v1.1.0")


def app_of(world: World, slug: str) -> tuple[int, str]:
    """A new App that may report checks: its id and a token."""
    with world.twin.world.locked():
        app, _ = apps.create(world.twin.world, slug, "octo-org", {"checks": "write"})
        token, _ = apps.create_token(world.twin.world, apps.install(world.twin.world, app, "octo-org"))
    return app["id"], token


def reported_by(world: World, token: str) -> None:
    """A check of that name succeeds on the newest commit of the pull request."""
    head = world.request("GET", "/pulls/1")["head"]["sha"]
    run = {"name": "build", "head_sha": head, "status": "completed", "conclusion": "success"}
    world.request("POST", "/check-runs", run, token=token)


@pytest.mark.requirement("PR-4", "GATE-2")
@pytest.mark.parametrize("rules", ["classic", "ruleset"])
def test_a_check_that_one_app_must_report_is_waited_for(world: World, rules: str) -> None:
    (ours, token), (_, foreign) = app_of(world, "builder"), app_of(world, "another")
    if rules == "classic":
        settings = {
            "required_status_checks": {"strict": False, "checks": [{"context": "build", "app_id": ours}]},
            "enforce_admins": True,
            "required_pull_request_reviews": None,
            "restrictions": None,
        }
        put = world.request("PUT", "/branches/main/protection", settings)
        assert put["required_status_checks"]["checks"] == [{"context": "build", "app_id": ours}]
    else:
        demanded = {"required_status_checks": [{"context": "build", "integration_id": ours}]}
        ruleset(world, {**CHECK, "parameters": {**CHECK["parameters"], **demanded}})
    world.release()
    world.approve()
    reported_by(world, foreign)

    waiting = told(world.release())

    assert waiting == (
        Decision.WAITING,
        "checks-absent",
        f"Pull request #1: never reported: build by App {ours}; the rules of main block merging.",
    )
    reported_by(world, token)
    assert world.release().state is State.COMPLETED


@pytest.mark.requirement("PR-3")
def test_code_owners_are_asked_to_review(world: World) -> None:
    world.commit("chore: name owners", {".github/CODEOWNERS": "* @reviewer\n"})

    world.release()

    assert [user["login"] for user in world.request("GET", "/pulls/1")["requested_reviewers"]] == ["reviewer"]
    assert "AskReviewers" not in world.moves


@pytest.mark.requirement("PR-4")
def test_a_merge_queue_is_joined_and_waited_for(world: World) -> None:
    ruleset(world, QUEUE, CHECK)
    world.release()
    world.approve()
    report_build(world, "success")

    assert told(world.release()) == (
        Decision.WAITING,
        "merge-queue",
        "Pull request #1 is in the merge queue.",
    )
    world.twin.settle()
    assert world.request("GET", "/pulls/1")["merged"]
    done = world.release()

    assert (done.state, done.tag) == (State.COMPLETED, "v1.1.0")
    assert world.moves.count("MergePullRequest") == 1


@pytest.mark.requirement("PR-4")
def test_a_conversation_blocks_until_it_is_resolved(world: World) -> None:
    world.release()
    world.approve()
    head = world.request("GET", "/pulls/1")["head"]["sha"]
    remark = {"body": "Sure?", "commit_id": head, "path": "pyproject.toml", "line": 3, "side": "RIGHT"}
    world.request("POST", "/pulls/1/comments", remark, world.token_of("reviewer"))

    blocked = world.release()

    assert told(blocked) == (
        Decision.WAITING,
        "unresolved",
        "Pull request #1: 1 unresolved conversation.",
    )
    assert blocked.next_step == "Waiting for who opened them. Then run again: shipway release 1.1.0"
    found = ask(
        world,
        """{ repository(owner: "octo-org", name: "hello") { pullRequest(number: 1) {
          reviewThreads(first: 9) { nodes { id } }
        } } }""",
    )
    (thread,) = found["repository"]["pullRequest"]["reviewThreads"]["nodes"]
    ask(
        world,
        "mutation($id: ID!) { resolveReviewThread(input: { threadId: $id }) { thread { isResolved } } }",
        id=thread["id"],
    )
    assert world.release().state is State.COMPLETED
