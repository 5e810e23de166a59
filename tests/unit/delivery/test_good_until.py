"""Until when an environment stood as it was last verified, which is what numbers are compared with."""

import pytest

from shipway.domain.delivery.deploying import good_until
from shipway.domain.facts import Deployment, DeploymentState
from unit.delivery.scene import Scene, commit_of, policy_of


def deployment(number: int, version: str, state: str, environment: str = "production") -> Deployment:
    at = f"2026-11-21T{number:02}:00:00Z"
    return Deployment(
        number,
        f"D_{number}",
        environment,
        commit_of(version),
        DeploymentState(state),
        version=version,
        created_at=at,
    )


GOOD = deployment(1, "1.0.0", "success")
BAD = deployment(2, "1.1.0", "failure")
AGAIN = deployment(3, "1.1.0", "in_progress")
OTHERS = (deployment(4, "", "success"), deployment(5, "1.1.0", "success", "staging"))


@pytest.mark.requirement("PRO-9")
@pytest.mark.parametrize(
    ("verified", "deployments", "since"),
    [
        (True, (GOOD, BAD, AGAIN, *OTHERS), BAD.created_at),
        (True, (AGAIN, BAD, GOOD), BAD.created_at),
        (True, (GOOD, AGAIN), AGAIN.created_at),
        (True, (GOOD, *OTHERS), ""),
        (False, (GOOD, BAD, AGAIN), GOOD.created_at),
        (False, (), ""),
    ],
)
def test_it_stood_until_the_first_deployment_after_the_verified_one_began(
    verified: bool, deployments: tuple[Deployment, ...], since: str
) -> None:
    scene = Scene(policy_of())
    if verified:
        scene.record(
            "verified", version="1.0.0", environment="production", id="", commit="", digest="", deployment=1
        )

    assert good_until(scene.facts.having(deployments=deployments), "production") == since
