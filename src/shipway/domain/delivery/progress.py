"""How far a version has come on its way into an environment, and what it waits for there, for who looks at it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from shipway.domain.delivery.strategy import Pause, Point, plan, strategy_of
from shipway.domain.events import timestamp
from shipway.domain.facts import Deployment
from shipway.domain.policy import Policy
from shipway.domain.standing import Advance, Claim, Standing, Standings
from shipway.domain.workflow_run import run_in

TIME, REVIEW, APPROVAL, DECISION, RESUMPTION = "time", "review", "approval", "decision", "resumption"
"""What is waited for: a pause, GitHub's reviewers of a job, approvals, whether to go back, somebody to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A version on its way in, or out again.

    Attributes:
        actor: Who brings it.
        at: Since when it stands as it does.
        replaces: Version that it takes out as a rollback; empty for none.
        run: Address of the workflow run that brings it in; empty where none does.
        strategy: By which it takes over; empty where it does so at once.
        weight: Percent of traffic or instances that have it.
        colour: Where it is, for blue-green.
        passed: How many points of the strategy lie behind.
        of: How many there are.
        waits_for: One of `time`, `review`, `approval`, `decision`, `resumption`; empty while somebody works on it.
        until: When a pause, or the time for approvals, is over.
        waiting_for: Logins, and `org/team`, of whom one has to let it go on.
        goes_back: Why the environment is to go back from it; empty where it is not.
    """

    version: str
    actor: str
    at: str
    replaces: str = ""
    run: str = ""
    strategy: str = ""
    weight: int = 0
    colour: str = ""
    passed: int = 0
    of: int = 0
    waits_for: str = ""
    until: str = ""
    waiting_for: tuple[str, ...] = ()
    goes_back: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is known of an environment.

    Attributes:
        deployments: To it, the newest first.
        held: Those whose job GitHub holds back.
        reviewers: Who may let such a job go on.
        repository: Address of the repository.
    """

    environment: str
    standing: Standing
    deployments: tuple[Deployment, ...]
    now: datetime
    policy: Policy = field(default_factory=Policy)
    held: frozenset[int] = frozenset()
    reviewers: tuple[str, ...] = ()
    repository: str = ""

    @property
    def claim(self) -> Claim | None:
        """The claim, if it has not run out."""
        claim = self.standing.claim
        return claim if claim and timestamp(self.now) < claim.until else None

    @property
    def advance(self) -> Advance | None:
        """How far a version has come whose deployment has not ended."""
        advance = self.standing.advance
        open_ones = {one.id for one in self.deployments if not one.state.settled}
        return advance if advance and advance.deployment in open_ones else None


def progress_of(scene: Scene) -> Progress | None:
    """What is on its way into an environment; None for nothing."""
    return _goes_back(scene) or _comes(scene) or _asked(scene)


def _goes_back(scene: Scene) -> Progress | None:
    bad, claim = scene.standing.reverting, scene.claim
    if bad is None:
        return None
    begun = claim is not None and claim.replaces == bad.version
    waits = "" if begun else DECISION if bad.asks else RESUMPTION
    return Progress(version=bad.version, actor=bad.by, at=bad.at, goes_back=bad.reason, waits_for=waits)


def _comes(scene: Scene) -> Progress | None:
    claim, advance = scene.claim, scene.advance
    if claim is None:
        return _left(scene, advance) if advance else None
    number = claim.dispatched or 0
    found = Progress(
        version=claim.version,
        actor=claim.by,
        at=claim.at,
        replaces=claim.replaces,
        run=f"{scene.repository}/actions/runs/{number}" if number else "",
    )
    if advance and advance.version == claim.version:
        return _stepwise(scene, found, advance)
    if _job_held(scene, number):
        return replace(found, waits_for=REVIEW, waiting_for=scene.reviewers)
    return found


def _left(scene: Scene, advance: Advance) -> Progress:
    """Half-way, with nobody at it."""
    actor = next(one.actor for one in scene.deployments if one.id == advance.deployment)
    found = _stepwise(scene, Progress(version=advance.version, actor=actor, at=advance.at), advance)
    return found if found.waits_for else replace(found, waits_for=RESUMPTION)


def _stepwise(scene: Scene, found: Progress, advance: Advance) -> Progress:
    names = ("strategy", "weight", "colour", "passed", "of", "at")
    found = replace(found, **{name: getattr(advance, name) for name in names})
    following = _points(scene, advance)[advance.passed :]
    if not following or not isinstance(following[0], Pause):
        return found
    over = datetime.fromisoformat(advance.at) + following[0].span
    waits = TIME if scene.now < over else RESUMPTION
    return replace(found, waits_for=waits, until=timestamp(over))


def _points(scene: Scene, advance: Advance) -> tuple[Point, ...]:
    """The plan that the version is on; empty where the configuration has another by now."""
    if strategy_of(scene.policy, scene.environment).name != advance.strategy:
        return ()
    plans = (plan(scene.policy, scene.environment, hotfix=hotfix) for hotfix in (False, True))
    return next((points for points in plans if len(points) == advance.of), ())


def _job_held(scene: Scene, run: int) -> bool:
    return any(
        one.id in scene.held and run_in(one.log_url, scene.repository) == run for one in scene.deployments
    )


def _asked(scene: Scene) -> Progress | None:
    question = scene.standing.question
    if question is None or timestamp(scene.now) >= question.until:
        return None
    return Progress(
        version=question.version,
        actor=question.by,
        at=question.at,
        waits_for=APPROVAL,
        until=question.until,
    )


def claimed(standings: Standings, deployments: Iterable[Deployment], repository: str) -> list[Deployment]:
    """The deployments, with those shown as the deliveries that they are whose jobs have not said so themselves yet.

    Args:
        standings: Whose claims name the runs.
        deployments: As GitHub shows them.
        repository: Address of the repository.
    """
    return [
        _of_claim(standings.get(one.environment, Standing()).claim, one, repository) for one in deployments
    ]


def _of_claim(claim: Claim | None, one: Deployment, repository: str) -> Deployment:
    if claim is None or not claim.dispatched or one.delivery:
        return one
    if run_in(one.log_url, repository) != claim.dispatched:
        return one
    return replace(one, version=claim.version, delivery=claim.id, actor=claim.by)
