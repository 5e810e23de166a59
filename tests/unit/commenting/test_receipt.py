"""Which comments are obeyed, and which of their commands."""

from dataclasses import replace
from typing import Any

import pytest

from shipway.domain.commands import typed
from shipway.domain.commands.parsing import Names
from shipway.domain.commands.reading import read_comment
from shipway.domain.commenting.dependence import hindered_by
from shipway.domain.commenting.heard import Heard, Pull, Said
from shipway.domain.commenting.pages import in_comment
from shipway.domain.commenting.receipt import command_verdicts, comment_verdicts, heeded
from shipway.domain.commenting.subject import acts_on_head, meant, released_as, stage_of, version_of
from shipway.domain.policy import (
    ApprovalPolicy,
    AuthorizePolicy,
    CommentsPolicy,
    EnvironmentPolicy,
    Policy,
)
from shipway.domain.version import TagFormat

pytestmark = pytest.mark.requirement("SEC-1")

HEAD = "abcdef0123" + "0" * 30
HEARD = Heard(kind="comment", action="created", node_id="IC_1", body="/status", author="alice", number=7)
PULL = Pull(
    node_id="PR_7", number=7, url="u", state="OPEN", draft=False, head=HEAD, branch="topic", fork=False
)
SAID = Said(
    body="/status",
    author="alice",
    own=False,
    bot=False,
    edited=False,
    role="write",
    created_at="2026-11-21T12:00:00Z",
    url="u",
    pull=PULL,
)
POLICY = Policy(
    environments={
        "staging": EnvironmentPolicy(approvals=ApprovalPolicy(count=1, users=("zoe",))),
        "production": EnvironmentPolicy(authorize=AuthorizePolicy(users=("zoe",), teams=("octo-org/ops",))),
    },
    comments=CommentsPolicy(bots=("renovate[bot]",)),
)


def command(line: str) -> typed.Command:
    """The one command of a line."""
    (found,) = read_comment(line, Names(tuple(POLICY.environments))).commands
    return found


def wrong(verdicts: Any) -> list[tuple[str, str]]:
    """What speaks against it: reason code and sentence."""
    return [(one.reason_code, one.summary) for one in verdicts if not one.passed]


