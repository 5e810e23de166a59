"""What goes past a rule is allowed by the rules of the very environment, and never by those of another."""

from itertools import product
from typing import Any

import pytest

from shipway.domain.delivery.overriding import overrides_recorded, standing_overrides
from shipway.domain.delivery.steps import Record
from shipway.domain.override import asked_overrides, bound
from shipway.domain.policy import Action, AuthorityRule, AuthorizePolicy, EnvironmentPolicy
from shipway.domain.resting import Done, Refusal
from unit.delivery.scene import DEPLOYED, NOON, Scene, policy_of

ALICE = AuthorityRule(users=("alice",))
NOBODY = AuthorityRule(users=("bob",))
LIFTED: dict[str, Any] = {"lift_hold": True, "reason": "mended"}


def ruled(**actions: AuthorityRule) -> EnvironmentPolicy:
    """An environment with a rule of its own for each of these actions."""
    names: dict[str, Action] = {"promote": "promote", "lift_hold": "lift-hold", "override": "override"}
    rules = {names[name]: rule for name, rule in actions.items()}
    return EnvironmentPolicy(deploy=DEPLOYED, authorize=AuthorizePolicy(actions=rules))


@pytest.mark.requirement("AUTH-1")
@pytest.mark.parametrize(("promote", "lift", "held", "lifting"), list(product((True, False), repeat=4)))
def test_who_lifts_a_hold_has_to_be_allowed_to_promote_too(
    promote: bool, lift: bool, held: bool, lifting: bool
) -> None:
    rules = {True: ALICE, False: NOBODY}
    scene = Scene(policy_of(uat=ruled(promote=rules[promote], lift_hold=rules[lift])))
    scene.verified("2.0.0", "dev", "staging")
    if held:
        detail = {"from": "2.0.0", "to": "1.0.0", "reason": "slow", "id": "r", "holder": "run:3"}
        scene.record(
            "rollback-started", version="2.0.0", environment="uat", until="2026-11-21T11:00:00Z", **detail
        )

    rest = scene.promote("2.0.0", "staging", "uat", **(LIFTED if lifting else {}))

    if promote and (lift if lifting else not held):
        assert isinstance(rest, Done)
    else:
        assert isinstance(rest, Refusal)
        assert rest.reason_code == ("held" if held and not lifting else "not-authorised")


@pytest.mark.requirement("AUTH-1", "FAIL-4")
def test_who_may_lift_it_is_told_the_whole_command() -> None:
    scene = Scene(policy_of(uat=ruled(lift_hold=NOBODY)))
    scene.verified("2.0.0", "dev", "staging")

    rest = scene.promote("2.0.0", "staging", "uat", **LIFTED)

    assert isinstance(rest, Refusal)
    assert rest.next_step == (
        "bob can run: shipway promote 2.0.0 --from staging --to uat --lift-hold --reason '…'"
    )


@pytest.mark.requirement("GATE-5", "AUTH-1")
@pytest.mark.parametrize("given", ["", "staging", "uat"])
@pytest.mark.parametrize("own_rule", [True, False])
@pytest.mark.parametrize("wanted", ["", "staging", "uat"])
def test_an_override_counts_where_who_gave_it_was_asked_whether_they_may(
    given: str, own_rule: bool, wanted: str
) -> None:
    """One that was given with the release counts in environments too, where nobody else is named for that."""
    scene = Scene(policy_of(uat=ruled(override=ALICE) if own_rule else EnvironmentPolicy(deploy=DEPLOYED)))
    asked = asked_overrides(["smoke"], "the probe is down", "4h", known=["smoke"], now=NOON)
    facts = scene.seen(scene.command("2.0.0", "dev", "staging"), role="maintain")
    record = overrides_recorded(facts, bound(asked, "2.0.0", "alice", given), given, scene.policy, NOON)
    assert isinstance(record, Record)
    facts = record.foreseen(facts)

    counting = standing_overrides(facts, "2.0.0", wanted, scene.policy, NOON)

    general = given == "" and not (wanted == "uat" and own_rule)
    assert bool(counting) is (given == wanted or general)


@pytest.mark.requirement("GATE-5", "AUTH-1")
def test_one_for_an_environment_with_a_rule_of_its_own_is_asked_for_there() -> None:
    scene = Scene(policy_of(uat=ruled(override=NOBODY)))
    asked = asked_overrides(["smoke"], "the probe is down", "4h", known=["smoke"], now=NOON)
    facts = scene.seen(scene.command("2.0.0", "staging", "uat"), role="maintain")
    given = overrides_recorded(
        facts, bound(asked, "2.0.0", "alice", "staging"), "staging", scene.policy, NOON
    )
    assert isinstance(given, Record)

    rest = overrides_recorded(
        given.foreseen(facts), bound(asked, "2.0.0", "alice", "uat"), "uat", scene.policy, NOON
    )

    assert isinstance(rest, Refusal)
    assert rest.message == "Gate smoke is not overridden: alice may not override in uat; bob may."
