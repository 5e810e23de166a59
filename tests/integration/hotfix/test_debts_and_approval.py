"""Who lets a hotfix in, and what it owes until it is paid."""

from datetime import timedelta

import pytest

from integration.hotfix.hotfixes import (
    CONFIGURATION,
    begin,
    fix,
    hotfix,
    let_in,
    on_main,
    there,
    with_a_writer,
)
from integration.release.refusals import said
from integration.release.world import NOON, World
from shipway.domain.debts import overdue_warnings
from shipway.domain.outcome import Decision
from shipway.twin import admin


def configured(world: World, hotfixes: str) -> None:
    """Other settings of hotfixes."""
    before, _, _ = CONFIGURATION.partition("hotfix:")
    on_main(world, "chore: configure", {".github/shipway.yml": f"{before}hotfix: {hotfixes}\n"})


@pytest.mark.requirement("HOT-2")
def test_a_gate_that_fails_afterwards_stays_owed(world: World) -> None:
    begin(world)
    fix(world, {"e2e-fails": "yes"})
    waiting = let_in(world)

    assert (waiting.decision, waiting.reason_code) == (Decision.WAITING, "debts-open")
    assert waiting.message == (
        "Hotfix 1.0.1 is out. What it owes is to be done by 2026-11-22T12:00:00Z: "
        "gate e2e (the command failed with exit code 1)."
    )
    assert waiting.next_step == "Waiting for whoever pays them. Then run again: shipway hotfix 1.0.1"
    head = there(world, "shipway-ledger", "head.json")
    assert '"debts": {\n    "1.0.1": {\n      "e2e": "2026-11-22T12:00:00Z"\n    }\n  }' in head

    paid = hotfix(world, override=("e2e",), reason="probe is down", expires="4h")
    assert paid.decision is Decision.DONE
    assert "debts" not in there(world, "shipway-ledger", "head.json")