@pytest.mark.parametrize(
    ("heard", "said", "expected"),
    [
        ({}, {}, []),
        (
            {"action": "edited", "before": "hello"},
            {},
            [("comment-edited", "commands are taken from new comments, and this one was edited")],
        ),
        ({}, {"body": "/promote 1.0.0 staging"}, [("comment-changed", "it was edited after it was written")]),
        ({}, {"edited": True}, [("comment-changed", "it was edited after it was written")]),
        ({}, {"author": "bob"}, [("author-differs", "GitHub says that bob wrote it")]),
        (
            {"author": "evil[bot]"},
            {"author": "evil[bot]", "bot": True},
            [("bot-not-allowed", "evil[bot] is a bot that the configuration does not name")],
        ),
        ({"author": "renovate[bot]"}, {"author": "renovate[bot]", "bot": True}, []),
        (
            {"kind": "review", "action": "submitted", "commit": "1" * 40},
            {},
            [("head-moved", "the review is of 1111111111, and the newest commit is abcdef0123")],
        ),
        ({"kind": "review", "action": "submitted", "commit": HEAD}, {}, []),
    ],
)
def test_what_speaks_against_a_comment(
    heard: dict[str, Any], said: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert wrong(comment_verdicts(replace(HEARD, **heard), replace(SAID, **said), POLICY)) == expected


@pytest.mark.parametrize(
    ("action", "before", "expected"),
    [
        ("created", "", True),
        ("submitted", "", True),
        ("edited", "/why", True),
        ("edited", "/status", False),
        ("deleted", "", False),
        ("dismissed", "", False),
    ],
)
def test_which_events_are_heeded(action: str, before: str, expected: bool) -> None:
    assert heeded(replace(HEARD, action=action, before=before)) is expected


NO_WRITE = "has the role read here, and may not command this"


@pytest.mark.parametrize(
    ("line", "said", "expected"),
    [
        ("/promote 1.0.0 staging", {}, []),
        ("/status", {"role": ""}, []),
        ("/why staging", {"role": "read"}, []),
        ("/promote 1.0.0 staging", {"role": "read"}, [("not-authorised", f"alice {NO_WRITE}")]),
        (
            "/promote 1.0.0 staging",
            {"role": ""},
            [("not-authorised", "alice has no role here, and may not command this")],
        ),
        (
            "/release minor",
            {"role": "triage"},
            [("not-authorised", f"alice {NO_WRITE.replace('read', 'triage')}")],
        ),
        ("/promote 1.0.0 production", {"role": "read", "author": "zoe"}, []),
        ("/promote 1.0.0 production", {"role": "read"}, []),
        ("/approve staging", {"role": "read", "author": "zoe"}, []),
        ("/approve staging", {"role": "read"}, [("not-authorised", f"alice {NO_WRITE}")]),
        (f"/promote 1.0.0 staging @{HEAD[:7]}", {}, []),
        (
            "/promote 1.0.0 staging @1234567",
            {},
            [("head-differs", "it is bound to @1234567, and the newest commit is abcdef0123")],
        ),
    ],
)
def test_what_speaks_against_a_command(
    line: str, said: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert wrong(command_verdicts(command(line), replace(SAID, **said), POLICY)) == expected


@pytest.mark.parametrize(
    ("line", "obeyed"),
    [("/promote 1.0.0 staging", False), ("/promote 1.0.0 staging --dry-run", True), ("/why staging", True)],
)
def test_a_fork_commands_nothing_that_changes_anything(line: str, obeyed: bool) -> None:
    said = replace(SAID, pull=replace(PULL, fork=True))
    found = wrong(command_verdicts(command(line), said, POLICY))
    text = "its branch is in a fork, where only commands are obeyed that change nothing"
    assert found == ([] if obeyed else [("fork", text)])


@pytest.mark.parametrize(
    ("pushed", "code"),
    [
        ("2026-11-21T11:59:59Z", None),
        ("2026-11-21T12:00:00Z", None),
        ("2026-11-21T12:00:01Z", "head-moved"),
        ("", "push-unknown"),
    ],
)
def test_what_was_pushed_after_the_comment_was_not_meant(pushed: str, code: str | None) -> None:
    found = wrong(command_verdicts(command("/approve"), SAID, POLICY, pushed))
    assert [one[0] for one in found] == ([code] if code else [])


@pytest.mark.parametrize(
    ("branch", "fork", "expected", "stage"),
    [
        ("release/2.5.0", False, "2.5.0", "release"),
        ("release/2.5.0", True, "", "release"),
        ("release/2.5", False, "", "release"),
        ("release/", False, "", "release"),
        ("hotfix/2.5.1", False, "2.5.1", "hotfix"),
        ("hotfix/2.5.1", True, "", "release"),
        ("hotfix/7", False, "", "release"),
        ("topic", False, "", "release"),
    ],
)
def test_the_version_of_a_pull_request_is_that_of_its_branch(
    branch: str, fork: bool, expected: str, stage: str
) -> None:
    pull = replace(PULL, branch=branch, fork=fork)
    assert (version_of(pull, POLICY), stage_of(pull, POLICY)) == (expected, stage)


@pytest.mark.parametrize(
    ("line", "branch", "state", "version"),
    [
        ("/promote staging", "release/2.5.0", "MERGED", "2.5.0"),
        ("/promote 2.4.0 staging", "release/2.5.0", "MERGED", "2.4.0"),
        ("/promote staging", "topic", "MERGED", ""),
        ("/report", "release/2.5.0", "OPEN", "2.5.0"),
        ("/approve", "release/2.5.0", "OPEN", "2.5.0"),
        ("/approve staging", "release/2.5.0", "OPEN", ""),
        ("/approve staging", "release/2.5.0", "MERGED", "2.5.0"),
        ("/why", "topic", "OPEN", ""),
    ],
)
def test_what_a_command_leaves_out(line: str, branch: str, state: str, version: str) -> None:
    pull = replace(PULL, branch=branch, state=state)
    assert meant(command(line), pull, POLICY).version == version  # type: ignore[attr-defined] - these have one


@pytest.mark.requirement("LOCK-1")
def test_a_lock_for_the_pull_request_is_for_this_one() -> None:
    assert meant(command("/lock staging --scope pr"), PULL, POLICY).pr == 7  # type: ignore[attr-defined] - a lock
    assert meant(command("/lock staging --pr 8"), PULL, POLICY).pr == 8  # type: ignore[attr-defined] - likewise


@pytest.mark.parametrize(
    ("ref", "expected"),
    [("2.5.0", "2.5.0"), ("v2.5.0", "2.5.0"), ("c" * 40, "2.5.0"), ("d" * 40, ""), ("main", "")],
)
def test_what_is_deployed_is_released(ref: str, expected: str) -> None:
    tags = {"v2.5.0": "c" * 40, "latest-dev": "d" * 40}
    assert released_as(ref, tags, TagFormat("v{version}")) == expected


@pytest.mark.parametrize(
    ("line", "branch", "state", "expected"),
    [
        ("/approve", "release/2.5.0", "OPEN", True),
        ("/approve staging", "release/2.5.0", "OPEN", False),
        ("/approve", "release/2.5.0", "MERGED", False),
        ("/retry", "release/2.5.0", "OPEN", True),
        ("/status", "release/2.5.0", "OPEN", False),
        ("/promote 1.0.0 staging @abcdef0", "topic", "OPEN", True),
    ],
)
def test_which_commands_are_about_the_newest_commit(
    line: str, branch: str, state: str, expected: bool
) -> None:
    assert acts_on_head(command(line), replace(PULL, branch=branch, state=state), POLICY) is expected


@pytest.mark.parametrize(
    ("line", "undone", "hindered"),
    [
        ("/promote 1.0.0 production", "/promote 1.0.0 staging", True),
        ("/promote 1.1.0 production", "/promote 1.0.0 staging", False),
        ("/promote 1.1.0 staging", "/promote 1.0.0 staging", True),
        ("/promote 1.0.0 staging", "/unlock staging", True),
        ("/promote 1.0.0 staging", "/unlock --all", True),
        ("/promote 1.0.0 staging", "/release minor", True),
        ("/promote 1.0.0 staging", "/lock production", False),
        ("/promote 1.0.0 staging", "/why staging", False),
        ("/promote 1.0.0 staging --dry-run", "/promote 1.0.0 staging", False),
        ("/unlock staging", "/promote 1.0.0 staging", False),
        ("/why staging", "/promote 1.0.0 staging", False),
    ],
)
def test_what_builds_upon_what_did_not_go_well(line: str, undone: str, hindered: bool) -> None:
    before = command(undone)
    assert hindered_by(command(line), [before]) == (before if hindered else None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Ask them, or: shipway unlock dev --reason '…' --force",
            "Ask them, or: /unlock dev --reason '…' --force",
        ),
        ("Look: shipway status --env dev", "Look: /status dev"),
        ("shipway audit verify tells", "shipway audit verify tells"),
    ],
)
def test_next_steps_are_written_as_in_comments(text: str, expected: str) -> None:
    assert in_comment(text) == expected
