"""Separation of duties: whatever people do, in whatever order, nobody brings a version on twice in a row."""

from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shipway.domain.authority import Asker
from shipway.domain.delivery.promotion import decide
from shipway.domain.policy import AuthorizePolicy, EnvironmentPolicy
from shipway.domain.resting import Done, Refusal
from shipway.domain.verdict import Ruling
from shipway.errors import ExitCode
from unit.delivery.scene import DEPLOYED, LINE, Scene, policy_of

PEOPLE = ("alice", "bob", "carol")
VERSIONS = ("1.0.0", "2.0.0")

pytestmark = pytest.mark.requirement("AUTH-2")


def scene_of(**authorize: bool) -> Scene:
    strict = EnvironmentPolicy(deploy=DEPLOYED, authorize=AuthorizePolicy(**authorize))
    return Scene(policy_of(LINE, **dict.fromkeys(LINE[1:], strict)))


def ways(scene: Scene) -> dict[tuple[str, str], str]:
    """Version and environment → who brought it there, as the ledger has it."""
    return {
        (one.version, name): one.by for name in LINE for one in scene.facts.ledger.standing(name).verified
    }


COMMANDS = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(VERSIONS),
        st.sampled_from([("", "dev"), *pairwise(LINE)]),
        st.booleans(),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(commands=COMMANDS, people=st.sampled_from([2, 3]))
def test_nobody_promotes_twice_in_a_row(
    commands: list[tuple[str, str, tuple[str, str], bool]], people: int
) -> None:
    scene = scene_of(separation_of_duties=True)
    for login, version, (source, target), shouted in commands:
        if login in PEOPLE[:people]:
            scene.promote(version, source, target, login=login.upper() if shouted else login)
    found = ways(scene)
    for version, (before, after) in product(VERSIONS, pairwise(LINE)):
        if (version, after) in found:
            assert found[version, before].lower() != found[version, after].lower()


def test_three_people_or_two_who_take_turns_get_to_the_end() -> None:
    """What the property forbids is not everything."""
    scene = scene_of(separation_of_duties=True)
    for login, (source, target) in zip(("alice", "bob") * 2, [("", "dev"), *pairwise(LINE)], strict=True):
        assert isinstance(scene.promote("1.0.0", source, target, login=login), Done)


def test_a_violation_is_refused_and_recorded() -> None:
    scene = scene_of(separation_of_duties=True)
    scene.promote("1.0.0", "", "dev", login="alice")
    refused = scene.promote("1.0.0", "dev", "staging", login="Alice")
    assert isinstance(refused, Refusal)
    assert (refused.reason_code, refused.exit_code) == ("same-person", ExitCode.NOT_AUTHORISED)
    assert refused.message == (
        "1.0.0 cannot go to staging: Alice promoted it to dev, so somebody else must promote it to staging."
    )
    newest = scene.facts.ledger.entries[-1].event
    assert (newest.kind, newest.actor) == ("promotion-refused", "Alice")
    rows = {row["gate"]: row["ruling"] for row in newest.detail["verdicts"]}
    assert rows["separation"] == "fail"


@pytest.mark.parametrize(
    ("allowed", "authored", "ruling"),
    [
        (True, {}, None),
        (True, {"staging": "f" * 40}, None),
        (False, {}, Ruling.INCONCLUSIVE),
        (False, {"dev": ""}, Ruling.INCONCLUSIVE),
        (False, {"staging": ""}, Ruling.PASS),
        (False, {"staging": "f" * 40}, Ruling.FAIL),
    ],
)
def test_who_wrote_it_does_not_promote_it_where_that_is_configured(
    allowed: bool, authored: dict[str, str], ruling: Ruling | None
) -> None:
    scene = scene_of(commit_authors=allowed)
    scene.verified("1.0.0", "dev")
    command = scene.command("1.0.0", "dev", "staging")
    asker = Asker("alice", "write", frozenset(), authored=authored)
    facts = scene.seen(command).having(asker=asker)
    move = decide(facts, command, scene.policy, scene.now)
    shown = facts.ledger.entries
    while not isinstance(move, Refusal | Done):
        facts = move.foreseen(facts)  # type: ignore[union-attr]
        move = decide(facts, command, scene.policy, scene.now)
    assert isinstance(move, Done) == (ruling in {None, Ruling.PASS})
    events = [entry.event for entry in facts.ledger.entries[len(shown) :]]
    rows = {row["gate"]: row for row in events[0].detail["verdicts"]} if events else {}
    found = rows.get("authorship")
    assert (Ruling(found["ruling"]) if found else None) == (ruling if events else None)
    if isinstance(move, Refusal):
        assert move.exit_code is ExitCode.NOT_AUTHORISED
