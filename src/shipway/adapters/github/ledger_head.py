"""What `head.json` on the ledger's branch says, or why it cannot be gone by: it tells locks, so it is read whole."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shipway.domain.debts import Debts
from shipway.domain.ledger import GENESIS
from shipway.domain.record import HEAD_PATH
from shipway.domain.standing import Standing, Standings
from shipway.domain.standings import FORMAT
from shipway.errors import InputError


@dataclass(frozen=True, slots=True)
class Head:
    """How the ledger stands after its newest entry.

    Attributes:
        sequence: Number of that entry; 0 where there is none.
        hash: Its hash.
        open_releases: Version → release id of every release that has begun and not ended.
        standings: Environment → how it stands.
        debts: What hotfixes owe.
    """

    sequence: int = 0
    hash: str = GENESIS
    open_releases: Mapping[str, str] = field(default_factory=dict)
    standings: Standings = field(default_factory=dict)
    debts: Debts = field(default_factory=dict)


def head_of(commit: Mapping[str, Any] | None) -> Head:
    """Read the file as it stands in a commit of the ledger; that of a ledger without entries where there is none.

    Raises:
        InputError: `ledger-broken`: it is missing, or is not what Shipway writes.
    """
    if not commit:
        return Head()
    try:
        return _head(json.loads(_text(commit)))
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise _broken("it is not what Shipway writes") from problem


def _text(commit: Mapping[str, Any]) -> str:
    text = ((commit.get("head") or {}).get("object") or {}).get("text")
    if not text:
        raise _broken("it is missing or empty")
    return str(text)


def _head(row: Mapping[str, Any]) -> Head:
    if row.get("format", FORMAT) > FORMAT:
        raise _broken("a newer Shipway has written it; upgrade this one")
    return Head(
        sequence=int(row["sequence"]),
        hash=str(row["hash"]),
        open_releases=dict(row["open"]),
        standings={name: Standing.from_json(one) for name, one in row.get("environments", {}).items()},
        debts=dict(row.get("debts", {})),
    )


def _broken(why: str) -> InputError:
    return InputError(
        f"The ledger cannot be read: {HEAD_PATH} on the branch shipway-ledger cannot be gone by: {why}.",
        "Compare the branch with a clone that somebody fetched earlier: git log --patch origin/shipway-ledger",
        reason_code="ledger-broken",
    )
