"""A definition of done: items that facts tick, and items that people tick in the release pull request.

Ticks are read from the boxes in our region of the body, each known by what it says. Who ticked a box cannot be
read off a body; GitHub's history of edits shows it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from shipway.domain.gate_policy import AutomaticTick, ChecklistItem, GatePolicy
from shipway.domain.marked_text import region_of
from shipway.domain.verdict import Ruling, Verdict

OPEN = "checklist-open"
"""Reason code of a checklist that waits for people."""

_BOX = re.compile(r"^- \[(?P<mark>[ xX])\] .* <!-- done:(?P<key>[0-9a-f]{12}) -->$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Item:
    """One item.

    Attributes:
        key: Stands for category and text in the body.
        automatic: What ticks it; None where a person does.
    """

    category: str
    text: str
    key: str
    automatic: AutomaticTick | None = None

    def __str__(self) -> str:
        return f"{self.category}: {self.text}"


def items_of(policy: GatePolicy) -> tuple[Item, ...]:
    """The items of a checklist in the order of the configuration."""
    return tuple(_item(category, one) for category, items in policy.checklist.items() for one in items)


def _item(category: str, one: str | ChecklistItem) -> Item:
    text = one if isinstance(one, str) else one.item
    key = sha256(f"{category}\n{text}".encode()).hexdigest()[:12]
    return Item(category, text, key, None if isinstance(one, str) else one.automatic)


def ticks_in(body: str) -> frozenset[str]:
    """Keys of the boxes that are ticked in our region of a body."""
    found = _BOX.finditer(region_of(body))
    return frozenset(box["key"] for box in found if box["mark"] != " ")


def checklist_verdict(
    gate: str, policy: GatePolicy, ticked: frozenset[str], holds: Callable[[AutomaticTick], Ruling]
) -> Verdict:
    """Whether everything is ticked.

    Args:
        gate: Name of the gate.
        policy: With the checklist.
        ticked: Keys of the items that people ticked.
        holds: Whether what ticks an item automatically is so.
    """
    rulings = dict(_rulings(policy, ticked, holds))
    broken = [item for item, ruling in rulings.items() if ruling in {Ruling.FAIL, Ruling.ERROR}]
    waiting = [item for item, ruling in rulings.items() if ruling is Ruling.INCONCLUSIVE]
    done = f"{len(rulings) - len(broken) - len(waiting)} of {len(rulings)} items are done"
    if broken:
        lines = tuple(f"{item} ({item.automatic})" for item in broken)
        return Verdict(
            gate, Ruling.FAIL, "checklist-failed", f"{done}; not so: {'; '.join(lines)}", _people(), lines
        )
    if waiting:
        lines = tuple(str(item) for item in waiting)
        return Verdict(gate, Ruling.INCONCLUSIVE, OPEN, f"{done}; open: {'; '.join(lines)}", _people(), lines)
    return Verdict(gate, Ruling.PASS, "checklist-done", f"all {done}")


def _people() -> str:
    return "who ticks it in the pull request"


def _rulings(
    policy: GatePolicy, ticked: frozenset[str], holds: Callable[[AutomaticTick], Ruling]
) -> Iterator[tuple[Item, Ruling]]:
    for item in items_of(policy):
        if item.automatic:
            yield item, holds(item.automatic)
        else:
            yield item, Ruling.PASS if item.key in ticked else Ruling.INCONCLUSIVE


def checklist_rows(gates: Mapping[str, GatePolicy]) -> list[dict[str, object]]:
    """Gate, categories and items as the pull request shows them; boxes are ticked when it is rendered."""
    return [
        {
            "gate": name,
            "items": [
                {
                    "category": item.category,
                    "text": item.text,
                    "key": item.key,
                    "automatic": str(item.automatic or ""),
                }
                for item in items_of(gate)
            ],
        }
        for name, gate in gates.items()
        if gate.checklist
    ]
