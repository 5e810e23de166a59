"""What gates, policies, checks and analyses answer with."""

from dataclasses import dataclass
from enum import StrEnum


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

    @property
    def passed(self) -> bool:
        """Whether this verdict lets the release move forward."""
        return self.ruling is Ruling.PASS
