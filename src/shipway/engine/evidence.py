"""What decides the criteria of a component that nobody ticks: files, reports, gates, checks and deployments."""

import glob
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from shipway.adapters.git_repo import Clone
from shipway.adapters.github.tracking import Tracked
from shipway.adapters.report_files import read_report
from shipway.domain.annotation import RepositoryPaths
from shipway.domain.checks import check_verdict
from shipway.domain.coverage import Coverage, FileCoverage, merge_coverage, of_files
from shipway.domain.facts import Surroundings
from shipway.domain.gate_policy import WantedCheck
from shipway.domain.maturity import COVERAGE, MaturityCommand, coverage_verdict, uptime_verdict
from shipway.domain.maturity_policy import ComponentPolicy, CriterionPolicy
from shipway.domain.plan import RunGates
from shipway.domain.policy import Policy
from shipway.domain.verdict import Ruling, Verdict
from shipway.engine.gates import Gates
from shipway.errors import InputError


@dataclass
class Evidence:
    """Gathers verdicts about one component at the commit that is checked out.

    Attributes:
        environment: The one that `uptime` is about where the criterion names none.
    """

    clone: Clone
    policy: Policy
    component: ComponentPolicy
    command: MaturityCommand
    gates: Gates
    now: datetime
    environment: str

    def verdicts(self, tracked: Tracked, known: Mapping[str, Verdict]) -> dict[str, Verdict]:
        """Criterion → verdict; what cost something and is known is not asked again."""
        wanted = self.policy.maturity.criteria(self.command.target)
        found = {name: self._verdict(name, one, tracked, known) for name, one in wanted.items()}
        answered = {name: verdict for name, verdict in found.items() if verdict}
        return {COVERAGE: known.get(COVERAGE) or self._coverage(), **answered}

    def _verdict(
        self, name: str, criterion: CriterionPolicy, tracked: Tracked, known: Mapping[str, Verdict]
    ) -> Verdict | None:
        """None where a person decides."""
        if criterion.check:
            return check_verdict(name, [WantedCheck(name=criterion.check)], tracked.checks)
        if criterion.gate:
            return known.get(name) or self._gate(name, criterion.gate, tracked)
        if criterion.file:
            return self._file(name, criterion.file)
        if criterion.uptime is not None:
            environment = criterion.environment or self.environment
            here = [one for one in tracked.deployments if one.environment == environment]
            return uptime_verdict(name, criterion, here, self.now)
        return None

    def _gate(self, name: str, gate: str, tracked: Tracked) -> Verdict:
        step = RunGates(self.clone.head, (gate,), "release")
        (verdict,) = self.gates.run(step, Surroundings(checks=tracked.checks)).verdicts
        return Verdict(name, verdict.ruling, verdict.reason_code, verdict.summary, verdict.who)

    def _file(self, name: str, pattern: str) -> Verdict:
        wanted = self._filled(pattern, glob.escape)
        shown = self._filled(pattern, str)
        if any(fnmatchcase(path, wanted) for path in self._files):
            return Verdict(name, Ruling.PASS, "file", f"{shown} is there")
        return Verdict(name, Ruling.FAIL, "file-missing", f"no {shown} at this commit", "who writes it")

    def _filled(self, pattern: str, value: Callable[[str], str]) -> str:
        """A pattern with the component's own names in it."""
        named = {
            "path": self._own(self.component.path),
            "tests": self._own(self.component.tests),
            "specification": self._own(self.component.specification),
            "component": self.command.component,
        }
        for name, text in named.items():
            pattern = pattern.replace(f"{{{name}}}", value(text.strip("/")))
        return pattern

    def _own(self, text: str) -> str:
        return text.replace("{component}", self.command.component)

    @cached_property
    def _files(self) -> tuple[str, ...]:
        return self.clone.files(self.clone.head)

    def _coverage(self) -> Verdict:
        where = self._own(self.component.path).strip("/")
        wanted = self.policy.maturity.coverage(self.command.target)
        try:
            found = merge_coverage(self._reports())
        except InputError as problem:
            return Verdict(
                COVERAGE, Ruling.ERROR, problem.reason_code, problem.message, "who writes the report"
            )
        own = of_files(self._within(found.files if found else (), f"{where}/"))
        return coverage_verdict(own.percent, wanted, reaches=own.reaches(wanted), where=where)

    def _reports(self) -> list[Coverage]:
        paths = (
            path for one in self.component.coverage for path in sorted(self.clone.root.glob(self._own(one)))
        )
        read = (read_report(path, kind="unit", name=self._shown(path)) for path in paths if path.is_file())
        return [report for report in read if isinstance(report, Coverage)]

    def _shown(self, path: Path) -> str:
        return path.relative_to(self.clone.root).as_posix()

    def _within(self, files: Iterable[FileCoverage], folder: str) -> list[FileCoverage]:
        """Reports name files relative to who knows what; those that are the component's own."""
        find = RepositoryPaths(self._files).find
        return [one for one in files if (find(one.path) or "").startswith(folder)]
