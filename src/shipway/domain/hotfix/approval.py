"""Who lets a hotfix in: an emergency approver, bound to the very commit, or nobody where configuration says so."""

from shipway.domain.authority import Asker, may, sufficient
from shipway.domain.authority_rule import AuthorityRule
from shipway.domain.facts import Facts, PullRequest
from shipway.domain.policy import HotfixPolicy
from shipway.domain.verdict import Ruling, Verdict


def approvers_rule(policy: HotfixPolicy) -> AuthorityRule:
    """Who may let a hotfix in; maintainers, where the configuration names nobody."""
    return policy.approvers if policy.approvers != AuthorityRule() else AuthorityRule(roles=("maintain",))


def counts(asker: Asker, initiator: str, policy: HotfixPolicy) -> bool:
    """Whether somebody's approval lets a hotfix in; that of who began it does not."""
    return asker.login.lower() != initiator.lower() and may(asker, approvers_rule(policy))


def emergency_verdict(pull: PullRequest, facts: Facts, policy: HotfixPolicy) -> Verdict:
    """Whether somebody who may has approved the newest commit."""
    rule = approvers_rule(policy)
    enough = sufficient(rule)
    counted = [login for login in pull.approvals if login in facts.emergency_approvals]
    if policy.auto_approve:
        return Verdict(
            "emergency", Ruling.PASS, "auto-approved", "let in by configuration: hotfix.auto-approve"
        )
    if counted:
        return Verdict("emergency", Ruling.PASS, "emergency-approved", f"let in by {', '.join(counted)}")
    summary = "an emergency approver has to approve its newest commit"
    if pull.approvals:
        summary += f"; {', '.join(pull.approvals)} may not, or cannot be known to"
    return Verdict("emergency", Ruling.INCONCLUSIVE, "emergency-approval-missing", summary, enough)
