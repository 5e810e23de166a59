"""Read what is recorded: the whole ledger with its anchors, the entries of one release."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shipway.adapters.github.client import GitHub, document_text
from shipway.adapters.github.reading import entries, payload_of
from shipway.domain.anchor import anchors_in
from shipway.domain.ledger import GENESIS, Entry


@dataclass(frozen=True, slots=True)
class WholeLedger:
    """Everything that `audit verify` compares.

    Attributes:
        head: Hash that the ledger says it ends with.
        anchors: Sequence → hash, quoted outside the ledger.
    """

    commit: str
    entries: tuple[Entry, ...]
    head: str
    anchors: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class ReleaseEntries:
    """The entries of one release, and which releases there are at all."""

    entries: tuple[Entry, ...]
    versions: tuple[str, ...]
    repository_url: str


def whole_ledger(github: GitHub) -> WholeLedger:
    """Read the ledger and its anchors in one request."""
    row = github.query(document_text("ledger"))["repository"]
    commit = (row["ledger"] or {}).get("target") or {}
    files = ((commit.get("releases") or {}).get("object") or {}).get("entries") or ()
    read = [entry for file in files for entry in entries(file["object"]["text"] or "")]
    return WholeLedger(
        commit=commit.get("oid", ""),
        entries=tuple(sorted(read, key=lambda entry: entry.sequence)),
        head=_head(commit).get("hash", GENESIS),
        anchors=_anchors(row),
    )


def _head(commit: Mapping[str, Any]) -> dict[str, Any]:
    head: dict[str, Any] = json.loads(((commit.get("head") or {}).get("object") or {}).get("text") or "{}")
    return head


def _anchors(row: Mapping[str, Any]) -> dict[int, str]:
    found: dict[int, str] = {}
    for release in row["releases"]["nodes"]:
        found |= anchors_in(release["description"] or "")
    for node in row["deployments"]["nodes"]:
        quoted = payload_of(node["payload"]).get("ledger")
        if isinstance(quoted, dict) and quoted.get("sequence"):
            found[int(quoted["sequence"])] = str(quoted["head"])
    return found


def release_entries(github: GitHub, path: str) -> ReleaseEntries:
    """Read the entries of one release."""
    row = github.query(document_text("release_entries"), path=path)["repository"]
    commit = (row["ledger"] or {}).get("target") or {}
    text = ((commit.get("entries") or {}).get("object") or {}).get("text") or ""
    names = ((commit.get("releases") or {}).get("object") or {}).get("entries") or ()
    versions = tuple(name["name"].removesuffix(".jsonl") for name in names)
    return ReleaseEntries(entries(text), versions, row["url"])
