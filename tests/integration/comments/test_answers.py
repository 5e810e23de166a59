"""People are answered whatever happens, once for each comment, and nothing is done for a head that has moved."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.comments.conversation import BOT, NOON, PERMISSIONS, Clock, Conversation, begin
from integration.release.world import write
from shipway.bootstrap.commenting import HeadGuard
from shipway.domain.delivery.steps import Record
from shipway.domain.facts import DeliveryFacts
from shipway.domain.ledger import Ledger
from shipway.domain.plan import Move
from shipway.domain.repository import Repository
from shipway.errors import GitHubError, InputError
from shipway.twin.server import Twin

pytestmark = pytest.mark.requirement("FACE-1", "FAIL-3")

FACTS = DeliveryFacts(repository=Repository("o", "n", "R", "u", "main", "x", "WRITE"), ledger=Ledger())


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Conversation]:
    """A pull request in which somebody has commented."""
    with Twin(clock=Clock(NOON)) as twin:
        found = begin(tmp_path, twin)
        found.open("topic")
        found.say("/promote 1.0.0 dev")
        yield found


def reply(talk: Conversation) -> str:
    """What the comment was answered."""
    return talk.said_by_us(f"reply {talk.event['comment']['node_id']}")


def test_a_second_run_edits_its_answer_and_does_nothing_twice(talk: Conversation) -> None:
    talk.obey()
    talk.effects()
    talk.obey()
    assert talk.effects() == [
        "github-actions[bot]: comment.edited #1",
        "github-actions[bot]: comment.edited #1",
    ]
    assert "Nothing was left to do." in reply(talk)


def test_what_nobody_foresaw_is_answered_and_raised(talk: Conversation) -> None:
    def broken() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        talk.obey(new_id=broken)
    assert reply(talk).startswith(
        "💥 `/promote 1.0.0 dev`: Shipway failed in a way that nobody foresaw (ZeroDivisionError). "
        "What was done until then stands.\n"
    )
    assert "<sub>`unforeseen`</sub>" in reply(talk)


def test_a_template_that_is_broken_keeps_nobody_from_being_answered(talk: Conversation) -> None:
    template = ".github/shipway/templates/comment_reply.md.j2"
    write(talk.world.clone, {template: "{{ nothing.there }}"})
    outcome = talk.obey()
    assert (outcome.exit_code, outcome.results[-1].reason_code) == (1, "template")
    assert "✅ `/promote 1.0.0 dev`: 1\\.0.0 is in dev." in reply(talk)
    assert "Mend the template, or delete " in reply(talk)


def test_where_looking_fails_the_person_is_told_why(talk: Conversation) -> None:
    talk.twin.faults.add("error-before", {"method": "POST", "path": "/graphql$"}, times=5, status=502)
    with pytest.raises(GitHubError):
        talk.obey()
    found = talk.world.request("GET", "/issues/1/comments")[-1]["body"]
    address = f"{talk.twin.url}/api/graphql"
    assert found == (
        f"💥 Shipway could not look at this: GitHub answered 502 to POST {address}.\n\n"
        "Run the same command again; it goes on where it stopped.\n\n<sub>`github-unavailable`</sub>"
    )


@pytest.mark.requirement("FAIL-4")
def test_a_token_that_may_not_answer_is_told_what_it_lacks(talk: Conversation) -> None:
    weak = {**PERMISSIONS, "pull_requests": "read", "issues": "read"}
    talk.token = talk.world.token_of(BOT, permissions=weak, kind="actions")
    with pytest.raises(GitHubError) as refused:
        talk.obey()
    assert (
        str(refused.value) == "The token lacks the permission `pull_requests: write`, which reaction needs. "
        "Add this line under `permissions:` of the job, or give it to the App: pull-requests: write"
    )


def test_our_own_comments_command_nothing(talk: Conversation) -> None:
    talk.say("/promote 1.0.0 dev", "github-actions[bot]")
    talk.effects()
    assert talk.obey().ignored == "It is our own."
    assert talk.effects() == []


@pytest.mark.requirement("SEC-1")
def test_no_effect_once_the_head_has_moved() -> None:
    heads, told = iter(["a", "a", "b"]), list[Move]()
    guard = HeadGuard(lambda: next(heads), "a", lambda move, _: told.append(move))
    step = Record(())
    guard(step, FACTS)
    guard(step, FACTS)
    with pytest.raises(InputError) as refused:
        guard(step, FACTS)
    assert (refused.value.reason_code, len(told)) == ("head-moved", 2)
    assert str(refused.value) == (
        "The pull request has a newer commit than the one that the command was given for. "
        "Look at it, and give the command again."
    )


@pytest.mark.requirement("SEC-1", "HOT-1")
@pytest.mark.parametrize(("branch", "reason"), [("topic", "head-moved"), ("main", "hotfix-dispatched")])
def test_what_is_picked_from_a_pull_request_is_looked_at_again(
    branch: str, reason: str, tmp_path: Path
) -> None:
    """Somebody pushes once the command is received: that matters to commits of this pull request alone."""
    workflow = Path(__file__).parents[3] / "workflows/hotfix-button.yml"
    with Twin(clock=Clock(NOON)) as twin:
        talk = begin(tmp_path, twin, files={".github/workflows/hotfix.yml": workflow.read_text()})
        talk.open("topic")
        talk.push("main")
        talk.say(f"/hotfix auto --base v1.0.1 --pick {talk.head(branch)}")
        ids = iter(f"{number:08x}-0000-4000-8000-000000000000" for number in range(1000))

        def pushing() -> str:
            if (made := next(ids)).startswith("00000000-"):
                talk.push("topic")
            return made

        outcome = talk.obey(new_id=pushing)
        assert outcome.to_json()["reason_code"] == reason
        assert ("hotfix/1.0.2" in talk.world.git("ls-remote", "origin")) is (branch == "main")
