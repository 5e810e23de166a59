"""What is said of a version whose commit is signed, badly signed, or not signed."""

from typing import Literal

import pytest

from shipway.domain.delivery.command import Promotion
from shipway.domain.delivery.promotion import decide
from shipway.domain.delivery.signing import deciding, signature_verdict
from shipway.domain.delivery.steps import FORESEEN, Record
from shipway.domain.facts import Signature, Tag
from shipway.domain.policy import EnvironmentPolicy
from shipway.domain.resting import Refusal
from shipway.domain.verdict import Ruling, Verdict
from shipway.errors import ExitCode
from unit.delivery.scene import DEPLOYED, NOON, Scene, commit_of, policy_of

pytestmark = pytest.mark.requirement("PRO-6", "OCI-2")

ENFORCED = EnvironmentPolicy(deploy=DEPLOYED, signature="enforce")
COMMIT = commit_of("1.0.0")
SHORT = COMMIT[:10]
BY_ALICE = Signature("valid", "alice")


def refused(signature: Signature | None) -> Refusal:
    """What a promotion comes to where signatures are demanded."""
    scene = Scene(policy_of(("dev",), dev=ENFORCED))
    command = scene.command("1.0.0", "", "dev")
    facts = scene.seen(command).having(tag=Tag("v1.0.0", COMMIT, signature))
    recorded = decide(facts, command, scene.policy, NOON)
    assert isinstance(recorded, Record)
    assert recorded.refused
    return recorded.refused


@pytest.mark.parametrize(
    ("signature", "reason", "why"),
    [
        (Signature("unsigned"), "unsigned", f"commit {SHORT} is not signed"),
        (
            Signature("unknown_key"),
            "signature-invalid",
            f"the signature of commit {SHORT} is not valid, as GitHub finds: unknown_key",
        ),
        (
            Signature("invalid", "alice"),
            "signature-invalid",
            f"the signature of commit {SHORT} is not valid, as GitHub finds: invalid",
        ),
    ],
)
def test_what_is_not_validly_signed_is_refused_where_that_is_demanded(
    signature: Signature, reason: str, why: str
) -> None:
    rest = refused(signature)

    assert (rest.reason_code, rest.exit_code) == (reason, ExitCode.SIGNATURE)
    assert rest.message == f"1.0.0 cannot go to dev: {why}."
    assert rest.next_step == (
        "Release a commit that GitHub finds signed, such as one that it merged itself, "
        "or let it in unsigned: `signature: warn`."
    )


def test_what_was_not_asked_for_is_asked_for_in_the_next_run() -> None:
    rest = refused(None)

    assert (rest.reason_code, rest.exit_code) == ("signature-unread", ExitCode.SIGNATURE)
    assert rest.next_step == "Run it again, so that GitHub is asked: shipway promote 1.0.0 --to dev"


Mode = Literal["enforce", "warn", "off"]


def only(tag: Tag | None, signature: Mode) -> list[Verdict]:
    """The verdict of one way of looking at signatures."""
    settings = EnvironmentPolicy(deploy=DEPLOYED, signature=signature)
    return [*signature_verdict(tag, "dev", policy_of(("dev",), dev=settings))]


@pytest.mark.parametrize("mode", ["off", "warn", "enforce"])
def test_who_signed_is_shown_always(mode: Mode) -> None:
    (verdict,) = only(Tag("v1.0.0", COMMIT, BY_ALICE), mode)

    assert (verdict.passed, verdict.warning, verdict.reason_code) == (True, False, "signature-valid")
    assert verdict.summary == f"commit {SHORT} is signed by alice, as GitHub finds"


@pytest.mark.parametrize(("mode", "warning"), [("off", False), ("warn", True)])
def test_no_signature_is_shown_where_none_is_demanded(mode: Mode, *, warning: bool) -> None:
    (verdict,) = only(Tag("v1.0.0", COMMIT, Signature("unsigned")), mode)

    assert (verdict.passed, verdict.warning) == (True, warning)
    assert verdict.summary == f"commit {SHORT} is not signed; dev does not demand it"


def test_a_plan_does_not_know_who_will_sign_what_is_not_merged() -> None:
    assert [one.reason_code for one in only(Tag("v1.0.0", FORESEEN), "enforce")] == ["asked-later"]
    assert only(None, "enforce") == []


def test_a_good_signature_lets_it_go_on() -> None:
    scene = Scene(policy_of(("dev",), dev=ENFORCED))
    command: Promotion = scene.command("1.0.0", "", "dev")
    facts = scene.seen(command).having(tag=Tag("v1.0.0", COMMIT, BY_ALICE))

    assert not isinstance(decide(facts, command, scene.policy, NOON), Refusal)


@pytest.mark.parametrize("mode", ["off", "warn", "enforce"])
def test_only_what_something_follows_from_is_recorded_and_all_of_it_is_shown(
    mode: Literal["off", "warn", "enforce"],
) -> None:
    """A run that made the tag itself has not asked where nothing follows: else its ledger would be another one."""
    policy = policy_of(staging=EnvironmentPolicy(deploy=DEPLOYED, signature=mode))
    (answer,) = signature_verdict(Tag("v1.0.0", "c" * 40, Signature("valid", "GitHub")), "staging", policy)

    kept = deciding([answer, Verdict("lock", Ruling.PASS, "free", "free")], "staging", policy)

    assert [one.gate for one in kept] == (["lock"] if mode == "off" else ["signature", "lock"])
