"""How a command ended, as people read it in a terminal: every command that moves versions in the same order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shipway.domain.outcome import Decision

MARKS = {"pass": "✓", "fail": "✗", "error": "!", "inconclusive": "…"}

MOST_DETAILS = 5
"""Of one verdict; all of them are in the JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultText:
    """The parts of a result, in the order in which they are shown.

    Attributes:
        steps: Of a dry run: what would be done.
        impact: What goes with a version that is rolled back.
        message: What is true now.
        verdicts: Why.
        facts: Word → value; empty ones are left out.
        notes: What people should know, a sentence each.
        next_step: What comes next.
        more: A long text at the end.
    """

    decision: Decision
    steps: Sequence[str]
    impact: Iterable[str] = ()
    message: str
    verdicts: Sequence[Mapping[str, Any]]
    facts: Mapping[str, str]
    notes: Sequence[str]
    next_step: str
    more: Sequence[str] = field(default=())

    def __str__(self) -> str:
        rows = [(name, value) for name, value in self.facts.items() if value]
        rows += [("note", warning) for warning in self.notes]
        lines = [*self._plan(), *self.impact, self.message, *self._grounds()]
        lines += [f"{name:>13}: {value}" for name, value in rows]
        lines += ["", self.next_step] if self.next_step else []
        return "\n".join([*lines, *(["", *self.more] if self.more else [])])

    def _plan(self) -> list[str]:
        if self.decision is not Decision.PLANNED or not self.steps:
            return []
        steps = [f"{number:>3}. {step}" for number, step in enumerate(self.steps, start=1)]
        return ["Plan, nothing of it done:", *steps, ""]

    def _grounds(self) -> Iterable[str]:
        width = max((len(row["gate"]) for row in self.verdicts), default=0)
        for row in self.verdicts:
            mark = "!" if row["warning"] else MARKS[row["ruling"]]
            yield f"  {mark} {row['gate']:<{width}}  {row['summary']}"
            yield from _details(row, width + 6)


def _details(row: Mapping[str, Any], indent: int) -> list[str]:
    """What stands behind a verdict that people have to look at."""
    if row["ruling"] == "pass" and not row["warning"]:
        return []
    details = [one for one in row["details"] if one not in row["summary"]]
    more = len(details) - MOST_DETAILS
    shown = details[:MOST_DETAILS] + ([f"and {more} more, in --output json"] if more > 0 else [])
    return [f"{'':{indent}}{one}" for one in shown]
