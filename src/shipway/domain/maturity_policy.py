"""What a repository wants of its components' maturity; part of the declaration in `shipway.domain.policy`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from shipway.domain.strict import STRICT

Stage = Literal["development", "staging", "production"]
STAGES: tuple[Stage, ...] = ("development", "staging", "production")
"""In the order in which a component reaches them."""

Heading = Literal["gates", "criteria", "approvals"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionPolicy:
    """One criterion; a person ticks it in the tracking issue where nothing here decides it.

    Attributes:
        text: What has to be so, as people read it; the name where nothing is given.
        heading: Where it stands in the tracking issue.
        check: Name of a check on the commit that must have succeeded.
        gate: Name of one of `gates`, which is run.
        file: Pattern of files of which one must be in the repository; `*` stands for any text, also with `/` in it;
            `{component}`, `{path}`, `{tests}` and `{specification}` are replaced.
        uptime: Per cent of the last `days` that the environment held a working deployment.
        days: See `uptime`.
        environment: Which environment `uptime` is about; the one named like the present stage where nothing is given.
        required: Whether it is demanded; `false` leaves out one of the usual ones.
    """

    text: str = ""
    heading: Heading = "criteria"
    check: str = ""
    gate: str = ""
    file: str = ""
    uptime: float | None = None
    days: int = 7
    environment: str = ""
    required: bool = True

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    @property
    def automatic(self) -> str:
        """What decides it, as people read it; empty where a person does."""
        if self.uptime is not None:
            return f"uptime {self.uptime:g} % in {self.days} days"
        kinds = (("check", self.check), ("gate", self.gate), ("file", self.file))
        return next((f"{kind} {name}" for kind, name in kinds if name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePolicy:
    """What a component must meet to reach a stage.

    Attributes:
        coverage: Per cent of lines that its tests must cover; where nothing is given 60 for development, 70 for
            staging, 80 for production.
        criteria: Name → criterion, besides the usual ones or in the place of one.
    """

    coverage: float | None = None
    criteria: Mapping[str, CriterionPolicy] = field(default_factory=dict)

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentPolicy:
    """One component; `{component}` stands for its name.

    Attributes:
        path: Folder of its source.
        tests: Folder of its tests.
        specification: File that specifies it.
        coverage: Globs of coverage reports; only files under `path` count.
        stage: Where it stands before any promotion was tracked.
    """

    path: str = "src/{component}"
    tests: str = "tests/{component}"
    specification: str = "specs/{component}.md"
    coverage: tuple[str, ...] = ("coverage.xml", "coverage.json", "lcov.info")
    stage: Stage = "development"

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT


@dataclass(frozen=True, slots=True, kw_only=True)
class MaturityPolicy:
    """How components come from development to staging and production.

    Attributes:
        components: Name → component.
        stages: Stage → what it takes to reach it.
        project: Title of a project of the repository's owner whose column follows the stage; empty for none.
        column: Single-select field of that project.
    """

    components: Mapping[str, ComponentPolicy] = field(default_factory=dict)
    stages: Mapping[Stage, StagePolicy] = field(default_factory=dict)
    project: str = ""
    column: str = "Status"

    __pydantic_config__: ClassVar[dict[str, Any]] = STRICT

    def coverage(self, stage: Stage) -> float:
        """Per cent of lines that must be covered."""
        stated = self.stages[stage].coverage if stage in self.stages else None
        return COVERAGE[stage] if stated is None else stated

    def criteria(self, stage: Stage) -> dict[str, CriterionPolicy]:
        """The criteria of a stage, by heading, in the order in which they are shown."""
        stated = self.stages[stage].criteria if stage in self.stages else {}
        found = {**_STRUCTURE, **USUAL[stage], **stated}
        order = ("gates", "criteria", "approvals")
        kept = [(name, one) for name, one in found.items() if one.required]
        return dict(sorted(kept, key=lambda pair: order.index(pair[1].heading)))


COVERAGE: Mapping[Stage, float] = {"development": 60.0, "staging": 70.0, "production": 80.0}


def _all(heading: Heading, **texts: str) -> dict[str, CriterionPolicy]:
    return {
        name.replace("_", "-"): CriterionPolicy(text=text, heading=heading) for name, text in texts.items()
    }


_STRUCTURE = {
    "source": CriterionPolicy(text="The component's folder exists", heading="gates", file="{path}/*"),
    "tests": CriterionPolicy(text="The folder of its tests exists", heading="gates", file="{tests}/*"),
    "specification": CriterionPolicy(
        text="Its specification exists", heading="gates", file="{specification}"
    ),
}

USUAL: Mapping[Stage, Mapping[str, CriterionPolicy]] = {
    "development": {},
    "staging": {
        **_all(
            "gates",
            all_tests="All tests pass",
            linting="Linting is clean",
            types="Type checking is clean",
            security="No secrets or security issues are found",
        ),
        **_all(
            "criteria",
            functionality="The core functionality is complete",
            unit_tests="The unit tests are comprehensive",
            integration_tests="Integration tests are written",
            error_handling="Error handling is implemented",
            logging="Logging is configured",
            documentation="The documentation is complete",
            code_review="The code review is approved",
        ),
        **_all("approvals", tech_lead="The tech lead approves", qa="QA approves"),
    },
    "production": {
        **_all(
            "gates",
            integration_tests="All integration tests pass",
            performance="The performance meets its objectives",
            security_review="The security review is complete",
            monitoring="Monitoring is configured",
            rollback="The rollback procedure is tested",
        ),
        "uptime": CriterionPolicy(text="7-day uptime is at least 99.5 %", heading="gates", uptime=99.5),
        **_all(
            "criteria",
            staging_criteria="All criteria of staging are still met",
            end_to_end_tests="The end-to-end tests pass",
            load="The performance is validated",
            security_audit="The security audit is complete",
            dashboards="The dashboards of its monitoring exist",
            runbook="The runbook is written",
            stakeholders="The stakeholders approve",
        ),
        **_all(
            "approvals",
            tech_lead="The tech lead approves",
            qa="QA approves",
            security="Security approves",
        ),
    },
}
"""The criteria of each stage where the configuration says nothing else."""


def maturity_problems(
    policy: MaturityPolicy, gates: Mapping[str, object]
) -> list[tuple[tuple[str, ...], str]]:
    """Place under `maturity` and complaint for each setting that means nothing."""
    found: list[tuple[tuple[str, ...], str]] = []
    for stage, wanted in policy.stages.items():
        if not 0 <= (wanted.coverage or 0) <= 100:
            found.append((("stages", stage, "coverage"), "must be between 0 and 100 per cent"))
        for name, criterion in wanted.criteria.items():
            place = ("stages", stage, "criteria", name)
            found += [((*place, key), text) for key, text in _criterion_problems(criterion, gates)]
    return found


def _criterion_problems(criterion: CriterionPolicy, gates: Mapping[str, object]) -> list[tuple[str, str]]:
    found = []
    if not 0 <= (criterion.uptime or 0) <= 100:
        found.append(("uptime", "must be between 0 and 100 per cent"))
    if criterion.days < 1:
        found.append(("days", "must be at least 1"))
    if criterion.gate and criterion.gate not in gates:
        found.append(("gate", f"names no gate; there are {', '.join(gates) or 'none'}"))
    given = [criterion.check, criterion.gate, criterion.file, criterion.uptime is not None]
    if sum(map(bool, given)) > 1:
        found.append(("text", "is decided by more than one of check, gate, file and uptime"))
    return found
