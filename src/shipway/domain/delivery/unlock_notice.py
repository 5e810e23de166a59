"""Telling the owners of locks that somebody took away, where they look: in a pull request."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shipway.domain.delivery.lock_command import Asked, Unlocking
from shipway.domain.facts import DeliveryFacts
from shipway.domain.ledger import Event
from shipway.domain.safe_text import safe_line, visible
from shipway.domain.standing import Standings
from shipway.domain.standings import environments_of


@dataclass(frozen=True, slots=True)
class Notice:
    """What an owner is told.

    Attributes:
        owner: Login, as the ledger has it.
        environments: Whose locks were taken away.
        number: Pull request that the lock let through; 0 for none.
        commit: What stands in the environment, whose pull request it is else said in; empty for nothing.
        locked: When and why they had locked.
        event: By which it was unlocked.
    """

    owner: str
    environments: tuple[str, ...]
    number: int
    commit: str
    locked: tuple[str, str]
    event: Event

    @property
    def mark(self) -> str:
        """Finds what was said again."""
        name = re.sub(r"[^\w.:-]", "", f"{self.event.key}:{self.environments[0]}")
        return f"<!-- shipway:{name} -->"

    @property
    def place(self) -> str:
        """Where it is to be said, before that was looked for."""
        where = "in pull request #{}" if self.number else "in the pull request of what stands in {}"
        return where.format(self.number or self.environments[0])

    def text(self, login: str) -> str:
        """The comment. It mentions one login, as GitHub has it; all else is text, and so is the ledger."""
        names = " and ".join(f"**{safe_line(name)}**" for name in self.environments)
        since, why = self.locked
        again = _code(f"shipway lock {self.environments[0]} --reason '…'")
        return "\n".join(
            [
                self.mark,
                f"@{login}, your lock of {names} was taken away by {_code(self.event.actor)}.",
                "",
                f"- Locked at {safe_line(since)}: {safe_line(why)}",
                f"- Unlocked at {safe_line(self.event.at)}: {safe_line(self.event.detail['reason'])}",
                "",
                f"Versions can come in again. Lock it again if they must not: {again}",
                "",
            ]
        )


def notices(facts: DeliveryFacts, command: Asked) -> tuple[Notice, ...]:
    """What owners have to be told once this is unlocked, also if the run that did it was lost before it said so.

    Only who asks by force looks: the newest such entry about these environments counts.
    """
    if not (isinstance(command, Unlocking) and command.force):
        return ()
    entries = reversed(facts.ledger.entries)
    wanted = {*command.environments}
    events = (one.event for one in entries if one.event.kind == "unlocked")
    event = next((one for one in events if wanted & {*environments_of(one)}), None)
    return tuple(told_of(event, facts.ledger.standings)) if event else ()


def told_of(event: Event, standings: Standings) -> Iterator[Notice]:
    """A notice for each lock that was taken away, one for those that were made together."""
    together: dict[tuple[Any, ...], list[str]] = {}
    for lock in event.detail.get("locks", ()):
        together.setdefault(_made(lock, standings), []).append(lock["environment"])
    for (owner, number, commit, at, reason), names in together.items():
        yield Notice(owner, tuple(names), number, commit, (at, reason), event)


def _made(lock: Mapping[str, Any], standings: Standings) -> tuple[Any, ...]:
    standing = standings.get(lock["environment"])
    stable = standing.stable if standing else None
    number = int(lock["subject"]) if lock["scope"] == "pr" and lock["subject"].isdecimal() else 0
    return lock["by"], number, stable.commit if stable else "", lock["at"], lock["reason"]


def _code(text: str) -> str:
    """Text as code, which mentions nobody."""
    return "`" + visible(text).replace("`", "'") + "`"
