"""The comment that says where a release stands goes on saying so once another run carries the release on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.comments.conversation import NOON, Clock, Conversation, begin
from integration.release.world import World
from shipway.twin.server import Twin

pytestmark = pytest.mark.requirement("FACE-1")

LOOKED = "query OwnComments repository pullRequest comments nodes"


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Conversation]:
    """A pull request in which somebody has asked for a release, which is approved since."""
    with Twin(clock=Clock(NOON)) as twin:
        found = begin(tmp_path, twin)
        found.open("topic")
        found.say("/release minor")
        assert found.obey().to_json()["reason_code"] == "approvals-missing"
        found.world.approve(2)
        yield found


def button(talk: Conversation) -> World:
    """Where a workflow runs with the token that comments are answered with."""
    return World(talk.twin, talk.world.clone, talk.token)


def shown(talk: Conversation) -> str:
    """The status comment where the release was asked for."""
    talk.number = 1
    return talk.said_by_us("status").replace("\\", "")


def test_a_button_rewrites_what_a_comment_began(talk: Conversation) -> None:
    before = shown(talk)
    outcome = button(talk).release("1.1.0")

    assert outcome.warnings == ()
    assert "⏳" in before
    assert "✅ 1.1.0 is released" in shown(talk)
    assert "<sub>`shipway release`, 2026-11-21 12:00 UTC" in shown(talk)


def test_so_does_a_comment_elsewhere(talk: Conversation) -> None:
    talk.number = 2
    talk.say("/retry")
    talk.obey()

    assert "✅ 1.1.0 is released" in talk.said_by_us("status").replace("\\", "")
    assert "✅ 1.1.0 is released" in shown(talk)


def test_nobody_looks_for_a_comment_where_none_has_asked(talk: Conversation) -> None:
    before = len(talk.requests())
    button(talk).release("1.1.0")
    looked = talk.requests()[before:].count(LOOKED)
    world = button(talk)
    world.git("fetch", "--quiet", "origin")
    world.git("checkout", "--quiet", "main")
    world.git("pull", "--quiet", "origin", "main")
    world.commit("feat: more", {"more.txt": "more\n"})
    before = len(talk.requests())
    world.release("minor")

    assert looked == 1
    assert LOOKED not in talk.requests()[before:]


def test_what_is_only_asked_about_rewrites_nothing(talk: Conversation) -> None:
    before = shown(talk)
    world = button(talk)
    world.release("1.1.0", dry_run=True)
    world.release("1.1.0", why=True)

    assert shown(talk) == before
