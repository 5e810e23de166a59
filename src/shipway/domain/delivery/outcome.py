"""What a promotion, a rollback or a lock ended with: the same value for the terminal, the Action, JSON and tools."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shipway.domain.delivery.approvals import TIMED_OUT
from shipway.domain.delivery.asked_in import asked_in
from shipway.domain.delivery.closing import GIVEN_UP, Endable, Hidden, Left, Unanswered, Untold
from shipway.domain.delivery.command import Bringing, Promotion
from shipway.domain.delivery.deploying import newest_of
from shipway.domain.delivery.dispatching import UNDER_WAY
from shipway.domain.delivery.order import pipeline_of
from shipway.domain.delivery.promotion_advice import again
from shipway.domain.delivery.signing import signature_verdict
from shipway.domain.delivery.steps import DeliveryMove, Dispatch, Record, RunAgain, StartDeployment
from shipway.domain.delivery.way_back import on_trial
from shipway.domain.delivery.whereabouts import BroughtIn
from shipway.domain.estimate import estimate
from shipway.domain.events import verdict_rows
from shipway.domain.facts import DeliveryFacts, Deployment, DeploymentState
from shipway.domain.outcome import Decision
from shipway.domain.policy import Policy
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.schema import SCHEMA
from shipway.domain.standing import Owed, rollback_owed
from shipway.domain.trial import Trial, in_sentences, in_words, trial_of
from shipway.domain.verdict import Verdict
from shipway.errors import ExitCode


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOutcome:
    """The end of a command that concerns an environment, with what is true now.

    Attributes:
        id: Of the promotion or rollback; empty where there is none.
        facts: What else programs want to know, by command.
        reverting: A rollback that is owed of this version.
        asked_in: Pull request in a comment of which it was asked for; 0 where none did.
    """

    command: str
    decision: Decision
    reason_code: str
    message: str
    next_step: str
    exit_code: ExitCode
    environment: str
    version: str = ""
    id: str = ""
    facts: Mapping[str, Any]
    deployment: Mapping[str, Any] | None = None
    verdicts: tuple[Mapping[str, Any], ...] = ()
    steps: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    trace_id: str = ""
    reverting: Owed | None = None
    asked_in: int = 0

    def __post_init__(self) -> None:
        """In what people read, a trial is said in words; programs know it by its name."""
        texts = {name: in_sentences(getattr(self, name)) for name in ("message", "next_step")}
        rows = ({**row, "summary": in_words(row["summary"])} for row in self.verdicts)
        lists = {"steps": tuple(map(in_words, self.steps)), "warnings": tuple(map(in_words, self.warnings))}
        for name, value in {**texts, **lists, "verdicts": tuple(rows)}.items():
            object.__setattr__(self, name, value)

    def to_json(self) -> dict[str, Any]:
        """The versioned result."""
        return {
            "schema": SCHEMA,
            "command": self.command,
            "success": self.exit_code is ExitCode.OK,
            "decision": self.decision.value,
            "reason_code": self.reason_code,
            "message": self.message,
            "next_step": self.next_step,
            "environment": self.environment,
            "version": self.version,
            "id": self.id,
            **self.facts,
            "deployment": self.deployment,
            "verdicts": list(self.verdicts),
            "steps": list(self.steps),
            "warnings": list(self.warnings),
            "trace_id": self.trace_id,
        }


def promotion_outcome(
    move: Wait | Refusal | Done,
    facts: DeliveryFacts,
    command: Promotion,
    policy: Policy,
    steps: Iterable[str],
    verdicts: Iterable[Mapping[str, Any]] = (),
) -> DeliveryOutcome:
    """The outcome of a promotion that came to rest; `verdicts` are those that let it begin."""
    decision, next_step, exit_code = ending(move)
    production = policy.is_production(command.target)
    deployment = newest_of(facts, command.target, command.version)
    delivery = delivery_at_hand(facts, command) or (deployment.delivery if deployment else "")
    taken = tuple(steps)
    found = move.verdicts if isinstance(move, Wait | Refusal) else _gates_passed(facts)
    begun = _with_signature([*verdicts], facts, command, policy)
    return DeliveryOutcome(
        command="promote",
        decision=decision,
        reason_code="done" if isinstance(move, Done) else move.reason_code,
        message=message_of(move),
        next_step=next_step if taken or not isinstance(move, Done) else _onward(facts, command, policy),
        exit_code=exit_code,
        environment=command.target,
        version=command.version,
        id=delivery,
        facts={
            "tag": command.tag,
            **({"trial": command.trial.to_json()} if command.trial else {}),
            "from": command.source,
            "sha": facts.tag.commit if facts.tag else "",
            "digest": facts.digest,
            "production": production,
            "component": command.component,
            "run": run_row(facts, delivery),
            "pipeline": pipeline_rows(facts, policy),
            "estimate": None,
            "rollback": None,
        },
        deployment=deployment_row(deployment) if deployment else None,
        verdicts=(*begun, *(row for row in verdict_rows(found) if row not in begun)),
        steps=taken,
        reverting=rollback_owed({command.target: facts.ledger.standing(command.target)}, command.version),
    )


def brought_in(there: BroughtIn, delivery: str) -> DeliveryOutcome:
    """The outcome of a job that finds its version there."""
    return DeliveryOutcome(
        command="deploy",
        decision=Decision.DONE,
        reason_code="done",
        message=f"{there.version} is in {there.environment}.",
        next_step="",
        exit_code=ExitCode.OK,
        environment=there.environment,
        version=there.version,
        id=delivery,
        facts={},
    )


def ended(
    one: Endable, facts: DeliveryFacts, policy: Policy, steps: tuple[str, ...], *, planned: bool
) -> DeliveryOutcome:
    """The outcome of what the sweep ends; where that is only planned, as it would be."""
    colon, is_ = (" would be", "would be") if planned else (":", "is")
    where = f"{one.version} into {one.environment}"
    lost = DeliveryOutcome(
        command="promote",
        decision=Decision.REFUSED,
        reason_code="run-lost",
        message=f"{where}{colon} {GIVEN_UP}.",
        next_step="",
        exit_code=ExitCode.FAILURE,
        environment=one.environment,
        version=one.version,
        id=one.id,
        facts={"from": "", "pipeline": pipeline_rows(facts, policy)},
        steps=steps,
    )
    match one:
        case Left():
            kind, known = "rollback" if one.replaces else "promote", {**lost.facts, "from": one.replaces}
            end = replace(lost, command=kind, facts=known, asked_in=asked_in(facts.ledger, one.id))
        case Hidden():
            shown = f"GitHub shows that {one.version} failed in {one.environment}, where it was found good"
            said = f"{shown}: said again."
            end = replace(
                lost, decision=Decision.DONE, reason_code="done", message=said, exit_code=ExitCode.OK
            )
        case Unanswered():
            why = f"too few people have agreed in time to what {one.asked.by} wanted"
            said = f"{one.version} {is_} refused in {one.environment}: {why}."
            end = replace(lost, reason_code=TIMED_OUT, message=said)
    return replace(end, decision=Decision.PLANNED) if planned else end


def told_later(one: Untold, facts: DeliveryFacts, policy: Policy) -> DeliveryOutcome:
    """The outcome of what has ended, as far as the ledger's head tells it."""
    end, well = one.end, not one.end.reason
    reason = end.reason or "done"
    where = f"{end.version} {'is in' if well else 'did not come into'} {one.environment}."
    if end.replaces:
        where = f"{one.environment} {'is' if well else 'did not come'} back on {end.version}."
    return DeliveryOutcome(
        command="rollback" if end.replaces else "promote",
        decision=Decision.DONE if well else Decision.REFUSED,
        reason_code=reason,
        message=where,
        next_step="" if well else f"Why: /why {one.environment}",
        exit_code=ExitCode.OK if well else ExitCode.FAILURE,
        environment=one.environment,
        version=end.version,
        id=end.id,
        facts={"from": end.replaces, "pipeline": pipeline_rows(facts, policy)},
        asked_in=end.asked_in,
    )


