"""What the ledger should say, read off the facts: whatever happened and is not recorded yet is owed.

A run that dies between an effect and its record loses nothing: the next run sees the effect and records it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Protocol

from shipway.domain.delivery.ended import endings
from shipway.domain.facts import Facts, PullRequestState
from shipway.domain.ledger import Event, canonical
from shipway.domain.verdict import Verdict


class Asker(Protocol):
    """The parts of a command that events name."""

    @property
    def version(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def release_id(self) -> str: ...
    @property
    def stage(self) -> str: ...
    @property
    def run_url(self) -> str: ...
    @property
    def supersedes(self) -> tuple[str, ...]: ...
    @property
    def asked_in(self) -> int: ...


def initiated(facts: Facts, command: Asker, now: datetime) -> Event:
    """The first event of a release; it fixes its id, so that a second run joins it instead of beginning anew."""
    return Event(
        key="initiated",
        kind="initiated",
        release=command.release_id,
        version=command.version,
        actor=command.actor,
        at=timestamp(now),
        detail={
            "kind": "standard" if command.stage == "release" else command.stage,
            "source": facts.source.name,
            "target": facts.target.name,
            "previous": facts.content.previous_tag,
            "run": command.run_url,
            "supersedes": list(command.supersedes),
            **({"asked_in": command.asked_in} if command.asked_in else {}),
        },
    )


def owed(facts: Facts, command: Asker, now: datetime, *, completed: bool) -> tuple[Event, ...]:
    """Events that the facts show and the ledger does not."""
    happened = (*_happened(facts), *((("completed", "completed", {}, "", ""),) if completed else ()))
    first = {happening[0]: happening for happening in reversed(happened)}
    unrecorded = [happening for happening in happened if happening is first[happening[0]]]
    recorded = facts.ledger.keys
    return tuple(
        Event(
            key=key,
            kind=kind,
            release=facts.ledger.release_id,
            version=command.version,
            actor=actor or command.actor,
            at=at or timestamp(now),
            detail=detail,
        )
        for key, kind, detail, actor, at in unrecorded
        if key not in recorded
    )


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC to the second, as GitHub writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def verdict_rows(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """Verdicts as plain JSON."""
    return [verdict.to_json() for verdict in verdicts]


Happening = tuple[str, str, Mapping[str, Any], str, str]
"""Key, kind, detail, actor (empty: who asked), time (empty: now)."""


def _happened(facts: Facts) -> Iterator[Happening]:
    readers: tuple[Callable[[Facts], Iterator[Happening]], ...] = (
        _branch,
        _gates,
        _pull_request,
        _publication,
        _deployments,
    )
    for reader in readers:
        yield from reader(facts)


def _branch(facts: Facts) -> Iterator[Happening]:
    if facts.release_branch and facts.release_branch_digest:
        current = facts.release_branch_digest == facts.content.digest
        detail = {
            "branch": facts.release_branch.name,
            "source": facts.release_branch_source,
            "notes": facts.content.notes if current else "",
        }
        yield f"branch:{facts.release_branch_digest}", "branch-cut", detail, "", ""


def _gates(facts: Facts) -> Iterator[Happening]:
    if facts.gates:
        rows = verdict_rows(facts.gates.verdicts)
        rulings = sha256(canonical([[row["gate"], row["ruling"]] for row in rows]).encode()).hexdigest()[:12]
        detail = {"commit": facts.gates.commit, "verdicts": rows, "report": facts.gates.report}
        yield f"gates:{facts.gates.commit}:{rulings}", "gates", detail, "", ""


def _pull_request(facts: Facts) -> Iterator[Happening]:
    pull = facts.pull_request
    if not pull:
        return
    yield f"pull-request:{pull.number}", "pull-request", {"number": pull.number}, "", pull.created_at
    if pull.state is PullRequestState.CLOSED:
        yield f"cancelled:{pull.number}", "cancelled", {"number": pull.number}, "", ""
    if pull.state is PullRequestState.MERGED:
        detail = {"number": pull.number, "commit": pull.merge_oid, "approvals": list(pull.approvals)}
        yield f"merged:{pull.number}", "merged", detail, pull.merged_by, pull.merged_at


def _publication(facts: Facts) -> Iterator[Happening]:
    if facts.tag and facts.tagged:
        yield (
            f"tagged:{facts.tag.name}",
            "tagged",
            {"tag": facts.tag.name, "commit": facts.tag.commit},
            "",
            "",
        )
    for release in facts.releases:
        if not release.draft and facts.tagged:
            yield f"published:{release.tag}", "published", {"tag": release.tag, "url": release.url}, "", ""
    if facts.tagged and facts.source_merged_back and facts.source.name != facts.target.name:
        yield "merged-back", "merged-back", {"branch": facts.source.name}, "", ""


def _deployments(facts: Facts) -> Iterator[Happening]:
    for deployment in sorted(facts.deployments, key=lambda one: (one.created_at, one.id)):
        if deployment.release_id == facts.ledger.release_id:
            for key, kind, detail in endings(deployment):
                yield key, kind, detail, deployment.actor, deployment.updated_at
