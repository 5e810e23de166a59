"""What stands in a repository and its ledger, in a form that equals itself between runs of equal effect."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from integration.release.world import NAME, World
from shipway.adapters.ledgers.branch import LedgerBranch
from shipway.domain.ledger import GENESIS, Event
from shipway.domain.ledger_audit import audited
from shipway.domain.ledger_store import WholeLedger
from shipway.twin.state import state

LEDGER = "refs/heads/shipway-ledger"
_RUN = re.compile(r"process:[\w.-]+:\d+")
_WORKFLOW_RUN = r'(?<=/runs/)\d+|(?<=/job/)\d+|(?<="run": )\d+|(?<=run:)\d+|(?<="key": "adopted:)\d+'
_ID = r"\b[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?8[0-9a-f]{3}-?[0-9a-f]{12}\b"
_DEPLOYMENT = r'(?<="deployment": )\d+|(?<="key": "deployment:)\d+|(?<="key": "verified:)\d+'
_CHANCE = re.compile(f"{_RUN.pattern}|{_ID}|{_DEPLOYMENT}|{_WORKFLOW_RUN}")


class End(NamedTuple):
    """How a play ended.

    Attributes:
        whole: Everything a person could see; what runs, ids and deployments are called, by their order.
        steady: The same without claims that another run took over, without the pages, which show these, and without
            the commit at which a run has read its configuration, which a later run reads anew.
    """

    whole: str
    steady: str


def end_of(world: World) -> End:
    """How it stands now; a flaw in the ledger stands in it too."""
    with world.twin.world.locked():
        repository = world.twin.world.repository(NAME)
        assert repository
        git = world.twin.world.git_of(repository)
        seen: dict[str, Any] = json.loads(json.dumps(state(world.twin.world)[NAME], default=str))
        ledger, files = _ledger(git.path, git.refs.get(LEDGER, ""))
    seen["refs"].pop(LEDGER, None)
    seen["flaws"] = [*map(str, ledger.flaws), *_misquoted(seen, ledger)]
    events = [entry.event for entry in ledger.entries]
    pages = {
        path: _unhashed(text)
        for path, text in files.items()
        if path.startswith("docs/") and path.endswith(".md")
    }
    whole = {**seen, "ledger": [*map(_row, events)], "pages": pages}
    steady = {**seen, "ledger": [_row(event, "configuration") for event in _once(events)]}
    return End(_named(whole), _named(steady, "a run"))


def _ledger(root: Path, head: str) -> tuple[WholeLedger, Mapping[str, bytes]]:
    if not head:
        return WholeLedger("", (), GENESIS, ()), {}
    branch = LedgerBranch(root, head)
    files = branch.files()
    return audited(head, files, branch.changes()), files


def _misquoted(seen: dict[str, Any], ledger: WholeLedger) -> Iterator[str]:
    """Our own deployments whose quotation of the ledger is not in it; takes the quotations out."""
    heads = {entry.sequence: entry.hash for entry in ledger.entries}
    for one in filter(lambda one: one["payload"], seen.get("deployments", ())):
        quoted = one["payload"].pop("ledger")
        one["payload"].pop("trace")
        if heads.get(quoted["sequence"]) != quoted["head"]:
            yield f"{quoted} is not in the ledger"


def _unhashed(page: bytes) -> str:
    return re.sub(r"\b[0-9a-f]{64}\b", "(hash)", page.decode())


def _row(event: Event, *without: str) -> dict[str, Any]:
    detail = {name: value for name, value in event.detail.items() if name not in {"trace", *without}}
    return {"key": event.key, "kind": event.kind, "by": event.actor, "at": event.at, "detail": detail}


def _once(events: list[Event]) -> list[Event]:
    """Without the claims by which a run went on with what one before had begun."""
    begun: set[str] = set()
    kept = []
    for event in events:
        again = event.kind.endswith("-started") and event.detail["id"] in begun
        if event.kind.endswith("-started"):
            begun.add(event.detail["id"])
        if not again:
            kept.append(event)
    return kept


def _named(seen: Any, run: str = "") -> str:
    """As text, in which what chance named is named by its order, or all runs alike."""
    named: dict[str, str] = {}
    text = json.dumps(seen, indent=1, sort_keys=True)
    text = _RUN.sub(run, text) if run else text
    return _CHANCE.sub(
        lambda found: named.setdefault(found[0].replace("-", ""), f"chance-{len(named)}"), text
    )
