"""Who asks, with everything that the rules about them go by, and nothing that no rule goes by."""

from dataclasses import replace

from shipway.adapters.github import GitHub, identity
from shipway.domain.authority import Asker, teams_named
from shipway.domain.policy import Policy
from shipway.errors import ExitCode, GitHubError

WORKFLOW = "github-actions[bot]"
"""Whom the token of a workflow belongs to."""


def completed(
    asker: Asker,
    person: identity.Person,
    run_id: str,
    environments: tuple[str, ...],
    policy: Policy,
    github: GitHub,
) -> Asker:
    """The asker with teams and approvals, where rules of these environments name teams or count approvals.

    Raises:
        GitHubError: `identity-unknown`: nobody stands behind a workflow's token.
    """
    if asker.login == WORKFLOW:
        raise GitHubError(
            "Who asks cannot be found out: the token is a workflow's, and GITHUB_RUN_ID names no run.",
            "Run it in the workflow, or use your own token: GITHUB_TOKEN=$(gh auth token) shipway status",
            reason_code="identity-unknown",
            exit_code=ExitCode.NOT_AUTHORISED,
        )
    teams = teams_named(policy, environments)
    approvals = [
        name
        for name in environments
        if run_id and (one := policy.environments.get(name)) and one.authorize.approvals
    ]
    return replace(
        asker,
        source=person.source,
        teams=identity.teams_of(github, asker.login, teams) if teams else asker.teams,
        approved_by=identity.approvers(github, run_id, approvals[0]) if len(approvals) == 1 else (),
    )
