"""May the release pull request be merged now? Every condition answers, not only the first one that does not hold."""

from shipway.domain.checks import State, newest, state_of
from shipway.domain.facts import PullRequest
from shipway.domain.repository import TargetRules
from shipway.domain.verdict import Ruling, Verdict

STILL_COMPUTING = "still-computing"
"""Reason code of a verdict that a second look a moment later can settle."""


def merge_verdicts(pull: PullRequest, rules: TargetRules, approvals_wanted: int) -> tuple[Verdict, ...]:
    """Approvals, checks, conversations, and GitHub's own word, in this order."""
    return (
        _approvals(pull, max(approvals_wanted, rules.required_approvals)),
        _checks(pull, rules),
        _conversations(pull),
        _mergeable(pull),
    )


def _approvals(pull: PullRequest, wanted: int) -> Verdict:
    def verdict(ruling: Ruling, code: str, summary: str, who: str = "") -> Verdict:
        return Verdict("approvals", ruling, code, summary, who)

    given = len(pull.approvals)
    if pull.changes_requested_by:
        names = ", ".join(pull.changes_requested_by)
        return verdict(Ruling.FAIL, "changes-requested", f"{names} requested changes", names)
    if given < wanted:
        summary = f"{given} of {wanted} approvals of its newest commit"
        return verdict(Ruling.INCONCLUSIVE, "approvals-missing", summary, "a reviewer with write access")
    if pull.review_decision == "REVIEW_REQUIRED":
        return verdict(
            Ruling.INCONCLUSIVE, "code-owners-missing", "a code owner has to approve", "a code owner"
        )
    return verdict(
        Ruling.PASS, "approved", f"approved by {', '.join(pull.approvals) or 'nobody; none needed'}"
    )


def _checks(pull: PullRequest, rules: TargetRules) -> Verdict:
    """Skipped and neutral checks do not hold it up, as on GitHub."""

    def verdict(ruling: Ruling, code: str, summary: str, checks: tuple[str, ...] = ()) -> Verdict:
        who = "the checks' authors" if checks else ""
        return Verdict("checks", ruling, code, summary, who, checks)

    if pull.checks_doubt:
        summary = f"GitHub's answer about checks cannot be relied on: {pull.checks_doubt}"
        return verdict(Ruling.INCONCLUSIVE, "checks-untrusted", summary)
    checks = newest(pull.checks)
    bad = tuple(check.name for check in checks if state_of(check) in {State.FAILED, State.BROKEN})
    running = tuple(check.name for check in checks if state_of(check) is State.RUNNING)
    absent = tuple(str(one) for one in rules.required_checks if not any(map(one.answered_by, checks)))
    if bad:
        return verdict(Ruling.FAIL, "checks-failed", f"failed: {', '.join(bad)}", bad)
    if absent:
        return verdict(Ruling.INCONCLUSIVE, "checks-absent", f"never reported: {', '.join(absent)}", absent)
    if running:
        return verdict(Ruling.INCONCLUSIVE, "checks-running", f"running: {', '.join(running)}", running)
    count = len(checks)
    return verdict(Ruling.PASS, "checks-green", f"{count} check{' is' if count == 1 else 's are'} green")


def _conversations(pull: PullRequest) -> Verdict:
    open_ones = pull.unresolved_threads
    if open_ones:
        summary = f"{open_ones} unresolved conversation{'s' if open_ones > 1 else ''}"
        return Verdict("conversations", Ruling.INCONCLUSIVE, "unresolved", summary, "who opened them")
    return Verdict("conversations", Ruling.PASS, "resolved", "no unresolved conversation")


def _mergeable(pull: PullRequest) -> Verdict:
    def verdict(ruling: Ruling, code: str, summary: str, who: str = "") -> Verdict:
        return Verdict("mergeable", ruling, code, summary, who)

    if pull.mergeable == "CONFLICTING" or pull.merge_state == "DIRTY":
        summary = f"it conflicts with {pull.base}"
        return verdict(Ruling.FAIL, "conflict", summary, "who can push to the release branch")
    match pull.merge_state:
        case "UNKNOWN":
            return verdict(
                Ruling.INCONCLUSIVE, STILL_COMPUTING, "GitHub is still computing whether it can merge"
            )
        case "BEHIND":
            summary = f"it is behind {pull.base}"
            return verdict(Ruling.INCONCLUSIVE, "behind", summary, "who can push to the release branch")
        case "BLOCKED":
            summary = f"the rules of {pull.base} block merging"
            return verdict(
                Ruling.INCONCLUSIVE, "blocked", summary, "an administrator or what the rules ask for"
            )
        case _:
            return verdict(Ruling.PASS, "mergeable", "GitHub can merge it")
