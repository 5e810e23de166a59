"""Letting a version past a gate that does not pass: by name, with a reason, until a time, and never silently.

An override stands in the ledger before it counts. It is about exactly one gate and one version, and it ends.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shipway.domain.delivery.reason import reason_of
from shipway.domain.events import timestamp
from shipway.domain.ledger import Event
from shipway.domain.span import parse_span, span_text
from shipway.domain.stages import nearest
from shipway.domain.verdict import Ruling, Verdict
from shipway.errors import UsageError

KIND = "overridden"
"""Kind of the event in the ledger, and reason code of a verdict that was overridden."""

EXAMPLE = "--override smoke --reason 'probe is down' --expires 4h"

LONGEST = timedelta(days=30)
"""An override that has no end near enough is a change of the configuration."""


@dataclass(frozen=True, slots=True)
class Override:
    """One gate, let past for one version.

    Attributes:
        actor: Login of who answers for it.
        expires: From then on the gate counts again.
        at: When it was asked for.
        environment: On the way into which it counts; empty for one that was asked for with the release.
        commit: The only one that it counts for, where others had to agree; empty for any.
        approved_by: Logins of these others.
    """

    gate: str
    version: str
    actor: str
    reason: str
    expires: datetime
    at: datetime
    environment: str = ""
    commit: str = ""
    approved_by: tuple[str, ...] = ()

    def covers(self, gate: str, version: str, now: datetime) -> bool:
        """Whether it is about this gate of this version, and has not ended."""
        return self.gate == gate and self.version == version and self.at <= now < self.expires

    def same(self, other: "Override") -> bool:
        """Whether somebody asked for the same again; when it ends does not count."""
        return (self.gate, self.version, self.actor, self.reason, self.environment) == (
            other.gate,
            other.version,
            other.actor,
            other.reason,
            other.environment,
        )


def asked_overrides(
    gates: Sequence[str], reason: str, expires: str, *, known: Iterable[str], now: datetime
) -> tuple[Override, ...]:
    """Overrides as somebody asked for them, without version and actor, which are known later (`bound`).

    Args:
        gates: Names of the gates to let past.
        reason: Why; obligatory.
        expires: For how long, such as `4h`; obligatory.
        known: Gates that there are.
        now: The time of day.

    Raises:
        UsageError: `override-unclear`: something is missing, or names nothing; those of `reason_of`.
    """
    if not gates:
        if expires:
            raise unclear("--expires belongs to --override, which is missing.")
        return ()
    names = tuple(known)
    for gate in gates:
        if gate not in names:
            raise unclear(f"There is no gate {gate!r} to override{nearest(gate, names)}")
    if not reason.strip():
        raise unclear("An override needs a reason.")
    until = now + _span(expires)
    line = reason_of(reason, EXAMPLE)
    return tuple(Override(gate, "", "", line, until, now) for gate in dict.fromkeys(gates))


def _span(text: str) -> timedelta:
    if not text:
        raise unclear("An override needs an end.")
    try:
        span = parse_span(text)
    except ValueError as problem:
        raise unclear(f"{problem}.") from problem
    if not timedelta() < span <= LONGEST:
        raise unclear(f"An override lasts at most {span_text(LONGEST)}, and more than nothing.")
    return span


def unclear(message: str) -> UsageError:
    """What is wrong with an override as somebody asked for it, with an example of one."""
    return UsageError(
        message,
        f"Say which gate, why and for how long, for example: {EXAMPLE}",
        reason_code="override-unclear",
    )


def bound(
    overrides: Iterable[Override], version: str, actor: str, environment: str = ""
) -> tuple[Override, ...]:
    """The overrides for a version, asked for by somebody, on the way into an environment or of the release."""
    return tuple(replace(one, version=version, actor=actor, environment=environment) for one in overrides)


def overridden_event(override: Override, release_id: str) -> Event:
    """The event that makes an override count."""
    return Event(
        key=":".join(filter(None, (KIND, override.gate, override.environment, timestamp(override.at)))),
        kind=KIND,
        release=release_id,
        version=override.version,
        actor=override.actor,
        at=timestamp(override.at),
        detail={
            "gate": override.gate,
            "reason": override.reason,
            "expires": timestamp(override.expires),
            **({"environment": override.environment} if override.environment else {}),
            **({"commit": override.commit} if override.commit else {}),
            **({"approved_by": list(override.approved_by)} if override.approved_by else {}),
        },
    )


def overrides_in(events: Iterable[Event]) -> tuple[Override, ...]:
    """The overrides that stand in the ledger, oldest first."""
    return tuple(_read(event, event.detail) for event in events if event.kind == KIND)


def _read(event: Event, detail: Any) -> Override:
    expires, at = datetime.fromisoformat(detail["expires"]), datetime.fromisoformat(event.at)
    where, commit = detail.get("environment", ""), detail.get("commit", "")
    others = tuple(detail.get("approved_by", ()))
    return Override(
        detail["gate"], event.version, event.actor, detail["reason"], expires, at, where, commit, others
    )


def standing(overrides: Iterable[Override], version: str, now: datetime) -> tuple[Override, ...]:
    """Those that count now for a version, each gate once, by the one that lasts longest."""
    ours = [one for one in overrides if one.covers(one.gate, version, now)]
    longest = {one.gate: one for one in sorted(ours, key=lambda one: one.expires)}
    return tuple(longest.values())


def owed(asked: Iterable[Override], recorded: Iterable[Override], now: datetime) -> tuple[Override, ...]:
    """Those that were asked for and do not stand in the ledger."""
    standing_ones = [one for one in recorded if one.covers(one.gate, one.version, now)]
    return tuple(one for one in asked if not any(one.same(other) for other in standing_ones))


def after_overrides(verdict: Verdict, overrides: Iterable[Override]) -> Verdict:
    """The verdict; a pass with a warning where it did not pass and an override that counts names its gate."""
    found = next((one for one in overrides if one.gate == verdict.gate), None)
    if found is None or verdict.passed or verdict.reason_code == "not-run":
        return verdict
    others = f", approved by {', '.join(found.approved_by)}," if found.approved_by else ""
    ground = f"overridden by {found.actor}{others} until {timestamp(found.expires)}: {found.reason}"
    summary = f"{ground} (it said: {verdict.summary})"
    return replace(verdict, ruling=Ruling.PASS, reason_code=KIND, summary=summary, who="", warning=True)


def in_step(verdict: Verdict, overrides: Iterable[Override]) -> bool:
    """Whether a verdict is as the overrides that count now have it."""
    named = verdict.gate in {one.gate for one in overrides}
    if verdict.reason_code == KIND:
        return named
    return verdict.passed or verdict.reason_code == "not-run" or not named
