"""Judges how a repository is set up: one small function for each area, which yields what it finds."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from shipway.domain.doctor.branches import look_at_branches
from shipway.domain.doctor.environments import look_at_environments
from shipway.domain.doctor.finding import Finding, Level, finding
from shipway.domain.doctor.other_tools import locks_beside
from shipway.domain.doctor.picture import Picture, TokenKind
from shipway.domain.doctor.workflows import look_at_workflows
from shipway.domain.events import timestamp
from shipway.domain.facts import Deployment
from shipway.domain.span import span_text

Look = Callable[[Picture, datetime], Iterator[Finding]]

FORGOTTEN = timedelta(days=7)
"""Age from which a lock without an end counts as forgotten."""
ABANDONED = timedelta(hours=6)
"""Age from which a deployment in progress that nobody claims counts as abandoned: no job of GitHub's runs longer."""


def _token(picture: Picture, _: datetime) -> Iterator[Finding]:
    if picture.permission in {"READ", "TRIAGE"}:
        what = f"{_whose(picture)} has the role {picture.permission.lower()} here."
        yield finding("token", "token-reads-only", what)


def _configuration(picture: Picture, _: datetime) -> Iterator[Finding]:
    here = picture.clone.configuration
    if picture.complaint:
        yield finding("configuration", "configuration-unusable", picture.complaint)
    if here and here.splitlines() != picture.configuration.splitlines():
        what = f"The .github/shipway.yml of this clone is not that of {picture.default_branch}, which counts."
        yield finding("configuration", "configuration-elsewhere", what)
    elif not picture.configuration:
        what = f"There is no .github/shipway.yml on {picture.default_branch}."
        yield finding("configuration", "configuration-missing", what)


def _under_way(picture: Picture, now: datetime) -> Iterator[Finding]:
    for name, standing in picture.standings.items():
        lock, claim = standing.lock, standing.claim
        if lock and not lock.until and _age(lock.at, now) >= FORGOTTEN:
            since = span_text(_age(lock.at, now))
            what = f"{lock.by} has locked {name} for {since}, without an end: {lock.reason}"
            yield finding("under way", "lock-forgotten", what, name=name)
        if claim and (claim.holder in picture.ended or claim.until <= timestamp(now)):
            verb = "taking" if claim.replaces else "bringing"
            what = f"{claim.by} began {verb} {claim.version} to {name} at {claim.at}, and it was never ended."
            yield finding("under way", "claim-overdue", what)
    for one in picture.deployments:
        if not one.state.settled and not _claimed(picture, one) and _age(_since(one), now) >= ABANDONED:
            age, version = span_text(_age(_since(one), now)), one.version or one.commit[:10]
            what = f"Deployment {one.id} of {version} to {one.environment} is {one.state} for {age}."
            yield finding("under way", "deployment-abandoned", what)


def _everything_under_way(picture: Picture, now: datetime) -> Iterator[Finding]:
    yield from _under_way(picture, now)
    yield from locks_beside(picture)


def _claimed(picture: Picture, deployment: Deployment) -> bool:
    """Whether a claim stands for it, which is then the one to tell of."""
    standing = picture.standings.get(deployment.environment)
    return bool(standing and standing.claim and standing.claim.id == deployment.delivery)


def _since(deployment: Deployment) -> str:
    return deployment.updated_at or deployment.created_at


def _age(moment: str, now: datetime) -> timedelta:
    return now - datetime.fromisoformat(moment)


def _clone(picture: Picture, _: datetime) -> Iterator[Finding]:
    if not picture.clone.whole:
        yield finding("clone", "clone-shallow", "This clone has only a part of the history.")
    if picture.clone.signs and not picture.clone.identity:
        yield finding(
            "clone", "identity-missing", "user.signingKey is set, and user.name or user.email is not."
        )


def _whose(picture: Picture) -> str:
    return f"{picture.token.value.capitalize()} of {picture.viewer}"


AREAS: Mapping[str, Look] = {
    "token": _token,
    "configuration": _configuration,
    "branches": look_at_branches,
    "environments": look_at_environments,
    "workflows": look_at_workflows,
    "under way": _everything_under_way,
    "clone": _clone,
}
"""Area → what looks at it, in the order in which they are shown."""


def examine(picture: Picture, now: datetime) -> tuple[Finding, ...]:
    """Everything that is found, and a word of each area in which nothing is."""
    found: list[Finding] = []
    for area, look in AREAS.items():
        here = [*look(picture, now)]
        found += here or [Finding(Level.OK, area, "", well(area, picture))]
    return tuple(found)


def well(area: str, picture: Picture) -> str:
    """What there is to say of an area in which nothing is wrong."""
    said: Mapping[str, Callable[[], str]] = {
        "token": lambda: _of_token(picture),
        "configuration": lambda: "it can be used",
        "branches": lambda: f"{picture.target}, the tags and the ledger are looked after",
        "environments": lambda: ", ".join(picture.on_github or ()) or "none are configured",
        "workflows": lambda: _of_workflows(picture),
        "under way": lambda: "nothing is stuck",
        "clone": lambda: "it has the whole history",
    }
    return said[area]()


def _of_token(picture: Picture) -> str:
    role = f", role {picture.permission.lower()}" if picture.permission else ""
    unseen = picture.token in {TokenKind.FINE_GRAINED, TokenKind.APP, TokenKind.WORKFLOW}
    more = "; GitHub does not tell what it is given, docs/reference/permissions.md says what is needed"
    return f"{_whose(picture)}{role}{more if unseen else ''}"


def _of_workflows(picture: Picture) -> str:
    if picture.may_open_pulls is None:
        return "pinned; whether they may open pull requests only an administrator's token sees"
    return "pinned, and they may open pull requests"
