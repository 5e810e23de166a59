"""What must hold before a version may come into an environment, policy by policy and all together."""

from datetime import timedelta
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shipway.domain.delivery.policies import EXIT_CODES
from shipway.domain.policy import AuthorizePolicy, EnvironmentPolicy, Policy
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.verdict import Ruling
from shipway.errors import ExitCode
from unit.delivery.scene import DEPLOYED, LINE, Scene, policy_of

NEXT = dict(pairwise(LINE))


@pytest.mark.requirement("PRO-1")
@pytest.mark.parametrize(("source", "target"), list(product(LINE, LINE)))
def test_every_way_from_one_environment_to_another(source: str, target: str) -> None:
    scene = Scene(policy_of())
    scene.verified("1.0.0", *LINE[: LINE.index(source) + 1])

    rest = scene.promote("1.0.0", source, target)

    if NEXT.get(source) == target:
        assert rest == Done(f"1.0.0 is in {target}")
        return
    assert isinstance(rest, Refusal)
    assert (rest.reason_code, rest.exit_code) == ("transition-invalid", ExitCode.TRANSITION)
    order = next(verdict for verdict in rest.verdicts if verdict.gate == "order")
    assert order.summary == way_text(source, target)
    if source in NEXT:
        assert rest.next_step == (
            f"Promote it to the next one: shipway promote 1.0.0 --from {source} --to {NEXT[source]}"
        )


def way_text(source: str, target: str) -> str:
    """How the refusal of a way is worded."""
    if source == target:
        return f"cannot promote to same environment: {source}"
    way = f"invalid promotion path: {source}→{target}"
    valid = f"valid next environment from {source}: {NEXT.get(source)}"
    if LINE.index(target) > LINE.index(source):
        return f"{way} ({valid})"
    last = valid if source in NEXT else f"{source} is the last environment"
    return f"{way} (backward or invalid promotion not allowed, {last})"


CASES: dict[str, tuple[str, ExitCode, str]] = {
    "unknown version": (
        "version-unknown",
        ExitCode.VERSION_MISSING,
        "Release it first: shipway release 9.0.0",
    ),
    "not verified before": (
        "not-verified",
        ExitCode.TRANSITION,
        "Promote it there first: shipway promote 2.0.0 --from dev --to staging",
    ),
    "other bytes": (
        "digest-differs",
        ExitCode.TRANSITION,
        "Release the changed files as a version of their own: shipway release patch",
    ),
    "tag elsewhere": (
        "environment-tag-elsewhere",
        ExitCode.TAG_EXISTS,
        "Find out who set it; if it is wrong: git push --delete origin v2.0.0-uat",
    ),
    "locked": ("locked", ExitCode.LOCKED, "Ask them, or: shipway unlock uat --reason '…' --force"),
    "claimed": (
        "promotion-under-way",
        ExitCode.LOCKED,
        "Look how far they are, then try again: shipway status --env uat",
    ),
    "held": (
        "held",
        ExitCode.TRANSITION,
        "When its cause is mended: shipway promote 2.0.0 --from staging --to uat --lift-hold --reason '…'",
    ),
    "lower": (
        "version-lower",
        ExitCode.TRANSITION,
        "Go back by: shipway rollback uat --to 2.0.0 --reason '…'",
    ),
    "lower, and never there": (
        "version-lower",
        ExitCode.TRANSITION,
        "Release what you want there as a higher version: shipway release patch",
    ),
    "from nowhere": (
        "transition-invalid",
        ExitCode.TRANSITION,
        "Promote it to the next one: shipway promote 2.0.0 --from staging --to uat",
    ),
    "stranger": (
        "not-authorised",
        ExitCode.NOT_AUTHORISED,
        "carol or someone in the team octo-org/release can run: shipway promote 2.0.0 --from staging --to uat",
    ),
    "same person": (
        "same-person",
        ExitCode.NOT_AUTHORISED,
        "Anybody else who may promote can run: shipway promote 2.0.0 --from staging --to uat",
    ),
}


STOOD_THERE = {"lower": ("2.0.0", "2.1.0"), "lower, and never there": ("2.1.0",)}
"""Case → versions that were verified in uat."""


