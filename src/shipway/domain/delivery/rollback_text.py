"""What people are told of rollbacks: sentences, and what to do next."""

from collections.abc import Callable, Mapping

from shipway.domain.authority import can_run
from shipway.domain.delivery.command import Rollback
from shipway.domain.delivery.lock_policy import opening
from shipway.domain.delivery.promotion_advice import LIFTING
from shipway.domain.delivery.rollback_facts import RollbackAttempt
from shipway.domain.delivery.way_back import verified_besides
from shipway.domain.verdict import Verdict


def again(command: Rollback) -> str:
    """The command that goes on with this rollback."""
    version = f" --to {command.version}" if command.version else ""
    return f"shipway rollback {command.target}{version} --reason '…'"


def unfinished(command: Rollback) -> str:
    """What to do when what came back is not good."""
    return (
        f"Nothing is tried again by itself. Look at {command.target} and bring {command.version} back by hand, as "
        f"docs/rollback.md says; then run: {again(command)}"
    )


def revert_body(command: Rollback, number: int) -> str:
    """What the pull request says that reverts the release."""
    return (
        f"{command.target} was rolled back from {command.replaces} to {command.version}. "
        f"This takes back #{number}, so that the next release does not bring it again.\n\n"
        f"Close it if the cause is mended going forward."
    )


def next_step(attempt: RollbackAttempt, verdict: Verdict) -> str:
    """What would lift a refusal, with an example."""
    advice = _ADVICE.get(verdict.reason_code)
    return advice(attempt) if advice else can_run(verdict.who, again(attempt.command))


def _name_one(attempt: RollbackAttempt) -> str:
    """A version that may come back, if there is any."""
    command = attempt.command
    known = verified_besides(attempt.facts.ledger.standing(command.target), command.replaces)
    if not known:
        return _forward(attempt)
    return f"Name one of them: shipway rollback {command.target} --to {known[-1].version} --reason '…'"


def _forward(attempt: RollbackAttempt) -> str:
    return f"Release what repairs it, and promote that: shipway release patch, then {_promote(attempt)}"


def _promote(attempt: RollbackAttempt, version: str = "VERSION") -> str:
    """The way into the environment that is to go back, from the one before it."""
    target = attempt.command.target
    before = attempt.pipeline.after.get(target, ())
    source = f" --from {before[0]}" if before else ""
    return f"shipway promote {version}{source} --to {target}"


def _look(attempt: RollbackAttempt) -> str:
    return f"Look what stands there, then ask again: shipway status --env {attempt.command.target}"


def _signed(attempt: RollbackAttempt) -> str:
    return (
        "Name a version whose commit GitHub finds signed, or let this one in, with `signature: warn` of "
        f"{attempt.command.target}; then: {again(attempt.command)}"
    )


_ADVICE: Mapping[str, Callable[[RollbackAttempt], str]] = {
    "environment-unknown": lambda attempt: (
        f"Name one: shipway rollback {attempt.pipeline.names[-1]} --reason '…'"
    ),
    "nothing-deployed": lambda attempt: f"Promote a version there first: {_promote(attempt)}",
    "environment-changed": _look,
    "nothing-before": _forward,
    "never-verified": _name_one,
    "held": lambda attempt: (
        f"When its cause is mended: {_promote(attempt, attempt.command.version)}{LIFTING}"
    ),
    "version-stands": _name_one,
    "version-unknown": _name_one,
    "tag-moved": lambda attempt: f"Find out who moved it: git ls-remote --tags origin {attempt.command.tag}",
    "unsigned": _signed,
    "signature-invalid": _signed,
    "signature-unread": lambda attempt: f"Run it again, so that GitHub is asked: {again(attempt.command)}",
    "locked": opening,
    "promotion-under-way": _look,
    "environment-missing": lambda attempt: (
        f"Make it as configured: shipway environments apply. Then: {again(attempt.command)}"
    ),
    "rejected": lambda attempt: f"Who rejected it may approve it after all. Then: {again(attempt.command)}",
    "approval-timed-out": lambda attempt: f"Ask again: {again(attempt.command)}",
    "run-unconcluded": lambda attempt: f"Look how it ended: shipway sweep. Then: {again(attempt.command)}",
    "rollback-repeated": lambda attempt: f"Look at it, and decide: {again(attempt.command)}",
    "dependants-break": lambda attempt: f"Look at what breaks, and decide: {again(attempt.command)}",
}
"""Reason → what would lift the refusal."""
