"""Environments: configured, on GitHub, and how they are protected."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from shipway.domain.doctor.finding import Finding, finding
from shipway.domain.doctor.picture import Picture
from shipway.domain.environments import ALL, PROTECTED, Protection
from shipway.domain.globs import matching

AREA = "environments"

_ENVIRONMENT = re.compile(r"^\s+environment:", re.MULTILINE)


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
        if found and _shut_out(there[found], name, picture):
            what = f"GitHub lets no run on {' or '.join(_refs(name, picture))} into {found}."
            yield finding(AREA, "deploy-ref-shut-out", what, name=found)
        yield from _deployed(name, picture)
    yield from _unprotected(picture, there)


def _deployed(name: str, picture: Picture) -> Iterator[Finding]:
    """The workflow that deploys, where one does."""
    file = picture.policy.environments[name].deploy.workflow
    text = picture.workflows.get(f".github/workflows/{file}")
    if file and text is None:
        what = f"There is no workflow {file} on {picture.default_branch}, which deploys to {name}."
        yield finding(AREA, "deploy-workflow-missing", what, name=name)
    elif file and text and not _ENVIRONMENT.search(text):
        what = f"No job of {file}, which deploys to {name}, names an environment."
        yield finding(AREA, "deploy-workflow-names-none", what, name=name)


def _refs(name: str, picture: Picture) -> tuple[str, ...]:
    """Where runs that deploy to an environment may be: one of these is enough."""
    deploy = picture.policy.environments[name].deploy
    tag = picture.policy.release.tag.replace("{version}", "1.0.0")
    known = {"default-branch": picture.default_branch, "tag": tag}
    return (known[deploy.ref],) if deploy.workflow else tuple(known.values())


def _shut_out(protection: Protection, name: str, picture: Picture) -> bool:
    return not any(_admits(protection, ref, picture) for ref in _refs(name, picture))


def _admits(protection: Protection, ref: str, picture: Picture) -> bool:
    if protection.branches == ALL:
        return True
    if protection.branches == PROTECTED:
        care = picture.care(ref)
        return care is not None and (care.reviewed or care.checked or care.stays)
    return bool(matching([ref], protection.branches if ref == picture.default_branch else protection.tags))


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
