"""How a component's promotion is shown: in its issue, as a report, and as text."""

from collections.abc import Iterable, Sequence
from typing import Any

from shipway.domain.marked_text import region, rewritten
from shipway.domain.maturity import (
    PROMOTED,
    Judged,
    MaturityCommand,
    MaturityFacts,
    judged,
    key_of,
    mark_of,
)
from shipway.domain.maturity_policy import Heading, MaturityPolicy
from shipway.domain.safe_text import safe_line

HEADINGS: dict[Heading, str] = {
    "gates": "Quality gates",
    "criteria": "Promotion criteria",
    "approvals": "Approvals",
}
BESIDES = "### Rollback plan\n\n_How to go back, in your words; this part stays as you write it._"
"""What a new issue has below our part."""


def body_of(facts: MaturityFacts, command: MaturityCommand, policy: MaturityPolicy, *, promoted: bool) -> str:
    """The whole body: our part written anew, what people wrote around it and the boxes they ticked kept."""
    text = _part(facts, command, judged(policy, command.target, facts), promoted=promoted)
    ours = region(text, key_of(text))
    return rewritten(facts.issue.body, ours) if facts.issue and facts.issue.body else f"{ours}\n\n{BESIDES}"


def _part(facts: MaturityFacts, command: MaturityCommand, rows: Sequence[Judged], *, promoted: bool) -> str:
    lines = [
        mark_of(command.component, command.target),
        f"**{safe_line(command.component)}** goes from **{facts.at}** to **{command.target}**.",
        f"Judged at commit {facts.commit[:12]}.",
        "",
        "Boxes with a reason in brackets are ticked by Shipway; tick the others when they are so.",
    ]
    for heading, title in HEADINGS.items():
        lines += ["", f"### {title}", "", *(_box(one) for one in rows if one.criterion.heading == heading)]
    lines += ["", "### Blockers", "", *_blockers(rows)]
    if promoted:
        lines += ["", f"**Promoted to {command.target}.**", PROMOTED]
    return "\n".join(lines)


def _box(one: Judged) -> str:
    mark = "x" if one.verdict.passed else " "
    decided = (
        "" if one.verdict.reason_code in {"ticked", "not-ticked"} else f" ({safe_line(one.verdict.summary)})"
    )
    return f"- [{mark}] {safe_line(one.text)}{decided} <!-- criterion:{key_of(one.name)} -->"


def _blockers(rows: Iterable[Judged]) -> list[str]:
    missing = [one for one in rows if not one.verdict.passed]
    return [f"- {safe_line(one.text)}" for one in missing] or ["None."]


def report_of(
    facts: MaturityFacts, command: MaturityCommand, policy: MaturityPolicy, date: str
) -> dict[str, Any]:
    """The report of a promotion as plain JSON."""
    rows = judged(policy, command.target, facts)
    gates = [one for one in rows if one.criterion.heading == "gates"]
    others = [one for one in rows if one.criterion.heading != "gates"]
    issue = facts.issue
    return {
        "component": command.component,
        "from": facts.at,
        "to": command.target,
        "date": date,
        "sha": facts.commit,
        "quality_gates": {one.name: _row(one) for one in gates},
        "promotion_criteria": {
            "all_met": all(one.verdict.passed for one in rows),
            "details": [{"criterion": one.name, **_row(one)} for one in others],
        },
        "issue": {"number": issue.number, "url": issue.url} if issue and issue.number else None,
    }


def _row(one: Judged) -> dict[str, Any]:
    verdict = one.verdict
    return {
        "text": one.text,
        "met": verdict.passed,
        "ruling": verdict.ruling.value,
        "reason_code": verdict.reason_code,
        "summary": verdict.summary,
    }


def text_of(rows: Iterable[Judged]) -> list[str]:
    """The criteria as a terminal shows them."""
    listed = list(rows)
    lines: list[str] = []
    for heading, title in HEADINGS.items():
        here = [one for one in listed if one.criterion.heading == heading]
        marked = (f"  {'✓' if one.verdict.passed else '✗'} {one.text}: {one.verdict.summary}" for one in here)
        lines += [title, *marked] if here else []
    return lines
