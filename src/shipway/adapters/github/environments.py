"""GitHub's environments: what protects them, read and written.

`PUT` replaces the whole protection of an environment, so all of it is sent each time, also what is not to change.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from shipway.adapters.github.client import GitHub, Refused
from shipway.domain.environments import ALL, PROTECTED, EnvironmentPlan, Names, Protection, value_text
from shipway.domain.policy import ProtectionPolicy
from shipway.errors import ExitCode, GitHubError, UsageError

PAGE = 100
"""Rows that GitHub gives at once."""

AT_ONCE = ("reviewers", "wait_timer", "prevent_self_review", "admins_bypass")
"""Settings that one `PUT` sets, besides which kind of branches may deploy."""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Environments:
    """The environments of a repository.

    Attributes:
        reviewers: Login or `org/team` → type and id as GitHub wants them back.
    """

    found: Mapping[str, Protection]
    reviewers: Mapping[str, Json]


def read_environments(github: GitHub, wanted: Mapping[str, ProtectionPolicy]) -> Environments:
    """Read all environments, and patterns and rules where the configuration says something of them.

    What it says nothing of is not read and stands as empty, since it is neither compared nor written.
    """
    rows = _pages(github, "/environments", "environments")
    policies = {name.lower(): policy for name, policy in wanted.items()}
    found = {}
    for row in rows:
        policy = policies.get(row["name"].lower(), ProtectionPolicy())
        found[row["name"]] = _read_apart(github, row["name"], policy, _protection(row))
    return Environments(found, {name: one for row in rows for name, one in _reviewers(row).items()})


def _read_apart(github: GitHub, name: str, policy: ProtectionPolicy, found: Protection) -> Protection:
    """With what GitHub keeps beside the environment."""
    if found.by_pattern and (policy.branches is not None or policy.tags is not None):
        patterns = _patterns(github, name)
        found = replace(found, branches=_of_kind(patterns, "branch"), tags=_of_kind(patterns, "tag"))
    if policy.rules is not None:
        found = replace(found, rules=tuple(sorted(_rules(github, name))))
    return found


def _protection(row: Json) -> Protection:
    rules = {rule["type"]: rule for rule in row.get("protection_rules") or ()}
    return Protection(
        reviewers=tuple(sorted(_reviewers(row))),
        wait_timer=rules.get("wait_timer", {}).get("wait_timer", 0),
        prevent_self_review=rules.get("required_reviewers", {}).get("prevent_self_review", False),
        admins_bypass=row.get("can_admins_bypass", True),
        **_admitted(row.get("deployment_branch_policy")),
    )


def _admitted(policy: Json | None) -> dict[str, Names]:
    if not policy:
        return {"branches": ALL, "tags": ALL}
    return {"branches": PROTECTED if policy["protected_branches"] else (), "tags": ()}


def _reviewers(row: Json) -> dict[str, Json]:
    rules = (rule for rule in row.get("protection_rules") or () if rule["type"] == "required_reviewers")
    rows = [one for rule in rules for one in rule["reviewers"] if one["reviewer"]]  # None: they are gone
    return {_reviewer_name(one): {"type": one["type"], "id": one["reviewer"]["id"]} for one in rows}


def _reviewer_name(row: Json) -> str:
    who = row["reviewer"]
    if row["type"] == "User":
        return str(who["login"]).lower()
    # A team names its organisation only by its page: https://github.com/orgs/ORG/teams/SLUG
    return f"{who['html_url'].split('/')[-3]}/{who['slug']}".lower()


def _of_kind(patterns: Mapping[tuple[str, str], int], kind: str) -> Names:
    return tuple(sorted(name for one, name in patterns if one == kind))


def write_environment(github: GitHub, plan: EnvironmentPlan, reviewers: Mapping[str, Json]) -> None:
    """Make an environment as planned; done again, it does nothing.

    The environment itself comes first, so that a new one is never there without its reviewers and timer, and one
    that changes to patterns admits nothing until it has them.

    Args:
        reviewers: Of everybody whom the plan names, from `read_environments` and `reviewer_ids`.

    Raises:
        GitHubError: GitHub refused, does not offer it (`plan-lacks-protection`), or took it without doing it.
    """
    changes = {change.setting: change for change in plan.changes}
    admission = changes.get("branches")
    other_kind = admission is not None and _kind(admission.before) != _kind(admission.after)
    if plan.missing or other_kind or any(setting in changes for setting in AT_ONCE):
        _put(github, plan, reviewers)
    if plan.wanted.by_pattern and ("branches" in changes or "tags" in changes):
        _write_patterns(github, plan)
    if "rules" in changes:
        _write_rules(github, plan)


def _kind(names: object) -> object:
    return names if names in (ALL, PROTECTED) else "patterns"


def _put(github: GitHub, plan: EnvironmentPlan, reviewers: Mapping[str, Json]) -> None:
    wanted = plan.wanted
    policy = {"protected_branches": wanted.branches == PROTECTED, "custom_branch_policies": wanted.by_pattern}
    body = {
        "wait_timer": wanted.wait_timer,
        "prevent_self_review": wanted.prevent_self_review,
        "reviewers": [reviewers[name] for name in wanted.reviewers] or None,
        "deployment_branch_policy": None if wanted.branches == ALL else policy,
    }
    if not wanted.admins_bypass or any(change.setting == "admins_bypass" for change in plan.changes):
        body["can_admins_bypass"] = wanted.admins_bypass
    try:
        answer = github.send("PUT", _address(plan.name), body)
    except Refused as refused:
        raise _not_offered(plan.name) if _wants_another_plan(refused) else refused from refused
    except GitHubError as problem:
        raise _for_administrators(problem) from problem
    _check_taken(plan, _protection(answer))


def _wants_another_plan(refused: Refused) -> bool:
    return refused.status == 422 and "billing plan" in refused.message


def _not_offered(name: str) -> GitHubError:
    return GitHubError(
        f"GitHub does not offer reviewers and wait timers in this private repository with its present plan; "
        f"environment {name} may be there now without protection.",
        f"Take `reviewers` and `wait-timer` out of `environments.{name}.protection` and let "
        f"`environments.{name}.authorize` say who may promote, which Shipway itself holds; or change the plan.",
        reason_code="plan-lacks-protection",
    )


def _for_administrators(problem: GitHubError) -> GitHubError:
    """A workflow's own token cannot be given this permission, whatever its job says."""
    if problem.reason_code != "permission-missing":
        return problem
    return GitHubError(
        problem.message,
        "A workflow's own token cannot have it: use that of an administrator, or of an App with "
        "`administration: write`, for example: GITHUB_TOKEN=$(gh auth token) shipway environments apply",
        reason_code=problem.reason_code,
        exit_code=ExitCode.NOT_AUTHORISED,
    )


