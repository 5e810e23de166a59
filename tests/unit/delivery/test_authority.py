"""Who may do what where: every kind of rule against every role, and what GitHub would not say never lets in."""

from dataclasses import replace
from itertools import product
from typing import get_args

import pytest

from shipway.domain.authority import DEFAULT_ROLE, ROLES, Asker, authority_verdict, teams_named
from shipway.domain.policy import (
    Action,
    AuthorityRule,
    AuthorizePolicy,
    EnvironmentPolicy,
    Policy,
    Role,
)
from shipway.domain.verdict import Ruling

ACTIONS: tuple[Action, ...] = get_args(Action)
HELD: dict[str, str | None] = {**{role: role for role in ROLES}, "none": "", "unreadable": None}
TEAMS: dict[str, frozenset[str] | None] = {
    "in it": frozenset({"octo-org/release"}),
    "in another": frozenset({"octo-org/docs"}),
    "in none": frozenset(),
    "unreadable": None,
}
RULES: dict[str, AuthorityRule | None] = {
    "nobody named": None,
    "user": AuthorityRule(users=("Alice",)),
    "another user": AuthorityRule(users=("bob",)),
    "team": AuthorityRule(teams=("octo-org/Release",)),
    "user or team": AuthorityRule(users=("bob",), teams=("octo-org/release",)),
    "role": AuthorityRule(roles=("maintain",)),
    "role or team": AuthorityRule(roles=("maintain",), teams=("octo-org/release",)),
    "nobody at all": AuthorityRule(),
}

pytestmark = pytest.mark.requirement("AUTH-1")


def policy_of(action: Action, rule: AuthorityRule | None, **settings: bool) -> Policy:
    actions = {action: rule} if rule else {}
    return Policy(
        environments={"staging": EnvironmentPolicy(authorize=AuthorizePolicy(actions=actions, **settings))}
    )


def reaches(held: str | None, needed: str) -> bool:
    return held in ROLES and ROLES.index(held) >= ROLES.index(needed)


@pytest.mark.parametrize(("action", "rule"), list(product(ACTIONS, RULES)))
def test_the_decision_table(action: Action, rule: str) -> None:
    """Being named in one way is enough; what is unreadable counts only where it would matter, and never as yes."""
    named = RULES[rule] or AuthorityRule(roles=(DEFAULT_ROLE.get(action, "write"),))
    for held, team in product(HELD, TEAMS):
        asker = Asker("alice", HELD[held], TEAMS[team])
        verdict = authority_verdict(asker, action, "staging", policy_of(action, RULES[rule]))
        ground = (
            "Alice" in named.users
            or (bool(named.teams) and team == "in it")
            or any(reaches(HELD[held], role) for role in named.roles)
        )
        doubt = (bool(named.teams) and team == "unreadable") or (bool(named.roles) and held == "unreadable")
        expected = Ruling.PASS if ground else Ruling.INCONCLUSIVE if doubt else Ruling.FAIL
        assert verdict.ruling is expected, (held, team)
        assert bool(verdict.who) != ground


@pytest.mark.parametrize(
    ("action", "needed"),
    [
        (action, "maintain" if action in {"override", "unlock-by-force", "lift-hold"} else "write")
        for action in ACTIONS
    ],
)
def test_the_roles_where_nobody_is_named(action: Action, needed: Role) -> None:
    allowed = [
        role for role in ROLES if authority_verdict(Asker("alice", role), action, "staging", Policy()).passed
    ]
    assert allowed == list(ROLES[ROLES.index(needed) :])


@pytest.mark.parametrize("action", ACTIONS)
def test_whom_an_environment_names_may_do_what_is_ordinary_there(action: Action) -> None:
    """What goes past a rule needs its own rule, or the higher role."""
    policy = Policy(environments={"staging": EnvironmentPolicy(authorize=AuthorizePolicy(users=("alice",)))})
    ordinary = action not in DEFAULT_ROLE
    assert authority_verdict(Asker("alice", "read"), action, "staging", policy).passed == ordinary
    assert authority_verdict(Asker("bob", "admin"), action, "staging", policy).passed != ordinary
    assert authority_verdict(Asker("bob", "admin"), action, "dev", policy).passed


def test_a_refusal_names_all_that_would_suffice() -> None:
    rule = AuthorityRule(users=("bob",), teams=("octo-org/release",), roles=("admin",))
    verdict = authority_verdict(
        Asker("alice", "write", frozenset()), "promote", "staging", policy_of("promote", rule)
    )
    enough = "bob or someone in the team octo-org/release or someone with the role admin"
    assert (verdict.who, verdict.summary) == (enough, f"alice may not promote in staging; {enough} may")
    unread = authority_verdict(
        Asker("alice", "write", None), "promote", "staging", policy_of("promote", rule)
    )
    assert (unread.reason_code, unread.summary) == (
        "teams-unreadable",
        f"whether alice is in octo-org/release cannot be read with this token; {enough} may promote in staging",
    )
    hidden = authority_verdict(Asker("alice", None), "lock", "staging", Policy())
    assert (hidden.reason_code, hidden.summary) == (
        "role-unreadable",
        "the role of alice cannot be read with this token; someone with the role write may lock in staging",
    )


@pytest.mark.parametrize(
    ("action", "counted", "approved_by"),
    list(product(ACTIONS, (False, True), ((), ("carol",), ("Alice",), ("alice", "carol")))),
)
def test_what_an_approval_on_github_is_good_for(
    action: Action, counted: bool, approved_by: tuple[str, ...]
) -> None:
    """Only where it is configured, only to bring something in, and never one's own."""
    asker = replace(Asker("alice", "read", frozenset()), approvals={"staging": approved_by, "dev": ("dave",)})
    policy = policy_of(action, AuthorityRule(users=("bob",)), approvals=counted)
    verdict = authority_verdict(asker, action, "staging", policy)
    good = counted and action in {"promote", "rollback"} and "carol" in approved_by
    assert verdict.passed == good
    if good:
        said = {"promote": "promote", "rollback": "roll back"}[action]
        assert verdict.summary == f"alice may {said} in staging: approved on GitHub by carol"


def test_the_teams_to_ask_about_are_those_that_rules_name() -> None:
    rules = AuthorizePolicy(
        teams=("octo-org/a",),
        actions={
            "lock": AuthorityRule(teams=("octo-org/b", "octo-org/a")),
            "promote": AuthorityRule(users=("x",)),
        },
    )
    policy = Policy(environments={"dev": EnvironmentPolicy(), "staging": EnvironmentPolicy(authorize=rules)})
    assert teams_named(policy, ("dev", "staging", "gone")) == ("octo-org/a", "octo-org/b")
    assert teams_named(policy, ("dev",)) == ()
