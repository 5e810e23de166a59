"""What commands give to programs: one kind of object, in one vocabulary."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.release.test_refusals_cli import shipway
from integration.release.world import World

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "json.md"
OTHER_WORDS = {"by", "commit", "login", "user", "env", "from_stage", "to_stage", "headRefName"}
"""Names for what is called `sha`, `actor`, `environment`, `from`, `to`, `head`."""

RELEASED = {
    "shipway next": ["next"],
    "shipway changelog": ["changelog", "--all"],
    "shipway explain": ["explain", "HEAD"],
    "shipway explain CODE": ["explain", "soaking"],
    "shipway lint": ["lint"],
    "shipway release": ["release", "auto", "--dry-run"],
    "shipway promote": ["promote", "1.1.0", "--to", "staging"],
    "shipway lock": ["lock", "staging", "--reason", "freeze"],
    "shipway unlock": ["unlock", "staging", "--reason", "thaw"],
    "shipway rollback": ["rollback", "production", "--reason", "errors", "--dry-run"],
    "shipway status": ["status"],
    "shipway status --history 5": ["status", "--history", "5"],
    "shipway audit verify": ["audit", "verify"],
    "shipway audit show": ["audit", "show"],
    "shipway environments": ["environments", "plan"],
}


def documented() -> dict[str, set[str]]:
    """Command → the fields that the page names."""
    found: dict[str, set[str]] = {}
    for line in PAGE.read_text().partition("## The fields of each command")[2].splitlines():
        if line.startswith("| `shipway"):
            commands, fields = line.strip("| ").split(" | ")
            names = set(re.findall(r"`([a-z_]+)`", re.sub(r"\([^)]*\)", "", fields)))
            found |= dict.fromkeys(re.findall(r"`([^`]+)`", commands), names)
    return found


def names_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = [*value.values()]
    for one in value if isinstance(value, list) else ():
        yield from names_in(one)


@pytest.mark.requirement("CLI-1")
def test_every_command_answers_in_one_vocabulary(world: World) -> None:
    world.release()
    world.approve()
    world.release()
    page = documented()
    for command, words in RELEASED.items():
        _, out, err = shipway(world, *words, "--output", "json")
        data = json.loads(out)
        assert "error" not in data, (command, err)
        assert (next(iter(data)), data["schema"]) == ("schema", 1), command
        assert data.keys() - {"schema"} == page[command], command
        if command != "shipway audit show":  # the entries as they are stored
            assert {*names_in(data)} & OTHER_WORDS == set(), command


@pytest.mark.requirement("CLI-1")
def test_reports_and_errors_have_the_number_too(world: World) -> None:
    world.release()
    report = json.loads(shipway(world, "report", "1.1.0", "--format", "json")[1])
    error = json.loads(shipway(world, "report", "9.9.9", "--output", "json")[1])

    assert (next(iter(report)), report["schema"], {*names_in(report)} & OTHER_WORDS) == ("schema", 1, set())
    assert [*error] == ["schema", "error"]
    assert error["error"]["reason_code"] == "release-unknown"