@pytest.mark.requirement("HOT-2")
def test_what_is_overdue_is_said() -> None:
    debts = {"1.0.1": {"e2e": "2026-11-21T12:00:00Z", "backport": "2026-11-21T12:00:00Z"}}
    late = (NOON + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert overdue_warnings(debts, "2026-11-21T12:00:00Z") == ()
    assert overdue_warnings(debts, late) == (
        "Hotfix 1.0.1 owes backport, e2e for longer than it may: shipway hotfix 1.0.1",
    )


@pytest.mark.requirement("HOT-1", "APR-1")
def test_only_an_emergency_approver_lets_it_in(world: World) -> None:
    with_a_writer(world)
    begin(world)
    fix(world)
    hotfix(world)
    world.approve(login="writer")
    waiting = hotfix(world)

    assert waiting.reason_code == "emergency-approval-missing"
    assert waiting.message == (
        "Pull request #1: an emergency approver has to approve its newest commit; writer may not, or cannot be "
        "known to."
    )
    world.approve()
    assert hotfix(world).decision is Decision.DONE


@pytest.mark.requirement("HOT-1", "APR-1")
def test_by_role(world: World) -> None:
    configured(world, "{approvers: {roles: [maintain]}}")
    begin(world)
    fix(world)
    assert let_in(world).reason_code == "emergency-approval-missing"
    with world.twin.world.locked():
        admin.add_collaborator(world.twin.world, "octo-org/hello", "reviewer", "maintain")
    assert hotfix(world).decision is Decision.DONE


@pytest.mark.requirement("HOT-1")
def test_nobody_where_the_configuration_says_so(world: World) -> None:
    configured(world, "{auto-approve: true}")
    begin(world)
    fix(world)

    assert hotfix(world).decision is Decision.DONE
    log = there(world, "shipway-ledger", "docs/audit/releases.log").splitlines()
    assert "auto_approve=True" in log[0]


@pytest.mark.requirement("HOT-1")
@pytest.mark.parametrize(
    ("approvers", "code", "summary"),
    [
        ("{auto-approve: true}", "auto-approved", "let in by configuration: hotfix.auto-approve"),
        ("{approvers: {users: [reviewer]}}", "emergency-approved", "let in by reviewer"),
    ],
)
def test_who_let_it_in_is_said_while_it_waits_for_others(
    world: World, approvers: str, code: str, summary: str
) -> None:
    configured(world, approvers)
    demands = dict.fromkeys(
        (
            "dismiss_stale_reviews_on_push",
            "require_code_owner_review",
            "require_last_push_approval",
            "required_review_thread_resolution",
        ),
        False,
    )
    rule = {"type": "pull_request", "parameters": {**demands, "required_approving_review_count": 2}}
    covers = {"ref_name": {"include": ["refs/heads/1.0.x"], "exclude": []}}
    settings = {"name": "line", "target": "branch", "enforcement": "active", "conditions": covers}
    world.request("POST", "/rulesets", {**settings, "rules": [rule]})
    begin(world)
    fix(world)
    waiting = let_in(world)

    assert waiting.reason_code == "approvals-missing"
    found = {row["gate"]: (row["reason_code"], row["summary"]) for row in waiting.verdicts}
    assert found["emergency"] == (code, summary)


REFUSED = {
    "base-unknown": (
        ("auto", "v1.0"),
        "'v1.0' is not the tag of a release.",
        "Name the release that is to be repaired: --base v1.0.0",
    ),
    "base-missing": (
        ("1.0.1", ""),
        "It is not clear which release hotfix 1.0.1 repairs.",
        "Name its tag: shipway hotfix 1.0.1 --base v2.4.0",
    ),
    "version-exists": (
        ("1.0.0", "v1.0.0"),
        "Version 1.0.0 is already tagged.",
        "Choose the next one, for example: shipway hotfix 1.0.1 --base v1.0.0",
    ),
    "version-not-higher": (
        ("0.9.9", "v1.0.0"),
        "Version 0.9.9 is not above 1.0.0, which it is to repair.",
        "Choose a higher one, for example: shipway hotfix 1.0.1 --base v1.0.0",
    ),
    "outside-line": (
        ("1.1.0", "v1.0.0"),
        "Version 1.1.0 is no patch of 1.0.0; a hotfix brings a repair and nothing else.",
        "Choose a version of 1.0.x, for example: shipway hotfix 1.0.1 --base v1.0.0",
    ),
    "hotfix-level": (
        ("minor", "v1.0.0"),
        "A hotfix cannot be minor: it is a patch of the version that it repairs.",
        "Name the version, or let Shipway take the next patch: shipway hotfix auto --base v2.4.0",
    ),
}


@pytest.mark.requirement("HOT-1", "REL-1")
def test_what_cannot_be_is_refused_before_anything_is_written(world: World) -> None:
    refs = world.git("ls-remote", "origin")
    for code, ((version, base), message, next_step) in REFUSED.items():
        found = said(lambda v=version, b=base: hotfix(world, v, base=b))
        assert (found.code, found.message, found.next_step) == (code, message, next_step)
    assert world.git("ls-remote", "origin") == refs


@pytest.mark.requirement("HOT-1", "REL-1", "REL-3")
def test_what_stands_in_the_way_is_named(world: World) -> None:
    to_main = said(lambda: hotfix(world, base="v1.0.0", target="main"))
    assert (to_main.code, to_main.message) == (
        "line-ahead",
        "Branch main holds 2 commits that v1.0.0 does not have; the hotfix would release that too.",
    )
    begin(world)
    second = said(lambda: hotfix(world, "1.0.2", base="v1.0.0"))
    assert (second.code, second.message) == ("hotfix-under-way", "Hotfix 1.0.1 of 1.0.x is under way.")
    assert said(lambda: world.release("1.0.1")).code == "is-hotfix"
    fix(world)
    world.git("switch", "--quiet", "main")
    head = world.git("rev-parse", "hotfix/1.0.1")[:10]
    elsewhere = hotfix(world)
    assert (elsewhere.decision, elsewhere.reason_code) == (Decision.WAITING, "clone-elsewhere")
    assert elsewhere.message == (
        f"The clone does not stand at {head}, so gates and deploy commands would see other files than those of "
        "hotfix 1.0.1."
    )
    assert elsewhere.next_step == (
        f"Waiting for whoever goes there: git fetch origin && git switch --detach {head}. "
        "Then run again: shipway hotfix 1.0.1"
    )
    assert "RunGates" not in world.moves
    assert hotfix(world, moves_clone=True).reason_code == "emergency-approval-missing"
    assert world.git("show", "HEAD:fix.txt") == "fix: do not crash"


@pytest.mark.requirement("HOT-1", "REL-1")
def test_a_base_that_a_newer_patch_replaced(world: World) -> None:
    world.git("tag", "v1.0.5", "main")
    world.git("push", "--quiet", "origin", "v1.0.5")
    found = said(lambda: hotfix(world, "1.0.6", base="v1.0.0"))
    assert (found.code, found.message, found.next_step) == (
        "base-outdated",
        "v1.0.0 is not the newest of 1.0.x: v1.0.5 came after it, and the hotfix would lack what it repaired.",
        "Start from the newest: shipway hotfix auto --base v1.0.5",
    )


@pytest.mark.requirement("HOT-1", "REL-1")
def test_a_version_that_an_ordinary_release_has(world: World) -> None:
    world.release("1.0.1")
    found = said(lambda: hotfix(world, base="v1.0.0"))
    assert (found.code, found.message) == ("version-under-way", "1.0.1 is under way as an ordinary release.")
    assert hotfix(world, "auto", base="v1.0.0").version == "1.0.2"
