"""What the configuration makes of a hotfix: where it goes, how fast, and what is wrong with the settings."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from shipway.domain.policy import EnvironmentPolicy, HotfixPolicy, Policy
from shipway.domain.span import parse_span
from shipway.domain.stages import gates_at, nearest

Place = tuple[str | int, ...]


def hotfix_problems(policy: Policy) -> Iterator[tuple[Place, str]]:
    """Place of a value → what is wrong with it."""
    settings = policy.hotfix
    if settings.branch.count("{version}") != 1:
        yield ("branch",), f"must contain {{version}} exactly once, not {settings.branch!r}"
    elif settings.branch == policy.release.branch:
        yield ("branch",), f"must not be that of releases, {settings.branch!r}"
    for key, text in (("gates-within", settings.gates_within), ("debts-within", settings.debts_within)):
        try:
            parse_span(text)
        except ValueError as problem:
            yield (key,), f"cannot be used: {problem}"
    for number, name in enumerate(settings.environments):
        if name not in policy.environments:
            yield (
                ("environments", number),
                f"has no environment `{name}`{nearest(name, (*policy.environments,))}",
            )
        if name in settings.environments[:number]:
            yield ("environments", number), f"names `{name}` a second time"


def for_hotfixes(policy: Policy) -> Policy:
    """The policy with the environments that a hotfix goes through, where the configuration names them."""
    names = policy.hotfix.environments
    if not names:
        return policy
    before = ("", *names)
    return replace(
        policy,
        environments={
            name: _straight(policy.environments[name], after)
            for name, after in zip(names, before, strict=False)
        },
    )


def _straight(environment: EnvironmentPolicy, after: str) -> EnvironmentPolicy:
    return replace(environment, after=(after,) if after else (), automatic=True, soak="")


def left_out(policy: Policy) -> tuple[str, ...]:
    """Gates of a release that the fast track leaves out, in the order in which they run."""
    fast = gates_at(policy, "hotfix")
    return tuple(name for name in gates_at(policy, "release") if name not in fast)


def gates_within(policy: HotfixPolicy) -> float:
    """Seconds that the gates of the fast track may take together."""
    return parse_span(policy.gates_within).total_seconds()


def debts_within(policy: HotfixPolicy) -> timedelta:
    """How long after the deployment something may be owed."""
    return parse_span(policy.debts_within)
