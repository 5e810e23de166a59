"""How far a deployment has come that takes over step by step, read off its plan and the ledger."""

from dataclasses import dataclass, replace
from datetime import datetime

from shipway.domain.delivery.claims import A
from shipway.domain.delivery.command import Attempt
from shipway.domain.delivery.deploying import Delivery, Say
from shipway.domain.delivery.strategy import Pause, Point, Shift, idle_colour, plan, strategy_of
from shipway.domain.facts import Deployment, DeployResult
from shipway.domain.standing import Advance


@dataclass(frozen=True, slots=True)
class Way:
    """A deployment on its way, under one name.

    Attributes:
        say: Gives the events about it.
        points: Of its strategy; none where the version takes over at once.
        passed: How many of them lie behind.
        advance: What the ledger says of how far it has come; None before the first step.
    """

    attempt: Attempt
    delivery: Delivery
    deployment: Deployment
    say: Say
    points: tuple[Point, ...]
    passed: int
    advance: Advance | None

    @property
    def environment(self) -> str:
        """Where it goes."""
        return self.delivery.environment

    @property
    def strategy(self) -> str:
        """Its name; empty for none."""
        return strategy_of(self.attempt.policy, self.environment).name

    @property
    def latest(self) -> Shift:
        """The last step up to the point at hand, which may be one itself."""
        return [one for one in self.points[: self.passed + 1] if isinstance(one, Shift)][-1]

    @property
    def stands_at(self) -> str:
        """How far the version has come, for people."""
        behind = [one for one in self.points[: self.passed] if isinstance(one, Shift)]
        return str(behind[-1]) if behind else "0 %"

    @property
    def result(self) -> DeployResult | None:
        """How what this run had the deployer do ended."""
        return self.attempt.facts.deploy_results.get(self.deployment.id)


def way_of(attempt: Attempt, delivery: Delivery, say: Say, deployment: Deployment | None) -> Way | None:
    """A deployment of this delivery on its way; None for none."""
    if deployment is None:
        return None
    points = _plan(attempt, deployment)
    advance = _advance(attempt, deployment)
    return Way(attempt, delivery, deployment, say, points, _behind(attempt, deployment, points), advance)


def _plan(attempt: Attempt, deployment: Deployment) -> tuple[Point, ...]:
    """What the version goes through."""
    target, ledger = attempt.command.target, attempt.facts.ledger
    advance = _advance(attempt, deployment)
    idle = idle_colour(strategy_of(attempt.policy, target).blue_green, ledger.standing(target).colour)
    colour = advance.colour if advance else idle
    return plan(attempt.policy, target, hotfix=ledger.is_hotfix, colour=colour)


def _advance(attempt: Attempt, deployment: Deployment) -> Advance | None:
    found = attempt.facts.ledger.standing(deployment.environment).advance
    return found if found and found.deployment == deployment.id else None


def _behind(attempt: Attempt, deployment: Deployment, points: tuple[Point, ...]) -> int:
    """How many points lie behind; a plan that was changed meanwhile begins anew, which a deployer has to bear."""
    advance = _advance(attempt, deployment)
    name = strategy_of(attempt.policy, deployment.environment).name
    if advance is None or (advance.strategy, advance.of) != (name, len(points)):
        return 0
    following = points[advance.passed] if advance.passed < len(points) else None
    over = isinstance(following, Pause) and attempt.now >= pause_over(advance, following)
    return advance.passed + over


def pause_over(advance: Advance, pause: Pause) -> datetime:
    return datetime.fromisoformat(advance.at) + pause.span


def taken_over(attempt: A, delivery: str) -> A:
    """The attempt with what the steps of a strategy have done, once all are taken, so that nothing deploys again.

    Args:
        attempt: What is decided about.
        delivery: Id of the promotion.
    """
    ours = [one for one in attempt.facts.deployments if one.delivery == delivery]
    plans = [(one, _plan(attempt, one)) for one in ours]
    done = {one.id: WHOLE for one, points in plans if points and _behind(attempt, one, points) == len(points)}
    known = attempt.facts.deploy_results
    return replace(attempt, facts=attempt.facts.having(deploy_results={**known, **done})) if done else attempt


WHOLE = DeployResult(succeeded=True, description="took over step by step", duration=0)
"""What the steps of a strategy come to, once all are taken."""
