"""Environments: configured, on GitHub, and how they are protected."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from shipway.domain.doctor.finding import Finding, finding
from shipway.domain.doctor.picture import Picture
from shipway.domain.environments import ALL, PROTECTED, Protection
from shipway.domain.globs import matching

AREA = "environments"


def look_at_environments(picture: Picture, _: datetime) -> Iterator[Finding]:
    """Each configured one, and each on GitHub that people depend on."""
    there = picture.on_github
    if there is None:
        yield finding(AREA, "environments-unseen", "The token may not look at GitHub's environments.")
        return
    known = {name.lower(): name for name in there}
    for name in picture.policy.environments:
        found = known.get(name.lower())
        if found is None:
            yield finding(AREA, "environment-missing", f"GitHub has no environment {name}.")
        elif found != name:
            what = f"The configuration calls an environment {name}, and GitHub calls it {found}."
            yield finding(AREA, "environment-spelt-otherwise", what)
        if found and _shut_out(there[found], picture):
            what = f"{found} admits neither {picture.default_branch} nor the tags of versions."
            yield finding(AREA, "deploy-ref-shut-out", what, name=found)
    yield from _unprotected(picture, there)


def _shut_out(protection: Protection, picture: Picture) -> bool:
    if protection.branches == ALL:
        return False
    branch = picture.default_branch
    if protection.branches == PROTECTED:
        care = picture.care(branch)
        return care is not None and not (care.reviewed or care.checked or care.stays)
    tag = picture.policy.release.tag.replace("{version}", "1.0.0")
    return not (matching([branch], protection.branches) or matching([tag], protection.tags))


def _unprotected(picture: Picture, there: Mapping[str, Protection]) -> Iterator[Finding]:
    enforced = any(_asks(one) for one in there.values())
    open_ones = [name for name, one in there.items() if not _asks(one) and _open(name, picture)]
    if picture.private and not enforced and open_ones:
        what = (
            f"This repository is private, and nobody is asked for {', '.join(open_ones)}. "
            "Where the plan has no reviewers, timers and rules, jobs that name an environment are not held."
        )
        yield finding(AREA, "plan-enforces-less", what)
        return
    for name in open_ones:
        what = f"{name} asks nobody on GitHub, and the configuration does not say who may act on it."
        yield finding(AREA, "production-unprotected", what, name=name)


def _open(name: str, picture: Picture) -> bool:
    """Whether people depend on an environment, and the configuration lets everybody who may write change it."""
    settings = picture.policy.environments.get(name)
    authorize = settings.authorize if settings else None
    named = authorize and (authorize.users or authorize.teams or authorize.roles)
    return picture.policy.is_production(name) and not named


def _asks(protection: Protection) -> bool:
    return bool(protection.reviewers or protection.wait_timer or protection.rules)
