"""Who may do what where. The identity comes from GitHub, never from text."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from shipway.domain.authority_rule import AuthorityRule, Role
from shipway.domain.policy import Action, Policy
from shipway.domain.verdict import Ruling, Verdict

ROLES = ("read", "triage", "write", "maintain", "admin")
"""GitHub's roles in a repository, each allowed what those before it are."""

DEFAULT_ROLE: dict[Action, Role] = {
    "override": "maintain",
    "unlock-by-force": "maintain",
    "lift-hold": "maintain",
}
"""The role that an action needs where the configuration names nobody; `write` for all others."""


ON_BEHALF = "claim"
"""Source of an identity that is only that of who began."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks.

    Attributes:
        login: As GitHub knows them.
        role: In the repository, of a custom role the one that it is made from; empty for none, None when GitHub
            would not say.
        teams: `org/team` of each team that they are in, of those that matter; None when GitHub would not say.
        source: How the identity is known, for the ledger.
        approvals: Environment → who approved the workflow run for it on GitHub, where that counts.
        authored: Environment → a commit of theirs among those that it would get; empty where there is none. An
            environment for which GitHub was not asked, or would not say, is missing.
        last_pusher: Who pushed last to the version's pull request; empty when GitHub was not asked, or would not say.
    """

    login: str = ""
    role: str | None = ""
    teams: frozenset[str] | None = None
    source: str = "token"
    approvals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    authored: Mapping[str, str] = field(default_factory=dict)
    last_pusher: str = ""

    @property
    def carries_on(self) -> bool:
        """Whether nobody asks for anything: what was let in already is carried on, on their word."""
        return self.source == ON_BEHALF

    def approved_by(self, environment: str) -> tuple[str, ...]:
        """Who approved the run for an environment."""
        return self.approvals.get(environment, ())


def approval_detail(asker: Asker, environment: str) -> dict[str, list[str]]:
    """Who approved on GitHub, for the ledger; nothing where nobody did."""
    approved = asker.approved_by(environment)
    return {"approved_by": list(approved)} if approved else {}


def authority_verdict(asker: Asker, action: Action, environment: str, policy: Policy) -> Verdict:
    """Whether somebody may do this here, on which ground, or what would suffice."""
    rule = rule_for(action, environment, policy)
    what = f"{_word(action)}{f' in {environment}' if environment else ''}"
    return rule_verdict(asker, rule, what, _approval(asker, action, environment, policy))


def rule_verdict(asker: Asker, rule: AuthorityRule, what: str, ground: str = "") -> Verdict:
    """Whether somebody is among those that a rule names.

    Args:
        asker: Who asks.
        rule: Who may.
        what: What it is about, after "may".
        ground: Why they may anyway; empty where nothing else lets them.
    """
    ground = _ground(asker, rule) or ground
    if ground:
        return Verdict("authority", Ruling.PASS, "authorised", f"{asker.login} may {what}: {ground}")
    enough = sufficient(rule)
    code, unread = _unread(asker, rule)
    if unread:
        summary = f"{unread} cannot be read with this token; {enough} may {what}"
        return Verdict("authority", Ruling.INCONCLUSIVE, code, summary, enough)
    summary = f"{asker.login or 'nobody'} may not {what}; {enough} may"
    return Verdict("authority", Ruling.FAIL, "not-authorised", summary, enough)


def _unread(asker: Asker, rule: AuthorityRule) -> tuple[str, str]:
    """Reason code and subject of what GitHub would not say and what would matter; empty where nothing would."""
    if asker.teams is None and rule.teams:
        return "teams-unreadable", f"whether {asker.login} is in {', '.join(rule.teams)}"
    if asker.role is None and rule.roles:
        return "role-unreadable", f"the role of {asker.login}"
    return "", ""


BY_APPROVAL: frozenset[Action] = frozenset({"promote", "rollback"})
"""What an approval on GitHub can let somebody do."""


def _approval(asker: Asker, action: Action, environment: str, policy: Policy) -> str:
    """Whom GitHub let approve the run for the environment stands in for a rule, where that is configured."""
    settings = policy.environments.get(environment)
    if action not in BY_APPROVAL or settings is None or not settings.authorize.approvals:
        return ""
    others = [name for name in asker.approved_by(environment) if name.lower() != asker.login.lower()]
    return f"approved on GitHub by {', '.join(others)}" if others else ""


def teams_named(policy: Policy, environments: Iterable[str]) -> tuple[str, ...]:
    """Every team that some rule of these environments names, as GitHub has to be asked about them."""
    authorize = [policy.environments[name].authorize for name in environments if name in policy.environments]
    approving = [policy.environments[name].approvals for name in environments if name in policy.environments]
    named = [*(one.teams for one in authorize), *(r.teams for one in authorize for r in one.actions.values())]
    named += [one.teams for one in approving if one.asks]
    named += [rule_of(one.escalate_to).teams for one in approving if one.asks]
    named += [policy.release.override_approvers.teams] if policy.release.override_approvals else []
    return tuple(dict.fromkeys(team for teams in named for team in teams))


def misnamed_teams(policy: Policy) -> Iterator[tuple[tuple[str, ...], str]]:
    """Teams that are nobody's, as no organisation is named: the way to each list, and the name."""
    for path, teams in _lists_of_teams(policy):
        for team in teams:
            organisation, slash, name = team.partition("/")
            if not (organisation and slash and name) or "/" in name:
                yield path, team


def _lists_of_teams(policy: Policy) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    yield ("hotfix", "approvers", "teams"), policy.hotfix.approvers.teams
    yield ("release", "override-approvers", "teams"), policy.release.override_approvers.teams
    for name, environment in policy.environments.items():
        here = ("environments", name)
        yield (*here, "authorize", "teams"), environment.authorize.teams
        yield (*here, "approvals", "teams"), environment.approvals.teams
        for action, rule in environment.authorize.actions.items():
            yield (*here, "authorize", "actions", action, "teams"), rule.teams


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


def rule_of(names: Iterable[str]) -> AuthorityRule:
    """The rule that names logins, and teams as `org/team`."""
    known = tuple(names)
    teams = tuple(name for name in known if "/" in name)
    return AuthorityRule(users=tuple(name for name in known if name not in teams), teams=teams)


def joined(one: AuthorityRule, other: AuthorityRule) -> AuthorityRule:
    """The rule that names whom either names."""
    return AuthorityRule(
        users=(*one.users, *other.users), teams=(*one.teams, *other.teams), roles=(*one.roles, *other.roles)
    )


def sufficient(rule: AuthorityRule) -> str:
    """Who would suffice, as a sentence's part."""
    teams = (f"someone in the team {team}" for team in rule.teams)
    roles = (f"someone with the role {role}" for role in rule.roles)
    return " or ".join([*rule.users, *teams, *roles]) or "nobody"


def can_run(who: str, command: str) -> str:
    """The sentence that says who can do what somebody else may not; `who` as `sufficient` gives it."""
    words = {"someone", "somebody", "anybody", "whoever", "nobody"}
    subject = f"{who[:1].upper()}{who[1:]}" if who.partition(" ")[0] in words else who
    return f"{subject} can run: {command}"


def may(asker: Asker, rule: AuthorityRule) -> bool:
    """Whether a rule names somebody, by login, team or role."""
    return bool(_ground(asker, rule))


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
