"""Who may do what where. The identity comes from GitHub, never from text."""

from dataclasses import dataclass

from shipway.domain.policy import Action, AuthorityRule, Policy, Role
from shipway.domain.verdict import Ruling, Verdict

ROLES = ("read", "triage", "write", "maintain", "admin")
"""GitHub's roles in a repository, each allowed what those before it are."""

DEFAULT_ROLE: dict[Action, Role] = {
    "override": "maintain",
    "unlock-by-force": "maintain",
    "lift-hold": "maintain",
}
"""The role that an action needs where the configuration names nobody; `write` for all others."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks.

    Attributes:
        login: As GitHub knows them.
        role: In the repository; empty for none.
        teams: `org/team` of each team that they are in; None when GitHub would not say.
        source: How the identity is known, for the ledger.
    """

    login: str = ""
    role: str = ""
    teams: frozenset[str] | None = None
    source: str = "token"


def authority_verdict(asker: Asker, action: Action, environment: str, policy: Policy) -> Verdict:
    """Whether somebody may do this here, on which ground, or what would suffice."""
    rule = rule_for(action, environment, policy)
    ground = _ground(asker, rule)
    where = f" in {environment}" if environment else ""
    if ground:
        return Verdict(
            "authority", Ruling.PASS, "authorised", f"{asker.login} may {_word(action)}{where}: {ground}"
        )
    enough = sufficient(rule)
    if asker.teams is None and rule.teams and not rule.users:
        summary = (
            f"whether {asker.login} is in {', '.join(rule.teams)} cannot be read with this token; {enough}"
        )
        return Verdict("authority", Ruling.INCONCLUSIVE, "teams-unreadable", summary, enough)
    summary = f"{asker.login or 'nobody'} may not {_word(action)}{where}; {enough} may"
    return Verdict("authority", Ruling.FAIL, "not-authorised", summary, enough)


def rule_for(action: Action, environment: str, policy: Policy) -> AuthorityRule:
    """Who may: as the environment says of the action, else of itself, else by role."""
    authorize = policy.environments[environment].authorize if environment in policy.environments else None
    if authorize:
        stated = authorize.actions.get(action)
        if stated:
            return stated
        if (authorize.users or authorize.teams or authorize.roles) and action not in DEFAULT_ROLE:
            return AuthorityRule(users=authorize.users, teams=authorize.teams, roles=authorize.roles)
    lowest: Role = DEFAULT_ROLE.get(action, "write")
    return AuthorityRule(roles=(lowest,))


def sufficient(rule: AuthorityRule) -> str:
    """Who would suffice, as a sentence's part."""
    named = [*rule.users, *(f"team {team}" for team in rule.teams), *(f"role {role}" for role in rule.roles)]
    return " or ".join(named) or "nobody"


def _ground(asker: Asker, rule: AuthorityRule) -> str:
    if asker.login.lower() in {user.lower() for user in rule.users}:
        return "named in the configuration"
    teams = {team.lower() for team in asker.teams or ()}
    team = next((team for team in rule.teams if team.lower() in teams), "")
    if team:
        return f"member of {team}"
    lowest = min((ROLES.index(role) for role in rule.roles), default=len(ROLES))
    if asker.role in ROLES and ROLES.index(asker.role) >= lowest:
        return f"role {asker.role}"
    return ""


def _word(action: Action) -> str:
    return "roll back" if action == "rollback" else action.replace("-", " ")
