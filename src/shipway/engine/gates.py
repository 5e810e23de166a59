"""Run gates and deployments in the clone: commands, report files, checks."""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from shipway.adapters.command_runner import in_shell, run_command, scrubbed
from shipway.adapters.git_repo import Clone
from shipway.adapters.report_files import read_report
from shipway.domain.coverage import Coverage
from shipway.domain.facts import DeployResult, Facts, GateResults
from shipway.domain.findings import Findings
from shipway.domain.gate import CommandResult, Evidence, evidence_of, judge
from shipway.domain.plan import Deploy, RunGates
from shipway.domain.policy import GatePolicy, Policy
from shipway.domain.report import TestReport
from shipway.domain.report_view import report_view
from shipway.domain.verdict import Ruling, Verdict
from shipway.errors import InputError

Report = TestReport | Coverage | Findings


class Gates:
    """Runs what the policy names.

    Args:
        clone: Where commands run.
        reports: Globs of report files for gates that name none.
        clock: Seconds that only go up, to time commands with.
        environment: Variables; commands see the harmless ones and what Shipway adds.
        tell: Told each verdict.
        echo: Given each line that a command writes, which is untrusted text.
    """

    def __init__(
        self,
        clone: Clone,
        policy: Policy,
        *,
        tell: Callable[[Verdict], None],
        echo: Callable[[str], None],
        clock: Callable[[], float],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._clock = clock
        self._root = clone.root
        self._policy = policy
        self._tell = tell
        self._echo = echo
        self._environment = os.environ if environment is None else environment

    def run(self, step: RunGates, facts: Facts) -> GateResults:
        """Run the gates in order; what comes after the first that does not pass is not run, and says so."""
        verdicts: list[Verdict] = []
        evidence: dict[str, Evidence] = {}
        for name in step.gates:
            stopped = next((verdict.gate for verdict in verdicts if not verdict.passed), "")
            if stopped:
                verdict = Verdict(
                    name, Ruling.INCONCLUSIVE, "not-run", f"not run, because {stopped} did not pass"
                )
            else:
                evidence[name] = self._evidence(name, self._policy.gates[name], facts)
                verdict = judge(name, self._policy.gates[name], evidence[name])
            self._tell(verdict)
            verdicts.append(verdict)
        return GateResults(
            step.commit, tuple(verdicts), report_view(evidence, self._policy.gates, facts.previous_report)
        )

    def _evidence(self, name: str, policy: GatePolicy, facts: Facts) -> Evidence:
        command = self._command(policy) if policy.command else None
        reports, unreadable = self._reports(name, policy.report)
        checks = (
            {check.name: check.conclusion for check in facts.pull_request.checks}
            if facts.pull_request
            else {}
        )
        return evidence_of(name, reports, command=command, unreadable=unreadable, checks=checks)

    def _command(self, policy: GatePolicy) -> CommandResult:
        return run_command(
            in_shell(*policy.command) if policy.shell else policy.command,
            cwd=self._root,
            env=scrubbed(self._environment),
            timeout=policy.timeout,
            echo=self._echo,
            clock=self._clock,
        )

    def _reports(self, name: str, globs: Iterable[str]) -> tuple[list[Report], list[str]]:
        reports: list[Report] = []
        unreadable: list[str] = []
        for path in self._matching(globs):
            try:
                reports.append(read_report(path, kind=name, name=path.relative_to(self._root).as_posix()))
            except InputError as problem:
                unreadable.append(problem.message)
        return reports, unreadable

    def _matching(self, globs: Iterable[str]) -> list[Path]:
        found = (path for pattern in globs for path in sorted(self._root.glob(pattern)) if path.is_file())
        return list(dict.fromkeys(found))

    def deploy(self, step: Deploy) -> DeployResult:
        """Run a deploy command; it also sees what is deployed where."""
        result = run_command(
            step.command,
            cwd=self._root,
            env={**scrubbed(self._environment), **step.variables},
            timeout=step.timeout,
            echo=self._echo,
            clock=self._clock,
        )
        if result.timed_out:
            description = f"stopped after {step.timeout:g} s"
        elif result.exit_code:
            description = f"failed with exit code {result.exit_code}"
        else:
            description = f"done in {result.duration:.1f} s"
        succeeded = not result.timed_out and result.exit_code == 0
        return DeployResult(succeeded, description, result.duration)
