"""What must hold before an environment goes back: one verdict each, and all of them shown.

Order, soak time and separation of duties do not count here: what comes back was good before.
"""

from collections.abc import Iterator, Mapping

from shipway.domain.authority import authority_verdict
from shipway.domain.delivery.asking import approval_policy
from shipway.domain.delivery.claim_policy import claim_policy, unconcluded
from shipway.domain.delivery.claims import claim_at_hand
from shipway.domain.delivery.deploying import deploy_policy
from shipway.domain.delivery.lock_policy import lock_policy
from shipway.domain.delivery.policies import (
    EXIT_CODES,
    hold_text,
    protection_policy,
    still_asked,
    verified_in,
    version_policy,
)
from shipway.domain.delivery.rollback_facts import RollbackAttempt
from shipway.domain.delivery.signing import deciding, signature_verdict
from shipway.domain.delivery.way_back import newest_there, verified_besides, way_back
from shipway.domain.verdict import Ruling, Verdict
from shipway.errors import ExitCode

ORDER = (
    "environment",
    "stands",
    "target",
    "version",
    "signature",
    "lock",
    "authority",
    "repeat",
    "impact",
    "protection",
    "approval",
    "claim",
)
"""The policies, in the order in which they answer."""

_OWN_CODES: Mapping[str, ExitCode] = {
    "environment-unknown": ExitCode.USAGE,
    "nothing-deployed": ExitCode.VERSION_MISSING,
    "environment-changed": ExitCode.TRANSITION,
    "nothing-before": ExitCode.VERSION_MISSING,
    "never-verified": ExitCode.VERSION_MISSING,
    "held": ExitCode.TRANSITION,
    "version-stands": ExitCode.TRANSITION,
    "tag-moved": ExitCode.TRANSITION,
    "rollback-repeated": ExitCode.TRANSITION,
    "dependants-break": ExitCode.TRANSITION,
}
"""Reason → exit code when a policy refuses; what promotions ask for too has theirs."""


def exit_code(verdict: Verdict) -> ExitCode:
    """How the command ends when this is why."""
    return _OWN_CODES.get(verdict.reason_code) or EXIT_CODES[verdict.gate]


def verdicts(attempt: RollbackAttempt) -> tuple[Verdict, ...]:
    """Every policy's answer, those first that say the most about what was asked."""
    return still_asked(attempt, _answers(attempt))


def _answers(attempt: RollbackAttempt) -> Iterator[Verdict]:
    command = attempt.command
    yield _environment(attempt)
    if unknown := unconcluded(attempt):  # what stands there, nobody knows before
        yield claim_policy(attempt)
    yield _stands(attempt)
    if command.replaces:
        yield _target(attempt)
    if command.version and command.version != command.replaces:
        yield _version(attempt)
        yield from _signature(attempt)
    yield lock_policy(attempt)
    yield _authority(attempt)
    yield _repeat(attempt)
    yield from _migrations(attempt)
    yield from _dependants(attempt)
    if deploy_policy(attempt.policy, command.target).workflow:
        yield from protection_policy(attempt)
    yield from _approval(attempt)
    if not unknown:
        yield claim_policy(attempt)


def _environment(attempt: RollbackAttempt) -> Verdict:
    name, names = attempt.command.target, attempt.pipeline.names
    if name in names:
        return Verdict("environment", Ruling.PASS, "environment-known", f"{name} is in the pipeline")
    summary = f"there is no environment {name}, there are {', '.join(names)}"
    return Verdict("environment", Ruling.FAIL, "environment-unknown", summary, "whoever asks for another")


def _stands(attempt: RollbackAttempt) -> Verdict:
    """Whether something is there to go, and still the same as when the way back was worked out."""
    command = attempt.command
    name, gone = command.target, command.replaces
    now = way_back(attempt.facts, name, command.asked, automatic=command.automatic).gone
    if not now:
        summary = f"nothing is deployed to {name}"
        return Verdict("stands", Ruling.FAIL, "nothing-deployed", summary, "whoever promotes a version there")
    if now != gone:
        summary = f"{name} changed meanwhile: {now} stands there, not {gone or 'nothing'}"
        return Verdict("stands", Ruling.FAIL, "environment-changed", summary, "whoever looks again")
    return Verdict("stands", Ruling.PASS, "version-goes", f"{gone} stands in {name} and goes")


