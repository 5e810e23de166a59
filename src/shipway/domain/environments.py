"""What protects an environment on GitHub: as configured, as it is, and what would have to change.

What the configuration does not mention stays as it is. GitHub replaces everything at once, so a change is first
joined with what is there.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

from shipway.domain.policy import ProtectionPolicy
from shipway.domain.span import parse_span, span_text

ALL = ("all",)
"""Every branch, or every tag, may deploy."""
PROTECTED = ("protected",)
"""Branches with protection may deploy."""

LONGEST_TIMER = timedelta(minutes=43_200)
"""30 days, GitHub's limit."""
MOST_REVIEWERS = 6
"""People and teams that GitHub takes for one environment."""

Names = tuple[str, ...]
Value = Names | int | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What stands before the jobs of an environment; the defaults are GitHub's own for a new one.

    Attributes:
        reviewers: Logins and `org/team`, lower case, sorted; one of them must approve.
        wait_timer: Minutes.
        prevent_self_review: Only with reviewers, as GitHub keeps it with them.
        branches: `ALL`, `PROTECTED`, or sorted patterns.
        tags: `ALL` with all branches, none with protected ones, else sorted patterns: GitHub has one switch for both.
        rules: Slugs of Apps that must agree, sorted.
    """

    reviewers: Names = ()
    wait_timer: int = 0
    prevent_self_review: bool = False
    admins_bypass: bool = True
    branches: Names = ALL
    tags: Names = ALL
    rules: Names = ()

    @property
    def by_pattern(self) -> bool:
        """Whether patterns say which branches and tags may deploy."""
        return self.branches not in (ALL, PROTECTED)


@dataclass(frozen=True, slots=True)
class Change:
    """One setting that would change.

    Attributes:
        setting: Name of the field of `Protection`.
    """

    setting: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class EnvironmentPlan:
    """What would be done to one environment.

    Attributes:
        wanted: The whole protection that it would have.
        kept: Settings that the configuration demands and that are so already.
        missing: Whether GitHub does not have the environment yet.
    """

    name: str
    wanted: Protection
    changes: tuple[Change, ...]
    kept: Names
    missing: bool

    @property
    def nothing(self) -> bool:
        """Whether it is as configured."""
        return not (self.missing or self.changes)


@dataclass(frozen=True, slots=True)
class EnvironmentsPlan:
    """What would be done to the environments of a repository.

    Attributes:
        left_alone: Environments on GitHub that the configuration does not have.
    """

    environments: tuple[EnvironmentPlan, ...]
    left_alone: Names

    @property
    def due(self) -> tuple[EnvironmentPlan, ...]:
        """Those to which something is to be done."""
        return tuple(plan for plan in self.environments if not plan.nothing)


def planned(
    wanted: Mapping[str, ProtectionPolicy], found: Mapping[str, Protection], order: Iterable[str]
) -> EnvironmentsPlan:
    """Compare the configuration with GitHub, whose names of environments know no case.

    Args:
        wanted: Environment → what the configuration says.
        found: Environment → what GitHub has.
        order: Names of the environments in the order in which to show them.
    """
    known = {name.lower(): protection for name, protection in found.items()}
    plans = tuple(_plan(name, wanted[name], known.get(name.lower())) for name in order)
    configured = {name.lower() for name in wanted}
    return EnvironmentsPlan(plans, tuple(sorted(name for name in found if name.lower() not in configured)))


def _plan(name: str, policy: ProtectionPolicy, found: Protection | None) -> EnvironmentPlan:
    before = found or Protection()
    changes = diff(policy, before)
    changing = {change.setting for change in changes}
    stated = [one.name for one in fields(policy) if getattr(policy, one.name) is not None]
    kept = tuple(setting for setting in stated if setting not in changing)
    return EnvironmentPlan(name, merged(policy, before), changes, kept, found is None)


def merged(policy: ProtectionPolicy, found: Protection) -> Protection:
    """What is there, with what the configuration says in its place."""
    branches = _sorted(policy.branches, found.branches)
    reviewers = _sorted(policy.reviewers, found.reviewers, lower=True)
    prevent = _either(policy.prevent_self_review, found.prevent_self_review)
    return Protection(
        reviewers=reviewers,
        wait_timer=found.wait_timer if policy.wait_timer is None else minutes(policy.wait_timer),
        prevent_self_review=prevent and bool(reviewers),
        admins_bypass=_either(policy.admins_bypass, found.admins_bypass),
        branches=branches,
        tags=_tags(branches, policy.tags, found),
        rules=_sorted(policy.rules, found.rules, lower=True),
    )


def diff(policy: ProtectionPolicy, found: Protection) -> tuple[Change, ...]:
    """What would have to change so that an environment is as configured."""
    after = merged(policy, found)
    pairs = ((one.name, getattr(found, one.name), getattr(after, one.name)) for one in fields(found))
    return tuple(Change(*pair) for pair in pairs if pair[1] != pair[2])


def applied(changes: Iterable[Change], found: Protection) -> Protection:
    """What is there once the changes are made."""
    after: dict[str, Any] = {change.setting: change.after for change in changes}
    return replace(found, **after)


def minutes(text: str) -> int:
    """A wait timer in whole minutes."""
    return int(parse_span(text).total_seconds() // 60)


def _either(stated: bool | None, found: bool) -> bool:  # noqa: FBT001 - two of a kind
    return found if stated is None else stated


def _sorted(stated: Names | None, found: Names, *, lower: bool = False) -> Names:
    names = found if stated is None else stated
    return tuple(sorted({name.lower() if lower else name for name in names}))


def _tags(branches: Names, stated: Names | None, found: Protection) -> Names:
    if branches == ALL:
        return ALL
    if branches == PROTECTED:
        return ()
    return _sorted(stated, found.tags if found.by_pattern else ())


def complaints(policy: ProtectionPolicy) -> Iterator[tuple[str, str]]:
    """What GitHub could not be told, as setting and sentence."""
    if policy.wait_timer is not None and (complaint := _no_timer(policy.wait_timer)):
        yield "wait_timer", complaint
    if len(set(policy.reviewers or ())) > MOST_REVIEWERS:
        yield "reviewers", f"has more than {MOST_REVIEWERS}, which is all that GitHub takes; name a team"
    if len(policy.branches or ()) > 1 and {*ALL, *PROTECTED} & {*(policy.branches or ())}:
        yield "branches", "is either one of `all` and `protected`, or patterns"
    if policy.tags is not None and (policy.branches is None or policy.branches in (ALL, PROTECTED)):
        yield (
            "tags",
            "needs `branches` as patterns beside it, which may be []: GitHub has one switch for both",
        )
    if policy.prevent_self_review and policy.reviewers == ():
        yield "prevent_self_review", "needs reviewers"


def _no_timer(text: str) -> str:
    try:
        span = parse_span(text)
    except ValueError as problem:
        return f"is no wait: {problem}"
    if span > LONGEST_TIMER or span % timedelta(minutes=1):
        return f"must be whole minutes, at most {span_text(LONGEST_TIMER)}, not {text}"
    return ""


def value_text(value: Value) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return span_text(timedelta(minutes=value)) if value else "none"
    return ", ".join(value) or "none"


def plan_rows(plan: EnvironmentsPlan) -> list[dict[str, Any]]:
    """The plan as plain JSON, one row for each environment."""
    rows = [
        {
            "environment": one.name,
            "action": "create" if one.missing else "change" if one.changes else "nothing",
            "changes": [_change_row(change) for change in one.changes],
            "unchanged": [kebab(setting) for setting in one.kept],
        }
        for one in plan.environments
    ]
    alone = [{"environment": name, "action": "left alone"} for name in plan.left_alone]
    return rows + [{**row, "changes": [], "unchanged": []} for row in alone]


def _change_row(change: Change) -> dict[str, Any]:
    values = {"before": change.before, "after": change.after}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return {"setting": kebab(change.setting), **plain}


def kebab(setting: str) -> str:
    """The name of a setting as it stands in the configuration."""
    return setting.replace("_", "-")


def plan_lines(plan: EnvironmentsPlan) -> list[str]:
    """The plan as people read it: `+` is made, `~` changes, `=` stays."""
    lines: list[str] = []
    for one in plan.environments:
        mark, note = ("+", " (new)") if one.missing else ("~", "") if one.changes else ("=", "")
        lines += [f"{mark} {one.name}{note}", *_aligned(_setting_cells(one))]
    lines += [f"  {name} (not in the configuration, left alone)" for name in plan.left_alone]
    return lines


def _setting_cells(plan: EnvironmentPlan) -> list[tuple[str, str, str]]:
    changing = {change.setting: change for change in plan.changes}
    cells = []
    for one in fields(plan.wanted):
        name, value = one.name, value_text(getattr(plan.wanted, one.name))
        if name in changing:
            before = value_text(changing[name].before)
            mark, shown = ("+", value) if plan.missing else ("~", f"{before} → {value}")
            cells.append((mark, kebab(name), shown))
        elif name in plan.kept:
            cells.append(("=", kebab(name), value))
    return cells


def _aligned(cells: list[tuple[str, str, str]]) -> list[str]:
    width = max((len(name) for _, name, _ in cells), default=0)
    return [f"    {mark} {name.ljust(width)}  {value}" for mark, name, value in cells]
