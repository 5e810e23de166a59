"""What happened and is not recorded is owed to the ledger, once."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from release_world import COMMAND, NOW, at_the_beginning, gate_results, having_pull, oid
from test_merge_rules import READY
from test_reconcile import worlds
from test_release_endings import MERGED, begun, deployment, in_review, published, recorded

from shipway.domain.events import initiated, owed, timestamp, verdict_rows
from shipway.domain.facts import Branch, DeploymentState, Facts, PullRequestState
from shipway.domain.ledger import Event
from shipway.domain.verdict import Ruling, Verdict

BEGAN, ENDED = "2026-03-01T12:05:00Z", "2026-03-01T12:05:04Z"
SUCCEEDED = {
    "id": "a1-staging",
    "environment": "staging",
    "deployment": 2,
    "commit": MERGED,
    "digest": "",
    "state": "success",
    "duration": 4.0,
}


@pytest.mark.requirement("REL-4", "LED-1")
def test_the_first_event_fixes_the_id_of_the_release() -> None:
    assert initiated(at_the_beginning(), COMMAND, NOW) == Event(
        key="initiated",
        kind="initiated",
        release=COMMAND.release_id,
        version="1.3.0",
        actor="octocat",
        at="2026-03-01T12:00:00Z",
        detail={
            "kind": "standard",
            "source": "main",
            "target": "main",
            "previous": "v1.2.0",
            "run": "",
            "supersedes": [],
        },
    )


@pytest.mark.requirement("LED-1")
@given(facts=worlds, completed=st.booleans())
def test_nothing_is_owed_once_it_is_recorded_and_nothing_is_recorded_twice(
    facts: Facts, completed: bool
) -> None:
    begun_facts = begun(facts)
    events = owed(begun_facts, COMMAND, NOW, completed=completed)
    keys = [event.key for event in events]

    assert len(keys) == len({*keys})
    assert owed(recorded(begun_facts, completed=completed), COMMAND, NOW, completed=completed) == ()
    assert {event.release for event in events} <= {COMMAND.release_id}


@pytest.mark.requirement("LED-1")
def test_the_whole_story_in_order() -> None:
    gates = gate_results(READY.head_oid, ("unit", Ruling.PASS))
    facts = begun(
        published(
            deployment("staging", DeploymentState.FAILURE, 1),
            replace(deployment("staging", DeploymentState.SUCCESS, 2), created_at=BEGAN, updated_at=ENDED),
            deployment("production", DeploymentState.IN_PROGRESS, 3),
            deployment("production", DeploymentState.SUCCESS, 4, "another release"),
            gates=gates,
        )
    )
    story = {event.kind: dict(event.detail) for event in owed(facts, COMMAND, NOW, completed=True)}

    assert story == {
        "branch-cut": {"branch": "release/1.3.0", "source": oid(1), "notes": facts.content.notes},
        "gates": {"commit": READY.head_oid, "verdicts": verdict_rows(gates.verdicts), "report": {}},
        "pull-request": {"number": 7},
        "merged": {"number": 7, "commit": MERGED, "approvals": []},
        "tagged": {"tag": "v1.3.0", "commit": MERGED},
        "published": {"tag": "v1.3.0", "url": "https://github.example/r/1"},
        "deployment-failed": {
            "id": "a1-staging",
            "digest": "",
            "environment": "staging",
            "deployment": 1,
            "commit": MERGED,
            "state": "failure",
            "duration": None,
        },
        "deployed": SUCCEEDED,
        "verified": SUCCEEDED,
        "completed": {},
    }


@pytest.mark.requirement("LED-1")
def test_who_merged_and_when_is_taken_from_github() -> None:
    facts = having_pull(
        in_review(), state=PullRequestState.MERGED, merged_by="alice", merged_at="2026-03-02T08:00:00Z"
    )
    (event,) = owed(facts, COMMAND, NOW, completed=False)

    assert (event.kind, event.actor, event.at) == ("merged", "alice", "2026-03-02T08:00:00Z")


@pytest.mark.requirement("LED-1")
def test_a_merge_back_is_recorded_where_the_source_is_not_the_target() -> None:
    facts = published(source=Branch("develop", oid(1)))

    assert facts.ledger.newest("merged-back") == Event(
        "merged-back",
        "merged-back",
        COMMAND.release_id,
        "1.3.0",
        "octocat",
        timestamp(NOW),
        {"branch": "develop"},
    )
    assert published().ledger.newest("merged-back") is None


@pytest.mark.requirement("GATE-5")
def test_gates_that_answer_otherwise_on_the_same_commit_are_another_event() -> None:
    failed = gate_results(READY.head_oid, ("unit", Ruling.FAIL))
    passed = gate_results(READY.head_oid, ("unit", Ruling.PASS))
    first = recorded(in_review().having(gates=failed))

    assert owed(first, COMMAND, NOW, completed=False) == ()
    assert [e.kind for e in owed(first.having(gates=passed), COMMAND, NOW, completed=False)] == ["gates"]


def test_verdicts_as_json() -> None:
    verdict = Verdict(
        "unit", Ruling.FAIL, "tests-failed", "2 failed", "authors", ("a", "b"), 1.5, warning=False
    )

    assert verdict_rows([verdict]) == [
        {
            "gate": "unit",
            "ruling": "fail",
            "reason_code": "tests-failed",
            "summary": "2 failed",
            "who": "authors",
            "details": ["a", "b"],
            "duration": 1.5,
            "warning": False,
            "budget": None,
            "attempts": [],
            "result": "failed",
        }
    ]
