"""A release is let past its own gates only once others have agreed, where the configuration demands it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.comments.conversation import Clock, Conversation, begin
from integration.release.world import NOON
from shipway.domain.outcome import Decision, Outcome
from shipway.errors import ExitCode
from shipway.twin.server import Twin

CONFIGURATION = """
gates: {smoke: {command: ["false"]}}
release: {override-approvals: 1, override-approvers: {roles: [write]}}
"""
PAST = "/override smoke --expires 2h --reason the probe is down"

pytestmark = pytest.mark.requirement("APR-1", "GATE-5")


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Conversation]:
    """The pull request of a release whose smoke tests fail, and in which it was asked to let it past them."""
    with Twin(clock=Clock(NOON)) as twin:
        talk = begin(tmp_path, twin, CONFIGURATION)
        talk.open("topic")
        said(talk, "/release minor", by="alice")
        talk.number = 2
        said(talk, PAST, by="releaser")
        yield talk


def said(talk: Conversation, body: str, by: str) -> tuple[int, str]:
    """A comment a minute later; gives exit code and reason."""
    talk.later()
    talk.say(body, by)
    outcome = talk.obey()
    return int(outcome.exit_code), outcome.to_json()["reason_code"]


def events(talk: Conversation) -> list[dict[str, Any]]:
    """What the ledger has of questions, answers and overrides."""
    bare = talk.world.bare
    text = talk.world.git(f"--git-dir={bare}", "show", "shipway-ledger:releases/1.1.0.jsonl")
    wanted = {"approval-asked", "approved", "rejected", "approval-lapsed", "overridden"}
    return [row for row in map(json.loads, text.splitlines()) if row["kind"] in wanted]


def kinds(talk: Conversation) -> list[str]:
    return [row["kind"] for row in events(talk)]


def verdicts(talk: Conversation) -> dict[str, dict[str, Any]]:
    """Of the release when it is run once more, by gate."""
    return {row["gate"]: dict(row) for row in again(talk).verdicts}


def again(talk: Conversation) -> Outcome:
    return talk.world.release("1.1.0", now=talk.twin.world.clock.now)


def pull(talk: Conversation) -> Any:
    return talk.world.request("GET", "/pulls/2")


def test_it_waits_for_others_and_says_for_whom(talk: Conversation) -> None:
    outcome = again(talk)

    summary = "letting it past smoke, as releaser asks, has 0 of 1 approvals"
    assert (outcome.decision, outcome.reason_code) == (Decision.WAITING, "approval-missing")
    assert outcome.message == f"Pull request #2 stays a draft: {summary}."
    assert outcome.next_step.startswith("Waiting for someone with the role write.")
    assert f"| ⏳ | approval | {summary} |" in pull(talk)["body"]
    assert kinds(talk) == ["approval-asked"]


def test_an_approval_lets_it_past_and_does_not_count_for_the_merge(talk: Conversation) -> None:
    assert said(talk, "/approve", by="bob") == (3, "approvals-missing")

    [asked, approved, overridden] = events(talk)
    assert [row["kind"] for row in (asked, approved, overridden)] == [
        "approval-asked",
        "approved",
        "overridden",
    ]
    assert (overridden["actor"], overridden["detail"]) == (
        "releaser",
        {
            "gate": "smoke",
            "reason": "the probe is down",
            "expires": "2026-11-21T14:03:00Z",
            "commit": pull(talk)["head"]["sha"],
            "approved_by": ["bob"],
        },
    )
    assert "1\\.1.0 past smoke is approved by bob." in talk.said_by_us("reply")
    assert "overridden by releaser, approved by bob, until 2026-11-21T14:03:00Z" in pull(talk)["body"]
    assert "letting it past" not in pull(talk)["body"]
    assert (pull(talk)["draft"], pull(talk)["merged"]) == (False, False)


def test_an_approval_after_that_is_one_of_the_merge(talk: Conversation) -> None:
    said(talk, "/approve", by="bob")

    said(talk, "/approve", by="bob")

    assert [row["detail"].get("action", "") for row in events(talk)] == ["override", "override", "", ""]
    assert again(talk).decision is Decision.DONE


@pytest.mark.parametrize(
    ("by", "code"),
    [("releaser", "approval-own"), ("reader", "not-authorised")],
    ids=["who asks", "who may not"],
)
def test_who_asks_and_who_may_not_do_not_count(talk: Conversation, by: str, code: str) -> None:
    assert said(talk, "/approve", by=by)[1] == code

    assert kinds(talk) == ["approval-asked"]
    assert again(talk).reason_code == "approval-missing"


def test_a_no_ends_it_until_somebody_asks_again(talk: Conversation) -> None:
    assert said(talk, "/reject --reason look first", by="bob") == (0, "rejected")

    assert said(talk, "/retry", by="alice") == (ExitCode.GATE, "gates-failed")
    assert "| approval | ❌ fail | bob rejected letting it past smoke | bob |" in talk.said_by_us("reply")
    assert said(talk, PAST, by="releaser")[1] == "approval-missing"
    assert said(talk, "/approve", by="bob")[1] == "approvals-missing"
    assert kinds(talk) == ["approval-asked", "rejected", "approval-asked", "approved", "overridden"]


def test_no_answer_for_a_day_is_a_no(talk: Conversation) -> None:
    talk.later(hours=24)

    assert again(talk).reason_code == "gates-failed"
    assert kinds(talk) == ["approval-asked", "approval-lapsed"]
    late = verdicts(talk)["approval"]
    assert (late["reason_code"], late["summary"]) == (
        "approval-timed-out",
        "0 of 1 approvals of letting it past smoke came in time",
    )
    assert kinds(talk) == ["approval-asked", "approval-lapsed"]


@pytest.mark.parametrize("answered", [False, True], ids=["asked", "approved"])
def test_a_push_takes_it_back(talk: Conversation, answered: bool) -> None:
    if answered:
        said(talk, "/approve", by="bob")
    talk.world.commit("fix: say it otherwise", {"otherwise.txt": "otherwise\n"})

    outcome = again(talk)

    assert outcome.reason_code == "gates-failed"
    assert [row["gate"] for row in outcome.verdicts] == ["smoke"]


def test_it_is_asked_for_with_a_release_that_begins_and_foreseen(tmp_path: Path) -> None:
    past = {"override": ("smoke",), "expires": "2h", "reason": "the probe is down"}
    with Twin(clock=Clock(NOON)) as twin:
        talk = begin(tmp_path, twin, CONFIGURATION)
        talk.open("topic")
        planned = talk.world.release("1.1.0", dry_run=True, **past)
        asked = talk.world.release("1.1.0", **past)

        assert planned.decision is Decision.PLANNED
        assert "record branch-cut, approval-asked in the ledger" in planned.steps
        assert (asked.reason_code, kinds(talk)) == ("approval-missing", ["approval-asked"])
        assert "letting it past smoke, as releaser asks, has 0 of 1 approvals" in pull(talk)["body"]


def test_who_may_not_override_does_not_even_ask(talk: Conversation) -> None:
    said(talk, "/reject", by="bob")

    assert said(talk, PAST, by="alice") == (ExitCode.NOT_AUTHORISED, "override-refused")
    assert kinds(talk) == ["approval-asked", "rejected"]