def _check_taken(plan: EnvironmentPlan, taken: Protection) -> None:
    """Some settings GitHub passes over in silence where the plan does not have them."""
    ignored = [name for name in AT_ONCE if getattr(taken, name) != getattr(plan.wanted, name)]
    ignored += ["branches"] if _kind(taken.branches) != _kind(plan.wanted.branches) else []
    if ignored:
        words = ", ".join(
            f"{name.replace('_', '-')} {value_text(getattr(plan.wanted, name))}" for name in ignored
        )
        raise GitHubError(
            f"GitHub took the protection of {plan.name} without {words}.",
            f"Take it out of `environments.{plan.name}.protection`; GitHub's plan may not have it.",
            reason_code="protection-ignored",
        )


def _write_patterns(github: GitHub, plan: EnvironmentPlan) -> None:
    address = f"{_address(plan.name)}/deployment-branch-policies"
    there = _patterns(github, plan.name)
    wanted = {("branch", name) for name in plan.wanted.branches} | {
        ("tag", name) for name in plan.wanted.tags
    }
    for kind, name in sorted(wanted - there.keys()):
        _sent(github, "POST", address, {"name": name, "type": kind})
    for gone in sorted(there.keys() - wanted):
        _sent(github, "DELETE", f"{address}/{there[gone]}")


