"""Events whose fields are missing, empty or of another kind: read as GitHub sends them, or refused."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from shipway.adapters.payloads import heard_in
from shipway.domain.commands.reading import read_comment
from shipway.domain.commenting.receipt import heeded
from shipway.errors import InputError

EVENT = json.loads(
    (Path(__file__).parents[2] / "scenarios" / "comments" / "planned" / "event.json").read_text()
)
FIELDS = [
    *(("action",), ("changes",), ("comment",), ("issue",), ("issue", "number"), ("issue", "pull_request")),
    *(("comment", name) for name in ("body", "node_id", "user")),
    ("comment", "user", "login"),
]
WRONG = (None, 0, True, "x", [], {}, [{}])


@pytest.mark.requirement("FACE-1", "FAIL-4")
@pytest.mark.parametrize("field", FIELDS, ids=".".join)
def test_nothing_that_an_event_says_ends_without_a_word(field: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    for wrong in WRONG:
        event: dict[str, Any] = deepcopy(EVENT)
        record = event
        for name in field[:-1]:
            record = record[name]
        record[field[-1]] = wrong
        path.write_text(json.dumps(event))
        try:
            heard = heard_in("issue_comment", path)
        except InputError:
            continue
        if heard and heeded(heard):
            read_comment(heard.body)
