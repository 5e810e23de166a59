"""What the release pull request shows, as plain values for a template.

The view holds what the pull request is about and not what happens to it later (approvals, checks): GitHub shows
those itself, and a body that follows them would be rewritten without end.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from shipway.domain.authority import sufficient
from shipway.domain.checklist import checklist_rows
from shipway.domain.delivery.order import pipeline_of
from shipway.domain.events import verdict_rows
from shipway.domain.facts import Facts
from shipway.domain.fitting import fitted
from shipway.domain.hotfix.approval import approvers_rule
from shipway.domain.ledger import canonical
from shipway.domain.override import KIND as OVERRIDDEN
from shipway.domain.policy import Policy
from shipway.domain.release_command import ReleaseCommand
from shipway.domain.release_overrides import asked_past
from shipway.domain.report_view import duration_text
from shipway.domain.stages import gates_at
from shipway.domain.verdict import Verdict

MARKS = {"pass": "✅", "fail": "❌", "error": "💥", "inconclusive": "⏳"}
ATTENTION = "⚠️"

TICKETS = 100
"""Tickets that a body names; the changelog has all of them."""

LAYOUT = 3
"""Raised when the template changes what it shows of the same view, so that open pull requests are rewritten."""


def pull_request_view(facts: Facts, policy: Policy, command: ReleaseCommand) -> Mapping[str, Any]:
    """Everything that the body of the release pull request is rendered from."""
    content, repository = facts.content, facts.repository
    previous = content.previous_tag
    gates = gates_at(policy, command.stage)
    return {
        "layout": LAYOUT,
        "version": command.version,
        "tag": command.tag,
        "previous_tag": previous,
        "compare_url": f"{repository.url}/compare/{previous}...{facts.release_branch.name}"
        if previous and facts.release_branch
        else "",
        "changelog_url": _changelog_url(facts, policy),
        "commits": content.commits,
        "source": facts.source.name,
        "target": facts.target.name,
        "notes": content.notes,
        "plain_changelog": content.plain_changelog,
        "files": [code_span(path) for path in sorted(content.files)],
        "tickets": _tickets(content.tickets),
        "gates": gate_rows(
            verdict_rows((*facts.gates.verdicts, *_asked(facts, policy))) if facts.gates else []
        ),
        "expected_gates": list(gates),
        "checklists": checklist_rows({name: policy.gates[name] for name in gates}),
        "report": dict(facts.gates.report) if facts.gates else {},
        "environments": _environments(policy),
        "release_id": facts.ledger.release_id,
        **_hotfix_view(policy, command),
        "checks_warning": checks_warning(facts, policy),
    }


def _hotfix_view(policy: Policy, command: ReleaseCommand) -> dict[str, Any]:
    """What is different of a hotfix; nothing for any other release, whose bodies stay as they are."""
    if not command.repair:
        return {}
    rule = approvers_rule(policy.hotfix)
    return {
        "hotfix": {
            "base": command.repair.base,
            "left_out": list(command.repair.left_out),
            "approver": "" if policy.hotfix.auto_approve else sufficient(rule),
            "development": command.repair.development,
        }
    }


def _tickets(found: Sequence[str]) -> list[str]:
    """The first tickets, and how many more there are."""
    more = len(found) - TICKETS
    return [*found[:TICKETS], *([f"and {more} more"] if more > 0 else [])]


def _changelog_url(facts: Facts, policy: Policy) -> str:
    """Where the whole changelog stands when the body cannot hold it."""
    branch = facts.release_branch.name if facts.release_branch else facts.source.name
    page = f"blob/{branch}/{policy.release.changelog}" if policy.release.changelog else f"commits/{branch}"
    return f"{facts.repository.url}/{page}"


def shortened(view: Mapping[str, Any], surplus: int) -> Mapping[str, Any]:
    """The view with so many characters less of its changelog; says how much is elsewhere, and where."""
    notes = str(view["notes"])
    return {**view, "notes": fitted(notes, len(notes) - surplus, view["changelog_url"])}


def checks_warning(facts: Facts, policy: Policy) -> str:
    """Said before it hurts: pull requests of a workflow's own token start no checks for the branch or for gates."""
    of_gates = (check.name for gate in policy.gates.values() for check in gate.wanted_checks)
    names = ", ".join(dict.fromkeys((*(one.name for one in facts.rules.required_checks), *of_gates)))
    if not facts.repository.workflow_token or not names:
        return ""
    return (
        f"GITHUB_TOKEN opened this pull request, so GitHub starts no workflows for it and the required checks "
        f"({names}) will not report. Pass the token of a GitHub App or a person as `token:`, or close and reopen "
        "the pull request by hand."
    )


def _environments(policy: Policy) -> list[dict[str, Any]]:
    after = pipeline_of(policy).after if policy.environments else {}
    places = {name: place for place, name in enumerate(after)}
    return [
        {"place": places[name], "after": [places[one] for one in before], **_environment(policy, name)}
        for name, before in after.items()
    ]


def _environment(policy: Policy, name: str) -> dict[str, Any]:
    environment = policy.environments[name]
    return {
        "name": name,
        "automatic": environment.automatic,
        "command": code_span(environment.deploy.shown),
        "url": environment.deploy.url,
        "production": policy.is_production(name),
    }


def _asked(facts: Facts, policy: Policy) -> Iterator[Verdict]:
    """What others are asked to let it past; that a question is too old is not shown before it is recorded."""
    past = asked_past(facts.ledger, facts.gates.commit if facts.gates else "")
    if past and past.ended != OVERRIDDEN and policy.release.override_approvals:
        yield past.verdict(policy, datetime.fromisoformat(past.question.at))


def gate_rows(verdicts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Verdicts as a table shows them: mark, gate, summary, time, and lines to look at."""
    return [
        {
            "mark": ATTENTION if row["warning"] else MARKS[row["ruling"]],
            "gate": row["gate"],
            "summary": row["summary"],
            "time": "" if row["duration"] is None else duration_text(row["duration"]),
            "details": row["details"],
        }
        for row in verdicts
    ]


def code_span(text: str) -> str:
    """Text as code in a line or table cell, whatever backticks and bars it holds; empty stays empty."""
    if not text:
        return ""
    line = " ".join(text.split()).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    return f"{fence} {line} {fence}" if "`" in line else f"`{line}`"


def view_digest(view: Mapping[str, Any]) -> str:
    """Tells whether a body was made from this view."""
    return sha256(canonical(view).encode()).hexdigest()[:20]
