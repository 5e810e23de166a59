"""Releases whose whole plan is written down under `tests/scenarios/release/plan`.

After a change of the plan that is meant, write the files anew and read the difference:
`.venv/bin/python tests/unit/release/plan_scenarios.py`
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from release_world import (
    COMMAND,
    NOW,
    at_the_beginning,
    gathered,
    having_pull,
    landed,
    oid,
    policy_of,
    the_pull,
)

from shipway.domain.checks import Check, RequiredCheck
from shipway.domain.facts import Branch, Facts, PullRequestState
from shipway.domain.plan import Move
from shipway.domain.policy import Policy
from shipway.domain.release import decide, foresee
from shipway.domain.release_command import ReleaseCommand
from shipway.domain.repository import TargetRules
from shipway.domain.resting import Done, Refusal, Wait

FOLDER = Path(__file__).parents[2] / "scenarios" / "release" / "plan"


@dataclass(frozen=True)
class Scenario:
    """A release before anything of it was done."""

    policy: Policy
    facts: Facts
    command: ReleaseCommand = COMMAND


GIT_FLOW = at_the_beginning(
    source=Branch("develop", oid(1)), target=Branch("main", oid(2)), source_merged_back=False
)
PRERELEASE = replace(COMMAND, version="1.3.0-rc.1", tag="v1.3.0-rc.1", branch="release/1.3.0-rc.1")
EVERYTHING = policy_of("unit security", "staging production", reviewers=("alice",), merge="squash")
PROTECTED = TargetRules(required_approvals=2, required_checks=(RequiredCheck("build"),), code_owners=True)
UNFINISHED = at_the_beginning(release_branch=Branch(COMMAND.branch, oid(1)))

SCENARIOS: Mapping[str, Scenario] = {
    "github-flow": Scenario(policy_of(), at_the_beginning()),
    "git-flow": Scenario(policy_of(), GIT_FLOW, replace(COMMAND, follow=False)),
    "git-flow-without-back-merge": Scenario(
        policy_of(back_merge=False), GIT_FLOW, replace(COMMAND, follow=False)
    ),
    "gates": Scenario(policy_of("unit security"), at_the_beginning()),
    "assets": Scenario(
        policy_of(), at_the_beginning(), replace(COMMAND, assets=("dist/demo.whl", "dist/demo.zip"))
    ),
    "environments": Scenario(policy_of(environments="dev staging production"), at_the_beginning()),
    "prerelease": Scenario(policy_of(), at_the_beginning(), PRERELEASE),
    "merge-queue": Scenario(policy_of(), at_the_beginning(rules=replace(PROTECTED, merge_queue=True))),
    "branch-without-release-commit": Scenario(policy_of(), UNFINISHED),
    "everything": Scenario(EVERYTHING, GIT_FLOW.having(rules=PROTECTED), replace(COMMAND, follow=False)),
}


def line(move: Move) -> str:
    """One move as the scenario files show it."""
    match move:
        case Wait(code, summary, who):
            return f"wait ({code}) for {who}: {summary}"
        case Refusal(code, message, _):
            return f"refuse ({code}): {message}"
        case Done(summary):
            return f"done: {summary}"
        case _:
            return str(move)


def plan(scenario: Scenario, facts: Facts | None = None) -> list[str]:
    """Every move to the end, one a line."""
    begun = scenario.facts if facts is None else facts
    return [line(move) for move in foresee(begun, scenario.command, scenario.policy, NOW)]


def interrupted(scenario: Scenario) -> list[tuple[str, Facts]]:
    """Each move of the release as it happens on GitHub, with what a new run sees when it is killed before it."""
    new, facts = count(100), scenario.facts
    moments: list[tuple[str, Facts]] = []
    while True:
        move = decide(facts, scenario.command, scenario.policy, NOW)
        moments.append((line(move), gathered(facts)))
        match move:
            case Done() | Refusal():
                return moments
            case Wait():
                facts = reviewed(facts)
            case _:
                facts = landed(move, facts, new)


def reviewed(facts: Facts) -> Facts:
    """Two people approved, checks are green, and the merge queue merged."""
    merged = PullRequestState.MERGED if the_pull(facts).queued else the_pull(facts).state
    commit = oid(999) if merged is PullRequestState.MERGED else ""
    checks = (Check("build", "success"),)
    return having_pull(
        facts, approvals=("alice", "bob"), checks=checks, state=merged, queued=False, merge_oid=commit
    )


def texts() -> dict[str, str]:
    """File name → text of every scenario."""
    return {f"{name}.txt": "\n".join(plan(scenario)) + "\n" for name, scenario in SCENARIOS.items()}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (FOLDER / name).write_text(text)
