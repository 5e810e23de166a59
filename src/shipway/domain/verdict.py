"""What gates, policies, checks and analyses answer with."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Literal, Self


class Ruling(StrEnum):
    """Only PASS moves forward, only FAIL rolls back; ERROR and INCONCLUSIVE stop and wait."""

    PASS = "pass"  # noqa: S105 - a ruling, not a password
    FAIL = "fail"
    ERROR = "error"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer of one gate or policy.

    Attributes:
        gate: Name of the gate or policy, as people know it (``unit``, ``approvals``).
        ruling: The answer.
        reason_code: Stable kebab-case ground, such as ``coverage-below-threshold``.
        summary: One sentence for people.
        who: Who or what can change the answer; empty when it passes.
        details: Lines that help to act: failing tests, uncovered files, CVE ids. Untrusted text.
        duration: Seconds it took, where it was run by us.
        budget: Seconds that it was given.
        attempts: Seconds of each run, where it was run again after taking too long.
        warning: True for a pass that people should still look at.
    """

    gate: str
    ruling: Ruling
    reason_code: str
    summary: str
    who: str = ""
    details: tuple[str, ...] = ()
    duration: float | None = None
    warning: bool = False
    budget: float | None = None
    attempts: tuple[float, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether this verdict lets the release move forward."""
        return self.ruling is Ruling.PASS

    @property
    def result(self) -> Literal["passed", "warning", "failed", "skipped"]:
        """The same in the words of test results: `skipped` is what did not run."""
        if self.reason_code == "not-run":
            return "skipped"
        if not self.passed:
            return "failed"
        return "warning" if self.warning else "passed"

    def to_json(self) -> dict[str, Any]:
        """As plain JSON, with the result beside the fields."""
        row = asdict(self)
        lists = {"details": list(self.details), "attempts": list(self.attempts)}
        return {**row, **lists, "ruling": self.ruling.value, "result": self.result}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote; fields that older rows lack have their defaults."""
        given = {field.name: row[field.name] for field in fields(cls) if field.name in row}
        lists = {name: tuple(row.get(name, ())) for name in ("details", "attempts")}
        return cls(**{**given, **lists, "ruling": Ruling(row["ruling"])})


def most_telling(verdicts: Iterable[Verdict]) -> Verdict | None:
    """A failure before what could not be found out; None where everything passed."""
    open_ones = [one for one in verdicts if not one.passed]
    return next((one for one in open_ones if one.ruling is Ruling.FAIL), next(iter(open_ones), None))


def foreseen_pass(gate: str) -> Verdict:
    """What a plan goes on with. Nobody is told of it, so it has no ground."""
    return Verdict(gate, Ruling.PASS, "", "")
