"""Who asks, with everything that the rules about them go by, and nothing that no rule goes by."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from shipway.adapters.github import GitHub, identity
from shipway.domain.authority import Asker, teams_named
from shipway.domain.facts import DeliveryFacts, Facts, Oid
from shipway.domain.policy import AuthorizePolicy, Policy
from shipway.errors import ExitCode, GitHubError

F = TypeVar("F", bound=DeliveryFacts)

WORKFLOW = "github-actions[bot]"
"""Whom the token of a workflow belongs to."""


def governed(policy: Policy) -> bool:
    """Whether some environment says who may act on it; where none does, the token's own permission is enough."""
    return any(one.authorize != AuthorizePolicy() for one in policy.environments.values())


def releaser(github: GitHub, claim: identity.RunClaim, policy: Policy) -> identity.Person:
    """Who asks for a release: as GitHub says, where an environment goes by it; else as the run says.

    Raises:
        GitHubError: `identity-differs`, `identity-unknown`.
    """
    return (
        identity.person_of(github, claim)
        if governed(policy)
        else identity.Person(claim.actor, "workflow run")
    )


def completed(
    facts: F,
    person: identity.Person,
    run_id: str,
    environments: tuple[str, ...],
    policy: Policy,
    github: GitHub,
) -> F:
    """The facts with teams, approvals and authorship of who asks, where rules of these environments go by them.

    Raises:
        GitHubError: `identity-unknown`: nobody stands behind a workflow's token.
    """
    asker = facts.asker
    if asker.login == WORKFLOW:
        raise GitHubError(
            "Who asks cannot be found out: the token is a workflow's, and GITHUB_RUN_ID names no run.",
            "Run it in the workflow, or use your own token: GITHUB_TOKEN=$(gh auth token) shipway status",
            reason_code="identity-unknown",
            exit_code=ExitCode.NOT_AUTHORISED,
        )
    rules = {
        name: policy.environments[name].authorize for name in environments if name in policy.environments
    }
    teams = teams_named(policy, environments)
    counting = [
        name
        for name, rule in rules.items()
        if run_id and (rule.approvals or policy.environments[name].approvals.count)
    ]
    known = replace(
        asker,
        source=person.source,
        role=_role(person, asker, github),
        teams=identity.teams_of(github, asker.login, teams) if teams else asker.teams,
        approvals=identity.approvers(github, run_id, counting) if counting else {},
    )
    return having_written(facts.having(asker=known), environments, policy, github)


def _role(person: identity.Person, asker: Asker, github: GitHub) -> str | None:
    """Their role: as it is known, else as GitHub says; of one's own token what it may do."""
    if not person.login or person.role is not None:
        return person.role if person.login else asker.role
    return identity.role_of(github, asker.login)


def having_written(facts: F, environments: Sequence[str], policy: Policy, github: GitHub) -> F:
    """The facts with what who asks wrote and pushed of the version, where rules of these environments go by it.

    Nothing of it is known before the version has a commit, so a release asks once it is merged.
    """
    rules = {
        name: policy.environments[name].authorize for name in environments if name in policy.environments
    }
    strict = [name for name, rule in rules.items() if not rule.commit_authors]
    guarded = any(not rule.last_pusher for rule in rules.values())
    known = replace(
        facts.asker,
        authored=_authored(facts, strict, github) if strict else {},
        last_pusher=_last_pusher(facts, github) if guarded else "",
    )
    return facts.having(asker=known)


def version_commit(facts: DeliveryFacts) -> Oid:
    """The commit of the version: the tagged one, or the one that will be; empty before there is one."""
    if facts.tag:
        return facts.tag.commit
    return facts.pull_request.merge_oid if isinstance(facts, Facts) and facts.pull_request else ""


def _authored(facts: DeliveryFacts, environments: Sequence[str], github: GitHub) -> dict[str, str]:
    """Environment → a commit of theirs that it would get with the version at hand, for each that is known."""
    after = version_commit(facts)
    if not after:
        return {}
    stable = {name: facts.ledger.standing(name).stable for name in environments}
    found = {
        name: identity.commit_by(github, facts.asker.login, one.commit if one else "", after)
        for name, one in stable.items()
    }
    return {name: commit for name, commit in found.items() if commit is not None}


def _last_pusher(facts: DeliveryFacts, github: GitHub) -> str:
    """Who pushed last to the version's pull request, by the ledger where no other is at hand; empty where unknown."""
    if isinstance(facts, Facts):
        number = facts.pull_request.number if facts.pull_request and facts.merged else 0
    elif facts.proposal:
        number = facts.proposal.number
    else:
        merged = facts.ledger.newest("merged")
        number = merged.detail["number"] if merged else 0
    return identity.last_pusher(github, number) if number else ""
