"""What a command means that leaves out its version or its environment, read off how the environments stand."""

from dataclasses import replace
from typing import Any

import pytest

from shipway.domain.commands import typed
from shipway.domain.commenting.heard import Pull
from shipway.domain.commenting.subject import Places, open_version, version_meant
from shipway.domain.delivery.order import Pipeline
from shipway.domain.facts import Deployment, DeploymentState
from shipway.domain.policy import Policy
from shipway.domain.standing import Claim, Question, Standing, Verified
from shipway.domain.version import TagFormat

pytestmark = pytest.mark.requirement("FACE-1")

AT = "2026-11-21T12:00:00Z"
LINE = Pipeline({"dev": (), "staging": ("dev",), "production": ("staging",)})
TAGS = {"v1.9.0": "9" * 40, "v1.10.0": "a" * 40, "docs": "d" * 40}
PULL = Pull(
    node_id="PR_7", number=7, url="u", state="OPEN", draft=False, head="f" * 40, branch="topic", fork=False
)


def verified(*versions: str) -> tuple[Verified, ...]:
    return tuple(Verified(one, "c", "", AT, "bob", 1) for one in versions)


def deployed(environment: str, version: str) -> Deployment:
    return Deployment(1, "D", environment, "c", DeploymentState.FAILURE, version=version)


def places(*deployments: Deployment, **standings: Standing) -> Places:
    return Places(LINE, standings, deployments, tuple(TAGS), TagFormat("v{version}"))


CLAIM = Claim("p1", "1.10.0", "alice", "run:1", AT, AT)
QUESTION = Question("1.9.0", "c", "alice", AT, AT)


@pytest.mark.parametrize(
    ("given", "retried", "asked"),
    [
        pytest.param(places(), "", "1.10.0", id="nothing at all: the highest version, by number"),
        pytest.param(
            places(staging=Standing(verified=verified("1.9.0"))), "", "1.9.0", id="what stands before it"
        ),
        pytest.param(
            places(production=Standing(claim=CLAIM, question=QUESTION)),
            "1.9.0",
            "1.9.0",
            id="a question first",
        ),
        pytest.param(
            places(production=Standing(claim=CLAIM)), "1.10.0", "1.10.0", id="then what is under way"
        ),
        pytest.param(
            places(deployed("production", "1.9.0")), "1.9.0", "1.9.0", id="then what was tried last"
        ),
        pytest.param(
            places(deployed("production", "1.9.0"), production=Standing(verified=verified("1.9.0"))),
            "",
            "1.10.0",
            id="but not what was found good",
        ),
        pytest.param(places(deployed("dev", "1.9.0")), "", "1.10.0", id="nor what was tried elsewhere"),
    ],
)
def test_which_version_is_open_in_an_environment(given: Places, retried: str, asked: str) -> None:
    assert open_version(typed.Retry(environment="production"), given) == retried
    assert open_version(typed.Why(environment="production"), given) == asked


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ([], "dev"),
        (["dev"], "staging"),
        (["staging"], "dev"),
        (["dev", "staging", "production"], "production"),
    ],
)
def test_a_plan_is_for_the_first_environment_that_lacks_the_version(held: list[str], expected: str) -> None:
    given: dict[str, Any] = {name: Standing(verified=verified("1.9.0", "1.10.0")) for name in held}
    assert places(**given).lacking("1.9.0") == expected


@pytest.mark.parametrize(
    ("ref", "branch", "expected"),
    [
        ("1.9.0", "topic", ("1.9.0", "1.9.0")),
        ("v1.9.0", "topic", ("v1.9.0", "1.9.0")),
        ("a" * 40, "topic", ("a" * 40, "1.10.0")),
        ("d" * 40, "topic", ("d" * 40, "")),
        ("main", "topic", ("main", "")),
        ("", "topic", ("f" * 40, "")),
        ("", "release/1.10.0", ("1.10.0", "1.10.0")),
    ],
)
def test_which_version_is_to_be_deployed(ref: str, branch: str, expected: tuple[str, str]) -> None:
    assert version_meant(ref, replace(PULL, branch=branch), Policy(), TAGS) == expected
