"""What is wrong with a configuration whose values are each of the right kind: places, and what to say of them."""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from shipway.domain.authority import misnamed_teams
from shipway.domain.call_policy import call_problems
from shipway.domain.delivery.order import in_a_tag
from shipway.domain.environments import complaints, kebab
from shipway.domain.gate_rules import gate_problems
from shipway.domain.hotfix.policy import hotfix_problems
from shipway.domain.ledger_policy import ledger_problems
from shipway.domain.maturity_policy import maturity_problems
from shipway.domain.policy import ApprovalPolicy, DeployPolicy, EnvironmentPolicy, Policy, steps_problems
from shipway.domain.preset import preset_problems, strategy_refused
from shipway.domain.rollback_policy import rollback_problems
from shipway.domain.span import no_span
from shipway.domain.strategy_policy import strategy_problems
from shipway.preset_files import preset_named

WORKFLOW = re.compile(r"[A-Za-z0-9_][\w.-]*\.ya?ml", re.ASCII)
"""Name of a file in .github/workflows."""

Path = tuple[int | str, ...]
"""Keys and places from the top of the file."""


def problems_of(policy: Policy) -> Iterator[tuple[Path, str]]:
    """Everything that is wrong, each with where it stands."""
    for check in (
        _out_of_range,
        _no_preset,
        _untried,
        _of_one_name,
        _out_of_order,
        _unreadable,
        _unfit_for_hotfixes,
        _of_nobody,
        _immature,
        _unanswerable,
    ):
        yield from check(policy)


def _out_of_range(policy: Policy) -> Iterator[tuple[Path, str]]:
    """Values of the right type that mean nothing."""
    release = policy.release
    for key, complaint in ledger_problems(policy.ledger):
        yield ("ledger", key), f"`ledger.{key}` {complaint}"
    if release.approvals < 0:
        yield ("release", "approvals"), "`release.approvals` cannot be negative"
    for key, form in (("tag", release.tag), ("branch", release.branch)):
        if form.count("{version}") != 1:
            yield ("release", key), f"`release.{key}` must contain {{version}} exactly once, not {form!r}"
    for name, environment in policy.environments.items():
        for place, complaint in _no_deploy(environment.deploy):
            dotted = ".".join(("environments", name, "deploy", *place))
            yield ("environments", name, "deploy", *place), f"`{dotted}` {complaint}"
        if complaint := no_span(environment.soak):
            yield ("environments", name, "soak"), f"`environments.{name}.soak`: {complaint}"
        yield from _unsteady(name, environment)
        for setting, complaint in complaints(environment.protection):
            dotted = f"environments.{name}.protection.{kebab(setting)}"
            yield ("environments", name, "protection", kebab(setting)), f"`{dotted}` {complaint}"
    for name, (keys, complaint) in gate_problems(policy):
        path = tuple(int(key) if key.isdecimal() else key for key in keys)
        yield ("gates", name, *path), f"`{'.'.join(('gates', name, *keys))}` {complaint}"


def _no_deploy(deploy: DeployPolicy) -> Iterator[tuple[tuple[str, ...], str]]:
    if deploy.timeout <= 0:
        yield ("timeout",), "must be more than 0 seconds"
    if deploy.workflow and not WORKFLOW.fullmatch(deploy.workflow):
        example = f"such as deploy.yml, not {deploy.workflow!r}"
        yield ("workflow",), f"must be the name of a file in .github/workflows, {example}"
    for place, complaint in call_problems(deploy.call) if deploy.call else ():
        yield ("call", *place), complaint
    if deploy.event and deploy.workflow:
        yield ("event",), "stands beside a workflow; name one of them"
    first, *others = deploy.deployers or ("",)
    for other in others:
        yield (other,), f"stands beside a {first}; name one of them"


def _no_preset(policy: Policy) -> Iterator[tuple[Path, str]]:
    """Presets whose commands would not be complete, or that cannot do what is wanted."""
    for name, environment in policy.environments.items():
        for keys, complaint in _unfit(environment):
            path = ("environments", name, *keys)
            yield path, f"`{'.'.join(path)}` {complaint}"


def _untried(policy: Policy) -> Iterator[tuple[Path, str]]:
    """Trials where only what is released may go, or where nothing could bring them in."""
    for name, environment in policy.environments.items():
        path, dotted = ("environments", name, "unreleased"), f"`environments.{name}.unreleased`"
        if environment.unreleased and policy.is_production(name):
            yield path, f"{dotted}: {name} counts as production, which takes released versions only"
        elif environment.unreleased and environment.deploy.ref == "tag":
            yield path, f"{dotted}: what is not released has no tag for `deploy.ref: tag`"


def _unfit(environment: EnvironmentPolicy) -> Iterator[tuple[tuple[str, ...], str]]:
    deploy = environment.deploy
    if not deploy.preset:
        if deploy.with_:
            yield ("deploy", "with"), "is for a preset; name one, such as `preset: kubectl`"
        return
    preset = preset_named(deploy.preset)
    for place, complaint in preset_problems(preset, deploy.with_):
        yield ("deploy", "with", *place), complaint
    if reason := strategy_refused(preset, environment.strategy):
        yield ("strategy",), f"with {reason}"