def scene_of(case: str) -> tuple[Scene, dict[str, Any]]:
    """The scene in which exactly one policy is against it, and what is asked there."""
    authorize = {
        "stranger": AuthorizePolicy(users=("carol",), teams=("octo-org/release",)),
        "same person": AuthorizePolicy(separation_of_duties=True),
    }.get(case, AuthorizePolicy())
    scene = Scene(policy_of(uat=EnvironmentPolicy(deploy=DEPLOYED, authorize=authorize)))
    asked: dict[str, Any] = {"version": "2.0.0", "source": "staging", "target": "uat"}
    scene.verified("2.0.0", "dev", *(() if case == "not verified before" else ("staging",)))
    for version in STOOD_THERE.get(case, ()):
        scene.verified(version, "uat")
    match case:
        case "unknown version":
            asked["version"] = "9.0.0"
        case "other bytes":
            scene.digests["2.0.0"] = "files:feed"
        case "tag elsewhere":
            scene.facts = scene.facts.having(environment_tags={"v2.0.0-uat": "f" * 40})
        case "locked":
            scene.record("locked", actor="bob", environment="uat", reason="incident 7")
        case "claimed":
            scene.record(
                "promotion-started",
                actor="bob",
                version="1.9.0",
                environment="uat",
                id="x",
                holder="run:2",
                until="2026-11-21T12:30:00Z",
            )
        case "held":
            held = {"to": "1.0.0", "reason": "it lost orders", "id": "r", "holder": "run:3"}
            scene.record(
                "rollback-started",
                version="2.0.0",
                environment="uat",
                until="2026-11-21T11:00:00Z",
                **{"from": "2.0.0"},
                **held,
            )
        case "from nowhere":
            asked["source"] = ""
        case "same person":
            asked["login"] = "bob"
    return scene, asked


@pytest.mark.requirement("PRO-1", "PRO-2", "LOCK-1", "AUTH-1", "AUTH-2", "FAIL-4")
@pytest.mark.parametrize("case", CASES)
def test_what_is_refused_says_what_would_lift_it(case: str) -> None:
    scene, asked = scene_of(case)
    reason, code, advice = CASES[case]

    rest = scene.promote(**asked)

    assert isinstance(rest, Refusal)
    assert (rest.reason_code, rest.exit_code, rest.next_step) == (reason, code, advice)
    assert not [name for name in scene.facts.environment_tags if name == "latest-uat"]
    assert not scene.facts.deployments


@pytest.mark.requirement("PRO-1", "PRO-2")
@pytest.mark.parametrize("join", ["all", "any"])
@pytest.mark.parametrize("held_by", [(), ("qa",), ("perf",), ("qa", "perf")])
def test_several_environments_before_one(join: Any, held_by: tuple[str, ...]) -> None:
    plain = EnvironmentPolicy(deploy=DEPLOYED)
    live = EnvironmentPolicy(deploy=DEPLOYED, after=("qa", "perf"), join=join)
    scene = Scene(Policy(environments={"qa": plain, "perf": plain, "live": live}))
    scene.verified("1.0.0", *held_by)

    rest = scene.promote("1.0.0", "qa", "live")

    enough = len(held_by) == 2 if join == "all" else "qa" in held_by
    assert isinstance(rest, Done) is enough


@pytest.mark.requirement("PRO-1", "FAIL-4")
def test_where_any_is_enough_the_one_that_is_named_has_to_hold_it() -> None:
    plain = EnvironmentPolicy(deploy=DEPLOYED)
    live = EnvironmentPolicy(deploy=DEPLOYED, after=("qa", "perf"), join="any")
    scene = Scene(Policy(environments={"qa": plain, "perf": plain, "live": live}))
    scene.verified("1.0.0", "perf")

    rest = scene.promote("1.0.0", "qa", "live")

    assert isinstance(rest, Refusal)
    assert rest.message == "1.0.0 cannot go to live: 1.0.0 is not verified in qa, but in perf."
    assert rest.next_step == "Bring it in from there: shipway promote 1.0.0 --from perf --to live"
    assert isinstance(scene.promote("1.0.0", "perf", "live"), Done)


