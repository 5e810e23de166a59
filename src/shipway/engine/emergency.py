"""Whose approval lets a hotfix in, as GitHub says."""

from shipway.adapters.github import GitHub, identity
from shipway.domain.authority import Asker
from shipway.domain.delivery.approvals import answers_of_merge
from shipway.domain.facts import Facts, PullRequestState
from shipway.domain.hotfix.approval import approvers_rule, counts
from shipway.domain.policy import HotfixPolicy


def emergency_approvals(
    facts: Facts, version: str, actor: str, policy: HotfixPolicy, github: GitHub
) -> frozenset[str]:
    """Logins of those who approved the newest commit and may let it in; nobody is asked about where it is merged.

    Args:
        facts: With the pull request, and what people said of it in comments.
        version: Of the hotfix.
        actor: Who asks now, for a hotfix that has not begun.
    """
    pull = facts.pull_request
    if policy.auto_approve or pull is None or pull.state is not PullRequestState.OPEN:
        return frozenset()
    first = facts.ledger.newest("initiated")
    initiator = first.actor if first else actor
    said, _ = answers_of_merge(facts.ledger, version, pull.head_oid)
    found = (_asker(login, policy, github) for login in dict.fromkeys((*pull.approvals, *said)))
    return frozenset(asker.login for asker in found if counts(asker, initiator, policy))


def _asker(login: str, policy: HotfixPolicy, github: GitHub) -> Asker:
    """Somebody with what the rule goes by, and nothing that it does not go by."""
    rule = approvers_rule(policy)
    return Asker(
        login,
        role=identity.role_of(github, login) if rule.roles else None,
        teams=identity.teams_of(github, login, rule.teams) if rule.teams else None,
    )