def _unanswerable(policy: Policy) -> Iterator[tuple[Path, str]]:
    """Approvals that nobody could give."""
    count, rule = policy.release.override_approvals, policy.release.override_approvers
    named = {user.lower() for user in rule.users} if not (rule.teams or rule.roles) else set()
    if count < 0:
        yield ("release", "override-approvals"), "`release.override-approvals` cannot be negative"
    if named and count > len(named):
        complaint = f"`release.override-approvals` is {count}, and only {len(named)} may approve"
        yield ("release", "override-approvals"), complaint
    for name, environment in policy.environments.items():
        for key, complaint in _no_approval(environment.approvals):
            path = ("environments", name, "approvals", key)
            yield path, f"`{'.'.join(path)}` {complaint}"


def _no_approval(approvals: ApprovalPolicy) -> Iterator[tuple[str, str]]:
    named = approvals.users and not (approvals.teams or approvals.roles or approvals.escalate_to)
    for key in ("count", "rollback", "override"):
        count = getattr(approvals, key)
        if count < 0:
            yield key, "cannot be negative"
        if named and count > len({user.lower() for user in approvals.users}):
            yield key, f"is {count}, and only {len(approvals.users)} may approve"
    if bool(approvals.escalate_after) != bool(approvals.escalate_to):
        missing = "escalate-to" if approvals.escalate_after else "escalate-after"
        yield missing, "is missing: say after how long others are asked, and whom"
    elif approvals.escalate_after and no_span(approvals.escalate_after):
        yield "escalate-after", "must be a length of time, such as 4h"
    if not approvals.timeout or no_span(approvals.timeout):
        yield "timeout", "must be a length of time, such as 24h"


def _unsteady(name: str, environment: EnvironmentPolicy) -> Iterator[tuple[Path, str]]:
    """What is wrong with how a version takes over, and with how long that may take."""
    deploy, strategy = environment.deploy, environment.strategy
    if complaint := no_span(deploy.limit):
        yield ("environments", name, "deploy", "limit"), f"`environments.{name}.deploy.limit`: {complaint}"
        return
    found = [*strategy_problems(strategy)]
    for place, complaint in found or steps_problems(deploy, strategy):
        dotted = ".".join(("environments", name, "strategy", *place))
        yield ("environments", name, "strategy", *place), f"`{dotted}` {complaint}"


def _unreadable(policy: Policy) -> Iterator[tuple[Path, str]]:
    for place, complaint in rollback_problems(policy.rollback, policy.environments, policy.gates):
        yield ("rollback", *place), f"`rollback.{place[0]}` {complaint}"


def _unfit_for_hotfixes(policy: Policy) -> Iterator[tuple[Path, str]]:
    for place, complaint in hotfix_problems(policy):
        yield ("hotfix", *place), f"`hotfix.{place[0]}` {complaint}"


def _immature(policy: Policy) -> Iterator[tuple[Path, str]]:
    for place, complaint in maturity_problems(policy.maturity, policy.gates):
        yield ("maturity", *place), f"`maturity.{'.'.join(place)}` {complaint}"


def _of_nobody(policy: Policy) -> Iterator[tuple[Path, str]]:
    """A team without its organisation is never found, and so lets nobody in."""
    for path, team in misnamed_teams(policy):
        yield (
            path,
            f"`{'.'.join(path)}`: {team!r} is no team; write its organisation too, such as octo-org/release",
        )


def _of_one_name(policy: Policy) -> Iterator[tuple[Path, str]]:
    """GitHub takes names of environments for the same in any case, and each has tags of its own."""
    known: dict[str, str] = {}
    for environment in policy.environments:
        first = known.setdefault(in_a_tag(environment).lower(), environment)
        if first != environment:
            yield ("environments", environment), f"environment `{environment}` cannot be told from `{first}`"


def _out_of_order(policy: Policy) -> Iterator[tuple[Path, str]]:
    """Each name in `after` is that of an environment, and following them ends."""
    for environment, settings in policy.environments.items():
        for number, before in enumerate(settings.after):
            path = ("environments", environment, "after", number)
            if before not in policy.environments:
                near = get_close_matches(before, policy.environments, n=1)
                hint = f"; did you mean `{near[0]}`?" if near else ""
                yield path, f"environment `{before}` is not configured{hint}"
        if environment in _earlier(policy, environment):
            yield ("environments", environment, "after"), f"environment `{environment}` waits for itself"


def _earlier(policy: Policy, start: str) -> set[str]:
    """Every environment on a way to this one; itself, where the way is a circle."""
    found: set[str] = set()
    ahead = [*policy.environments[start].after]
    while ahead:
        name = ahead.pop()
        if name not in found and name in policy.environments:
            found.add(name)
            ahead += policy.environments[name].after
    return found
