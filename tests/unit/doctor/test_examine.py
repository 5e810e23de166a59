"""Each finding of `shipway doctor` once, and a repository that is well shows none."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shipway.config import read_policy
from shipway.domain.doctor.examine import AREAS, examine
from shipway.domain.doctor.finding import KINDS, Level
from shipway.domain.doctor.picture import Care, LocalClone, Picture, TokenKind
from shipway.domain.environments import PROTECTED, Protection
from shipway.domain.facts import Deployment, DeploymentState
from shipway.domain.foreign_lock import ForeignLock
from shipway.domain.policy import Policy
from shipway.domain.standing import Claim, Lock, Standing

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CONFIGURATION = "environments: {staging: {}, production: {after: staging, authorize: {users: [alice]}}}\n"
ASKING = Protection(reviewers=("alice",))

WELL = Picture(
    token=TokenKind.CLASSIC,
    viewer="alice",
    permission="WRITE",
    private=False,
    default_branch="main",
    target="main",
    configuration=CONFIGURATION,
    complaint="",
    policy=read_policy(CONFIGURATION),
    branches={"main": Care(reviewed=True, stays=True), "shipway-ledger": Care(stays=True)},
    tags_stay=True,
    on_github={"staging": Protection(), "production": ASKING},
    may_open_pulls=True,
    workflows={".github/workflows/release.yml": "      - uses: octo-org/shipway@v1.2.3\n"},
    standings={},
    deployments=(),
    version="1.2.3",
)


def claim(**more: str) -> Claim:
    given = {"id": "d1", "version": "2.0.0", "by": "bob", "holder": "run:7"}
    return Claim(**{**given, "at": "2026-11-21T10:00:00Z", "until": "2026-11-21T11:00:00Z", **more})


def deployment(**more: Any) -> Deployment:
    given: dict[str, Any] = {"id": 5, "node_id": "D", "environment": "staging", "commit": "a" * 40}
    begun = "2026-11-21T05:00:00Z"
    return Deployment(**{**given, "state": DeploymentState.IN_PROGRESS, "created_at": begun, **more})


def calling(text: str) -> Mapping[str, str]:
    return {".github/workflows/release.yml": text}


def unnamed(text: str) -> dict[str, Any]:
    return {"configuration": text, "policy": read_policy(text)}


NOT_HELD = "Where the plan has no reviewers, timers and rules, jobs that name an environment are not held."
BY_WORKFLOW = "environments: {staging: {deploy: {workflow: release.yml, "
OPEN = "environments: {production: {}}\n"
CASES: list[tuple[dict[str, Any], str, str]] = [
    (
        {"workflows": {"d.yml": "  - uses: github/branch-deploy@v12\n"}},
        "tool-beside",
        "d.yml still runs branch-deploy.",
    ),
    (
        {"workflows": {"r.yml": "  - uses: googleapis/release-please-action@v4\n"}},
        "tool-beside",
        "r.yml still runs release-please.",
    ),
    (
        {"foreign_locks": (ForeignLock("staging-branch-deploy-lock", "bob", "moving"),)},
        "foreign-lock",
        "branch-deploy's lock staging-branch-deploy-lock by bob stands, and Shipway does not hold to it: moving",
    ),
    (
        {"foreign_locks": (ForeignLock("global-branch-deploy-lock"),)},
        "foreign-lock",
        "branch-deploy's lock global-branch-deploy-lock stands, and Shipway does not hold to it.",
    ),
    (
        {
            "foreign_locks": (ForeignLock("staging-branch-deploy-lock", "bob", "moving"),),
            "policy": read_policy("comments: {dialect: branch-deploy}"),
        },
        "foreign-lock-counts",
        "branch-deploy's lock staging-branch-deploy-lock by bob stands, and Shipway holds to it: moving",
    ),
    (
        {
            "foreign_locks": (ForeignLock("global-branch-deploy-lock"),),
            "policy": read_policy("comments: {dialect: branch-deploy}"),
        },
        "foreign-lock-counts",
        "branch-deploy's lock global-branch-deploy-lock stands, and Shipway holds to it.",
    ),
    ({"permission": "READ"}, "token-reads-only", "A classic token of alice has the role read here."),
    (
        {"configuration": "", "policy": Policy()},
        "configuration-missing",
        "There is no .github/shipway.yml on main.",
    ),
    ({"complaint": "f:1:1: no"}, "configuration-unusable", "f:1:1: no"),
    (
        {"branches": {"main": Care()}},
        "target-unprotected",
        "Nothing demands a pull request for main, which releases are merged into.",
    ),
    ({"tags_stay": False}, "tags-unprotected", "No ruleset keeps tags from being moved or deleted."),
    (
        {"tags_closed": ("making tags", "moving latest-staging")},
        "tags-closed",
        "A ruleset restricts making tags and moving latest-staging.",
    ),
    (
        {"branches": {**WELL.branches, "shipway-ledger": Care()}},
        "ledger-unprotected",
        "shipway-ledger can be deleted, or pushed to by force.",
    ),
    (
        {"branches": {**WELL.branches, "shipway-ledger": Care(checked=True, stays=True)}},
        "ledger-closed",
        "A rule demands checks for shipway-ledger.",
    ),
    (
        {"on_github": None},
        "environments-unseen",
        "The token may not look at GitHub's environments.",
    ),
    (
        {"on_github": {"production": ASKING}},
        "environment-missing",
        "GitHub has no environment staging.",
    ),
    (
        {"on_github": {"Staging": Protection(), "production": ASKING}},
        "environment-spelt-otherwise",
        "The configuration calls an environment staging, and GitHub calls it Staging.",
    ),
    (
        {**unnamed(OPEN), "on_github": {"production": Protection()}},
        "production-unprotected",
        "production asks nobody on GitHub, and the configuration does not say who may act on it.",
    ),
    (
        {**unnamed(OPEN), "on_github": {"production": Protection()}, "private": True},
        "plan-enforces-less",
        f"This repository is private, and nobody is asked for production. {NOT_HELD}",
    ),
    (
        {"on_github": {**WELL.on_github, "staging": Protection(branches=("release/*",), tags=("x*",))}},
        "deploy-ref-shut-out",
        "GitHub lets no run on main or v1.0.0 into staging.",
    ),
    (
        {
            "on_github": {**WELL.on_github, "staging": Protection(branches=PROTECTED)},
            "default_branch": "open",
            "branches": {**WELL.branches, "open": Care()},
        },
        "deploy-ref-shut-out",
        "GitHub lets no run on open or v1.0.0 into staging.",
    ),
    (
        {
            **unnamed(f"{BY_WORKFLOW}ref: tag}}}}}}\n"),
            "on_github": {"staging": Protection(branches=("main",))},
            "workflows": calling("jobs:\n  one:\n    environment: staging\n"),
        },
        "deploy-ref-shut-out",
        "GitHub lets no run on v1.0.0 into staging.",
    ),
    (
        {**unnamed(f"{BY_WORKFLOW}}}}}}}\n"), "workflows": {}},
        "deploy-workflow-missing",
        "There is no workflow release.yml on main, which deploys to staging.",
    ),
    (
        unnamed(f"{BY_WORKFLOW}}}}}}}\n"),
        "deploy-workflow-names-none",
        "No job of release.yml, which deploys to staging, names an environment.",
    ),
    (
        {"may_open_pulls": False},
        "pull-requests-forbidden",
        "Workflows may not open pull requests with their own token.",
    ),
    (
        {"branches": {**WELL.branches, "main": Care(reviewed=True, checked=True)}},
        "checks-not-started",
        "main demands checks, and the release workflow uses its own token.",
    ),
    (
        {"workflows": calling("uses: octo-org/shipway/.github/workflows/release.yml@main\n")},
        "workflow-unpinned",
        ".github/workflows/release.yml calls Shipway by the name main, which moves.",
    ),
    (
        {"workflows": calling("  uses: octo-org/shipway@v1.1.10\n")},
        "workflow-outdated",
        ".github/workflows/release.yml calls Shipway v1.1.10; this is 1.2.3.",
    ),
    (
        {"standings": {"staging": Standing(lock=Lock("bob", "moving", "2026-11-01T12:00:00Z"))}},
        "lock-forgotten",
        "bob has locked staging for 20d, without an end: moving",
    ),
    (
        {"standings": {"staging": Standing(claim=claim())}},
        "claim-overdue",
        "bob began bringing 2.0.0 to staging at 2026-11-21T10:00:00Z, and it was never ended.",
    ),
    (
        {
            "standings": {"staging": Standing(claim=claim(until="2026-11-21T13:00:00Z", replaces="2.1.0"))},
            "ended": frozenset({"run:7"}),
        },
        "claim-overdue",
        "bob began taking 2.0.0 to staging at 2026-11-21T10:00:00Z, and it was never ended.",
    ),
    (
        {"deployments": (deployment(version="2.0.0"),)},
        "deployment-abandoned",
        "Deployment 5 of 2.0.0 to staging is in_progress for 7h.",
    ),
    (
        {"clone": LocalClone(configuration="environments: {staging: {}}\n")},
        "configuration-elsewhere",
        "The .github/shipway.yml of this clone is not that of main, which counts.",
    ),
    ({"clone": LocalClone(whole=False)}, "clone-shallow", "This clone has only a part of the history."),
    (
        {"clone": LocalClone(signs=True, identity=False)},
        "identity-missing",
        "user.signingKey is set, and user.name or user.email is not.",
    ),
]


@pytest.mark.parametrize(("change", "code", "what"), CASES)
def test_a_finding(change: dict[str, Any], code: str, what: str) -> None:
    (found,) = (one for one in examine(replace(WELL, **change), NOW) if one.level is not Level.OK)
    assert (found.code, found.what, found.level) == (code, what, KINDS[code].level)
    assert found.fix


def test_every_kind_of_finding_is_shown_here() -> None:
    assert {code for _, code, _ in CASES} == {*KINDS}


def test_a_repository_that_is_well() -> None:
    found = examine(WELL, NOW)
    assert [one.area for one in found] == [*AREAS]
    assert {one.level for one in found} == {Level.OK}
    assert found[0].what == "A classic token of alice, role write"


@pytest.mark.parametrize(
    "change",
    [
        {
            "workflows": calling("  uses: octo-org/shipway@v1.2.3\n  with:\n    token: x\n"),
            "may_open_pulls": False,
        },
        {"workflows": calling("  uses: octo-org/shipway@" + "a" * 40 + "\n")},
        {"workflows": calling("  uses: octo-org/shipway@v1.2.10\n")},
        {"workflows": calling("  uses: actions/checkout@v1\n"), "may_open_pulls": False},
        {"may_open_pulls": None},
        {
            "standings": {
                "staging": Standing(lock=Lock("b", "r", "2026-11-01T12:00:00Z", "2026-11-02T12:00:00Z"))
            }
        },
        {"standings": {"staging": Standing(claim=claim(until="2026-11-21T13:00:00Z"))}},
        {"deployments": (deployment(created_at="2026-11-21T11:00:00Z"),)},
        {"deployments": (deployment(state=DeploymentState.FAILURE),)},
        {"on_github": {**WELL.on_github, "staging": Protection(branches=("ma*",), tags=())}},
        {"on_github": {**WELL.on_github, "staging": Protection(branches=("x",), tags=("v*",))}},
        {"on_github": {**WELL.on_github, "staging": Protection(branches=PROTECTED)}},
        {"private": True},
        {"version": "", "workflows": calling("  uses: octo-org/shipway@v0.0.1\n")},
    ],
)
def test_what_is_nothing_to_tell_of(change: dict[str, Any]) -> None:
    assert [one.code for one in examine(replace(WELL, **change), NOW) if one.level is not Level.OK] == []


def test_a_claim_tells_of_its_deployment_too() -> None:
    stuck = replace(
        WELL,
        standings={"staging": Standing(claim=claim())},
        deployments=(deployment(delivery="d1"),),
    )
    assert [one.code for one in examine(stuck, NOW) if one.code] == ["claim-overdue"]
