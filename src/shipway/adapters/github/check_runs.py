"""Gates as check runs on a commit; only Apps, and so workflows' own tokens, may write these.

The check run of a gate is found again by its name, and completed rather than made a second time.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shipway.adapters.github.client import GitHub
from shipway.adapters.github.mutations import Mutation, together
from shipway.adapters.github.writing import STATUS_DESCRIPTION_LIMIT
from shipway.domain.annotation import Annotation
from shipway.domain.verdict import Ruling, Verdict

PREFIX = "shipway/"

ANNOTATIONS_LIMIT = 50
"""Annotations that GitHub takes in one request."""

SUMMARY_LIMIT = 65_000
"""Characters; GitHub's own limit is 65,535 bytes, and each character beyond ASCII takes more."""

_CONCLUSIONS = {
    Ruling.PASS: "SUCCESS",
    Ruling.FAIL: "FAILURE",
    Ruling.ERROR: "FAILURE",
    Ruling.INCONCLUSIVE: "ACTION_REQUIRED",
}

Inputs = dict[str, dict[str, Any]]


def begin(github: GitHub, repository_id: str, commit: str, gates: Sequence[str]) -> dict[str, str]:
    """Show gates as queued, the first one as in progress; gives gate → node id."""
    rows = [
        {**_named(repository_id, commit, gate), "status": "QUEUED" if number else "IN_PROGRESS"}
        for number, gate in enumerate(gates)
    ]
    answer = _written(github, "createCheckRun", rows)
    return {gate: row["checkRun"]["id"] for gate, row in zip(gates, answer, strict=True)}


def move_on(
    github: GitHub, repository_id: str, done: tuple[str, Verdict, Sequence[Annotation]], following: str = ""
) -> None:
    """Complete a check run by its node id, and show the following one as in progress, in one request."""
    node_id, verdict, notes = done
    rows = [{"repositoryId": repository_id, "checkRunId": node_id, **_completed(verdict, notes)}]
    if following:
        rows.append({"repositoryId": repository_id, "checkRunId": following, "status": "IN_PROGRESS"})
    _written(github, "updateCheckRun", rows)


def complete(
    github: GitHub,
    repository_id: str,
    commit: str,
    verdicts: Iterable[Verdict],
    notes: Mapping[str, Sequence[Annotation]],
    begun: Mapping[str, str],
    external_id: str = "",
) -> None:
    """Complete the check runs that were begun (gate → node id) and create the others, in one request each.

    Those that are created carry the id, by which they are found again.
    """
    updated, created = [], []
    room = ANNOTATIONS_LIMIT
    for verdict in verdicts:
        ours = notes.get(verdict.gate, ())
        row = _completed(verdict, ours, room)
        room -= min(room, len(ours))
        if verdict.gate in begun:
            updated.append({"repositoryId": repository_id, "checkRunId": begun[verdict.gate], **row})
        else:
            known = {"externalId": external_id} if external_id else {}
            created.append({**_named(repository_id, commit, verdict.gate), **known, **row})
    _written(github, "updateCheckRun", updated)
    _written(github, "createCheckRun", created)


def _named(repository_id: str, commit: str, gate: str) -> dict[str, Any]:
    return {"repositoryId": repository_id, "headSha": commit, "name": f"{PREFIX}{gate}"}


def _completed(
    verdict: Verdict, notes: Sequence[Annotation], room: int = ANNOTATIONS_LIMIT
) -> dict[str, Any]:
    left_out = len(notes) - room
    lines = [verdict.summary, *(f"- {line}" for line in verdict.details)]
    if left_out > 0:
        lines.append(f"- {left_out} more notes on lines are in the reports")
    return {
        "status": "COMPLETED",
        "conclusion": _CONCLUSIONS[verdict.ruling],
        "output": {
            "title": verdict.summary[:STATUS_DESCRIPTION_LIMIT],
            "summary": "\n".join(lines).encode()[:SUMMARY_LIMIT].decode(errors="ignore"),
            "annotations": [_annotation(note) for note in notes[:room]],
        },
    }


def _annotation(note: Annotation) -> dict[str, Any]:
    return {
        "path": note.path,
        "location": {"startLine": note.line, "endLine": note.line},
        "annotationLevel": note.level.upper(),
        "title": note.title,
        "message": note.message,
    }


def _written(github: GitHub, mutation: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give the answers in the order of the rows; nothing is asked when there are none."""
    if not rows:
        return []
    writes = [Mutation(f"c{number}", mutation, "checkRun { id }", row) for number, row in enumerate(rows)]
    answer = together(github, writes)
    return [answer[one.name] for one in writes]
