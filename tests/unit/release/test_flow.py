"""Branching models are recognised from the branches, and say where a release comes from and goes to."""

import pytest

from shipway.domain.flow import Route, recognised, route
from shipway.domain.policy import Flow, ReleasePolicy
from shipway.errors import UsageError

GIT_FLOW = ("main", "develop")


@pytest.mark.requirement("REL-5")
@pytest.mark.parametrize(
    ("branches", "default", "flow"),
    [
        (("main",), "main", "github-flow"),
        (("main", "feature/login", "fix-7"), "main", "github-flow"),
        (("main", "release/1.2.3"), "main", "github-flow"),
        (("develop",), "develop", "github-flow"),
        (GIT_FLOW, "main", "git-flow"),
        (GIT_FLOW, "develop", "git-flow"),
        (("master", "development"), "master", "git-flow"),
        (("production", "dev", "release/2.5.0"), "dev", "git-flow"),
        (("main", "release/2.4"), "main", "trunk"),
        (("trunk", "releases/2.4.x"), "trunk", "trunk"),
        (("main", "release/2024-01"), "main", "trunk"),
        (("main", "1.x", "2.4.x"), "main", "github-flow"),
    ],
)
def test_the_flow_is_recognised(branches: tuple[str, ...], default: str, flow: Flow) -> None:
    assert recognised(branches, default) == flow


@pytest.mark.requirement("REL-5")
@pytest.mark.parametrize(
    ("policy", "branches", "default", "checked_out", "asked", "expected"),
    [
        ({}, ("main",), "main", "main", ("", ""), Route("github-flow", "main", "main", True)),
        ({}, ("main", "topic"), "main", "topic", ("", ""), Route("github-flow", "main", "main", True)),
        ({}, ("main",), "main", "", ("", ""), Route("github-flow", "main", "main", True)),
        ({}, GIT_FLOW, "main", "develop", ("", ""), Route("git-flow", "develop", "main", False)),
        ({}, GIT_FLOW, "develop", "main", ("", ""), Route("git-flow", "develop", "main", False)),
        (
            {},
            (*GIT_FLOW, "hotfix/7"),
            "main",
            "develop",
            ("hotfix/7", ""),
            Route("git-flow", "hotfix/7", "main", False),
        ),
        ({}, ("main", "release/2.4"), "main", "main", ("", ""), Route("trunk", "main", "main", True)),
        ({}, ("main", "1.x"), "main", "1.x", ("", ""), Route("github-flow", "1.x", "1.x", True)),
        ({}, ("main", "topic"), "main", "main", ("topic", ""), Route("github-flow", "topic", "topic", True)),
        (
            {},
            ("main", "topic"),
            "main",
            "main",
            ("topic", "main"),
            Route("github-flow", "topic", "main", False),
        ),
        (
            {"flow": "github-flow"},
            GIT_FLOW,
            "main",
            "main",
            ("", ""),
            Route("github-flow", "main", "main", True),
        ),
        (
            {"source": "next", "target": "stable"},
            ("main", "next", "stable"),
            "main",
            "main",
            ("", ""),
            Route("github-flow", "next", "stable", False),
        ),
        (
            {"source": "next", "target": "stable"},
            ("main", "next", "stable"),
            "main",
            "main",
            ("main", "main"),
            Route("github-flow", "main", "main", True),
        ),
    ],
)
def test_where_a_release_comes_from_and_goes_to(
    policy: dict[str, str],
    branches: tuple[str, ...],
    default: str,
    checked_out: str,
    asked: tuple[str, str],
    expected: Route,
) -> None:
    assert route(ReleasePolicy(**policy), branches, default, checked_out, asked) == expected  # type: ignore[arg-type]


@pytest.mark.requirement("REL-3", "FAIL-4")
@pytest.mark.parametrize(
    ("branches", "asked", "message", "next_step", "code"),
    [
        (
            ("main", "develop", "development"),
            ("devlop", ""),
            "There is no source branch 'devlop'.",
            "The nearest names are develop, development; for example: --from develop",
            "source-branch-missing",
        ),
        (
            ("main",),
            ("main", "mian"),
            "There is no target branch 'mian'.",
            "The nearest names are main; for example: --to main",
            "target-branch-missing",
        ),
        (
            ("main",),
            ("zzzz", ""),
            "There is no source branch 'zzzz'.",
            "Push it first, or name one that exists: --from main",
            "source-branch-missing",
        ),
    ],
)
def test_a_branch_that_is_missing_is_refused(
    branches: tuple[str, ...], asked: tuple[str, str], message: str, next_step: str, code: str
) -> None:
    with pytest.raises(UsageError) as refused:
        route(ReleasePolicy(), branches, "main", "main", asked)

    assert refused.value.message == message
    assert refused.value.next_step == next_step
    assert refused.value.reason_code == code


@pytest.mark.requirement("REL-3")
def test_a_configured_branch_that_is_missing_is_refused_too() -> None:
    with pytest.raises(UsageError) as refused:
        route(ReleasePolicy(target="stable"), ["main"], "main", "main", ("", ""))

    assert refused.value.message == "There is no target branch 'stable'."
