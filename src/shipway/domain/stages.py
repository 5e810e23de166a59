"""Which gates run when: the one table of stages and gates.

A gate says itself in which stages it runs; where it says nothing, its name does. Within a stage gates run in the
order in which the configuration has them.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from shipway.domain.gate_policy import GatePolicy
from shipway.domain.policy import Policy

STAGES: Mapping[str, str] = {
    "release": "before the release pull request is ready for review",
    "hotfix": "the same for a hotfix, the fast track",
    "promotion": "before a version is deployed to an environment",
    "canary": "while it takes over there step by step",
    "verification": "after it was deployed there",
    "rollback": "after an environment was rolled back",
}
"""Stage → when that is."""

OF_ENVIRONMENTS = frozenset({"promotion", "canary", "verification", "rollback"})
"""Stages that are passed once for each environment."""

OF_DEPLOYMENTS = OF_ENVIRONMENTS - {"promotion"}
"""Stages in which something was deployed before."""

DEFAULTS: Mapping[str, tuple[str, ...]] = {
    "security": ("release", "hotfix"),
    "done": ("release",),
    "unit": ("release", "hotfix"),
    "integration": ("release",),
    "smoke": ("release", "hotfix", "verification", "rollback"),
    "e2e": ("release",),
    "end-to-end": ("release",),
}
"""Gate → stages that it runs in where its configuration says nothing; any other gate runs in `release`."""

NEVER_SKIPPED = "smoke"
"""The gate that no configuration takes out of a stage that it belongs to."""


def stages_of(gate: str, policy: GatePolicy) -> tuple[str, ...]:
    """Stages that a gate runs in, each `STAGE` or `STAGE:ENVIRONMENT`."""
    return policy.stages or DEFAULTS.get(gate, ("release",))


def gates_at(policy: Policy, stage: str, environment: str = "") -> tuple[str, ...]:
    """Names of the gates of a stage, in the order in which they run.

    Args:
        policy: The configuration.
        stage: One of `STAGES`.
        environment: Where that is; empty for `release` and `hotfix`.
    """
    wanted = {stage, f"{stage}:{environment}"}
    return tuple(name for name, gate in policy.gates.items() if wanted & {*stages_of(name, gate)})


def check_name(gate: str, stage: str, environment: str = "") -> str:
    """Name under which GitHub shows a gate on the commit: `shipway/unit`, `shipway/verification/production/smoke`."""
    return "/".join(
        filter(None, ("shipway", *((stage, environment) if stage in OF_ENVIRONMENTS else ()), gate))
    )


def stage_problems(policy: Policy) -> Iterator[tuple[str, str]]:
    """Gate → what is wrong with its `stages`."""
    for gate, settings in policy.gates.items():
        for written in settings.stages:
            if problem := _misnamed(written, tuple(policy.environments)):
                yield gate, problem
        if missing := _skipped(gate, settings.stages):
            yield gate, f"cannot leave out {missing}: smoke tests are never skipped"


def _misnamed(written: str, environments: tuple[str, ...]) -> str:
    stage, colon, environment = written.partition(":")
    if stage not in STAGES:
        return f"has no stage `{stage}`{nearest(stage, tuple(STAGES))}"
    if colon and stage not in OF_ENVIRONMENTS:
        return f"cannot bind `{stage}` to an environment: it is passed once for a version"
    if colon and environment not in environments:
        return f"has no environment `{environment}`{nearest(environment, environments)}"
    return ""


def _skipped(gate: str, stages: tuple[str, ...]) -> str:
    """Stages of the gate that is never skipped, which its configuration leaves out."""
    if gate != NEVER_SKIPPED or not stages:
        return ""
    return ", ".join(f"`{stage}`" for stage in DEFAULTS[gate] if stage not in stages)


def nearest(word: str, known: tuple[str, ...]) -> str:
    """The end of a complaint about an unknown word: what may have been meant."""
    near = get_close_matches(word, known, n=1)
    return f"; did you mean `{near[0]}`?" if near else f"; there are {', '.join(known) or 'none'}"
