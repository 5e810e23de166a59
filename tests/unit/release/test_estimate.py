"""How long a plan takes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from shipway.domain.delivery.steps import Deploy, RunStageGates
from shipway.domain.estimate import estimate, estimate_text
from shipway.domain.facts import DeliveryFacts, Deployment, DeploymentState
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.job_summary import job_summary
from shipway.domain.ledger import Ledger
from shipway.domain.plan import RunGates
from shipway.domain.policy import Policy
from shipway.domain.repository import Repository

SCENARIOS = Path(__file__).parents[2] / "scenarios"
POLICY = Policy(
    gates={
        "unit": GatePolicy(command=("make", "test"), timeout=600),
        "ci": GatePolicy(checks=("build",)),
        "smoke": GatePolicy(command=("./smoke",), timeout=30, retries=1),
    }
)
THERE = Deployment(
    id=7,
    node_id="D7",
    environment="staging",
    commit="c" * 40,
    state=DeploymentState.SUCCESS,
    delivery="d",
    created_at="2026-01-01T12:00:00Z",
    updated_at="2026-01-01T12:01:30Z",
)
PLAN = (
    RunGates("c" * 40, ("unit", "ci", "smoke"), "release"),
    Deploy(1, "staging", ("./deploy",), 300, {}),
    RunStageGates("verification", "staging", "c" * 40, ("smoke",)),
    Deploy(2, "production", ("./deploy",), 300, {}),
)


def facts(*deployments: Deployment) -> DeliveryFacts:
    """Facts of a repository with these deployments."""
    repository = Repository(
        "octocat", "hello", "R1", "https://github.example/octocat/hello", "main", "octocat", "WRITE"
    )
    return DeliveryFacts(repository=repository, ledger=Ledger(), deployments=deployments)


@pytest.mark.requirement("REL-7")
def test_it_goes_by_the_last_time_and_names_what_is_not_known() -> None:
    older = replace(THERE, id=6, updated_at="2026-01-01T13:00:00Z")
    foreign = replace(THERE, id=9, delivery="", environment="production")

    row = estimate(PLAN, facts(older, THERE, foreign), POLICY, {"unit": 12.5}).to_json()

    assert row == {"seconds": 102.5, "unknown": ["ci", "smoke", "production"], "at_most": 1380.0}
    assert estimate_text(row) == (
        "about 1 min 42 s, as the last time; nothing is known of ci, smoke, production; "
        "at most 23 min 00 s; without what people take"
    )


@pytest.mark.requirement("REL-7")
def test_before_the_first_time_there_is_only_the_limit() -> None:
    row = estimate(PLAN, facts(replace(THERE, state=DeploymentState.INACTIVE)), POLICY).to_json()

    assert (row["seconds"], row["at_most"]) == (None, 1380.0)
    assert estimate_text(row) == (
        "nothing is known of unit, ci, smoke, staging, production; at most 23 min 00 s; without what people take"
    )


def test_what_runs_nothing_takes_no_time() -> None:
    row = estimate((), facts(), POLICY).to_json()

    assert row == {"seconds": None, "unknown": [], "at_most": 0.0}
    assert estimate_text(row) == ""
    assert estimate_text(None) == ""


@pytest.mark.requirement("REL-7", "FACE-1")
def test_the_summary_of_a_dry_run_shows_changelog_and_time() -> None:
    row = json.loads((SCENARIOS / "release" / "outcome" / "planned.json").read_text())
    row |= {"estimate": {"seconds": 90.0, "unknown": [], "at_most": 600.0}, "notes": "### Fixes\n\n- mend"}

    summary = job_summary(row)

    assert (
        "\n\n**Time:** about 1 min 30 s, as the last time; at most 10 min 00 s; without what people take\n"
        in summary
    )
    assert "<details><summary>Changelog</summary>\n\n### Fixes\n\n- mend\n\n</details>" in summary
    assert "Changelog" not in job_summary({**row, "decision": "done", "estimate": None})
