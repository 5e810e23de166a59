"""Run the gates of a stage of an environment, by the checks on the commit, and show them there."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256

from shipway.adapters.github import GitHub, RateLimited, Transient, check_runs, writing
from shipway.adapters.github.commit_checks import observed_on
from shipway.domain.checklist import items_of
from shipway.domain.delivery.steps import RunStageGates
from shipway.domain.events import verdict_rows
from shipway.domain.facts import GateResults, Oid, Surroundings
from shipway.domain.gate_policy import GatePolicy
from shipway.domain.ledger import canonical
from shipway.domain.policy import Policy
from shipway.domain.stages import check_name
from shipway.domain.verdict import Verdict
from shipway.engine.live_checks import not_shown
from shipway.errors import GitHubError


def run_at_stage(
    step: RunStageGates,
    policy: Policy,
    run: Callable[[RunStageGates, Surroundings], GateResults],
    github: GitHub,
    repository_id: str,
    warn: Callable[[str], None],
) -> GateResults:
    """Run them and give what they said; that GitHub does not take what is shown of it holds up nothing.

    Args:
        step: Which gates, of which commit, stage and environment.
        policy: The configuration.
        run: Runs gates in the clone.
        github: Asked for the checks on the commit where a gate goes by them.
        repository_id: Node id, for check runs.
        warn: Told that gates cannot be shown.
    """
    by_checks = any(_goes_by_checks(policy.gates[name]) for name in step.gates)
    results = run(step, Surroundings(observed_on(github, step.commit)) if by_checks else Surroundings())
    try:
        _show(results, step, github, repository_id)
    except RateLimited:
        raise
    except GitHubError as problem:
        warn(not_shown(problem))
    return results


def _goes_by_checks(gate: GatePolicy) -> bool:
    return bool(gate.checks) or any(item.automatic and item.automatic.check for item in items_of(gate))


def _show(results: GateResults, step: RunStageGates, github: GitHub, repository_id: str) -> None:
    """Under names of the stage and environment: one commit is verified in several."""
    names = {
        name: check_name(name, step.stage, step.environment).removeprefix(check_runs.PREFIX)
        for name in step.gates
    }
    verdicts = [replace(verdict, gate=names[verdict.gate]) for verdict in results.verdicts]
    if not github.installation_token:
        github.repeated(lambda: writing.report_gates(github, step.commit, verdicts))
        return
    notes = {names[gate]: found for gate, found in results.notes.items()}
    mark = _mark(step, results)

    def complete(missing: Sequence[Verdict]) -> None:
        check_runs.complete(github, repository_id, step.commit, missing, notes, {}, mark)

    try:
        complete(verdicts)
    except Transient:
        github.repeated(lambda: complete(_not_there(verdicts, mark, github, step.commit)))


def _mark(step: RunStageGates, results: GateResults) -> str:
    """Names what was found this time, so that check runs are found again when the answer to their making is lost."""
    found = {"verdicts": verdict_rows(results.verdicts), "about": dict(step.variables)}
    return sha256(canonical(found).encode()).hexdigest()[:20]


def _not_there(verdicts: Sequence[Verdict], mark: str, github: GitHub, commit: Oid) -> list[Verdict]:
    """The verdicts that the commit does not show."""
    shown = {check.name for check in observed_on(github, commit).checks if check.external_id == mark}
    return [verdict for verdict in verdicts if f"{check_runs.PREFIX}{verdict.gate}" not in shown]
