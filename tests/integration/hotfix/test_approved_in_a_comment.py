"""An emergency approver may say it in a comment of the hotfix's pull request."""

import pytest

from integration.hotfix.hotfixes import begin, fix, hotfix, with_a_writer
from integration.release.world import NOON, World
from shipway.bootstrap.approving import ApprovalAsked, run_approval
from shipway.bootstrap.environment import Chance, Watchers
from shipway.domain.outcome import Decision

pytestmark = pytest.mark.requirement("HOT-1", "APR-1")


def approve(world: World, login: str, head: str) -> None:
    """As `/approve` does it."""
    token = world.token_of(login)
    done = run_approval(
        ApprovalAsked(version="1.0.1", head=head, repo=world.clone),
        world.environment(GITHUB_TOKEN=token, GH_TOKEN=token),
        Watchers(),
        chance=Chance(lambda: NOON, lambda: 0.0),
    )
    assert done.decision is Decision.DONE


def head_of(world: World) -> str:
    """The newest commit of the pull request."""
    return str(world.request("GET", "/pulls/1")["head"]["sha"])


def test_only_of_an_emergency_approver_and_of_the_newest_commit(world: World) -> None:
    with_a_writer(world)
    begin(world)
    fix(world)
    hotfix(world)
    approve(world, "writer", head_of(world))
    waiting = hotfix(world)
    assert waiting.message == (
        "Pull request #1: an emergency approver has to approve its newest commit; writer may not, or cannot be "
        "known to."
    )
    approve(world, "reviewer", head_of(world))
    fix(world, {"other.txt": "more\n"}, "fix: and do not hang")
    assert hotfix(world).reason_code == "emergency-approval-missing"
    approve(world, "reviewer", head_of(world))
    assert hotfix(world).decision is Decision.DONE
