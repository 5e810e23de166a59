"""Who is not obeyed is told everything that was looked at: what speaks for the command, too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.comments.conversation import NOON, Clock, Conversation, begin
from shipway.twin.server import Twin

pytestmark = pytest.mark.requirement("SEC-1", "FAIL-4")

CONFIGURATION = """
environments:
  dev: {deploy: {command: ["true"]}}
  staging: {authorize: {users: [reader]}, deploy: {command: ["true"]}}
"""
NEW = {
    "new": ("comment-new", "it is a new comment"),
    "unchanged": ("comment-unchanged", "it reads as it was written"),
    "author": ("author-known", "alice wrote it"),
    "reviewed": ("head-reviewed", "the newest commit is {head}"),
}
EDITED = NEW | {
    "new": ("comment-edited", "commands are taken from new comments, and this one was edited"),
}
OF_A_BOT = NEW | {
    "author": ("bot-not-allowed", "renovate[bot] is a bot that the configuration does not name"),
}
MAY_NOT = ("not-authorised", "reader has the role read here, and may not command this")
OWN = ("own-branch", "its branch is in this repository")
FORK = ("fork", "its branch is in a fork, where only commands are obeyed that change nothing")
HARMLESS = ("changes-nothing", "its branch is in a fork, and the command changes nothing")


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Conversation]:
    """A pull request."""
    with Twin(clock=Clock(NOON)) as twin:
        found = begin(tmp_path, twin, CONFIGURATION)
        found.open("topic")
        yield found


def told(talk: Conversation) -> dict[str, tuple[str, str]]:
    """For each thing that was looked at a code and a sentence, with `{head}` for the newest commit."""
    found = talk.obey().to_json()
    assert found["decision"] == "refused"
    head = head_of(talk)
    rows = found["verdicts"]
    return {one["gate"]: (one["reason_code"], one["summary"].replace(head, "{head}")) for one in rows}


def head_of(talk: Conversation) -> str:
    """The newest commit, as it is shown."""
    return str(talk.world.request("GET", f"/pulls/{talk.number}")["head"]["sha"])[:10]


def test_of_a_comment(talk: Conversation) -> None:
    talk.say("hello")
    talk.edit("/promote 1.0.0 dev", told=True)
    assert told(talk) == EDITED
    talk.say("/promote 1.0.0 dev", "renovate[bot]")
    assert told(talk) == OF_A_BOT


def test_of_a_command(talk: Conversation) -> None:
    talk.say(f"/promote 1.0.0 dev @{head_of(talk)}", "reader")
    newest = ("head-equal", "@{head} is the newest commit")
    assert told(talk) == {"permission": MAY_NOT, "fork": OWN, "head": newest}
    talk.say("/release minor")
    talk.obey()
    talk.number = 2
    talk.later()
    talk.say("/approve", "reader")
    seen = ("head-seen", "{head} was there when the comment was written")
    assert told(talk) == {"permission": MAY_NOT, "fork": OWN, "head": seen}


@pytest.mark.parametrize(
    ("line", "by", "permission", "fork"),
    [
        ("/promote 1.0.0 dev", "alice", ("role-suffices", "alice has the role write"), FORK),
        ("/promote 1.0.0 staging", "reader", ("judged-by-rules", "the rules of staging say who may"), FORK),
        ("/promote 1.0.0 dev --dry-run", "reader", MAY_NOT, HARMLESS),
    ],
)
def test_of_a_command_in_a_fork(
    talk: Conversation, line: str, by: str, permission: tuple[str, str], fork: tuple[str, str]
) -> None:
    talk.open("theirs", fork=True)
    talk.say(line, by)
    assert told(talk) == {"permission": permission, "fork": fork}