@pytest.mark.requirement("PRO-1")
@pytest.mark.parametrize("waited", [0, 59, 60, 600])
def test_soak_time_counts_from_the_verification_before(waited: int) -> None:
    scene = Scene(policy_of(uat=EnvironmentPolicy(deploy=DEPLOYED, soak="1h")))
    scene.verified("1.0.0", "dev", "staging")
    scene.wait(timedelta(minutes=waited))

    rest = scene.promote("1.0.0", "staging", "uat")

    if waited >= 60:
        assert rest == Done("1.0.0 is in uat")
    else:
        assert isinstance(rest, Wait)
        assert (rest.reason_code, rest.who) == ("soaking", "time")


@pytest.mark.requirement("PRO-1")
def test_verification_that_was_taken_back_does_not_count() -> None:
    scene = Scene(policy_of())
    scene.verified("1.0.0", "dev", "staging")
    scene.record("verification-failed", version="1.0.0", environment="staging", id="")

    rest = scene.promote("1.0.0", "staging", "uat")

    assert isinstance(rest, Refusal)
    assert rest.reason_code == "not-verified"


@pytest.mark.requirement("PRO-1")
def test_all_policies_answer_and_the_first_that_fails_names_the_refusal() -> None:
    scene = Scene(policy_of())
    scene.record("locked", actor="bob", environment="uat", reason="incident 7")

    rest = scene.promote("9.0.0", "dev", "uat")

    assert isinstance(rest, Refusal)
    assert rest.reason_code == "transition-invalid"
    failed = [verdict.gate for verdict in rest.verdicts if verdict.ruling is Ruling.FAIL]
    assert failed == ["order", "version", "verified", "lock"]
    asked = [verdict.gate for verdict in rest.verdicts]
    assert asked == [gate for gate in EXIT_CODES if gate in asked]
    assert {*EXIT_CODES} - {*asked} == {
        *("trial", "pull-request", "head"),
        *("signature", "separation", "authorship", "last-push", "protection", "soak", "approval"),
    }


@pytest.mark.requirement("PRO-1", "AUTH-1")
def test_what_was_never_verified_is_said_before_who_may_not() -> None:
    scene = Scene(policy_of(uat=EnvironmentPolicy(authorize=AuthorizePolicy(users=("carol",)))))

    rest = scene.promote("1.0.0", "staging", "uat")

    assert isinstance(rest, Refusal)
    failed = [verdict.gate for verdict in rest.verdicts if verdict.ruling is Ruling.FAIL]
    assert (failed, rest.exit_code) == (["verified", "authority"], ExitCode.TRANSITION)


VERSIONS = st.sampled_from(["1.0.0", "1.1.0", "2.0.0"])
PLACES = st.sampled_from(["", *LINE])
MOVES = st.tuples(VERSIONS, PLACES, PLACES.filter(bool), st.sampled_from(["alice", "bob"]))


@pytest.mark.requirement("PRO-1", "PRO-2")
@settings(max_examples=300, deadline=None)
@given(st.lists(MOVES, max_size=12), st.data())
def test_no_way_into_an_environment_without_every_earlier_one(moves: list[Any], data: st.DataObject) -> None:
    """Whatever is asked in whatever order: what stands in an environment was verified before, as the same bytes."""
    scene = Scene(policy_of())
    held: dict[str, dict[str, set[str]]] = {name: {} for name in LINE}
    for version, source, target, login in moves:
        if data.draw(st.booleans()):
            scene.digests[version] = f"files:{data.draw(st.integers(0, 1))}"
        rest = scene.promote(version, source, target, login)
        if not isinstance(rest, Done):
            continue
        held[target].setdefault(version, set()).add(scene.digest(version))
        before = LINE[LINE.index(target) - 1] if target != LINE[0] else ""
        assert not before or scene.digest(version) in held[before].get(version, set())


@pytest.mark.requirement("LOCK-1")
@given(st.lists(MOVES, max_size=8), st.sampled_from(LINE))
def test_nothing_comes_into_a_locked_environment(moves: list[Any], locked: str) -> None:
    scene = Scene(policy_of())
    scene.record("locked", actor="carol", environment=locked, reason="freeze")

    for version, source, target, login in moves:
        scene.promote(version, source, target, login)

    assert not scene.facts.ledger.standing(locked).verified
    assert not [one for one in scene.facts.deployments if one.environment == locked]