def _target(attempt: RollbackAttempt) -> Verdict:
    """Whether what is to come back was found good here before."""
    command = attempt.command
    name, version, gone = command.target, command.version, command.replaces
    standing = attempt.facts.ledger.standing(name)
    known = [one.version for one in verified_besides(standing, gone)]
    if version and version == gone:
        summary = f"{version} is what stands in {name}"
        return Verdict("target", Ruling.FAIL, "version-stands", summary, "whoever asks for another version")
    if version in known:
        return Verdict("target", Ruling.PASS, "verified-before", f"{version} was verified in {name}")
    if not version:
        summary = f"no version was verified in {name} before {gone}"
        return Verdict("target", Ruling.FAIL, "nothing-before", summary, "whoever repairs it going forward")
    if hold := standing.held(version):
        return Verdict("target", Ruling.FAIL, "held", hold_text(name, hold), "whoever may lift the hold")
    there = f"; verified there: {', '.join(reversed(known))}" if known else f", nor is any besides {gone}"
    summary = f"{version} is not verified in {name}{there}"
    return Verdict("target", Ruling.FAIL, "never-verified", summary, "whoever asks for another version")


def _authority(attempt: RollbackAttempt) -> Verdict:
    """Who configured that a version found bad goes by itself has said so already; the ledger says that it was."""
    command, facts = attempt.command, attempt.facts
    bad = facts.ledger.standing(command.target).reverting
    if command.automatic and bad and bad.version == command.replaces and not bad.asks:
        return Verdict("authority", Ruling.PASS, "found-bad", f"{bad.version} was found bad: {bad.reason}")
    return authority_verdict(facts.asker, "rollback", command.target, attempt.policy)


def _approval(attempt: RollbackAttempt) -> Iterator[Verdict]:
    """Asked before it begins, and never of what a trigger takes back."""
    command = attempt.command
    somewhere = command.version and command.replaces and command.version != command.replaces
    if somewhere and not command.automatic and not claim_at_hand(attempt):
        yield from approval_policy(attempt)


def _version(attempt: RollbackAttempt) -> Verdict:
    """Whether its tag is there, on the commit that was verified."""
    tag = attempt.facts.tag
    seen = verified_in(attempt.facts.ledger, attempt.command.target, attempt.command.version)
    if tag and seen and seen.commit != tag.commit:
        summary = f"{tag.name} stands on {tag.commit[:10]}, and {seen.commit[:10]} was verified"
        return Verdict("version", Ruling.FAIL, "tag-moved", summary, "whoever moved the tag")
    return version_policy(attempt)


def _signature(attempt: RollbackAttempt) -> Iterator[Verdict]:
    """As for a promotion, where something follows from it: a key may have been withdrawn since it was good."""
    target, policy = attempt.command.target, attempt.policy
    return iter(deciding(signature_verdict(attempt.facts.tag, target, policy), target, policy))


def _repeat(attempt: RollbackAttempt) -> Verdict:
    """Nothing rolls back by itself what came, or was to come, by a rollback."""
    command = attempt.command
    claim = attempt.facts.ledger.standing(command.target).claim
    newest = newest_there(attempt.facts, command.target)
    going_on = command.replaces and claim and claim.replaces == command.replaces
    if newest is None or not newest.replaces or going_on:
        summary = f"the newest deployment to {command.target} is no rollback"
        return Verdict("repeat", Ruling.PASS, "first-rollback", summary)
    summary = f"the newest deployment to {command.target} is a rollback from {newest.replaces} already"
    if command.automatic:
        who = "a person who runs it by hand"
        return Verdict("repeat", Ruling.FAIL, "rollback-repeated", summary, who)
    return Verdict("repeat", Ruling.PASS, "rollback-again", summary, warning=True)


def _migrations(attempt: RollbackAttempt) -> Iterator[Verdict]:
    """Never forbids: who goes back at night has to know, and to decide."""
    impact = attempt.facts.impact
    if impact.unknown:
        yield Verdict("impact", Ruling.PASS, "impact-unknown", impact.unknown, warning=True)
    if impact.migrations:
        more = f" and {len(impact.migrations) - 1} more" if len(impact.migrations) > 1 else ""
        summary = (
            f"what {impact.migrations[0]}{more} did is not taken back by a rollback: check that "
            f"{attempt.command.version} bears it"
        )
        yield Verdict(
            "impact", Ruling.PASS, "migrations-touched", summary, details=impact.migrations, warning=True
        )
    elif impact.commit_count and not impact.unknown:
        yield Verdict("impact", Ruling.PASS, "no-migrations", "no migration is among the changed files")


def _dependants(attempt: RollbackAttempt) -> Iterator[Verdict]:
    """A person decides what is worse; nothing breaks others by itself."""
    lost, command = attempt.facts.impact.dependants, attempt.command
    if not lost:
        return
    more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    summary = f"{command.version} comes back to {command.target}, and {lost[0]}{more}"
    ruling = Ruling.FAIL if command.automatic else Ruling.PASS
    who = "a person who runs it by hand" if command.automatic else ""
    warning = not command.automatic
    yield Verdict("dependants", ruling, "dependants-break", summary, who, details=lost, warning=warning)
