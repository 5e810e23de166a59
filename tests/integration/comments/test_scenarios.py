"""Comments and what comes of them: a folder each, with the event, what people are shown, and what changed.

`scenario.yml` says what stands before and what is said. The other files are compared to the letter; to write them
anew: WRITE_SCENARIOS=1 pytest tests/integration/comments, and then read them.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract import webhooks
from integration.comments.conversation import CONFIGURATION, NOON, Clock, Conversation, begin
from integration.delivery.branch_deploy import locked
from shipway.errors import ShipwayError
from shipway.twin.server import Twin

FOLDER = Path(__file__).parents[2] / "scenarios" / "comments"
WRITING = bool(os.environ.get("WRITE_SCENARIOS"))
SCENARIOS = sorted(path.parent for path in FOLDER.glob("*/scenario.yml"))
RELEASE = 2
"""Number of the release's pull request, where there is one."""
BRANCH = re.compile(r"\{branch (.+?)\}")
"""What stands in a comment for the newest commit of a branch."""

pytestmark = pytest.mark.requirement("FACE-1", "SEC-1", "FAIL-4")


@pytest.fixture
def twin() -> Iterator[Twin]:
    """A twin whose clock stands."""
    with Twin(clock=Clock(NOON)) as running:
        yield running


@pytest.mark.parametrize("folder", SCENARIOS, ids=lambda path: path.name)
def test_what_comes_of_a_comment(folder: Path, twin: Twin, tmp_path: Path) -> None:
    scene = yaml.safe_load((folder / "scenario.yml").read_text())
    talk = begin(tmp_path, twin, scene.get("configuration", CONFIGURATION), _files(scene))
    _prepare(talk, scene)
    event = _said(talk, scene)
    names = Names({"{twin}": twin.url, "{host}": twin.url.partition("//")[2]})
    _hold(folder / "event.json", names.plain(json.dumps(event, indent=1, sort_keys=True) + "\n"))
    given = json.loads(names.placed((folder / "event.json").read_text()))
    assert webhooks.check(talk.event_name, given) == []
    talk.effects()
    before = len(talk.requests())
    ending = _obeyed(talk, scene, given)
    assert ending == scene["ends"]
    assert len(talk.requests()) - before == scene["requests"]
    assert talk.requests()[before + 1 : before + 2] == scene.get(
        "second", ["mutation Together addReaction reaction"]
    )
    _hold(folder / "effects.txt", names.plain("".join(f"{line}\n" for line in talk.effects())))
    _hold(folder / "reply.md", names.plain(talk.said_by_us(f"reply {_node(given)}")))
    _hold(folder / "status.md", names.plain(talk.said_by_us("status")))


def _files(scene: dict[str, Any]) -> dict[str, str]:
    """The shipped workflows that the repository has."""
    shipped = Path(__file__).parents[3] / "workflows"
    return {f".github/workflows/{name}": (shipped / name).read_text() for name in scene.get("workflows", ())}


def _prepare(talk: Conversation, scene: dict[str, Any]) -> None:
    """What stands before the comment."""
    talk.open(scene.get("branch", "topic"), fork=scene.get("fork", False))
    for branch in scene.get("others", ()):
        talk.open(branch)
    for where, who in scene.get("theirs", {}).items():
        locked(talk.world, where, created_by=who)
    for branch in scene.get("pushed", ()):
        talk.push(branch)
    for one in scene.get("before", ()):
        talk.number = one.get("in", 1)
        talk.later(**one.get("after", {}))
        talk.say(one["body"], one.get("by", "alice"))
        talk.obey()
    for version in scene.get("fixed", ()):
        talk.fix(version)
    for version in scene.get("carried", ()):
        talk.carry(version)
    talk.number = scene.get("in", 1)
    talk.later(**scene.get("after", {}))


def _said(talk: Conversation, scene: dict[str, Any]) -> dict[str, Any]:
    """The comment, and what happens between it and its job; gives the event that starts the job."""
    body = BRANCH.sub(lambda found: talk.head(found[1]), scene["body"])
    talk.say(body, scene.get("by", "alice"), review=scene.get("review", ""))
    if "edit" in scene:
        talk.edit(scene["edit"], scene.get("editor", "alice"), told=scene.get("told", False))
    if "reaction" in scene:
        talk.react("bob", scene["reaction"])
    if "push" in scene:
        talk.later()
        talk.push(scene["push"], scene.get("dated", ""))
    for fault in scene.get("faults", ()):
        talk.twin.faults.add(**fault)
    return talk.event


def _obeyed(talk: Conversation, scene: dict[str, Any], event: dict[str, Any]) -> list[Any]:
    """Exit code and reason; of an error that nothing could be answered to its code."""
    try:
        outcome = talk.obey(event)
    except ShipwayError as problem:
        return [int(problem.exit_code), problem.reason_code]
    return [int(outcome.exit_code), outcome.to_json()["reason_code"]]


def _node(event: dict[str, Any]) -> str:
    return str((event.get("comment") or event["review"])["node_id"])


HASH = re.compile(r"\b(?!0{8})[0-9a-f]{10,64}\b|(?<=\[)[0-9a-f]{7}(?=\]\()")
"""What covers an address of the twin, and so has another value each time."""


@dataclass(slots=True)
class Names:
    """What differs from run to run, under names that do not."""

    values: dict[str, str] = field(default_factory=dict)

    def plain(self, text: str) -> str:
        """The text with names in place of values."""
        for name in ("{twin}", "{host}"):
            text = text.replace(self.values[name], name)
        return HASH.sub(lambda found: self._name(found[0]), text)

    def _name(self, value: str) -> str:
        """Under which a hash is known: the beginning of one by that one's name."""
        known = (name for name, whole in self.values.items() if whole.startswith(value))
        name = next(known, f"{{hash {len(self.values) - 1}}}")
        self.values.setdefault(name, value)
        return name

    def placed(self, text: str) -> str:
        """The text with the values again."""
        for name, value in self.values.items():
            text = text.replace(name, value)
        return text


def _hold(path: Path, text: str) -> None:
    """Compare with what is kept, nothing with no file; or keep it."""
    if WRITING:
        path.write_text(text) if text else path.unlink(missing_ok=True)
    assert (path.read_text() if path.exists() else "") == text


def test_there_are_enough_of_them() -> None:
    assert len(SCENARIOS) >= 20