def _write_rules(github: GitHub, plan: EnvironmentPlan) -> None:
    address = f"{_address(plan.name)}/deployment_protection_rules"
    there, wanted = _rules(github, plan.name), {*plan.wanted.rules}
    new = sorted(wanted - there.keys())
    apps = _apps(github, plan.name) if new else {}
    for slug in new:
        if slug not in apps:
            raise _no_such_app(plan.name, slug, apps)
        _sent(github, "POST", address, {"integration_id": apps[slug]})
    for slug in sorted(there.keys() - wanted):
        _sent(github, "DELETE", f"{address}/{there[slug]}")


def _sent(github: GitHub, verb: str, address: str, body: Json | None = None) -> None:
    try:
        github.send(verb, address, body)
    except GitHubError as problem:
        raise _for_administrators(problem) from problem


def _no_such_app(name: str, slug: str, apps: Iterable[str]) -> UsageError:
    return UsageError(
        f"No App {slug} with deployment protection rules is installed in the repository.",
        f"Install it, or name another in `environments.{name}.protection.rules`; "
        f"there are {', '.join(sorted(apps)) or 'none'}.",
        reason_code="app-unknown",
    )


def reviewer_ids(github: GitHub, names: Iterable[str]) -> dict[str, Json]:
    """Type and id of people and teams, in one request; none when there are none to ask for.

    Raises:
        UsageError: There is nobody of that name, or the token may not see the team.
    """
    wanted = sorted(names)
    if not wanted:
        return {}
    variables: dict[str, str] = {}
    parts = []
    for number, name in enumerate(wanted):
        org, _, team = name.rpartition("/")
        variables |= {f"a{number}": org or name} | ({f"b{number}": team} if org else {})
        query = f"organization(login: $a{number}) {{ team(slug: $b{number}) {{ databaseId }} }}"
        parts.append(f"r{number}: {query if org else f'user(login: $a{number}) {{ databaseId }}'}")
    declared = ", ".join(f"${name}: String!" for name in variables)
    try:
        answer = github.query(f"query Reviewers({declared}) {{ {' '.join(parts)} }}", **variables)
    except Refused as refused:
        raise _nobody(refused.message) from refused
    return {name: _id_of(name, answer[f"r{number}"]) for number, name in enumerate(wanted)}


def _id_of(name: str, row: Json) -> Json:
    if "/" not in name:
        return {"type": "User", "id": row["databaseId"]}
    if not row["team"]:
        raise _nobody(f"There is no team {name}, or the token may not see it.")
    return {"type": "Team", "id": row["team"]["databaseId"]}


def _nobody(message: str) -> UsageError:
    return UsageError(
        message,
        "Name people by login and teams as org/team, for example: reviewers: [octocat, octo-org/release]",
        reason_code="reviewer-unknown",
    )


def _patterns(github: GitHub, name: str) -> dict[tuple[str, str], int]:
    rows = _pages(github, f"{_address(name)}/deployment-branch-policies", "branch_policies")
    return {(row.get("type", "branch"), row["name"]): row["id"] for row in rows}


def _rules(github: GitHub, name: str) -> dict[str, int]:
    address = f"{_address(name)}/deployment_protection_rules"
    rows = github.get(address)["custom_deployment_protection_rules"]
    return {row["app"]["slug"].lower(): row["id"] for row in rows if row["enabled"]}


def _apps(github: GitHub, name: str) -> dict[str, int]:
    address = f"{_address(name)}/deployment_protection_rules/apps"
    rows = _pages(github, address, "available_custom_deployment_protection_rule_integrations")
    return {row["slug"].lower(): row["id"] for row in rows}


def _pages(github: GitHub, address: str, key: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    page = 1
    while True:
        new = github.get(address, per_page=PAGE, page=page)[key]
        rows += new
        if len(new) < PAGE:
            return rows
        page += 1


def _address(name: str) -> str:
    return f"/environments/{quote(name, safe='')}"
