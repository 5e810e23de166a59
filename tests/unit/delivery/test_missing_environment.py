"""An environment that GitHub would make open to everything is not made by a promotion."""

import pytest

from shipway.domain.delivery.policies import LISTED
from shipway.domain.policy import EnvironmentPolicy, ProtectionPolicy
from shipway.domain.resting import Done, Refusal
from shipway.errors import ExitCode
from unit.delivery.scene import DEPLOYED, Scene, policy_of

pytestmark = pytest.mark.requirement("PRO-1", "AUTH-1")

PROTECTED = {
    "reviewers": ProtectionPolicy(reviewers=("octocat",)),
    "timer": ProtectionPolicy(wait_timer="30m"),
    "branches": ProtectionPolicy(branches=("main",)),
    "only protected branches": ProtectionPolicy(branches=("protected",)),
    "rules": ProtectionPolicy(rules=("safety-net",)),
    "administrators": ProtectionPolicy(admins_bypass=False),
}
OPEN = {
    "nothing": ProtectionPolicy(),
    "none of it": ProtectionPolicy(
        reviewers=(), wait_timer="0m", admins_bypass=True, branches=("all",), rules=()
    ),
}
MANY = tuple(f"preview-{number}" for number in range(LISTED))


def scene(protection: ProtectionPolicy, *there: str) -> Scene:
    """An environment that is to be protected, and what GitHub has."""
    made = Scene(policy_of(("dev",), dev=EnvironmentPolicy(deploy=DEPLOYED, protection=protection)))
    made.facts = made.facts.having(environments=there)
    return made


@pytest.mark.parametrize("protection", PROTECTED.values(), ids=PROTECTED)
def test_a_protected_one_that_is_missing_is_not_made(protection: ProtectionPolicy) -> None:
    rest = scene(protection, "staging").promote("1.0.0", "", "dev")

    assert isinstance(rest, Refusal)
    assert (rest.reason_code, rest.exit_code) == ("environment-missing", ExitCode.TRANSITION)
    assert rest.message == (
        "1.0.0 cannot go to dev: GitHub has no environment dev, and would make it without the protection "
        "that is configured."
    )
    assert rest.next_step == (
        "Make it as configured: shipway environments apply. Then go on: shipway promote 1.0.0 --to dev"
    )


@pytest.mark.parametrize("protection", OPEN.values(), ids=OPEN)
def test_an_open_one_is_made_by_its_first_deployment(protection: ProtectionPolicy) -> None:
    assert scene(protection).promote("1.0.0", "", "dev") == Done("1.0.0 is in dev")


@pytest.mark.parametrize(
    "there", [("dev",), ("Dev",), MANY], ids=["there", "another case", "more than are listed"]
)
def test_one_that_is_there_or_may_be_is_gone_into(there: tuple[str, ...]) -> None:
    assert scene(PROTECTED["reviewers"], *there).promote("1.0.0", "", "dev") == Done("1.0.0 is in dev")
