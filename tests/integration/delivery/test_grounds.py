"""Every ground on which a version comes into an environment is told, by a code and in a sentence."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from integration.release.world import FILES, NOON, World, clone_of, git, make_source, settle_people
from shipway.bootstrap.environment import Chance, Watchers
from shipway.bootstrap.locking import LockAsked, run_lock
from shipway.bootstrap.promoting import PromotionAsked, run_promotion
from shipway.domain.delivery.outcome import DeliveryOutcome
from shipway.twin.server import Twin
from shipway.twin.world import Clock

pytestmark = pytest.mark.requirement("PRO-1", "AUTH-1", "AUTH-2", "LOCK-1")

CONFIGURATION = """
environments:
  dev: {deploy: {command: ["true"]}}
  staging:
    deploy: {command: ["true"]}
    soak: 1h
    authorize: {separation-of-duties: true, commit-authors: false}
    protection: {wait-timer: 5m}
"""
LATER = timedelta(hours=2)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Versions 1.0.0, which stands in both environments, and 1.0.1, which is verified in dev."""
    source = make_source(tmp_path / "source", FILES | {".github/shipway.yml": CONFIGURATION})
    git(source, "tag", "v1.0.1", "HEAD~1")
    git(source, "tag", "v1.0.2", "HEAD")
    with Twin(clock=Clock(NOON)) as twin:
        token = settle_people(twin, source)
        made = World(twin, clone_of(twin, token, tmp_path / "clone"), token)
        made.request("PUT", "/environments/staging", {"wait_timer": 5})
        for version in ("1.0.0", "1.0.1"):
            promoted(made, version, "dev")
        promoted(made, "1.0.0", "staging", "dev", "reviewer", LATER)
        yield made


def promoted(
    world: World,
    version: str,
    target: str,
    source: str = "",
    login: str = "releaser",
    later: timedelta = timedelta(),
) -> DeliveryOutcome:
    """Run `shipway promote` as somebody."""
    token = world.token_of(login)
    return run_promotion(
        PromotionAsked(version=version, target=target, source=source, repo=world.clone),
        world.environment(GITHUB_TOKEN=token, GH_TOKEN=token),
        Watchers(),
        sleep=world.pauses.append,
        chance=Chance(lambda: NOON + later, lambda: 0.0),
    )


def grounds(outcome: DeliveryOutcome) -> list[tuple[str, str, str]]:
    """Policy, code and sentence of each verdict."""
    return [(row["gate"], row["reason_code"], row["summary"]) for row in outcome.verdicts]


def test_into_the_first_environment(world: World) -> None:
    commit = world.git("rev-parse", "v1.0.2^{commit}")
    assert grounds(promoted(world, "1.0.2", "dev")) == [
        ("order", "transition-valid", "dev comes after the release"),
        ("version", "version-known", f"v1.0.2 is {commit[:10]}"),
        ("verified", "first-environment", "no environment comes before it"),
        ("digest", "same-artifact", f"the same bytes: commit:{commit[:12]}"),
        ("tag", "tag-free", "tag v1.0.2-dev is free"),
        (
            "signature",
            "signature-not-demanded",
            f"commit {commit[:10]} is not signed; dev does not demand it",
        ),
        ("lock", "not-locked", "dev is not locked"),
        ("hold", "not-held", "1.0.2 was not rolled back in dev"),
        ("direction", "forward", "dev holds 1.0.1"),
        ("authority", "authorised", "releaser may promote in dev: role admin"),
        ("claim", "not-claimed", "nobody else is bringing a version into dev"),
    ]


def test_into_one_with_every_policy_there_is(world: World) -> None:
    commit = world.git("rev-parse", "v1.0.1^{commit}")
    run_lock(
        LockAsked(environment="staging", reason="only this one", release="1.0.1", repo=world.clone),
        world.environment(),
        Watchers(),
        chance=Chance(lambda: NOON, lambda: 0.0),
    )

    done = promoted(world, "1.0.1", "staging", "dev", "reviewer", LATER)

    assert done.message == "1.0.1 is in staging."
    assert grounds(done) == [
        ("order", "transition-valid", "staging comes after dev"),
        ("version", "version-known", f"v1.0.1 is {commit[:10]}"),
        ("verified", "verified-before", "1.0.1 is verified in dev"),
        ("digest", "same-artifact", f"the same bytes: commit:{commit[:12]}"),
        ("tag", "tag-free", "tag v1.0.1-staging is free"),
        (
            "signature",
            "signature-not-demanded",
            f"commit {commit[:10]} is not signed; staging does not demand it",
        ),
        ("lock", "lock-exempts", "the lock of staging lets 1.0.1 through"),
        ("hold", "not-held", "1.0.1 was not rolled back in staging"),
        ("direction", "forward", "staging holds 1.0.0"),
        ("authority", "authorised", "reviewer may promote in staging: role write"),
        ("separation", "another-person", "reviewer did not promote it before"),
        ("authorship", "not-an-author", "reviewer wrote nothing of what staging would get"),
        ("protection", "environment-there", "GitHub has the environment staging"),
        ("soak", "soaked", "verified for more than 1h"),
        ("claim", "not-claimed", "nobody else is bringing a version into staging"),
    ]
