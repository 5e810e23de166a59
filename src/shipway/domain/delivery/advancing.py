"""A deployment that takes over step by step, and what is done when it is found bad.

| What a point finds | What follows |
|---|---|
| pass | the next point |
| fail | the environment is to go back: the ledger says so, then the deployment is a failure |
| error, inconclusive | it stands where it is and says why, until somebody runs it again |
| more time than it may take | as for fail, and people are called |

Which way is back is for a rollback to find (`rollback.py`); here it only becomes owed.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from shipway.domain.delivery import deploying
from shipway.domain.delivery.calling import going_on
from shipway.domain.delivery.claims import claim_at_hand
from shipway.domain.delivery.command import Attempt
from shipway.domain.delivery.deploying import Delivery, Say
from shipway.domain.delivery.elsewhere import over_limit
from shipway.domain.delivery.ended import verified_key
from shipway.domain.delivery.escalating import called
from shipway.domain.delivery.losing import halt_of
from shipway.domain.delivery.steps import (
    DeliveryMove,
    Record,
    RunStageGates,
    SetDeploymentState,
    point_key,
)
from shipway.domain.delivery.strategy import STAGE, Pause, Shift, Verify
from shipway.domain.delivery.way_back import verified_besides
from shipway.domain.delivery.way_in import Way, pause_over, way_of
from shipway.domain.events import timestamp, verdict_rows
from shipway.domain.facts import DeploymentState, DeployResult
from shipway.domain.ledger import Event
from shipway.domain.resting import Refusal, Wait
from shipway.domain.rollback_policy import COMMAND
from shipway.domain.standing import Reverting
from shipway.domain.verdict import Ruling, Verdict, most_telling
from shipway.errors import ExitCode

GATE, LIMIT = "gate", "limit"
"""Triggers besides the deploy command."""

PAUSING = "pausing"
HALTED = "strategy-halted"
"""Reasons for which a deployment rests half-way, and keeps its claim."""


def next_move(attempt: Attempt, delivery: Delivery, say: Say) -> DeliveryMove | None:
    """What comes before the end of a deployment: its next point, or that it is found bad; None for neither."""
    way = way_of(attempt, delivery, say, deploying.current(attempt.facts, delivery))
    if way is None or way.deployment.state.settled:
        return None
    if verified_key(way.deployment) in attempt.facts.ledger.keys:
        return None
    if bad := _bad(way):
        return _unanswered(way) or _ended(way, bad.reason, failed=bad.trigger != LIMIT)
    if over := over_limit(attempt, delivery, way.deployment):
        return _given_up(way, LIMIT, over)
    if way.deployment.state is not DeploymentState.IN_PROGRESS:
        return None
    return _next_point(way) or _found_bad(way)


def _bad(way: Way) -> Reverting | None:
    """The word of the ledger that this deployment is to be taken back."""
    found = way.attempt.facts.ledger.standing(way.environment).reverting
    return found if found and found.deployment == way.deployment.id else None


def _unanswered(way: Way) -> DeliveryMove | None:
    """People are called where it took too long, and it is for them to say whether it goes back."""
    bad = _bad(way)
    return called(way, bad.reason) if bad and bad.asks and bad.trigger == LIMIT else None


def _ended(way: Way, why: str, *, failed: bool) -> SetDeploymentState:
    return deploying.ended(way.attempt.policy, way.delivery, way.deployment, why, failed=failed)


# --- the points


def _next_point(way: Way) -> DeliveryMove | None:
    """The next point of the plan; None where none is left, or where a workflow did all of it by itself."""
    if way.passed == len(way.points):
        return None
    if way.result and not way.result.step and way.result.succeeded:
        return _run_left(way)
    point = way.points[way.passed]
    match point:
        case Shift():
            return _shifted(way, point)
        case Pause():
            return _paused(way, point)
        case Verify():
            return _verified(way, point)


def _run_left(way: Way) -> DeliveryMove | None:
    """A workflow whose run is over: it did everything its own way, or it left before the last step."""
    if way.advance is None:
        return None
    return _given_up(way, COMMAND, f"its run ended at {way.advance.weight} %")


def _shifted(way: Way, point: Shift) -> DeliveryMove:
    result, number = way.result, way.passed + 1
    mine = result if result and result.step == number else None
    if mine is None or mine.due:
        settings = deploying.deploy_policy(way.attempt.policy, way.environment)
        return deploying.deploy_step(settings, way.deployment, _told(way), mine, number, str(point))
    if wait := going_on(way.environment, way.delivery.version, mine):
        return wait
    return _step_taken(way, point, mine)


def _step_taken(way: Way, point: Shift, result: DeployResult) -> DeliveryMove:
    if result.succeeded:
        return Record((_advanced(way),))
    if result.timed_out:
        return _halted(way, f"the step to {point} was {result.description}")
    return _given_up(way, COMMAND, f"the step to {point} {result.description}")


def _verified(way: Way, point: Verify) -> DeliveryMove:
    number, delivery = way.passed + 1, way.delivery
    found = way.attempt.facts.stage_gates.get((point_key(STAGE, number), way.environment))
    if found is None:
        told = _told(way)
        return RunStageGates(
            STAGE,
            way.environment,
            delivery.commit,
            point.gates,
            told,
            delivery.overrides,
            number,
            deploying.good_until(way.attempt.facts, way.environment),
        )
    wrong = most_telling(found.verdicts)
    if wrong is None:
        return Record((_advanced(way, found.verdicts),))
    why = f"{wrong.gate} did not pass at {way.stands_at}: {wrong.summary}"
    if wrong.ruling is Ruling.FAIL:
        return _given_up(way, GATE, why, found.verdicts)
    return _halted(way, why, found.verdicts)


def _paused(way: Way, pause: Pause) -> Wait:
    assert way.advance  # noqa: S101 - a plan begins with a step
    until = timestamp(pause_over(way.advance, pause))
    what = f"{way.delivery.version} stands at {way.stands_at} in {way.environment} until {until}."
    return Wait(PAUSING, what, "time", until=until)


def after_pause(move: object) -> datetime | None:
    """When what rests goes on by itself; None where it is no pause between steps."""
    if isinstance(move, Wait) and move.reason_code == PAUSING:
        return datetime.fromisoformat(move.until)
    return None


def _halted(way: Way, why: str, verdicts: tuple[Verdict, ...] = ()) -> Refusal:
    """It stays where it is: neither further nor back is safe as long as nobody knows."""
    where = f"{way.delivery.version} stays at {way.stands_at} in {way.environment}"
    ways = f"Go on: {way.delivery.again}; or go back: shipway rollback {way.environment} --reason '…'"
    return Refusal(HALTED, f"{where}: {why}.", ways, ExitCode.GATE, verdicts)


# --- what deployers and the ledger are told


def _told(way: Way) -> dict[str, str]:
    latest = way.latest
    return {
        **deploying.variables(way.delivery),
        "SHIPWAY_DEPLOYMENT": str(way.deployment.id),
        "SHIPWAY_STRATEGY": way.strategy,
        "SHIPWAY_STEP": latest.step.value,
        "SHIPWAY_WEIGHT": str(latest.weight),
        **({"SHIPWAY_COLOUR": latest.colour} if latest.colour else {}),
    }


def _advanced(way: Way, verdicts: tuple[Verdict, ...] = ()) -> Event:
    latest, number = way.latest, way.passed + 1
    detail: dict[str, Any] = {
        "deployment": way.deployment.id,
        "strategy": way.strategy,
        "passed": number,
        "of": len(way.points),
        "weight": latest.weight,
        **({"colour": latest.colour} if latest.colour else {}),
        **({"verdicts": verdict_rows(verdicts)} if verdicts else {}),
    }
    return way.say(f"advanced:{way.deployment.id}:{number}", "advanced", detail)


def halt_recorded(attempt: Attempt, delivery: Delivery, move: Refusal, say: Say) -> Iterator[Event]:
    """That a deployment stands still, and why; said once at a point."""
    way = way_of(attempt, delivery, say, deploying.current(attempt.facts, delivery))
    key = f"halted:{way.deployment.id}:{way.passed}" if way else ""
    if way and key not in attempt.facts.ledger.keys:
        detail = {
            "deployment": way.deployment.id,
            "weight": way.advance.weight if way.advance else 0,
            "reason": move.message,
            "verdicts": verdict_rows(move.verdicts),
        }
        yield say(key, "halted", detail)


# --- found bad


def _found_bad(way: Way) -> DeliveryMove | None:
    """What the last gates, or a command that deploys all at once, found, where that is more than a failure."""
    found, result = way.attempt.facts.stage_gates.get((way.delivery.stage, way.environment)), way.result
    verdicts = found.verdicts if found else ()
    wrong, triggers = most_telling(verdicts), way.attempt.policy.rollback.automatic
    why = f"{wrong.gate} did not pass: {wrong.summary}" if wrong else ""
    if wrong and wrong.ruling is Ruling.FAIL:
        return _given_up(way, GATE, why, verdicts) if way.points or wrong.gate in triggers else None
    if wrong:
        return _halted(way, why, verdicts) if way.points else None
    failed = result and not (result.succeeded or result.timed_out or result.going_on)
    if result and failed and COMMAND in triggers:
        return _given_up(way, COMMAND, f"its deployment {result.description}")
    return None


def _given_up(way: Way, trigger: str, why: str, verdicts: tuple[Verdict, ...] = ()) -> DeliveryMove:
    """Let the ledger say that the environment goes back; where nothing was good there before, it only fails."""
    ledger = way.attempt.facts.ledger
    if not verified_besides(ledger.standing(way.environment), way.delivery.version):
        late = trigger == LIMIT
        return (called(way, why) if late else None) or _ended(way, why, failed=not late)
    first = ledger.newest("reverting") is None
    detail: dict[str, Any] = {
        "deployment": way.deployment.id,
        "trigger": trigger,
        "reason": why,
        "asks": first and way.attempt.policy.rollback.first == "ask",
        "verdicts": verdict_rows(verdicts),
    }
    return Record((way.say(f"reverting:{way.deployment.id}", "reverting", detail),))


def before_closing(
    attempt: Attempt, delivery: Delivery, move: DeliveryMove | None, say: Say
) -> DeliveryMove | None:
    """The same of a run that took too long, or that Shipway took the steps in and that left a version half-way."""
    way = way_of(attempt, delivery, say, deploying.newest(attempt.facts, delivery))
    if way is None:
        return move
    closing = isinstance(move, SetDeploymentState) and move.deployment == way.deployment.node_id
    if _bad(way):
        return (_unanswered(way) if closing else None) or move
    if isinstance(move, SetDeploymentState) and closing:
        late = move.state is DeploymentState.ERROR and way.deployment.state is DeploymentState.IN_PROGRESS
        bad = move.state.failed and (way.points or late)
        return _given_up(way, LIMIT if late else COMMAND, move.description) if bad else move
    back = verified_besides(attempt.facts.ledger.standing(way.environment), delivery.version)
    ended = isinstance(move, Refusal) and way.deployment.state.failed
    if not (ended and way.points and back):
        return move
    return _still_halted(way) or _given_up(way, COMMAND, f"its run ended at {way.stands_at}")


def _still_halted(way: Way) -> Refusal | None:
    """Whoever looks by leaves what stands still to people, as long as it is anybody's."""
    halt, claim = halt_of(way.attempt, way.delivery), claim_at_hand(way.attempt)
    if halt is None or claim is None or timestamp(way.attempt.now) >= claim.until:
        return None
    return replace(_halted(way, ""), message=halt.detail["reason"])


def failed_now(attempt: Attempt, delivery: Delivery) -> Refusal | None:
    """What this run saw be given up, with what brings the environment back."""
    bad = attempt.facts.ledger.standing(delivery.environment).reverting
    failed = next((one for one in attempt.facts.deployments if bad and one.id == bad.deployment), None)
    fresh = failed and failed.state.failed and failed.id not in attempt.facts.tried_before
    if bad is None or not fresh:
        return None
    gates = attempt.facts.stage_gates.items()
    here = (one for (_, at), said in gates if at == delivery.environment for one in said.verdicts)
    found = tuple(one for one in here if not one.passed)
    where = f"{bad.version} does not stay in {delivery.environment}"
    back = f"Go back: shipway rollback {delivery.environment} --reason '…'"
    if bad.trigger == GATE:
        return Refusal("verification-failed", f"{where}: {bad.reason}.", back, ExitCode.GATE, found)
    if bad.trigger == LIMIT:
        return Refusal("deployment-over-limit", f"{where}: {bad.reason}.", back, verdicts=found)
    return Refusal("deployment-failed", f"{where}: {bad.reason}.", back, verdicts=found)