def _with_signature(
    rows: list[Mapping[str, Any]], facts: DeliveryFacts, command: Promotion, policy: Policy
) -> list[Mapping[str, Any]]:
    """With what GitHub finds of the signature, in its place, where nothing follows from it and it is not recorded."""
    if not rows or any(row["gate"] == "signature" for row in rows):
        return rows
    place = next((number for number, row in enumerate(rows, start=1) if row["gate"] == "tag"), len(rows))
    return [*rows[:place], *verdict_rows(signature_verdict(facts.tag, command.target, policy)), *rows[place:]]


def _onward(facts: DeliveryFacts, command: Promotion, policy: Policy) -> str:
    """Said where nothing was left to do: where the version may go from there, if it stands not there already."""
    following = () if command.trial else pipeline_of(policy, facts.environments).next_of(command.target)
    stable = {name: facts.ledger.standing(name).stable for name in following}
    missing = [name for name, one in stable.items() if one is None or one.version != command.version]
    if not missing:
        return ""
    onward = replace(command, source=command.target, target=missing[0], automatic=False)
    return f"Nothing was left to do. Promote it to the next one: {again(onward)}"


def _gates_passed(facts: DeliveryFacts) -> tuple[Verdict, ...]:
    """What the gates of this run said, among them those that were let past."""
    return tuple(verdict for results in facts.stage_gates.values() for verdict in results.verdicts)


