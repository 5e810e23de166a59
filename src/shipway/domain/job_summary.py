"""The job summary of a run as Markdown: the ending, the release as a picture, verdicts, deployments, steps.

It is made from the versioned result alone, so that it shows what programs read. Texts of the result may come from
commits, reports and branch names, and are shown as text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from shipway.domain.estimate import estimate_text

LIMIT = 1_000_000
"""Bytes of a summary; GitHub drops one above 1 MiB."""

_STAGES = {
    "initiated": "release branch",
    "gates": "gates",
    "review": "review",
    "merged": "merge",
    "tagged": "tag and release",
    "delivering": "deploy",
    "completed": "released",
}
_STAGE_OF = {"cancelled": "review", "failed": "delivering"}
_RULINGS = {"pass": "✅ pass", "fail": "❌ fail", "error": "⚠️ error", "inconclusive": "❔ inconclusive"}
_ENDINGS = {"done": "past", "waiting": "waiting", "planned": "waiting"}
_COLOURS = (
    "  classDef past fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
    "  classDef waiting fill:#fff8c5,stroke:#9a6700,color:#1f2328",
    "  classDef stopped fill:#ffebe9,stroke:#cf222e,color:#1f2328",
    "  classDef ahead fill:#f6f8fa,stroke:#8c959f,color:#57606a",
    "```",
)
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_MARKED = re.compile(r"([\\`*_\[\]~#|!])")


def job_summary(result: Mapping[str, Any], limit: int = LIMIT) -> str:
    """Return the summary, at most `limit` bytes of UTF-8; what has no room is left out and said so."""
    kept: list[str] = []
    room = limit - 200
    for section in _sections(result):
        size = len(section.encode()) + 2
        if size > room:
            kept.append("_The rest has no room here; the output `result` has all of it._")
            break
        kept.append(section)
        room -= size
    return "\n\n".join(kept) + "\n"


def _sections(result: Mapping[str, Any]) -> Iterator[str]:
    subject = " ".join(_text(result[key]) for key in ("command", "version", "environment") if result.get(key))
    yield f"## Shipway {subject}: {result['decision']}"
    yield _text(result["message"])
    if result["next_step"]:
        yield f"**Next:** {_text(result['next_step'])}"
    yield from (f"> [!WARNING]\n> {_text(warning)}" for warning in result.get("warnings", ()))
    if result.get("state"):
        yield _picture(result)
    if result.get("pipeline"):
        yield _pipeline(result)
    if result["verdicts"]:
        yield _table(
            ("Gate", "Verdict", "Why", "Who can change it", "Time"), map(_verdict, result["verdicts"])
        )
    if deployments := deployments_of(result):
        yield _table(("Environment", "State", "Commit"), map(_deployment, deployments))
    yield from _foreseen(result)
    if result["steps"]:
        yield _folded("Steps", (f"- {_text(step)}" for step in result["steps"]))
    for verdict in result["verdicts"]:
        if verdict["details"]:
            yield _folded(
                f"Details of {_text(verdict['gate'])}", (f"- {_text(d)}" for d in verdict["details"])
            )


def _foreseen(result: Mapping[str, Any]) -> Iterator[str]:
    """What a dry run knows besides its steps."""
    if time := estimate_text(result.get("estimate")):
        yield f"**Time:** {_text(time)}"
    if result["decision"] == "planned" and result.get("notes"):
        yield _folded("Changelog", [result["notes"]])


def deployments_of(result: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The deployments of a release, or the one of what concerns one environment."""
    one = result.get("deployment")
    return result.get("deployments") or ([one] if one else [])


def _picture(result: Mapping[str, Any]) -> str:
    state = result["state"]
    stages = list(_STAGES)
    here = stages.index(_STAGE_OF.get(state, state))
    lines = ["```mermaid", "flowchart LR"]
    for index, stage in enumerate(stages):
        lines.append(f'  {stage}["{_stage_label(stage, result)}"]:::{_looks(index, here, result)}')
    lines.append("  " + " --> ".join(stages))
    return "\n".join([*lines, *_COLOURS])


def _pipeline(result: Mapping[str, Any]) -> str:
    """The environments in their order, with what was verified in each, and how it went in the one at hand."""
    rows = result["pipeline"]
    ids = {row["environment"]: f"e{number}" for number, row in enumerate(rows)}
    lines = ["```mermaid", "flowchart LR"]
    for row in rows:
        name = row["environment"]
        here = name == result["environment"]
        looks = _ENDINGS.get(result["decision"], "stopped") if here else "past" if row["version"] else "ahead"
        lines.append(f'  {ids[name]}["{_label(name)}<br>{_label(row["version"] or "nothing")}"]:::{looks}')
    lines += [f"  {ids[one]} --> {ids[row['environment']]}" for row in rows for one in row["after"]]
    return "\n".join([*lines, *_COLOURS])


def _label(text: str) -> str:
    """Text that ends no label."""
    return re.sub(r"[^\w .:/-]", "?", text)


def _stage_label(stage: str, result: Mapping[str, Any]) -> str:
    if stage == "review" and result["pull_request"]:
        return f"review of pull request {result['pull_request']['number']}"
    if stage == "delivering" and result["deployments"]:
        rows = (f"{row['environment']}: {row['state']}" for row in result["deployments"])
        return "<br>".join(map(_label, rows))
    return _STAGES[stage]


def _looks(index: int, here: int, result: Mapping[str, Any]) -> str:
    if index > here:
        return "ahead"
    if index < here or result["state"] == "completed":
        return "past"
    return "stopped" if result["decision"] in {"refused", "failed"} else "waiting"


def _verdict(row: Mapping[str, Any]) -> tuple[str, ...]:
    duration = "" if row["duration"] is None else f"{row['duration']:.1f} s"
    if row.get("budget"):
        duration += f" of {row['budget']:g} s"
    ruling = (
        "✅ pass, with a warning" if row["warning"] and row["ruling"] == "pass" else _RULINGS[row["ruling"]]
    )
    return _text(row["gate"]), ruling, _text(row["summary"]), _text(row["who"]), duration


def _deployment(row: Mapping[str, Any]) -> tuple[str, ...]:
    return _text(row["environment"]), _text(row["state"]), f"`{row['sha'][:10]}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows))


def _folded(title: str, lines: Iterable[str]) -> str:
    inside = "\n".join(lines)
    return f"<details><summary>{title}</summary>\n\n{inside}\n\n</details>"


def _text(text: str) -> str:
    """Text in one line that Markdown, HTML and mentions leave alone."""
    plain = (
        _UNSEEN.sub("", " ".join(text.split()))
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
    )
    return _MARKED.sub(r"\\\1", plain).replace("@", "@\u200b")
