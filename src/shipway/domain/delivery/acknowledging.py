"""Answering for a cut of the ledger: the one next move, and what it ended with."""

from collections.abc import Iterable
from dataclasses import dataclass

from shipway.domain.authority import Asker, can_run, rule_verdict
from shipway.domain.authority_rule import AuthorityRule
from shipway.domain.delivery.outcome import DeliveryOutcome, ending
from shipway.domain.delivery.steps import Record
from shipway.domain.events import verdict_rows
from shipway.domain.facts import DeliveryFacts
from shipway.domain.ledger_cut import KIND, Acknowledgement, Cut, Loss, acknowledged
from shipway.domain.outcome import Decision
from shipway.domain.resting import Done, Refusal, Wait
from shipway.domain.verdict import Verdict
from shipway.errors import ExitCode

EXAMPLE = "shipway audit acknowledge 17 --reason 'set back after somebody pushed by hand'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledging:
    """Answer for a cut.

    Attributes:
        number: GitHub's, of the cut.
        id: Of this request (UUID).
        at: When it was asked for, ISO 8601 in UTC.
        run_url: Where the run can be watched; may be empty.
        cut: The cut, if nobody answers for it yet.
        loss: What it lost; None where that cannot be read.
        given: By whom it was answered for already.
        others: Numbers of other cuts that nobody answers for.
        own_token: Whether the token is that of a person, for whom GitHub signs what it writes.
    """

    number: int
    id: str = ""
    at: str = ""
    reason: str = ""
    run_url: str = ""
    cut: Cut | None = None
    loss: Loss | None = None
    given: Acknowledgement | None = None
    others: tuple[int, ...] = ()
    own_token: bool = True


def answering_verdict(asker: Asker, rule: AuthorityRule) -> Verdict:
    """Whether somebody may answer for a cut."""
    return rule_verdict(asker, rule, "acknowledge cuts of the ledger")


def decide(facts: DeliveryFacts, command: Acknowledging, rule: AuthorityRule) -> Record | Refusal | Done:
    """The next move: a record, a refusal, or done."""
    if f"{KIND}:{command.id}" in facts.ledger.keys:
        return Done(f"{facts.asker.login} answers for cut {command.number} now; {command.loss}")
    if command.given:
        return Done(f"{command.given.by} answers for cut {command.number} already: {command.given.reason}")
    if command.cut is None:
        return _unknown(command)
    if command.loss is None:
        return _unreadable(command.cut)
    if not command.own_token:
        return _nobody(command)
    verdict = answering_verdict(facts.asker, rule)
    if not verdict.passed:
        return _not_authorised(verdict, command)
    event = acknowledged(
        command.cut,
        command.loss,
        id_=command.id,
        actor=facts.asker.login,
        at=command.at,
        reason=command.reason,
        run=command.run_url,
    )
    return Record((event,))


def _unknown(command: Acknowledging) -> Refusal:
    known = ", ".join(map(str, command.others))
    return Refusal(
        "cut-unknown",
        f"There is no cut {command.number} of the ledger that somebody would have to answer for.",
        f"Those that nobody answers for: {known}; for example: shipway audit acknowledge {command.others[0]} "
        "--reason '…'"
        if known
        else "There is none at all. See: shipway audit verify",
        ExitCode.USAGE,
    )


def _unreadable(cut: Cut) -> Refusal:
    return Refusal(
        "cut-unreadable",
        f"What cut {cut.id} lost cannot be named: GitHub does not give {cut.before[:10]} any more.",
        f"Run it in a clone that has that commit, or fetch it from one: git fetch path/to/clone {cut.before}",
    )


def _nobody(command: Acknowledging) -> Refusal:
    return Refusal(
        "acknowledged-by-nobody",
        "A cut is answered for with a token of one's own: GitHub then signs for whom it made the entry.",
        f"GITHUB_TOKEN=$(gh auth token) {_again(command)}",
        ExitCode.NOT_AUTHORISED,
    )


def _not_authorised(verdict: Verdict, command: Acknowledging) -> Refusal:
    return Refusal(
        verdict.reason_code,
        f"Cut {command.number} cannot be acknowledged: {verdict.summary}.",
        can_run(verdict.who, _again(command)),
        ExitCode.NOT_AUTHORISED,
        (verdict,),
    )


def _again(command: Acknowledging) -> str:
    return f"shipway audit acknowledge {command.number} --reason '…'"


def acknowledged_outcome(
    move: Record | Wait | Refusal | Done, command: Acknowledging, steps: Iterable[str]
) -> DeliveryOutcome:
    """What it ended with; of a dry run the record that would be made."""
    decision, next_step, exit_code = (
        (Decision.PLANNED, "", ExitCode.OK) if isinstance(move, Record) else ending(move)
    )
    taken = tuple(steps)
    cut = command.cut
    return DeliveryOutcome(
        command="audit acknowledge",
        decision=decision,
        reason_code=(
            "dry-run"
            if isinstance(move, Record)
            else ("acknowledged" if taken else "already-acknowledged")
            if isinstance(move, Done)
            else move.reason_code
        ),
        message=_message(move, command),
        next_step=next_step,
        exit_code=exit_code,
        environment="",
        id=command.id if taken else "",
        facts={
            "cut": {"id": cut.id, "before": cut.before, "after": cut.after, "by": cut.by, "at": cut.at}
            if cut
            else None,
            "lost": [one.to_json() for one in command.loss.entries] if command.loss else [],
        },
        verdicts=tuple(verdict_rows(move.verdicts)) if isinstance(move, Refusal) else (),
        steps=taken,
    )


def _message(move: Record | Wait | Refusal | Done, command: Acknowledging) -> str:
    match move:
        case Record() if command.cut:
            return f"Cut {command.number} would be acknowledged: {command.cut.story}; {command.loss}."
        case Refusal():
            return move.message
        case Done() | Wait():
            return f"{move.summary}."
        case _:
            return ""