def delivery_at_hand(facts: DeliveryFacts, command: Bringing) -> str:
    """Id of the promotion or rollback of this version that is under way; empty for none."""
    claim = facts.ledger.standing(command.target).claim
    same = claim and (claim.version, claim.replaces) == (command.version, command.replaces)
    return claim.id if claim and same else ""


def run_row(facts: DeliveryFacts, delivery: str) -> dict[str, Any] | None:
    """The workflow run that was started for a delivery, as plain JSON; None where no workflow deploys."""
    run = facts.run_of(delivery)
    if run is None:
        return None
    return {
        "id": run.id,
        "url": run.url,
        "status": run.status,
        "conclusion": run.conclusion,
        "waiting_for": list(run.waiting_for),
    }


def pipeline_rows(facts: DeliveryFacts, policy: Policy) -> list[dict[str, Any]]:
    """Every environment with what it comes after and what was verified there last."""
    after = pipeline_of(policy, facts.environments).after
    stable = {name: facts.ledger.standing(name).stable for name in after}
    tried = {name: _tried(facts, name) for name in after}
    return [
        {
            "environment": name,
            "after": list(before),
            "version": one.version if (one := stable[name]) else "",
            **({"trial": trial.to_json()} if (trial := tried[name]) else {}),
        }
        for name, before in after.items()
    ]


def _tried(facts: DeliveryFacts, environment: str) -> Trial | None:
    """What is tried and was found good."""
    deployment = on_trial(facts.deployments, environment)
    good = deployment and deployment.state is DeploymentState.SUCCESS
    return trial_of(deployment.version) if deployment and good else None


def deployment_row(deployment: Deployment) -> dict[str, Any]:
    """A deployment as plain JSON."""
    return {
        "id": deployment.id,
        "environment": deployment.environment,
        "state": deployment.state.value,
        "sha": deployment.commit,
        "url": deployment.url,
    }


def message_of(move: Wait | Refusal | Done) -> str:
    """What people are told of how it came to rest."""
    match move:
        case Done():
            return f"{move.summary}."
        case Wait():
            return move.summary
        case Refusal():
            return move.message


def ending(move: Wait | Refusal | Done) -> tuple[Decision, str, ExitCode]:
    """Decision, next step and exit code of how it came to rest."""
    match move:
        case Done():
            return Decision.DONE, "", ExitCode.OK
        case Wait(who="time"):
            return Decision.WAITING, "Run the command again then, or with --wait.", ExitCode.WAITING
        case Wait() if move.reason_code in UNDER_WAY:
            return Decision.WAITING, f"Waiting for {move.who}. It goes on by itself.", ExitCode.WAITING
        case Wait():
            return Decision.WAITING, f"Waiting for {move.who}. Then run the command again.", ExitCode.WAITING
        case Refusal():
            return Decision.REFUSED, move.next_step, move.exit_code


def planned(
    moves: tuple[DeliveryMove, ...],
    facts: DeliveryFacts,
    command: Promotion,
    policy: Policy,
    steps: tuple[str, ...],
) -> DeliveryOutcome:
    """The outcome of a dry run: what would be done, and nothing that was."""
    last = moves[-1]
    if isinstance(last, Wait | Refusal) and not starts_a_run(moves):
        return promotion_outcome(last, facts, command, policy, steps)
    base = promotion_outcome(Done(""), facts, command, policy, steps, _grounds(moves))
    message = f"{command.version} would go to {command.target}."
    if moves == (last,):
        message = f"{command.version} is in {command.target} already."
    more = {**base.facts, "estimate": estimate(moves, facts, policy).to_json()}
    return replace(base, decision=Decision.PLANNED, reason_code="dry-run", message=message, facts=more)


def starts_a_run(moves: Iterable[object]) -> bool:
    """Whether a plan ends with something that would go on without us: a run, or somebody who deploys."""
    return any(
        isinstance(move, Dispatch | RunAgain)
        or (isinstance(move, StartDeployment) and "deployer" in move.payload)
        for move in moves
    )


def _grounds(moves: Iterable[DeliveryMove]) -> list[Mapping[str, Any]]:
    """The verdicts with which the promotion would begin."""
    events = (event for move in moves if isinstance(move, Record) for event in move.events)
    return [row for event in events if event.kind == "promotion-started" for row in event.detail["verdicts"]]
